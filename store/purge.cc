// SPDX-License-Identifier: Apache-2.0
#include "store/purge.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/day.h"
#include "base/limits.h"
#include "store/cases.h"
#include "store/keys.h"
#include "store/purge_plan.h"
#include "store/reference_sorter.h"
#include "store/references.h"

namespace xuncha {
namespace {

constexpr std::string_view kProgram = "xuncha";
constexpr uint64_t kProgressEvery = 4'096;
constexpr size_t kRewrittenAtOnce = 16;  // bodies of at most 8 MB in one batch

// Bits of PurgeMark::touched: family numbers begin at 1, and 0 says that bodies are
// still to be swept.
constexpr uint32_t kSweepDue = 1;
constexpr uint32_t BitOf(Family family) { return 1u << static_cast<int>(family); }

Error Stopped() { return {Code::kConflict, "清除被中止；下次从中断处继续"}; }

class Purger {
 public:
  Purger(Database& database, AuditChain& chain, Snapshots& snapshots, const std::string& directory,
         const PurgeOptions& options)
      : database_(database),
        chain_(chain),
        snapshots_(snapshots),
        directory_(directory),
        options_(options) {}

  Result<PurgeReport> Run() {
    for (const auto step : {&Purger::Begin, &Purger::PurgeSites, &Purger::PurgeRuns, &Purger::Sweep,
                            &Purger::Rewrite, &Purger::End}) {
      if (Status done = (this->*step)(); !done) return done.error();
    }
    return report_;
  }

 private:
  bool dry() const { return options_.mode == PurgeOptions::Mode::kDryRun; }

  // ---- whether at all ----

  Status Begin() {
    if (Status fit = CheckPolicy(options_.policy); !fit) return fit;
    Result<PurgeMark> mark = ReadPurgeMark(database_);
    if (!mark) return mark.error();
    mark_ = *mark;
    if (Status right = CheckClock(); !right) return right;
    const bool shorter = mark_.time != 0 && (options_.policy.routine < mark_.routine ||
                                             options_.policy.findings < mark_.findings);
    if (shorter && options_.who == PurgeOptions::Who::kProgram) {
      return Error{Code::kDenied,
                   "清除：留存期比上次短；缩短期限须由人确认，请手动运行一次 xuncha store purge"};
    }
    if (Status expired = ExpireHolds(); !expired) return expired;
    Result<PurgeBasis> basis = BasisOf(database_, options_.policy, options_.now);
    if (!basis) return basis.error();
    basis_ = std::move(*basis);
    report_.routine_before = basis_.routine_before();
    report_.findings_before = options_.now - options_.policy.findings;
    sweep_due_ = (mark_.touched & kSweepDue) != 0;
    load_ = std::make_unique<Load>(database_);
    return Ok();
  }

  // What a clock that stands wrong would take away nobody can give back. Behind the
  // last entry, or far ahead of it, it may be right all the same: a person knows. What
  // an earlier purge has believed is not asked again.
  Status CheckClock() {
    const Result<uint64_t> entries = chain_.Size();
    if (!entries) return entries.error();
    Millis newest = 0;
    if (*entries > 0) {
      const auto last = chain_.EntryAt(*entries);
      if (!last) return last.error();
      if (*last) newest = (*last)->time;
    }
    Millis before = 0;  // when the run before was last heard of
    Millis gap = 0;
    const Status scanned =
        database_.Scan(Family::kMeta, kRunKeys,
                       [&](std::string_view key, std::string_view payload) -> Result<bool> {
                         const auto run = DecodeStored<xuncha::Run>(Family::kMeta, key, payload);
                         if (!run) return run.error();
                         newest_run_ = run->id;
                         if (before != 0 && run->id > mark_.judged_run)
                           gap = std::max(gap, run->started - before);
                         before = std::max(run->started, run->ended);
                         if (run->id > mark_.judged_run) newest = std::max(newest, before);
                         return true;
                       });
    if (!scanned) return scanned;
    if (before != 0) gap = std::max(gap, options_.now - before);
    const bool behind = options_.now + limits::kClockStepMillisMin < newest;
    if (!behind && gap <= limits::kClockGapMillisMax) return Ok();
    if (options_.clock_is_right && options_.who == PurgeOptions::Who::kPerson) {
      confirmed_ = true;
      return Ok();
    }
    const std::string why =
        behind ? fmt::format("现在是 {}，早于审计链最后一条或上次巡查（{}）",
                             FormatTime(options_.now), FormatTime(newest))
               : fmt::format("两次巡查之间或上次巡查以来走了 {} 天，超过 {} 天须由人确认",
                             gap / kDay, limits::kClockGapMillisMax / kDay);
    return Error{
        Code::kDenied,
        fmt::format("清除：时钟不可信，什么也没有清除：{}；核对时钟，确实无误请运行 xuncha "
                    "store purge --clock-is-right",
                    why)};
  }

