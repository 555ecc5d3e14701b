// SPDX-License-Identifier: Apache-2.0
#include "store/page_commit.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "store/cases.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/snapshots.h"

namespace xuncha {
namespace {

// kUnread: it came whole, and is of a type that is not read.
enum class Reading : uint8_t { kUnchanged, kRead, kUnread, kPartial, kFailed };

// Answers that tell what stands at the URL now; all others tell of a server in
// trouble or a door that is shut today.
bool TellsOfThePage(uint16_t status) { return (status >= 200 && status < 400) || IsGone(status); }

class PageWriter {
 public:
  PageWriter(Batch& batch, const PageCommit& commit, const DonePage& done)
      : batch_(batch),
        commit_(commit),
        page_(*done.page),
        discovered_(done.discovered),
        elsewhere_(done.elsewhere),
        url_(page_.permit.url().text()),
        url_key_(UrlKey(commit.site, url_)),
        seen_at_(page_.response.started != 0 ? page_.response.started : commit.now) {}

  Result<CommitOutcome> Write() {
    if (Status loaded = Load(); !loaded) return loaded.error();
    if (page_.second_look) return WriteSecondLook();
    if (visit_.last_run == commit_.run) return CommitOutcome::kAlreadyDone;
    reading_ = HowRead();
    for (const auto step :
         {&PageWriter::WriteObservation, &PageWriter::WriteBody, &PageWriter::WriteViewBodies,
          &PageWriter::WriteTexts, &PageWriter::WriteExchanges, &PageWriter::WriteAssetList,
          &PageWriter::WriteState, &PageWriter::WriteFindings, &PageWriter::RaiseClass,
          &PageWriter::WriteDiscovered}) {
      if (Status written = (this->*step)(); !written) return written.error();
    }
    return CommitOutcome::kCommitted;
  }

 private:
  const Response& response() const { return page_.response; }
  bool SameBody() const { return response().not_modified || response().same_body; }

  // What is known of the URL: the store's word, not the permit's.
  Status Load() {
    auto facts = GetRecord<UrlFacts>(batch_, Family::kUrls, url_key_);
    if (!facts) return facts.error();
    auto visit = GetRecord<UrlVisit>(batch_, Family::kUrls, VisitKey(url_key_));
    if (!visit) return visit.error();
    if (*visit) visit_ = **visit;
    if (*facts) {
      facts_ = std::move(**facts);
      known_ = true;
    } else {
      const UrlState& known = page_.permit.known();
      facts_ = {.url = url_,
                .first_seen = known.first_seen != 0 ? known.first_seen : seen_at_,
                .depth = known.depth,
                .referrer = known.referrer};
    }
    // Of a page with a body of its own nothing is taken over.
    const bool tells_all = !SameBody() && !response().body.empty() && !page_.second_look;
    if (visit_.full_run == 0 || tells_all) return Ok();
    auto full = GetRecord<Observation>(batch_, Family::kObservations,
                                       ObservationKey(commit_.site, visit_.full_run, url_));
    if (!full) return full.error();
    full_ = std::move(*full);
    return Ok();
  }

  Reading HowRead() const {
    if (SameBody() && full_ && facts_.rules == commit_.rules && !page_.assets_changed)
      return Reading::kUnchanged;
    if (response().status == 0) return Reading::kFailed;
    if (page_.checked == Checked::kFailed) return IsUnread() ? Reading::kUnread : Reading::kFailed;
    if (!response().error.empty() || !TellsOfThePage(response().status)) return Reading::kPartial;
    return Reading::kRead;
  }

  bool IsUnread() const {
    return response().error.empty() && TellsOfThePage(response().status) &&
           Has(page_.limits, Limit::kUnreadType);
  }

  // 304 repeats an answer; its status is that of the answer.
  uint16_t AnswerStatus() const {
    return response().not_modified && facts_.status != 0 ? facts_.status : response().status;
  }

  // The body's digest, also of one the server did not send again.
  Digest BodyDigest() const {
    if (!page_.body_digest.empty()) return page_.body_digest;
    if (SameBody()) return facts_.body;
    return response().body.empty() ? Digest{} : Sha256(response().body);
  }

  // ---- observation ----

