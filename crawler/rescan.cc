// SPDX-License-Identifier: Apache-2.0
#include "crawler/rescan.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <semaphore>
#include <unordered_map>
#include <utility>

#include "base/limits.h"
#include "crawler/views.h"
#include "crawler/workers.h"
#include "store/page_text.h"

namespace xuncha {
namespace {

constexpr uint64_t kProgressEvery = 64;  // texts

// As in store/page_commit.cc: what tells of the page, and not of a door that is shut today.
bool TellsOfThePage(uint16_t status) { return (status >= 200 && status < 400) || IsGone(status); }

bool IsIncluded(const ObservedView& view) { return !view.text.empty(); }

// Everybody who may get something else got it or did not: their own answer is known.
bool SawAllViews(const Observation& seen) {
  const auto others =
      std::count_if(seen.views.begin(), seen.views.end(), [](const ObservedView& view) {
        return view.as != Visitor::kAgain && TellsOfThePage(view.status);
      });
  return static_cast<size_t>(others) >= kVisitors;
}

// What a URL showed when it was read: its own text, and those of others.
std::string ReadingOf(const Observation& seen) {
  std::string reading(seen.text.view());
  for (const ObservedView& view : seen.views) {
    if (!IsIncluded(view)) continue;
    reading.push_back(static_cast<char>(view.as));
    reading.append(view.text.view());
  }
  return reading;
}

bool Recall(const std::string& text, Page& page) {
  Result<Document> document = DecodeText(text);
  if (!document) {
    page.checked = Checked::kFailed;
    page.response.error = document.error().text;
    return false;
  }
  page.response.wire_bytes = text.size();  // what was read, for the figures
  page.document = std::move(*document);
  return true;
}

// The signal by which the visitor's page was judged.
const Signal* CloakOf(const Document& document) {
  const auto found =
      std::find_if(document.signals.rbegin(), document.signals.rend(), [](const Signal& signal) {
        return signal.kind == SignalKind::kCloakedBody ||
               signal.kind == SignalKind::kCloakedReferrer;
      });
  return found == document.signals.rend() ? nullptr : &*found;
}

}  // namespace

void ExamineTexts(Page& page, const Stages& stages, Matcher::Scratch& scratch) {
  if (!Recall(page.text, page)) return;
  stages.matcher.Match(page, scratch);
  stages.judge.Decide(page);
  page.checked = Checked::kFull;
  for (View& view : page.views) {
    Page other{.permit = page.permit};
    other.response.body = std::move(view.response.body);
    other.body_digest = view.body_digest;
    if (!Recall(view.text, other)) {
      page.checked = Checked::kFailed;
      page.response.error = other.response.error;
      return;
    }
    stages.matcher.Match(other, scratch);
    stages.judge.Decide(other);
    page.response.wire_bytes += other.response.wire_bytes;
    if (view.as == Visitor::kAgain) {
      IncludeAgain(other, page);
    } else if (const Signal* cloak = CloakOf(other.document); cloak != nullptr) {
      Include(other, view.as, *cloak, page);
    }
  }
}

// ---- one site -----------------------------------------------------------------

namespace {

// By what a page is found again when it comes back from a worker: it carries all of it.
std::string KeyOf(const Page& page) {
  std::string key = page.permit.url().text() + '\n';
  key.append(page.text_digest.view());
  for (const View& view : page.views) {
    key.push_back(static_cast<char>(view.as));
    key.append(view.text_digest.view());
  }
  return key;
}

// A text in hand, or a conclusion that visits wait for.
struct PastReading {
  bool done = false;
  uint32_t waiting = 0;  // visits
  size_t bytes = 0;      // while it is in hand
  std::string url, title;
  Digest body;
  std::vector<Finding> findings;  // of `least` or above
  std::vector<Dismissal> dismissals;
};
// By KeyOf; nodes stay where they are.
using PastReadings = std::map<std::string, PastReading, std::less<>>;

struct UrlPast {
  enum class State : uint8_t {
    kNothing,  // not read
    kRead,
    kMissing,  // read, but the text is not there
    kOutside,  // of no registered site
  };
  State state = State::kNothing;
  std::string reading;    // of the last visit
  uint64_t full_run = 0;  // of the observation it is from
  bool proves_gone = false;
  bool cloaked = false;
  std::vector<uint32_t> found;  // in findings
  std::vector<uint32_t> shown;  // of those, what the last visit showed
};

struct Visit {
  UrlPast* url = nullptr;
  PastReading* fresh = nullptr;  // nullptr: what the visit before showed
  PastReadings::iterator at;     // of `fresh`
  uint64_t run = 0;
  Millis time = 0;
  bool proves_gone = false;
};

}  // namespace

struct Rescan::Rep {
  Rep(Parts parts_in, Options options_in) : parts(parts_in), options(std::move(options_in)) {}