  // One that has run out is lifted in form, too, before anything goes that it kept.
  Status ExpireHolds() {
    if (dry()) return Ok();
    std::vector<Hold> expired;
    const Status scanned = database_.Scan(
        Family::kHolds, "", [&](std::string_view key, std::string_view payload) -> Result<bool> {
          auto hold = DecodeStored<Hold>(Family::kHolds, key, payload);
          if (!hold) return hold.error();
          if (key.size() != 8) {
            return UnreadableRecord(Family::kHolds, key, {Code::kDamaged, "not the key of a hold"});
          }
          hold->number = FromBigEndian(key);
          if (hold->released == 0 && !hold->InForce(options_.now)) expired.push_back(*hold);
          return true;
        });
    if (!scanned || expired.empty()) return scanned;
    Batch batch(database_);
    for (Hold& hold : expired) {
      hold.released = options_.now;
      hold.released_by = kProgram;
      hold.release_reason = "到期";
      PutRecord(batch, Family::kHolds, HoldKey(hold.number), hold);
      const Deed deed{.kind = "hold-expire",
                      .what = fmt::format("到期时间 {}", FormatTime(hold.expires)),
                      .refs = {"hold:" + hold.id()}};
      if (Status appended = chain_.Append(batch, deed); !appended) return appended;
    }
    return batch.Commit();
  }

  // ---- taking away ----

  // What goes in one batch.
  struct Load {
    explicit Load(Database& database) : batch(database) {}
    Batch batch;
    std::vector<std::string> lines;
    uint32_t touched = 0;
    PurgeReport counts;
  };

  static void Count(PurgeReport::Count& count, uint64_t bytes) {
    ++count.records;
    count.bytes += bytes;
  }

  void Delete(Family family, std::string_view key) {
    load_->touched |= BitOf(family);
    if (!dry()) load_->batch.Delete(family, key);
  }

  Status Line(std::string line) {
    load_->lines.push_back(std::move(line));
    return load_->lines.size() < limits::kPurgeBatchMax ? Ok() : CommitLoad();
  }

  static std::string Summary(const PurgeReport& counts) {
    const auto routine = counts.observations[static_cast<size_t>(Keep::kRoutine)];
    const auto finding = counts.observations[static_cast<size_t>(Keep::kFinding)];
    return fmt::format(
        "无发现的观测 {} 条（{} 字节），有发现的观测 {} 条（{} 字节），快照 {} 份（{} 字节），"
        "发现 {} 条，网址 {} 个，只留地址的 {} 个，巡查 {} 次",
        routine.records, routine.bytes, finding.records, finding.bytes, counts.bodies.records,
        counts.bodies.bytes, counts.findings.records, counts.urls.records, counts.forgotten,
        counts.runs.records);
  }

