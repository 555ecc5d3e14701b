// The order of the stages stands here, and only here. One page is followed from
// permit to commit by reading Run from top to bottom: a permit becomes due, a
// transfer starts and ends, the page is joined with the style sheets and scripts of
// its site, a worker examines it, its links are queued, and everything about it goes
// to disk in one batch with others of its site.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "crawler/extract.h"
#include "crawler/frontier.h"
#include "crawler/joiner.h"
#include "crawler/outbound.h"
#include "crawler/robots.h"
#include "crawler/second_look.h"
#include "crawler/sketch.h"
#include "crawler/targets.h"
#include "crawler/views.h"
#include "crawler/workers.h"
#include "store/codec.h"
#include "store/page_text.h"
#include "store/snapshots.h"

namespace xuncha {
namespace {

constexpr Millis kStopGrace = 3'000;  // for what is in the air when the run is stopped
constexpr Millis kProgressEvery = 1'000;
constexpr Millis kJoinPatience = 10;
constexpr Millis kTurnEvery = 100;  // for those who wait for a turn of the loop
// A commit may take at most one part in this of the time, whatever the disk does.
constexpr Millis kCommitShare = 10;

// Whether the page is as it was when it was last judged, under these rules: then
// what was concluded stands, and there is nothing to read.
bool IsUnchanged(Page& page, const Digest& rules) {
  const UrlState& known = page.permit.known();
  Response& response = page.response;
  if (known.rules != rules || page.assets_changed) return false;
  if (response.not_modified) {
    page.body_digest = known.body;
    return true;
  }
  response.same_body = !page.body_digest.empty() && page.body_digest == known.body &&
                       response.error.empty() && response.status == known.status;
  return response.same_body;
}

// A server's word that nothing has changed leaves a worker nothing to do.
bool IsNothingToRead(Page& page, const Digest& rules) {
  return page.response.not_modified && page.views.empty() && IsUnchanged(page, rules);
}

// A sitemap is a page whose entries are its links.
void AddSitemapLinks(Page& page) {
  SitemapUrls sitemap = ParseSitemap(page.response.body);
  for (std::vector<std::string>* list : {&sitemap.urls, &sitemap.nested}) {
    for (std::string& href : *list) {
      Result<Url> url = Url::Parse(href);
      if (!url) continue;
      page.document.links.push_back(
          {.href = std::move(href), .url = std::move(*url), .kind = LinkKind::kSitemap});
    }
  }
  if (sitemap.truncated && !sitemap.urls.empty())
    page.limits.push_back({Limit::kLinks, "sitemap cut"});
}

Fetcher::Ask AskFor(const Permit& permit, const Visitor* as) {
  Fetcher::Ask ask = AskAs(as, permit.site());
  // A black-holed robots.txt must not hold its lane for long.
  if (permit.url().path_and_query() == "/robots.txt") ask.total_max = limits::kRobotsMillisMax;
  if (permit.known().unread && permit.attempt() == 0) ask.body_max = limits::kUnreadPeekBytes;
  return ask;
}

// A page that is examined and waits for its batch.
struct Done {
  Page page;
  Frontier::Seen seen;
};

// What a run is about; an interrupted one is resumed only if it is the same.
Digest ConfigOf(const Frontier::Options& options) {
  std::vector<std::string> only = options.only;
  std::sort(only.begin(), only.end());
  std::string named = fmt::format("{}", fmt::join(options.named, "\n"));
  return Sha256(fmt::format("{}|{}|{}|{}|{}{}", fmt::join(only, "\n"), options.budget.pages,
                            options.budget.bytes, options.budget.time, options.budget.depth,
                            named.empty() ? "" : "|" + named));
}

RunScope ScopeOf(const Frontier::Options& options) {
  if (!options.named.empty()) return RunScope::kPages;
  return options.only.empty() ? RunScope::kAllSites : RunScope::kSites;
}

}  // namespace

struct Audit::Rep {
  Rep(Parts parts_in, Options options_in)
      : parts(Keeping(parts_in)),
        options(WithTargets(std::move(options_in))),
        frontier(parts.store, parts.registry, parts.clock, options.frontier),
        fetcher(parts.registry, parts.clock, options.fetch,
                [this](const Site& site, const Url& url) {
                  return &site == &parts.registry.outside() ? outbound.Disallows(url)
                                                            : frontier.Disallows(site, url);
                }),
        outbound(parts.store, parts.registry, parts.clock, fetcher, options.outbound) {}