  // Whether the connection told the same, apart from times and addresses: it rarely
  // tells anything else from one night to the next.
  static bool SameCircumstances(const Observation& a, const Observation& b) {
    const auto same_hop = [](const Hop& x, const Hop& y) {
      return std::tie(x.from, x.to, x.status, x.followed, x.refused) ==
             std::tie(y.from, y.to, y.status, y.followed, y.refused);
    };
    const auto tls = [](const TlsFacts& facts) {
      return std::tie(facts.used, facts.version, facts.cipher, facts.error, facts.chain);
    };
    return std::ranges::equal(a.hops, b.hops, same_hop) && tls(a.tls) == tls(b.tls) &&
           a.robots_disallowed == b.robots_disallowed && a.error == b.error;
  }

  Observation Fetched() const {
    Observation seen;
    seen.time = seen_at_;
    seen.elapsed = response().elapsed;
    seen.status = response().status;
    seen.previous_run = visit_.last_run;
    seen.full_run = commit_.run;
    seen.remote_address = response().remote_address;
    seen.hops = response().hops;
    seen.tls = response().tls;
    seen.robots_disallowed = page_.permit.robots_disallowed();
    seen.error = response().error;
    seen.wire_bytes = response().wire_bytes;
    for (const View& view : page_.views) seen.wire_bytes += view.response.wire_bytes;
    return seen;
  }

  // Unchanged, and reached in the same way: the rest is in the full observation.
  std::optional<Observation> Short(const Observation& fetched) const {
    if (!SameCircumstances(fetched, *full_)) return std::nullopt;
    Observation seen;
    seen.time = fetched.time;
    seen.elapsed = fetched.elapsed;
    seen.status = fetched.status;
    seen.unchanged = true;
    seen.previous_run = fetched.previous_run;
    seen.full_run = visit_.full_run;
    seen.wire_bytes = fetched.wire_bytes;
    if (fetched.remote_address != full_->remote_address)
      seen.remote_address = fetched.remote_address;
    return seen;
  }

  Observation Full(Observation seen) const {
    seen.url = url_;
    seen.headers = response().headers;
    seen.exchange = ExchangeOf(response());
    LeaveOutRepeated(seen);
    if (reading_ == Reading::kUnchanged) {
      seen.unchanged = true;
      seen.title = full_->title;
      seen.charset = full_->charset;
      seen.body = full_->body;
      seen.body_bytes = full_->body_bytes;
      seen.checked = full_->checked;
      seen.limits = full_->limits;
      seen.signals = full_->signals;
      seen.rules = full_->rules;
      seen.text = full_->text;
      seen.findings = full_->findings;
      return seen;
    }
    seen.title = page_.document.title;
    seen.charset = page_.document.charset;
    seen.body = BodyDigest();
    const bool from_before = response().body.empty() && full_ && seen.body == full_->body;
    seen.body_bytes = from_before ? full_->body_bytes : response().body.size();
    seen.checked = page_.checked;
    seen.limits = page_.limits;
    seen.coded_kept = KeepsCoded();
    for (const View& view : page_.views) {
      const std::vector<Hop>& hops = view.response.hops;
      ObservedView& kept =
          seen.views.emplace_back(ObservedView{.as = view.as,
                                               .status = view.response.status,
                                               .target = hops.empty() ? "" : hops.back().to,
                                               .differs = view.differs,
                                               .text = view.text_digest,
                                               .findings = Shown(view.body_digest)});
      if (view.packed_body.empty()) continue;
      kept.body = view.body_digest;
      kept.hops = hops;
      kept.exchange = ExchangeOf(view.response);
    }
    AddTargets(seen);
    seen.text = page_.text_digest;
    seen.signals = SignalLines();
    seen.rules = commit_.rules;
    seen.findings = Shown({});
    return seen;
  }

  // What the page's links lead to, in the place of what was known of it.
  void AddTargets(Observation& seen) const {
    std::erase_if(seen.views, [](const ObservedView& view) { return view.as == Visitor::kTarget; });
    for (const uint32_t index : page_.linked_targets) {
      const LinkTarget& target = page_.targets->at(index);
      if (target.body.empty()) continue;
      seen.views.push_back({.as = Visitor::kTarget,
                            .status = target.status,
                            .target = target.hops.empty() ? "" : target.hops.back().to,
                            .differs = true,
                            .body = target.body,
                            .text = {},
                            .hops = target.hops,
                            .exchange = target.exchange,
                            .findings = Shown(target.body)});
    }
  }

  // In the page's own body, or in a view's.
  std::vector<std::string> Shown(const Digest& seen_in) const {
    std::vector<std::string> ids;
    for (const Finding& finding : page_.findings) {
      if (finding.seen_in == seen_in) ids.push_back(finding.id);
    }
    return ids;
  }