  Deed BeginDeed() const {
    Deed deed{.kind = "purge-begin",
              .what = fmt::format("留存 {} 天，有发现的 {} 天{}", options_.policy.routine / kDay,
                                  options_.policy.findings / kDay,
                                  confirmed_ ? "；时钟经人确认无误" : ""),
              .refs = {"routine-before:" + FormatTime(report_.routine_before),
                       "findings-before:" + FormatTime(report_.findings_before)}};
    for (const Hold& hold : basis_.holds) deed.refs.push_back("hold:" + hold.id());
    return deed;
  }

  Status CommitLoad() {
    if (load_->lines.empty()) return Ok();
    std::sort(load_->lines.begin(), load_->lines.end());
    std::string text;
    for (const std::string& line : load_->lines) text += line + "\n";
    Add(load_->counts);
    if (!dry()) {
      PurgeMark mark = mark_;
      mark.touched |= load_->touched | kSweepDue;
      mark.below = std::max(mark.below, OldRunsEnd());
      mark.judged_run = newest_run_;
      PutRecord(load_->batch, Family::kMeta, kPurgeKey, mark);
      if (!begun_) {
        if (Status told = chain_.Append(load_->batch, BeginDeed()); !told) return told;
      }
      const Deed deed{
          .kind = "purge",
          .what = Summary(load_->counts),
          .refs = {fmt::format("lines:{}", load_->lines.size()), "sha256:" + Sha256(text).hex()}};
      if (Status told = chain_.Append(load_->batch, deed); !told) return told;
      const auto tail = GetRecord<ChainTail>(load_->batch, Family::kAudit, kTailKey);
      if (!tail) return tail.error();
      if (Status listed = List(fmt::format("entry {}", (*tail)->size)); !listed) return listed;
      if (Status put = load_->batch.Commit(); !put) return put;
      mark_ = mark;
      begun_ = true;
    } else if (Status listed = List("dry-run"); !listed) {
      return listed;
    }
    sweep_due_ = true;
    load_ = std::make_unique<Load>(database_);
    return Ok();
  }

  // The chain keeps no more of the list than its sum.
  Status List(std::string head) {
    if (!options_.list) return Ok();
    load_->lines.insert(load_->lines.begin(), std::move(head));
    return options_.list(load_->lines);
  }

  void Add(const PurgeReport& counts) {
    const auto add = [](PurgeReport::Count& sum, const PurgeReport::Count& part) {
      sum.records += part.records;
      sum.bytes += part.bytes;
    };
    for (size_t i = 0; i < kKeeps; ++i) add(report_.observations[i], counts.observations[i]);
    add(report_.bodies, counts.bodies);
    add(report_.findings, counts.findings);
    add(report_.urls, counts.urls);
    add(report_.runs, counts.runs);
    report_.forgotten += counts.forgotten;
  }

  // Runs from here on nothing has gone of.
  uint64_t OldRunsEnd() const {
    return basis_.live_from == UINT64_MAX ? newest_run_ + 1 : basis_.live_from;
  }

  bool Told(std::string_view what) {
    return ++done_ % kProgressEvery != 0 || !options_.progress || options_.progress(what, done_);
  }

  // ---- sites ----

  // Nothing of it can have expired.
  Result<bool> IsYoung(std::string_view site) const {
    if (!basis_.registered.contains(site)) return false;
    bool young = true;
    const Status scanned =
        database_.Scan(Family::kObservations, SitePrefix(site),
                       [&](std::string_view key, std::string_view) -> Result<bool> {
                         const std::optional<ObservationPlace> place = PlaceOfObservation(key);
                         young = place && place->run >= basis_.live_from;
                         return false;
                       });
    if (!scanned) return scanned.error();
    return young;
  }

  Result<SitePlan> PlanOf(std::string_view site) {
    return SitePlan::Make(database_, basis_, site, [&](uint64_t records) {
      return !options_.progress || options_.progress("observations", done_ + records);
    });
  }