  static Options WithTargets(Options options) {
    options.frontier.targets = options.outbound.enabled;
    return options;
  }

  static Parts Keeping(Parts parts) {
    parts.stages.snapshots = &parts.store.snapshots();
    return parts;
  }

  Result<AuditReport> Run();
  void Examined(Page page);
  Status Commit(Millis not_before);
  Status LookBackAtSites();
  Status LookBackAt(const Site& site);
  Status FollowLinks();
  Status LookAgain();
  bool Goes();
  size_t Room() const;
  size_t InHand() const { return fetcher.Active() + workers->Backlog() + done.size(); }
  Millis Patience() const;
  void Tell();

  const Parts parts;
  const Options options;
  Frontier frontier;
  Fetcher fetcher;
  Outbound outbound;
  Joiner joiner{parts.store, frontier, parts.stages.rules.digest};
  std::vector<Done> done;        // examined, not yet on disk
  std::deque<SecondLook> looks;  // pages to be read once more
  xuncha::Run this_run;
  Millis commit_due = 0;
  Millis began = 0, stop_seen = 0, told = 0;
  uint64_t pages_before = 0;         // of earlier sessions
  std::unique_ptr<Workers> workers;  // last: its threads end first
};

// As the store keeps it. An error page has little in common with the page that stands there.
static Snapshots::Packed PackBodyOf(const Page& page, const Stages& stages) {
  if (stages.snapshots == nullptr || page.response.body.empty()) return {};
  const UrlState& known = page.permit.known();
  return stages.snapshots->Pack(
      {.digest = page.body_digest,
       .raw = page.response.body,
       .before = page.response.status == known.status ? known.body : Digest{},
       .dictionary = page.dictionary.get()});
}

// What was judged, as history keeps it: little of it changes from one night to the next, and
// what is new stands in the body, `page`, if that is kept beside it.
static void KeepText(const Page& read, const Stages& stages, const DeltaBase* page, Digest& digest,
                     std::string& text, std::string& packed) {
  if (stages.snapshots == nullptr || read.checked == Checked::kFailed) return;
  text = EncodeText(read.document);
  if (text.empty()) return;
  digest = Sha256(text);
  const Digest& before = read.permit.known().text;
  if (digest == before) return;
  packed = stages.snapshots
               ->Pack({.digest = digest,
                       .raw = text,
                       .before = before,
                       .dictionary = read.dictionary.get(),
                       .page = page})
               .record;
}

static void Read(Page& page, const Stages& stages, Matcher::Scratch& scratch) {
  Extract(page);  // body  -> zones, links, signals
  AddSitemapLinks(page);
  AddComparisons(page);                 // good version, site -> signals
  NameTargets(page);                    // links, bad targets -> signals
  stages.matcher.Match(page, scratch);  // zones -> hits
  stages.judge.Decide(page);            // hits, signals -> findings
  IncludeTargets(page);                 // bad targets -> findings
  Snapshots::Packed body = PackBodyOf(page, stages);
  const DeltaBase source{
      .digest = page.body_digest, .raw = page.response.body, .depth = body.depth};
  KeepText(page, stages, body.record.empty() ? nullptr : &source, page.text_digest, page.text,
           page.packed_text);
  page.packed_body = std::move(body.record);
}

// What a view got, read and judged like a page of its own; the view is left without its response.
static Page ReadView(const Page& page, View& view, const Stages& stages,
                     Matcher::Scratch& scratch) {
  Page other{.permit = page.permit, .response = std::move(view.response), .limits = view.limits};
  other.assets = page.assets;
  other.dictionary = page.dictionary;
  other.body_digest = view.body_digest;
  Extract(other);
  stages.matcher.Match(other, scratch);
  stages.judge.Decide(other);
  return other;
}

// Whether what the view got must be read to know what it shows.
static bool IsAnother(const Page& page, const View& view) {
  return view.compared && view.as != Visitor::kAgain &&
         (view.body_digest != page.body_digest || !view.response.hops.empty());
}

// Holds each view against the page. `again` is what we got when asked once more; as
// long as there is none, a difference is no more than a reason to ask.
static void Compare(Page& page, Page* again, const Stages& stages, Matcher::Scratch& scratch) {
  for (View& view : page.views) {
    if (!IsAnother(page, view)) continue;
    Page other = ReadView(page, view, stages, scratch);
    const std::string difference = Difference(page, other, again);
    view.differs = !difference.empty();
    if (view.differs && again != nullptr) {
      const Signal signal = CloakSignal(view.as, difference);
      other.document.signals.push_back(signal);
      stages.judge.Decide(other);  // once more, with what it is now known to be
      Include(other, view.as, signal, page);
      KeepText(other, stages, nullptr, view.text_digest, view.text, view.packed_text);
      // Whole: what others get is rarely the page with a change, and rarely there at all.
      if (!other.response.body.empty())
        view.packed_body = PackBody(other.response.body, page.dictionary.get());
    }
    if (!view.differs || again != nullptr) {
      for (size_t i = view.limits.size(); i < other.limits.size(); ++i) {
        page.limits.push_back(
            {other.limits[i].limit,
             fmt::format("{}所见：{}", VisitorText(view.as), other.limits[i].detail)});
      }
    }
    view.response = std::move(other.response);
  }
}

// A view is read and judged like a page of its own; what it shows beyond the page,
// and beyond what we get when we ask again, becomes part of the page's conclusion.
static void ExamineViews(Page& page, const Stages& stages, Matcher::Scratch& scratch) {
  if (!page.response.body.empty()) page.body_digest = Sha256(page.response.body);
  View* again = nullptr;
  for (View& view : page.views) {
    view.compared = IsComparable(view);
    if (view.response.not_modified) {
      view.body_digest = page.permit.known().body;
    } else if (!view.response.body.empty()) {
      view.body_digest = Sha256(view.response.body);
    }
    if (view.as == Visitor::kAgain) again = &view;
    // Another body, and our own is not to be had: there is nothing to hold it against.
    if (page.response.not_modified && IsAnother(page, view)) view.compared = false;
  }
  const bool another = std::any_of(page.views.begin(), page.views.end(),
                                   [&page](const View& view) { return IsAnother(page, view); });
  const bool was_cloaked = page.permit.known().cloaked;
  const bool read = page.checked != Checked::kFailed;
  if (!read && (another || was_cloaked || !IsUnchanged(page, stages.rules.digest)))
    Read(page, stages, scratch);
  if (again == nullptr) {
    Compare(page, nullptr, stages, scratch);
  } else if (again->compared) {
    Page own = ReadView(page, *again, stages, scratch);
    Compare(page, &own, stages, scratch);
    const bool worse = IncludeAgain(own, page);
    if (worse) again->packed_body = PackBody(own.response.body, page.dictionary.get());
    if (worse) KeepText(own, stages, nullptr, again->text_digest, again->text, again->packed_text);
    if (worse) page.response.same_body = false;
    again->response = std::move(own.response);
  } else {
    LeaveUnconfirmed(page);
  }
  const bool differs = std::any_of(page.views.begin(), page.views.end(),
                                   [](const View& view) { return view.differs; });
  // There is more to conclude than last time, or less.
  if (differs || was_cloaked) page.response.same_body = false;
}

static void ExamineAny(Page& page, const Stages& stages, Matcher::Scratch& scratch) {
  if (!page.views.empty()) return ExamineViews(page, stages, scratch);
  if (!page.response.body.empty()) page.body_digest = Sha256(page.response.body);
  if (IsUnchanged(page, stages.rules.digest)) return;
  if (page.response.status == 0) return;  // nothing came: checked stays kFailed
  Read(page, stages, scratch);
}

// Worker threads. Touches nothing but `page`.
void Examine(Page& page, const Stages& stages, Matcher::Scratch& scratch) {
  if (!page.response.coded_body.empty())
    page.response.coded_digest = Sha256(page.response.coded_body);
  if (!page.asset_list.empty()) page.asset_list_digest = Sha256(page.asset_list);
  ExamineAny(page, stages, scratch);
  if (page.limits.size() <= limits::kLimitsPerPageMax) return;
  const size_t more = page.limits.size() - limits::kLimitsPerPageMax;
  page.limits.resize(limits::kLimitsPerPageMax, LimitHit{});
  page.limits.back().detail += fmt::format("（另有 {} 项）", more);
}

// The main thread owns all state, so nothing here is locked.
Result<AuditReport> Audit::Rep::Run() {
  Result<Store::BeginRunResult> run =
      parts.store.BeginRun(parts.stages.rules.digest, ConfigOf(options.frontier), parts.clock.Now(),
                           ScopeOf(options.frontier));
  if (!run) return run.error();
  this_run = run->run;
  if (Status begun = frontier.Begin(run->run); !begun) return begun.error();
  outbound.Begin(run->run);
  began = parts.clock.Monotonic();

  while (Goes()) {
    if (Status tended = frontier.Tend(); !tended) return tended.error();
    if (Status looked = LookBackAtSites(); !looked) return looked.error();
    if (Status followed = FollowLinks(); !followed) return followed.error();
    const std::vector<Permit> ready = frontier.Ready(Room());
    for (const Permit& permit : ready)
      fetcher.Start(permit, AskFor(permit, frontier.VisitorOf(permit)));
    if (!ready.empty()) fetcher.Push();  // servers work while we write
    for (Page& page : workers->Finished()) {
      if (outbound.Owns(page)) {
        outbound.Examined(page);
      } else {
        Examined(std::move(page));
      }
    }
    for (Page& page : frontier.Released()) Examined(std::move(page));
    // What pages wait for is to be on disk soon.
    if (Status put = Commit(joiner.size() > 0 ? 0 : commit_due); !put) return put.error();
    for (Page& page : fetcher.Wait(Patience())) {
      if (outbound.Owns(page)) {
        if (outbound.Arrived(page)) workers->Submit(std::move(page));
      } else if (frontier.Arrived(page)) {
        joiner.Take(std::move(page));
      }
    }
    if (Status looked = LookAgain(); !looked) return looked.error();
    for (Page& page : joiner.Ready()) {
      if (IsNothingToRead(page, parts.stages.rules.digest)) {
        Examined(std::move(page));
      } else {
        page.dictionary = parts.store.snapshots().DictionaryOf(page.permit.site().id);
        page.targets = outbound.BadOf(page.permit.site());
        workers->Submit(std::move(page));
      }
    }
    Tell();
    if (options.turn) options.turn();
  }
  if (Status put = Commit(0); !put) return put.error();

  AuditReport report{.run = run->run, .resumed = run->resumed, .interrupted = !frontier.Done()};
  if (report.interrupted) {
    if (Status suspended = frontier.Suspend(); !suspended) return suspended.error();
  }
  report.sites = frontier.reports();
  report.run.totals = frontier.Count().totals;
  if (!report.interrupted) {
    report.run.ended = parts.clock.Now();
    if (Status ended = parts.store.EndRun(report.run); !ended) return ended.error();
  }
  return report;
}

// Read, or known to need no reading. If nobody else is to be asked, its links are
// queued, and it waits for its batch.
void Audit::Rep::Examined(Page page) {
  if (page.second_look) return void(done.push_back({std::move(page), {}}));
  if (frontier.Holds(page)) return;
  if (IsUnconfirmed(page)) LeaveUnconfirmed(page);
  outbound.Note(page);
  Frontier::Seen seen = frontier.Add(page);
  done.push_back({std::move(page), std::move(seen)});
}

// When all of a site is read, its links are followed, and then its pages held against one
// another and against what the links led to.
Status Audit::Rep::LookBackAtSites() {
  const std::vector<const Site*> sites = frontier.AllRead();
  for (const Site* site : sites) {
    if (outbound.enabled()) {
      frontier.Expect(*site, 1, {});  // until its links were followed
      outbound.Open(*site);
    } else if (Status looked = LookBackAt(*site); !looked) {
      return looked;
    }
  }
  return sites.empty() ? Ok() : frontier.Tend();  // those of which nothing was to be said are done
}

Status Audit::Rep::LookBackAt(const Site& site) {
  const auto bad = outbound.BadOf(site);
  Result<SecondLooks> found = LookBack(parts.store, site, this_run, bad.get());
  if (!found) return found.error();
  std::vector<std::string> notes;
  if (found->left_out > 0) {
    notes.push_back(fmt::format("全站比对后有 {} 个页面本次未能复核，下次再查", found->left_out));
  }
  if (found->truncated) notes.emplace_back("网站过大，全站比对只统计了一部分页面");
  frontier.Expect(site, found->looks.size(), std::move(notes));
  std::move(found->looks.begin(), found->looks.end(), std::back_inserter(looks));
  return Ok();
}

// Strangers are looked at beside the sites that are still being read.
Status Audit::Rep::FollowLinks() {
  if (Status tended = outbound.Tend(stop_seen == 0 ? Room() : 0); !tended) return tended;
  const std::vector<Outbound::Looked> sites = outbound.Done();
  for (const Outbound::Looked& looked : sites) {
    const Site& site = *looked.site;
    if (looked.left_out > 0) {
      frontier.Expect(
          site, 0,
          {fmt::format("外链：有 {} 个外部主机本次未能查看，以后各夜再查", looked.left_out)});
    }
    if (looked.changed || frontier.HasChanged(site)) {
      if (Status back = LookBackAt(site); !back) return back;
    }
    outbound.Told(site);
    frontier.GiveUp(site);
  }
  return sites.empty() ? Ok() : frontier.Tend();
}

// The pages of which that says something new go through the stages once more.
Status Audit::Rep::LookAgain() {
  for (size_t room = Room(); room > 0 && !looks.empty(); --room) {
    const Site& site = *looks.front().site;
    Result<Page> page = PageOf(parts.store, parts.registry, this_run, std::move(looks.front()));
    if (!page) return page.error();
    looks.pop_front();
    if (page->permit.valid()) {
      joiner.Take(std::move(*page));
    } else {
      frontier.GiveUp(site);
    }
  }
  return Ok();
}

// One batch, one fsync for each site with finished pages. Bodies are released here.
Status Audit::Rep::Commit(Millis not_before) {
  const Millis start = parts.clock.Monotonic();
  if (done.empty() || (start < not_before && done.size() < limits::kCommitPagesMax)) return Ok();
  std::map<const Site*, std::vector<DonePage>> batches;
  for (Done& one : done) {
    batches[&one.page.permit.site()].push_back(
        {&one.page, std::move(one.seen.own), std::move(one.seen.elsewhere)});
  }
  for (const auto& [site, pages] : batches) {
    // First: a page that is on disk will not be read again for its links.
    if (Status kept = outbound.KeepLinks(*site); !kept) return kept;
    Result<std::vector<CommitOutcome>> outcomes =
        parts.store.ledger().Commit(frontier.LeaseOf(*site), pages, parts.clock.Now());
    if (!outcomes) return outcomes.error();
    for (size_t i = 0; i < pages.size(); ++i) {
      if ((*outcomes)[i] == CommitOutcome::kFenced) frontier.Lost(*site);
      const bool first = !pages[i].page->second_look;
      if ((*outcomes)[i] == CommitOutcome::kCommitted && options.committed && first)
        options.committed(*pages[i].page);
      frontier.Committed(*pages[i].page);
    }
  }
  done.clear();
  const Millis end = parts.clock.Monotonic();
  commit_due = end + std::clamp((end - start) * kCommitShare, limits::kCommitMillisMin,
                                limits::kCommitMillisMax);
  return Ok();
}

bool Audit::Rep::Goes() {
  if (frontier.Done()) return false;
  if (options.stop == nullptr || !options.stop->load()) return true;
  if (stop_seen == 0) stop_seen = std::max<Millis>(parts.clock.Monotonic(), 1);
  frontier.Stop();
  return InHand() > 0 && parts.clock.Monotonic() - stop_seen < kStopGrace;
}

// Bodies in memory are the pages in hand, wherever they are.
size_t Audit::Rep::Room() const {
  const size_t in_hand = InHand() + joiner.size();
  return in_hand >= limits::kInflightMax ? 0
                                         : std::min(fetcher.Room(), limits::kInflightMax - in_hand);
}

Millis Audit::Rep::Patience() const {
  Millis patience = Room() == 0 ? kProgressEvery : looks.empty() ? frontier.Patience() : 0;
  patience = std::min(patience, outbound.Patience());
  // What pages wait for may just have been put on disk.
  if (joiner.size() > 0) patience = std::min(patience, kJoinPatience);
  if (!done.empty())
    patience = std::min(patience, std::max<Millis>(0, commit_due - parts.clock.Monotonic()));
  if (options.turn) patience = std::min(patience, kTurnEvery);
  return patience;
}

void Audit::Rep::Tell() {
  const Millis now = parts.clock.Monotonic();
  if (!options.progress || now < told + kProgressEvery) return;
  const Frontier::Figures figures = frontier.Count();
  if (told == 0) pages_before = figures.totals.pages;
  told = now;
  Progress progress{.sites = figures.sites,
                    .sites_done = figures.done,
                    .sites_open = figures.open,
                    .totals = figures.totals,
                    .waiting = figures.waiting,
                    .elapsed = now - began};
  const auto pages = static_cast<double>(figures.totals.pages - pages_before);
  if (progress.elapsed > 0 && pages > 0) {
    progress.pages_per_second = pages * 1000 / static_cast<double>(progress.elapsed);
    // Sites not yet opened are taken to be as large as those that are.
    const size_t seen = figures.done + figures.open;
    const double unopened = static_cast<double>(figures.sites - std::min(figures.sites, seen));
    const double each = static_cast<double>(figures.totals.pages + figures.waiting) /
                        static_cast<double>(std::max<size_t>(1, seen));
    progress.left = static_cast<Millis>((static_cast<double>(figures.waiting) + unopened * each) *
                                        1000 / progress.pages_per_second);
  }
  options.progress(progress);
}

Audit::Audit(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Audit::~Audit() = default;

Result<std::unique_ptr<Audit>> Audit::Create(Parts parts, Options options) {
  auto rep = std::make_unique<Rep>(parts, std::move(options));
  Rep* self = rep.get();
  Result<std::unique_ptr<Workers>> workers = Workers::Start(
      parts.stages.matcher, rep->options.workers,
      [self](Page& page, Matcher::Scratch& scratch) { Examine(page, self->parts.stages, scratch); },
      [self] { self->fetcher.Wake(); });
  if (!workers) return workers.error();
  rep->workers = std::move(*workers);
  return std::unique_ptr<Audit>(new Audit(std::move(rep)));  // private constructor
}

Result<AuditReport> Audit::Run() { return rep_->Run(); }

}  // namespace xuncha