  std::vector<std::string> SignalLines() const {
    std::vector<std::string> lines;
    for (const Signal& signal : page_.document.signals)
      lines.push_back(fmt::format("{}: {}", SignalName(signal.kind), signal.detail));
    return lines;
  }

  // What was concluded from is kept as it came: few pages have findings.
  bool KeepsCoded() const {
    return !response().coded_body.empty() && reading_ != Reading::kUnchanged &&
           std::ranges::any_of(page_.findings, [](const Finding& finding) {
             return finding.severity > Severity::kHint;
           });
  }

  Status WriteObservation() {
    const Observation fetched = Fetched();
    const std::optional<Observation> brief =
        reading_ == Reading::kUnchanged ? Short(fetched) : std::nullopt;
    wrote_full_ = !brief.has_value();
    PutRecord(batch_, Family::kObservations, ObservationKey(commit_.site, commit_.run, url_),
              brief ? *brief : Full(fetched));
    return Ok();
  }

  // ---- body ----

  Status WriteBody() {
    if (response().body.empty() || reading_ == Reading::kUnchanged) return Ok();
    if (response().body.size() > limits::kBlobBytesMax) {
      return Error{Code::kLimit,
                   fmt::format("{}: a body of {} bytes is more than the {} a store keeps", url_,
                               response().body.size(), limits::kBlobBytesMax)};
    }
    return PutBody(BodyDigest(), response().body, page_.packed_body);
  }

  Status WriteViewBodies() {
    for (const View& view : page_.views) {
      if (view.packed_body.empty() || reading_ == Reading::kUnchanged) continue;
      const Status put = PutBody(view.body_digest, view.response.body, view.packed_body);
      if (!put) return put;
    }
    return Ok();
  }

  // ---- text ----

  // Kept as bodies are; what a dictionary has promised is promised of bodies.
  Status PutText(const Digest& digest, std::string_view text, std::string_view packed) {
    if (text.empty() || digest == facts_.text) return Ok();
    const auto kept = KeepBody(
        batch_,
        {.digest = digest, .raw = text, .packed = packed, .dictionary = page_.dictionary.get()});
    return kept ? Ok() : Status(kept.error());
  }

  Status WriteTexts() {
    if (reading_ == Reading::kUnchanged) return Ok();
    for (const View& view : page_.views) {
      if (Status put = PutText(view.text_digest, view.text, view.packed_text); !put) return put;
    }
    return PutText(page_.text_digest, page_.text, page_.packed_text);
  }

  // ---- exchanges ----

  // What of the exchanges is the same from night to night, or may be large.
  Status WriteExchanges() {
    if (!wrote_full_) return Ok();
    if (Status put = PutExchange(response()); !put) return put;
    if (KeepsCoded()) {
      const std::string& coded = response().coded_body;
      const Digest& known = response().coded_digest;
      if (Status put = PutBytes(known.empty() ? Sha256(coded) : known, coded); !put) return put;
    }
    if (reading_ == Reading::kUnchanged) return Ok();
    for (const View& view : page_.views) {
      if (view.packed_body.empty()) continue;
      if (Status put = PutExchange(view.response); !put) return put;
    }
    return Ok();
  }

  Status PutExchange(const Response& response) {
    const auto put = [this](const Digest& digest, const std::string& bytes) {
      return digest.empty() || bytes.empty() ? Ok() : PutBytes(digest, bytes);
    };
    const TlsFacts& tls = response.tls;
    if (Status chain = put(tls.chain, tls.certificates); !chain) return chain;
    if (Status names = put(response.names.digest, response.names.text); !names) return names;
    for (const Hop& hop : response.hops) {
      const Exchange& exchange = hop.exchange;
      if (Status names = put(exchange.names.digest, exchange.names.text); !names) return names;
      if (Status chain = put(exchange.tls.chain, exchange.tls.certificates); !chain) return chain;
      if (Status body = put(exchange.body_digest, exchange.body); !body) return body;
    }
    return Ok();
  }

  Digest AssetListDigest() const {
    if (page_.asset_list.empty() || !page_.asset_list_digest.empty())
      return page_.asset_list_digest;
    return Sha256(page_.asset_list);
  }

  // The same for all pages of a template.
  Status WriteAssetList() {
    if (page_.asset_list.empty() || reading_ != Reading::kRead) return Ok();
    return PutBytes(AssetListDigest(), page_.asset_list);
  }