  Status PurgeSites() {
    std::set<std::string> sites;
    for (const Family family : {Family::kObservations, Family::kUrls}) {
      Result<std::set<std::string>> some = SitesIn(database_, family);
      if (!some) return some.error();
      sites.merge(*some);
    }
    for (const std::string& site : sites) {
      if (options_.progress && !options_.progress("observations", done_)) return Stopped();
      const Result<bool> young = IsYoung(site);
      if (!young) return young.error();
      if (*young) continue;
      const Result<SitePlan> plan = PlanOf(site);
      if (!plan) return plan.error();
      old_runs_.insert(plan->old_runs().begin(), plan->old_runs().end());
      if (Status purged = PurgeSite(site, *plan); !purged) return purged;
    }
    return Ok();
  }

  Status PurgeSite(const std::string& site, const SitePlan& plan) {
    for (const SitePlan::FindingRef& finding : plan.findings_gone()) {
      if (Status gone = PurgeFinding(site, finding); !gone) return gone;
    }
    for (const std::string& key : plan.urls_gone()) {
      if (Status gone = PurgeUrl(site, key, UrlEnd::kGone); !gone) return gone;
    }
    for (const std::string& key : plan.urls_forgotten()) {
      if (Status gone = PurgeUrl(site, key, UrlEnd::kForgotten); !gone) return gone;
    }
    if (plan.last_expired_run() == 0) return Ok();
    // Short ones first: a full one stays as long as one that refers to it.
    if (Status gone = PurgeObservations(site, plan, Kind::kShort); !gone) return gone;
    return PurgeObservations(site, plan, Kind::kFull);
  }

  Status PurgeFinding(const std::string& site, const SitePlan::FindingRef& finding) {
    load_->touched |= BitOf(Family::kFindings) | BitOf(Family::kIncidents) | BitOf(Family::kIndex);
    if (!dry()) {
      if (Status gone = DropFinding(load_->batch, site, finding.url, finding.id); !gone)
        return gone;
    }
    Count(load_->counts.findings, finding.bytes);
    return Line("finding " + finding.id);
  }

  enum class UrlEnd : uint8_t { kGone, kForgotten };
  Status PurgeUrl(const std::string& site, const std::string& key, UrlEnd end) {
    const auto facts = GetRecord<UrlFacts>(database_, Family::kUrls, key);
    if (!facts) return facts.error();
    if (!*facts) return Ok();
    Delete(Family::kUrls, VisitKey(key));
    Delete(Family::kUrls, key);
    if (end == UrlEnd::kGone) {
      Count(load_->counts.urls, EncodeRecord(**facts).size());
    } else {
      ++load_->counts.forgotten;
      if (!dry()) {
        PutRecord(load_->batch, Family::kUrls, key,
                  UrlFacts{.url = (*facts)->url,
                           .first_seen = (*facts)->first_seen,
                           .depth = (*facts)->depth,
                           .referrer = (*facts)->referrer});
      }
    }
    return Line(fmt::format("{} {} {}", end == UrlEnd::kGone ? "url" : "url-state", site,
                            Hex(std::string_view(key).substr(key.size() - 16))));
  }

  enum class Kind : uint8_t { kShort, kFull };
  Status PurgeObservations(const std::string& site, const SitePlan& plan, Kind kind) {
    return database_.Scan(
        Family::kObservations, SitePrefix(site),
        [&](std::string_view key, std::string_view payload) -> Result<bool> {
          const ObservationPlace place = *PlaceOfObservation(key);
          if (place.run > plan.last_expired_run()) return false;
          const auto seen = DecodeStored<Observation>(Family::kObservations, key, payload);
          if (!seen) return seen.error();
          if ((seen->full_run == place.run) != (kind == Kind::kFull)) return true;
          if (!Told("observations")) return Stopped();
          const SitePlan::Fate fate = plan.FateOf(place.url, place.run, *seen);
          report_.held += fate == SitePlan::Fate::kHeld ? 1 : 0;
          report_.leaned_on += fate == SitePlan::Fate::kLeanedOn ? 1 : 0;
          if (fate != SitePlan::Fate::kGoes) return true;
          const Keep keep = plan.ClassOf(place.url, place.run, *seen);
          Delete(Family::kObservations, key);
          Count(load_->counts.observations[static_cast<size_t>(keep)], payload.size());
          const Status listed =
              Line(fmt::format("observation {} {} {} {} {}", site, place.run, Hex(place.url),
                               FormatTime(seen->time), KeepName(keep)));
          if (!listed) return listed.error();
          return true;
        });
  }