  const Parts parts;
  const Options options;
  RescanProgress progress;
  std::counting_semaphore<> woken{0};
  std::unique_ptr<Workers> workers;

  // Of the site being read.
  const Site* site = nullptr;
  PastSite past;
  std::unordered_map<std::string, UrlPast> urls;  // by the bytes that stand for a URL in keys
  PastReadings readings;
  std::deque<Visit> line;
  std::deque<Page> unplaced;  // concluded from, and to be told where in the body
  size_t placing = 0;         // of them: at a worker, with their bodies
  size_t in_hand = 0, in_hand_bytes = 0;
  Status failed;

  bool Stopped() const { return options.stop != nullptr && options.stop->load(); }
  uint64_t FirstRun() const;
  bool Seen(std::string_view key, const Observation& kept);
  void ReadFull(const Observation& full, UrlPast& url, Visit& visit);
  void Submit(const Observation& full, UrlPast& url, Visit& visit);
  void Take(Page page);
  void PlaceWaiting();
  void Conclude(Page page);
  void TakeFinished();
  void Advance();
  void Show(const Visit& visit);
  void ShowFinding(const Visit& visit, const PastReading& reading, size_t index);
  void Forget();
};

// The observations of a run may be later than its beginning, not earlier.
uint64_t Rescan::Rep::FirstRun() const {
  uint64_t first = 0;
  const Result<std::vector<Run>> runs = parts.store.Runs();
  if (!runs) return 0;
  for (const Run& run : *runs) {
    if (run.started <= options.since) first = run.id;
  }
  return first;
}

// A short observation says that its full one still holds.
bool Rescan::Rep::Seen(std::string_view key, const Observation& kept) {
  if (Stopped()) return false;
  if (kept.time < options.since || kept.time >= options.until) return true;
  UrlPast& url = urls[std::string(key)];
  Visit visit{.url = &url, .run = kept.run, .time = kept.time};
  if (kept.full_run == kept.run) {
    ReadFull(kept, url, visit);
  } else if (kept.full_run != url.full_run) {  // from before the time that was asked about
    Result<std::optional<Observation>> full = parts.store.FullOf(site->id, key, kept.full_run);
    if (!full) {
      failed = full.error();
    } else if (*full) {
      ReadFull(**full, url, visit);
    } else {
      url.state = UrlPast::State::kMissing;
    }
  }
  if (kept.full_run != 0) url.full_run = kept.full_run;
  past.missing += url.state == UrlPast::State::kMissing;
  past.outside += url.state == UrlPast::State::kOutside;
  if (url.state == UrlPast::State::kRead) {
    ++past.visits;
    visit.proves_gone = url.proves_gone;
    // Where nothing is known of a page and nothing is asked, there is nothing to wait for.
    if (visit.fresh != nullptr || !line.empty() || !url.found.empty()) line.push_back(visit);
  }
  TakeFinished();
  while (failed &&
         (in_hand >= limits::kRescanReadingsMax || in_hand_bytes >= limits::kRescanBytesMax ||
          line.size() >= limits::kRescanWaitingMax)) {
    woken.acquire();
    TakeFinished();
  }
  return failed.ok();
}

void Rescan::Rep::ReadFull(const Observation& full, UrlPast& url, Visit& visit) {
  using State = UrlPast::State;
  if (full.checked == Checked::kFailed || full.text.empty()) {
    // No answer, or nothing to read; or a page too large to be kept.
    url.state = full.checked == Checked::kFailed ? State::kNothing : State::kMissing;
    return;
  }
  url.state = State::kRead;
  url.proves_gone = full.checked == Checked::kFull && full.error.empty() &&
                    TellsOfThePage(full.status) && (!url.cloaked || SawAllViews(full));
  std::string reading = ReadingOf(full);
  // Nothing had changed: what others got the night before was not asked again.
  const bool same =
      reading == url.reading || (full.unchanged && url.reading.starts_with(full.text.view()));
  if (same) return;
  url.reading = std::move(reading);
  url.cloaked = std::any_of(full.views.begin(), full.views.end(), [](const ObservedView& view) {
    return IsIncluded(view) && view.as != Visitor::kAgain;
  });
  Submit(full, url, visit);
}

// Gives the texts to a worker, unless it has them.
void Rescan::Rep::Submit(const Observation& full, UrlPast& url, Visit& visit) {
  const Result<Url> address = Url::Parse(full.url);
  Page page;
  if (address)
    page.permit = parts.registry.Allow(*site, *address, {}, full.robots_disallowed, 0, nullptr);
  if (!page.permit.valid()) {
    url.state = UrlPast::State::kOutside;
    return;
  }
  Result<std::string> read = parts.store.blobs().Get(full.text);
  page.text_digest = full.text;
  page.body_digest = full.body;
  for (const ObservedView& seen : full.views) {
    if (!IsIncluded(seen) || !read) continue;
    View& view = page.views.emplace_back();
    view.as = seen.as;
    view.body_digest = seen.body;
    view.text_digest = seen.text;
    Result<std::string> text = parts.store.blobs().Get(seen.text);
    if (text) {
      view.text = std::move(*text);
    } else {
      read = text.error();
    }
  }
  if (!read) {
    if (read.error().code != Code::kNotFound) failed = read.error();
    url.state = UrlPast::State::kMissing;  // purged: the page may have shown anything
    url.reading.clear();
    return;
  }
  // Each version counts, also one that is in hand for another of the same URL.
  ++past.texts;
  past.text_bytes += read->size();
  for (const View& view : page.views) past.text_bytes += view.text.size();
  const auto [at, fresh] = readings.try_emplace(KeyOf(page));
  PastReading& reading = at->second;
  visit.fresh = &reading;
  visit.at = at;
  ++reading.waiting;
  if (!fresh) return;
  page.text = std::move(*read);
  reading.url = full.url;
  reading.body = full.body;
  reading.bytes = page.text.size();
  for (const View& view : page.views) reading.bytes += view.text.size();
  in_hand_bytes += reading.bytes;
  ++in_hand;
  workers->Submit(std::move(page));
}

// A body that is no longer kept leaves evidence without its place. Bodies are large: as
// many are in hand as fit beside the texts, and at least one page's.
void Rescan::Rep::PlaceWaiting() {
  const auto add = [this](const Digest& digest, std::string& body) -> size_t {
    if (digest.empty()) return 0;
    Result<std::string> kept = parts.store.blobs().Get(digest);
    if (kept) body = std::move(*kept);
    return body.size();
  };
  while (!unplaced.empty() && (placing == 0 || in_hand_bytes < limits::kRescanBytesMax)) {
    Page page = std::move(unplaced.front());
    unplaced.pop_front();
    size_t bytes = add(page.body_digest, page.response.body);
    const bool there = bytes > 0;
    for (View& view : page.views) bytes += add(view.body_digest, view.response.body);
    if (!there) {
      Conclude(std::move(page));
      continue;
    }
    PastReading& reading = readings.find(KeyOf(page))->second;
    reading.bytes += bytes;
    in_hand_bytes += bytes;
    ++placing;
    workers->Submit(std::move(page));
  }
}

void Rescan::Rep::Take(Page page) {
  const bool placed = !page.response.body.empty();
  if (placed) --placing;
  std::erase_if(page.findings, [this](const Finding& f) { return f.severity < options.least; });
  const bool places = options.places == Places::kInBody && !placed && !page.body_digest.empty() &&
                      !page.findings.empty();
  if (places) {
    unplaced.push_back(std::move(page));
  } else {
    Conclude(std::move(page));
  }
}

void Rescan::Rep::Conclude(Page page) {
  const auto at = readings.find(KeyOf(page));
  CHECK(at != readings.end());
  PastReading& reading = at->second;
  in_hand_bytes -= reading.bytes;
  --in_hand;
  reading.done = true;
  if (page.checked == Checked::kFailed) {
    failed =
        Error{Code::kDamaged,
              fmt::format("{}: {}; run xuncha store verify, and restore the store from a backup",
                          reading.url, page.response.error)};
    return;
  }
  ++progress.texts;
  progress.text_bytes += page.response.wire_bytes;
  if (options.progress && progress.texts % kProgressEvery == 0) options.progress(progress);
  if (page.findings.empty()) return;
  reading.title = std::move(page.document.title);
  reading.findings = std::move(page.findings);
  reading.dismissals = std::move(page.dismissals);
}

void Rescan::Rep::TakeFinished() {
  for (Page& page : workers->Finished()) Take(std::move(page));
  PlaceWaiting();
  Advance();
}

// Visits in their order, as far as it is known what they showed.
void Rescan::Rep::Advance() {
  while (!line.empty() && (line.front().fresh == nullptr || line.front().fresh->done)) {
    const Visit visit = line.front();
    line.pop_front();
    Show(visit);
    if (visit.fresh != nullptr && --visit.fresh->waiting == 0) readings.erase(visit.at);
    ++progress.visits;
  }
}

void Rescan::Rep::ShowFinding(const Visit& visit, const PastReading& reading, size_t index) {
  UrlPast& url = *visit.url;
  const Finding& finding = reading.findings[index];
  auto known = std::find_if(url.found.begin(), url.found.end(), [&](uint32_t i) {
    return past.findings[i].found.finding.id == finding.id;
  });
  if (known == url.found.end()) {
    if (past.findings.size() >= limits::kRescanFindingsMax) {
      ++past.left_out;
      return;
    }
    url.found.push_back(static_cast<uint32_t>(past.findings.size()));
    known = std::prev(url.found.end());
    past.findings.push_back({.found = {.site = site->id,
                                       .url = reading.url,
                                       .first_seen = visit.time,
                                       .first_run = visit.run,
                                       .standing = false}});
    ++progress.findings;
  }
  PastFinding& entry = past.findings[*known];
  StoredFinding& found = entry.found;
  found.finding = finding;
  found.title = reading.title;
  found.body = finding.seen_in.empty() ? reading.body : finding.seen_in;
  found.dismissals.clear();
  for (const Dismissal& dismissal : reading.dismissals) {
    if (found.dismissals.size() < limits::kEvidencePerFindingMax &&
        dismissal.evidence.rule.starts_with(finding.kind + "."))
      found.dismissals.push_back(dismissal);
  }
  ++entry.versions;
  url.shown.push_back(*known);
}

void Rescan::Rep::Show(const Visit& visit) {
  UrlPast& url = *visit.url;
  if (visit.fresh != nullptr) {
    url.shown.clear();
    for (size_t i = 0; i < visit.fresh->findings.size(); ++i) ShowFinding(visit, *visit.fresh, i);
  }
  for (const uint32_t i : url.shown) {
    PastFinding& entry = past.findings[i];
    if (!entry.found.standing) entry.since = visit.time;
    entry.gone = 0;
    entry.found.standing = true;
    entry.found.last_seen = visit.time;
    entry.found.last_run = visit.run;
  }
  if (!visit.proves_gone) return;
  for (const uint32_t i : url.found) {
    PastFinding& entry = past.findings[i];
    const bool shown = std::find(url.shown.begin(), url.shown.end(), i) != url.shown.end();
    if (shown || !entry.found.standing) continue;
    entry.found.standing = false;
    entry.gone = visit.time;
  }
}

void Rescan::Rep::Forget() {
  // What is in hand is taken back first: workers hold nothing of another site.
  while (in_hand > 0) {
    woken.acquire();
    for (Page& page : workers->Finished()) Take(std::move(page));
    PlaceWaiting();
  }
  line.clear();
  readings.clear();
  urls.clear();
}

Result<std::unique_ptr<Rescan>> Rescan::Create(Parts parts, Options options) {
  auto rep = std::make_unique<Rep>(parts, std::move(options));
  Rep* self = rep.get();
  Result<std::unique_ptr<Workers>> workers = Workers::Start(
      parts.stages.matcher, rep->options.workers,
      [self](Page& page, Matcher::Scratch& scratch) {
        ExamineTexts(page, self->parts.stages, scratch);
        // Of a clean page nothing is wanted, and of any only the title.
        std::string title = std::move(page.document.title);
        page.document = Document{.title = std::move(title)};
        page.hits = {};
      },
      [self] { self->woken.release(); });
  if (!workers) return workers.error();
  rep->workers = std::move(*workers);
  return std::unique_ptr<Rescan>(new Rescan(std::move(rep)));  // private constructor
}

Rescan::Rescan(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Rescan::~Rescan() = default;

Result<PastSite> Rescan::Read(std::string_view id) {
  Rep& r = *rep_;
  r.site = r.parts.registry.Find(id);
  if (r.site == nullptr) {
    return Error{Code::kNotFound, fmt::format("no site {}; check the id in the list of sites", id)};
  }
  r.past = {.site = r.site->id};
  r.failed = Ok();
  Status read = r.parts.store.EachKept(
      r.site->id, r.FirstRun(),
      [&r](std::string_view key, const Observation& seen) { return r.Seen(key, seen); });
  while (read.ok() && r.failed.ok() && !r.Stopped() && !r.line.empty()) {
    r.TakeFinished();
    if (!r.line.empty()) r.woken.acquire();
  }
  r.past.urls = r.urls.size();
  r.Forget();
  if (!read) return read.error();
  if (!r.failed) return r.failed.error();
  if (r.Stopped()) {
    return Error{Code::kConflict, fmt::format("site {}: stopped; run it again to go on", id)};
  }
  std::stable_sort(r.past.findings.begin(), r.past.findings.end(),
                   [](const PastFinding& a, const PastFinding& b) {
                     if (a.found.url != b.found.url) return a.found.url < b.found.url;
                     return a.found.finding.severity > b.found.finding.severity;
                   });
  return std::move(r.past);
}

}  // namespace xuncha