  // A page's own, or what another visitor got.
  Status PutBody(const Digest& digest, std::string_view raw, std::string_view packed) {
    const auto kept = KeepBody(
        batch_,
        {.digest = digest, .raw = raw, .packed = packed, .dictionary = page_.dictionary.get()});
    if (!kept) return kept.error();
    if (*kept && commit_.kept != nullptr) commit_.kept->Count(**kept);
    return Ok();
  }

  // What looks like no page of the site.
  Status PutBytes(const Digest& digest, std::string_view raw) {
    const auto kept = KeepBody(batch_, {.digest = digest, .raw = raw});
    return kept ? Ok() : Status(kept.error());
  }

  // ---- state ----

  uint32_t OwnLinks() const {
    const std::string_view host = page_.permit.url().host();
    return static_cast<uint32_t>(
        std::count_if(page_.document.links.begin(), page_.document.links.end(),
                      [host](const Link& link) { return link.url.host() == host; }));
  }

  bool ViewDiffers() const {
    return std::any_of(page_.views.begin(), page_.views.end(),
                       [](const View& view) { return view.differs; });
  }

  // Others got something else once, and tonight nobody saw what they all get.
  bool CloakMayStand() const {
    const auto compared =
        std::count_if(page_.views.begin(), page_.views.end(),
                      [](const View& view) { return view.compared && view.as != Visitor::kAgain; });
    return facts_.cloaked && static_cast<size_t>(compared) < kVisitors;
  }

  // Who got the very body that we got: they can be asked whether it has changed.
  uint8_t SameViews() const {
    uint8_t same = reading_ == Reading::kUnchanged ? facts_.same_views : 0;
    for (const View& view : page_.views) {
      if (!view.compared || view.as == Visitor::kAgain) continue;
      const bool alike = view.body_digest == BodyDigest() && view.response.hops.empty();
      same = static_cast<uint8_t>(alike ? same | VisitorBit(view.as) : same & ~VisitorBit(view.as));
    }
    return same;
  }

  Status WriteState() {
    UrlFacts facts = facts_;
    const bool answered = reading_ == Reading::kRead || reading_ == Reading::kUnchanged ||
                          reading_ == Reading::kUnread;
    if (reading_ == Reading::kRead || reading_ == Reading::kUnread) {
      facts.body = BodyDigest();
      facts.rules = commit_.rules;
      facts.unread = reading_ == Reading::kUnread;
      facts.simhash = page_.document.simhash;
      facts.text = page_.text_digest;
      facts.status = AnswerStatus();
      facts.links = OwnLinks();
      facts.cloaked = ViewDiffers() || CloakMayStand();
      facts.assets = AssetListDigest();
      KeepSketch(facts);
    }
    if (answered) {
      facts.same_views = SameViews();
      // A 304 need not repeat the validators.
      if (!SameBody() || !response().etag.empty()) facts.etag = response().etag;
      if (!SameBody() || !response().last_modified.empty())
        facts.last_modified = response().last_modified;
    }
    std::string record = EncodeRecord(facts);
    if (!known_ || record != EncodeRecord(facts_))
      batch_.Put(Family::kUrls, url_key_, std::move(record));

    UrlVisit visit = visit_;
    visit.last_run = commit_.run;
    if (response().status != 0) visit.last_seen = seen_at_;
    visit.status = AnswerStatus();
    if (answered && IsGone(visit.status)) {
      visit.gone = static_cast<uint8_t>(std::min(visit.gone + 1, 255));
    } else if (answered) {
      visit.gone = 0;
    }
    if (answered && wrote_full_) visit.full_run = commit_.run;
    PutRecord(batch_, Family::kUrls, VisitKey(url_key_), visit);
    return Ok();
  }

  static bool IsGood(const std::vector<Finding>& findings) {
    return std::all_of(findings.begin(), findings.end(),
                       [](const Finding& finding) { return finding.severity == Severity::kHint; });
  }

  // The version before gives way; what was good of it is remembered.
  void KeepSketch(UrlFacts& facts) const {
    const uint16_t status = AnswerStatus();
    if (page_.document.sketch.empty() || status < 200 || status > 299) return;
    if (facts.good) facts.good_sketch = std::move(facts.sketch);
    facts.sketch = EncodeRecord(page_.document.sketch);
    facts.sketch_run = commit_.run;
    facts.good = IsGood(page_.findings) && !ViewDiffers();
  }