  // ---- runs ----

  // The newest stays, for the next takes its number from it.
  Status PurgeRuns() {
    for (const auto& [run, started] : basis_.runs) {
      if (run >= basis_.live_from || run == newest_run_ || old_runs_.contains(run)) continue;
      Delete(Family::kMeta, RunKey(run));
      Delete(Family::kMeta, SizeKey(run));
      // Its sites, done and reported of.
      for (const std::string& some : {DoneKey(run, ""), NoteKey(fmt::format("report/{}/", run))}) {
        const Status scanned = database_.Scan(
            Family::kMeta, some, [&](std::string_view key, std::string_view) -> Result<bool> {
              Delete(Family::kMeta, key);
              return true;
            });
        if (!scanned) return scanned;
      }
      Count(load_->counts.runs, 0);
      if (Status listed = Line(fmt::format("run {}", run)); !listed) return listed;
    }
    return CommitLoad();
  }

  // ---- bodies ----

  // Whether the record goes: in a dry run it is still there.
  Result<bool> Goes(Family family, std::string_view key, std::string_view payload) {
    if (family == Family::kFindings && !key.starts_with('f')) return false;
    const std::string_view head = family == Family::kFindings ? key.substr(1) : key;
    const std::string_view site = head.substr(0, head.find('\0'));
    if (site != dry_site_) {
      const Result<bool> young = IsYoung(site);
      if (!young) return young.error();
      dry_site_ = site;
      dry_plan_.reset();
      if (!*young) {
        Result<SitePlan> plan = PlanOf(site);
        if (!plan) return plan.error();
        dry_plan_.emplace(std::move(*plan));
      }
    }
    if (!dry_plan_) return false;
    const SitePlan& plan = *dry_plan_;
    if (family == Family::kFindings) return plan.FindingGoes(key);
    if (family == Family::kUrls) return plan.UrlGoes(key);
    if (family != Family::kObservations) return false;
    const ObservationPlace place = *PlaceOfObservation(key);
    const auto seen = DecodeStored<Observation>(family, key, payload);
    if (!seen) return seen.error();
    return plan.FateOf(place.url, place.run, *seen) == SitePlan::Fate::kGoes;
  }

  Status Mark(ReferenceSorter& sorter) {
    for (const Referrer& referrer : Referrers()) {
      const Status scanned = database_.Scan(
          referrer.family, "", [&](std::string_view key, std::string_view payload) -> Result<bool> {
            if (!Told("bodies")) return Stopped();
            const Result<bool> goes =
                dry() ? Goes(referrer.family, key, payload) : Result<bool>(false);
            if (!goes) return goes;
            if (*goes) return true;
            if (dry() && referrer.family == Family::kObservations) dry_stays_.insert(dry_site_);
            const Status named = referrer.names(
                key, payload, [&](const Digest& digest) { return sorter.Add({.digest = digest}); });
            if (!named) return named.error();
            return true;
          });
      if (!scanned) return scanned;
    }
    return sorter.Finish();
  }

  // What nothing names any more goes, whoever left it behind.
  Status Sweep() {
    if (!sweep_due_) return Ok();
    done_ = 0;
    ReferenceSorter named(directory_, limits::kPurgeReferencesMax);
    if (Status marked = Mark(named); !marked) return marked;
    if (Status whole = MakeWhole(named); !whole) return whole;
    if (Status again = named.Finish(); !again) return again;
    const Status swept = database_.EachKey(
        Family::kBlobs, [&](std::string_view key, uint64_t bytes) -> Result<bool> {
          if (!Told("bodies")) return Stopped();
          const Digest digest = Digest::FromRaw(key);
          const Result<bool> stays = named.Reaches(digest);
          if (!stays || *stays) return stays;
          Delete(Family::kBlobs, key);
          Count(load_->counts.bodies, bytes);
          const Status listed = Line("body " + digest.hex());
          if (!listed) return listed.error();
          return true;
        });
    if (!swept) return swept;
    if (Status left = SweepDictionaries(); !left) return left;
    if (Status committed = CommitLoad(); !committed) return committed;
    return PutMark(mark_.touched & ~kSweepDue);
  }