  // The version this run has read, read once more: of the same bytes, with what
  // the site's other pages say of it.
  Result<CommitOutcome> WriteSecondLook() {
    const bool same = facts_.body == BodyDigest() && facts_.rules == commit_.rules;
    if (visit_.last_run != commit_.run || !same) return CommitOutcome::kAlreadyDone;
    UrlFacts facts = facts_;
    facts.site_signals = page_.permit.known().site_signals;
    facts.good = IsGood(page_.findings);
    facts.text = page_.text_digest;
    PutRecord(batch_, Family::kUrls, url_key_, facts);
    reading_ = Reading::kRead;
    if (Status completed = CompleteObservation(); !completed) return completed.error();
    if (Status written = WriteFindings(); !written) return written.error();
    if (Status raised = RaiseClass(); !raised) return raised.error();
    return CommitOutcome::kCommitted;
  }

  // What the page was judged by in the end. A short observation becomes full, for what
  // stands in the earlier one is of a text without the site's word.
  Status CompleteObservation() {
    if (!full_ || (page_.text_digest.empty() && page_.findings.empty())) return Ok();
    const std::string key = ObservationKey(commit_.site, commit_.run, url_);
    auto kept = GetRecord<Observation>(batch_, Family::kObservations, key);
    if (!kept) return kept.error();
    if (!*kept) return Ok();
    Observation& seen = **kept;
    if (seen.full_run != commit_.run) {
      Observation whole = *full_;
      whole.time = seen.time;
      whole.elapsed = seen.elapsed;
      whole.status = seen.status;
      whole.unchanged = true;
      whole.previous_run = seen.previous_run;
      whole.wire_bytes = seen.wire_bytes;
      if (!seen.remote_address.empty()) whole.remote_address = seen.remote_address;
      whole.views = {};  // those of another night
      if (whole.exchange_run == 0) whole.exchange_run = whole.full_run;
      whole.full_run = commit_.run;
      seen = std::move(whole);
      UrlVisit visit = visit_;
      visit.full_run = commit_.run;
      PutRecord(batch_, Family::kUrls, VisitKey(url_key_), visit);
    }
    AddTargets(seen);
    seen.findings = Shown({});
    for (ObservedView& view : seen.views) {
      if (!view.body.empty()) view.findings = Shown(view.body);
    }
    if (!page_.text_digest.empty()) {
      seen.text = page_.text_digest;
      seen.signals = SignalLines();
    }
    PutRecord(batch_, Family::kObservations, key, seen);
    return PutText(page_.text_digest, page_.text, page_.packed_text);
  }

  // ---- findings ----

  // Those of the same kind, by which `explain` shows what was weighed and put aside.
  std::vector<Dismissal> DismissalsOf(const Finding& finding) const {
    std::vector<Dismissal> same;
    const std::string head = finding.kind + ".";  // rule ids are "kind.rule"
    for (const Dismissal& dismissal : page_.dismissals) {
      if (same.size() == limits::kEvidencePerFindingMax) break;
      if (dismissal.evidence.rule.starts_with(head)) same.push_back(dismissal);
    }
    return same;
  }

  Status WriteFinding(const Finding& finding) {
    if (finding.id.empty()) {
      return Error{Code::kInvalid,
                   fmt::format("{}: a finding of kind {} has no id", url_, finding.kind)};
    }
    const auto before = GetRecord<StoredFinding>(batch_, Family::kFindings,
                                                 FindingKey(commit_.site, url_, finding.id));
    if (!before) return before.error();
    StoredFinding stored{.finding = finding,
                         .site = commit_.site,
                         .url = url_,
                         .title = page_.document.title,
                         .body = finding.seen_in.empty() ? BodyDigest() : finding.seen_in,
                         .first_seen = seen_at_,
                         .last_seen = seen_at_,
                         .first_run = commit_.run,
                         .last_run = commit_.run,
                         .standing = true,
                         .dismissals = DismissalsOf(finding),
                         .baseline = commit_.baseline};
    Appearance appearance = Appearance::kFirst;
    if (*before) {
      stored.first_seen = (*before)->first_seen;
      stored.first_run = (*before)->first_run;
      appearance = (*before)->standing ? Appearance::kStill : Appearance::kAgain;
      // What comes back after it was gone is new, and no stock.
      stored.baseline = (*before)->baseline && appearance == Appearance::kStill;
    }
    shows_ |= finding.severity > Severity::kHint;
    if (Status put = PutFinding(batch_, stored); !put) return put;
    return GroupFinding(batch_, stored, appearance, commit_.now);
  }

  // The URL's standing findings that this reading did not show.
  Result<std::vector<StoredFinding>> OthersStanding(const std::set<std::string>& shown) const {
    std::vector<StoredFinding> others;
    const Status scanned = batch_.database().Scan(
        Family::kFindings, FindingPrefix(commit_.site, url_),
        [&](std::string_view key, std::string_view payload) -> Result<bool> {
          auto finding = DecodeStored<StoredFinding>(Family::kFindings, key, payload);
          if (!finding) return finding.error();
          if (finding->standing && !shown.contains(finding->finding.id))
            others.push_back(std::move(*finding));
          return true;
        });
    if (!scanned) return scanned.error();
    return others;
  }

  Status WriteFindings() {
    const bool unread =
        reading_ == Reading::kUnread || (reading_ == Reading::kUnchanged && facts_.unread);
    if (unread || reading_ == Reading::kFailed) return Ok();
    std::set<std::string> shown;
    if (reading_ != Reading::kUnchanged) {
      for (const Finding& finding : page_.findings) {
        if (!shown.insert(finding.id).second) continue;
        if (Status written = WriteFinding(finding); !written) return written;
      }
    }
    // A flat reading does not see structure, a partial one not all of the text, our
    // own view not what others get: none proves that a finding has gone.
    const bool proves_gone =
        reading_ == Reading::kRead && page_.checked == Checked::kFull && !CloakMayStand();
    if (!proves_gone && reading_ != Reading::kUnchanged) return Ok();
    if (!commit_.has_findings) return Ok();  // most sites: a seek less for each page
    Result<std::vector<StoredFinding>> others = OthersStanding(shown);
    if (!others) return others.error();
    for (StoredFinding& other : *others) {
      if (proves_gone) {
        other.standing = false;
      } else {
        other.last_seen = seen_at_;
        other.last_run = commit_.run;
        shows_ |= other.finding.severity > Severity::kHint;
      }
      if (Status put = PutFinding(batch_, other); !put) return put;
    }
    return Ok();
  }

  // An observation of what was found stays longer.
  Status RaiseClass() {
    if (!shows_) return Ok();
    const std::string key = ObservationKey(commit_.site, commit_.run, url_);
    auto seen = GetRecord<Observation>(batch_, Family::kObservations, key);
    if (!seen) return seen.error();
    if (!*seen) return Ok();
    (*seen)->keep = Keep::kFinding;
    PutRecord(batch_, Family::kObservations, key, **seen);
    return Ok();
  }

  // ---- links ----

  // What is known of a URL is never overwritten by a link to it.
  Status WriteDiscovered() {
    for (const UrlEntry& entry : discovered_) {
      if (Status written = WriteSeen(commit_.site, entry); !written) return written;
    }
    for (const ElsewhereUrl& seen : elsewhere_) {
      if (Status written = WriteSeen(seen.site, seen.entry); !written) return written;
    }
    return Ok();
  }

  Status WriteSeen(std::string_view site, const UrlEntry& entry) {
    const std::string key = UrlKey(site, entry.url);
    const Result<bool> known = batch_.Has(Family::kUrls, key);
    if (!known) return known.error();
    if (*known) return Ok();
    PutRecord(
        batch_, Family::kUrls, key,
        UrlFacts{.url = entry.url,
                 .first_seen = entry.state.first_seen != 0 ? entry.state.first_seen : seen_at_,
                 .depth = entry.state.depth,
                 .referrer = entry.state.referrer});
    return Ok();
  }

  Batch& batch_;
  const PageCommit& commit_;
  const Page& page_;
  const std::vector<UrlEntry>& discovered_;
  const std::vector<ElsewhereUrl>& elsewhere_;
  const std::string url_;
  const std::string url_key_;
  const Millis seen_at_;

  UrlFacts facts_;
  bool known_ = false;  // whether facts_ are the store's
  UrlVisit visit_;
  std::optional<Observation> full_;  // of visit_.full_run
  Reading reading_ = Reading::kFailed;
  bool wrote_full_ = false;
  bool shows_ = false;  // a finding above hint stands on it
};

}  // namespace

Result<CommitOutcome> AddPage(Batch& batch, const PageCommit& commit, const DonePage& done) {
  CHECK(done.page != nullptr && done.page->permit.valid());
  if (done.page->permit.site().id != commit.site) {
    return Error{
        Code::kInvalid,
        fmt::format("{}: a page of site {} under the lease of {}; commit it under "
                    "its own",
                    done.page->permit.url().text(), done.page->permit.site().id, commit.site)};
  }
  return PageWriter(batch, commit, done).Write();
}

}  // namespace xuncha