  // A body that stays and is a difference to one that goes is kept whole from now on:
  // were the other kept for its sake, bytes would outlast their time. What else the
  // sweep must know of the bodies that stay is read on the way.
  Status MakeWhole(ReferenceSorter& named) {
    ReferenceSorter leaning(directory_, limits::kPurgeReferencesMax);
    const Status scanned = database_.Scan(
        Family::kBlobs, "", [&](std::string_view key, std::string_view payload) -> Result<bool> {
          if (!Told("bodies")) return Stopped();
          if (key.size() != 32)
            return UnreadableRecord(Family::kBlobs, key, {Code::kDamaged, "is no digest"});
          const Digest digest = Digest::FromRaw(key);
          const Result<bool> stays = named.Reaches(digest);
          if (!stays) return stays;
          if (!*stays) return true;
          const auto blob = DecodeStored<PackedBlob>(Family::kBlobs, key, payload);
          if (!blob) return blob.error();
          if (!blob->dictionary.empty()) dictionaries_.insert(blob->dictionary);
          if (IsWhole(*blob)) return true;
          const Status added = leaning.Add({.digest = blob->base, .by = digest});
          if (!added) return added.error();
          return true;
        });
    if (!scanned) return scanned;
    if (Status ready = leaning.Finish(); !ready) return ready;
    if (Status again = named.Finish(); !again) return again;
    Batch batch(database_);
    size_t in_batch = 0;
    for (;;) {
      const Result<std::optional<Reference>> next = leaning.Next();
      if (!next) return next.error();
      if (!*next) return batch.Commit();
      const Result<bool> stays = named.Reaches((*next)->digest);
      if (!stays) return stays.error();
      if (*stays) continue;
      ++report_.rewritten;
      if (!Told("bodies")) return Stopped();
      Batch scratch(database_);
      if (Status made = MakeWhole(dry() ? scratch : batch, (*next)->by); !made) return made;
      if (dry()) continue;
      if (++in_batch % kRewrittenAtOnce != 0) continue;
      if (Status put = batch.Commit(); !put) return put;
    }
  }

  Status MakeWhole(Batch& batch, const Digest& digest) {
    const Status rewritten = snapshots_.RewriteWhole(batch, digest);
    if (!rewritten) return rewritten;
    const auto now = GetRecord<PackedBlob>(batch, Family::kBlobs, digest.view());
    if (!now) return now.error();
    if (*now && !(*now)->dictionary.empty()) dictionaries_.insert((*now)->dictionary);
    return Ok();
  }

  // A dictionary goes with the last body that was packed with it; until then its site
  // may be packing new ones.
  Status SweepDictionaries() {
    std::vector<std::string> left;  // by sites of which nothing is kept
    Status scanned = database_.Scan(
        Family::kDictionaries, kSiteDictionaryKeys,
        [&](std::string_view key, std::string_view payload) -> Result<bool> {
          const auto record = DecodeStored<SiteDictionary>(Family::kDictionaries, key, payload);
          if (!record) return record.error();
          const std::string_view site = key.substr(kSiteDictionaryKeys.size());
          const auto last = database_.LastKey(Family::kObservations, SitePrefix(site));
          if (!last) return last.error();
          const bool any = dry() ? dry_stays_.contains(std::string(site)) : last->has_value();
          if (any || basis_.registered.contains(site)) {
            if (!record->dictionary.empty()) dictionaries_.insert(record->dictionary);
          } else {
            left.emplace_back(key);
          }
          return true;
        });
    if (!scanned) return scanned;
    for (const std::string& key : left) {
      const std::string site = key.substr(kSiteDictionaryKeys.size());
      Delete(Family::kDictionaries, key);
      if (!dry()) snapshots_.Leave(site);
      if (Status listed = Line("site-dictionary " + site); !listed) return listed;
    }
    return database_.Scan(
        Family::kDictionaries, kDictionaryKeys,
        [&](std::string_view key, std::string_view payload) -> Result<bool> {
          const std::string_view digest = key.substr(kDictionaryKeys.size());
          if (digest.size() != 32)
            return UnreadableRecord(Family::kDictionaries, key, {Code::kDamaged, "is no digest"});
          if (dictionaries_.contains(Digest::FromRaw(digest))) return true;
          Delete(Family::kDictionaries, key);
          Count(load_->counts.bodies, payload.size());
          const Status listed = Line("dictionary " + Digest::FromRaw(digest).hex());
          if (!listed) return listed.error();
          return true;
        });
  }

  // ---- files ----

  Status PutMark(uint32_t touched) {
    if (dry()) return Ok();
    mark_.touched = touched;
    Batch batch(database_);
    PutRecord(batch, Family::kMeta, kPurgeKey, mark_);
    return batch.Commit();
  }

  // What was deleted still stands in the files until they are rewritten.
  Status Rewrite() {
    if (dry()) return Ok();
    for (int number = 1; number <= kFamilies; ++number) {
      const auto family = static_cast<Family>(number);
      if ((mark_.touched & BitOf(family)) == 0) continue;
      if (options_.progress && !options_.progress("files", static_cast<uint64_t>(number)))
        return Stopped();
      if (Status forgotten = database_.Forget(family); !forgotten) return forgotten;
      if (Status put = PutMark(mark_.touched & ~BitOf(family)); !put) return put;
      report_.compacted = true;
    }
    return Ok();
  }

  Status End() {
    if (dry()) return Ok();
    Batch batch(database_);
    mark_.time = options_.now;
    mark_.routine = options_.policy.routine;
    mark_.findings = options_.policy.findings;
    mark_.judged_run = newest_run_;
    PutRecord(batch, Family::kMeta, kPurgeKey, mark_);
    if (begun_ || report_.compacted) {
      const Deed deed{.kind = "purge-end", .what = Summary(report_) + "；已从数据文件中抹去"};
      if (Status told = chain_.Append(batch, deed); !told) return told;
    }
    return batch.Commit();
  }

  Database& database_;
  AuditChain& chain_;
  Snapshots& snapshots_;
  const std::string& directory_;
  const PurgeOptions& options_;
  PurgeMark mark_;
  PurgeBasis basis_;
  PurgeReport report_;
  std::unique_ptr<Load> load_;
  std::set<Digest> dictionaries_;  // of bodies that stay, and of sites
  std::set<uint64_t> old_runs_;    // before live_from, that something stays of
  uint64_t newest_run_ = 0;
  uint64_t done_ = 0;
  bool confirmed_ = false;
  bool begun_ = false;
  bool sweep_due_ = false;
  std::string dry_site_;
  std::set<std::string> dry_stays_;   // sites of which an observation stays
  std::optional<SitePlan> dry_plan_;  // of dry_site_; none: nothing of it has expired
};

}  // namespace

Result<PurgeMark> ReadPurgeMark(const Database& database) {
  const auto mark = GetRecord<PurgeMark>(database, Family::kMeta, kPurgeKey);
  if (!mark) return mark.error();
  return mark->value_or(PurgeMark{});
}

Result<PurgeReport> PurgeRecords(Database& database, AuditChain& chain, Snapshots& snapshots,
                                 const std::string& directory, const PurgeOptions& options) {
  return Purger(database, chain, snapshots, directory, options).Run();
}

}  // namespace xuncha
