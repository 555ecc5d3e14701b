// rescan: the rules of today, asked of everything that was ever read.
//
// It reports, and reads the store beside whoever works on it; with --keep it opens
// it for writing, and what is new becomes findings and incidents marked as history.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <limits>

#include "app/commands.h"
#include "app/rescan_notes.h"
#include "base/day.h"
#include "base/text.h"
#include "crawler/registry.h"
#include "crawler/rescan.h"
#include "reports/mask.h"
#include "reports/page_line.h"
#include "reports/words.h"

namespace xuncha {
namespace {

constexpr Millis kShowEvery = 200;    // on a terminal
constexpr Millis kLogEvery = 60'000;  // elsewhere
constexpr Millis kSaveEvery = 2'000;  // of what is noted of finished sites
constexpr size_t kKeepAtOnce = 256;   // findings in one batch: a megabyte
constexpr size_t kNamedInEntry = 20;  // findings named in one entry of the audit chain

struct Asked {
  Millis since = std::numeric_limits<Millis>::min();
  Millis until = std::numeric_limits<Millis>::max();
  Severity least = Severity::kLow;
  Severity fail_on = Severity::kLow;
  bool keep = false, json = false;
  std::vector<std::string> sites;  // sorted
};

Result<Asked> ReadAsked(const Arguments& arguments, const Config& config,
                        const std::vector<Site>& sites) {
  Asked asked;
  asked.keep = arguments.Has("--keep");
  asked.json = arguments.Has("--json");
  if (arguments.Has("--all")) asked.least = Severity::kHint;
  const Result<Severity> fail_on = FailOn(arguments, config);
  if (!fail_on) return fail_on.error();
  asked.fail_on = *fail_on;
  asked.least = std::min(asked.least, asked.fail_on);
  const Result<Millis> since = arguments.Since("--since");
  if (!since) return since.error();
  if (arguments.Has("--since")) asked.since = *since;
  const Result<Millis> until = arguments.Until("--until");
  if (!until) return until.error();
  if (arguments.Has("--until")) asked.until = *until;
  if (asked.until <= asked.since)
    return Error{Code::kInvalid, "rescan：--until 须晚于 --since；请检查两个日期"};
  asked.sites = arguments.All("--site");
  for (const std::string& id : asked.sites) {
    if (std::none_of(sites.begin(), sites.end(), [&id](const Site& site) { return site.id == id; }))
      return NoSuchSite(id, sites);
  }
  if (asked.sites.empty()) {
    for (const Site& site : sites) asked.sites.push_back(site.id);
  }
  std::sort(asked.sites.begin(), asked.sites.end());
  asked.sites.erase(std::unique(asked.sites.begin(), asked.sites.end()), asked.sites.end());
  return asked;
}

// Everything that makes the answer another one.
Result<Digest> Identity(const Asked& asked, const Digest& rules, const Store& store) {
  const Result<std::vector<Run>> runs = store.Runs();
  if (!runs) return runs.error();
  const Run last = runs->empty() ? Run() : runs->back();
  return Sha256(fmt::format("{}\n{}\n{} {} {} {} {}\n{} {}\n{}", kVersion, rules.hex(), asked.since,
                            asked.until, SeverityName(asked.least), asked.keep, asked.json, last.id,
                            last.ended, fmt::join(asked.sites, "\n")));
}

std::string Readable(const PastFinding& past, bool known) {
  const StoredFinding& stored = past.found;
  const Finding& finding = stored.finding;
  std::string out =
      fmt::format("{}  {}  {}  第 {} 项  {}\n  {}\n  {}\n", finding.id,
                  SeverityText(finding.severity), KindText(finding.kind), finding.clause,
                  known ? "已知" : "新查出", Shown(stored.url), Shown(finding.because));
  out += fmt::format("  首次 {}，最近 {}，见于 {} 个版本；", FormatDay(stored.first_seen),
                     FormatDay(stored.last_seen), past.versions);
  if (!stored.standing) {
    out += fmt::format("{} 起已不再出现\n", FormatDay(past.gone));
  } else if (past.since != stored.first_seen) {
    out += fmt::format("曾消失，{} 起又出现，仍然存在\n", FormatDay(past.since));
  } else {
    out += "仍然存在\n";
  }
  return out;
}

std::string Line(const PastFinding& past, bool known) {
  const StoredFinding& stored = past.found;
  Node node = MakeTable();
  Put(node, "site", MakeString(stored.site));
  Put(node, "url", MakeString(stored.url));
  Put(node, "title", MakeString(MaskIdentifiers(stored.title)));
  Put(node, "finding", FindingJson(stored.finding));
  Put(node, "first_seen", MakeString(FormatTime(stored.first_seen)));
  Put(node, "since", MakeString(FormatTime(past.since)));
  Put(node, "last_seen", MakeString(FormatTime(stored.last_seen)));
  if (past.gone != 0) Put(node, "gone", MakeString(FormatTime(past.gone)));
  Put(node, "versions", MakeInteger(static_cast<int64_t>(past.versions)));
  Put(node, "standing", MakeBool(stored.standing));
  Put(node, "known", MakeBool(known));
  return WriteJson(node) + "\n";
}

class ProgressLine {
 public:
  ProgressLine(const Session& session, size_t sites, Rescan::Options& options)
      : session_(session), sites_(sites), began_(session.clock().Monotonic()), next_(began_) {
    options.progress = [this](const RescanProgress& progress) { Show(progress); };
    if (!session.terminal()) next_ += kLogEvery;
  }
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void SiteDone() { ++done_; }
  void Clear() {
    if (shown_) Session::Show("\r\x1b[K");
    shown_ = false;
  }

 private:
  void Show(const RescanProgress& progress) {
    const Millis now = session_.clock().Monotonic();
    if (session_.quiet() || now < next_) return;
    next_ = now + (session_.terminal() ? kShowEvery : kLogEvery);
    const auto seconds = static_cast<double>(std::max<Millis>(1, now - began_)) / 1000;
    const std::string text =
        fmt::format("网站 {}/{} · 文本 {}（{:.1f} MB，{:.1f} MB/秒）· 发现 {}", done_, sites_,
                    progress.texts, static_cast<double>(progress.text_bytes) / 1e6,
                    static_cast<double>(progress.text_bytes) / 1e6 / seconds, progress.findings);
    if (session_.terminal()) {
      Session::Show(fmt::format("\r\x1b[K{}", text));
      shown_ = true;
    } else {
      Session::Show(fmt::format("{} {}\n", FormatTime(session_.clock().Now()), text));
    }
  }

  const Session& session_;
  const size_t sites_;
  const Millis began_;
  Millis next_;
  size_t done_ = 0;
  bool shown_ = false;
};

// Whether the night had found it already.
Result<bool> IsKnown(Store& store, const StoredFinding& found) {
  const Result<StoredFinding> stored = store.cases().FindingById(found.finding.id);
  if (stored) return true;
  if (stored.error().code == Code::kNotFound) return false;
  return stored.error();
}

Status Keep(const Session& session, Store& store, const Digest& rules, const PastSite& past,
            RescannedSite& site) {
  std::vector<const StoredFinding*> counted;
  for (const PastFinding& one : past.findings) {
    if (one.found.finding.severity >= Severity::kLow) counted.push_back(&one.found);
  }
  for (size_t begin = 0; begin < counted.size(); begin += kKeepAtOnce) {
    const size_t end = std::min(begin + kKeepAtOnce, counted.size());
    std::vector<StoredFinding> some;
    Deed deed{.kind = "rescan-keep",
              .what = fmt::format("历史中的发现 {} 个", end - begin),
              .refs = {"site:" + past.site, "rules:" + rules.hex()}};
    for (size_t i = begin; i < end; ++i) {
      if (i - begin < kNamedInEntry) deed.refs.push_back("finding:" + counted[i]->finding.id);
      some.push_back(*counted[i]);
    }
    const Result<HistoryKept> kept = store.cases().KeepHistory(some, deed, session.clock().Now());
    if (!kept) return kept.error();
    site.added += kept->added;
    site.set_back += kept->set_back;
  }
  return Ok();
}

Result<RescannedSite> Tell(Session& session, Store& store, const Asked& asked, const Digest& rules,
                           const PastSite& past) {
  RescannedSite site{.site = past.site,
                     .urls = past.urls,
                     .visits = past.visits,
                     .texts = past.texts,
                     .text_bytes = past.text_bytes,
                     .missing = past.missing,
                     .outside = past.outside,
                     .left_out = past.left_out};
  for (const PastFinding& one : past.findings) {
    const Result<bool> known = IsKnown(store, one.found);
    if (!known) return known.error();
    ++site.findings[static_cast<size_t>(one.found.finding.severity)];
    site.standing += one.found.standing;
    site.unknown += !*known;
    site.output += asked.json ? Line(one, *known) : Readable(one, *known);
  }
  if (asked.keep) {
    if (Status kept = Keep(session, store, rules, past, site); !kept) return kept.error();
  }
  return site;
}

RescannedSite Sum(const std::vector<RescannedSite>& sites) {
  RescannedSite all;
  for (const RescannedSite& site : sites) {
    all.urls += site.urls;
    all.visits += site.visits;
    all.texts += site.texts;
    all.text_bytes += site.text_bytes;
    all.missing += site.missing;
    all.outside += site.outside;
    all.left_out += site.left_out;
    for (size_t i = 0; i < all.findings.size(); ++i) all.findings[i] += site.findings[i];
    all.standing += site.standing;
    all.unknown += site.unknown;
    all.added += site.added;
    all.set_back += site.set_back;
  }
  return all;
}

std::string Summary(const RescannedSite& all, size_t sites, const Asked& asked) {
  std::string text = fmt::format(
      "网站 {}，网址 {}，历次读取 {}，文本版本 {}（{:.1f} MB）；发现 {}（高 {}，中 {}，低 {}），"
      "其中仍然存在 {}，此前未查出 {}",
      sites, all.urls, all.visits, all.texts, static_cast<double>(all.text_bytes) / 1e6,
      all.findings[1] + all.findings[2] + all.findings[3], all.findings[3], all.findings[2],
      all.findings[1], all.standing, all.unknown);
  if (all.visits == 0) text += "\n没有可复核的记录，不能视为无问题";
  if (all.missing > 0) text += fmt::format("\n{} 次读取的文本没有保留，未能复核", all.missing);
  if (all.outside > 0)
    text += fmt::format("\n{} 次读取的网址已不在登记范围内，未复核", all.outside);
  if (all.left_out > 0)
    text += fmt::format("\n另有 {} 个发现超过单个网站的上限，未列出", all.left_out);
  if (asked.keep) {
    text += fmt::format("\n已写入：新发现 {}，发现时间提前 {}", all.added, all.set_back);
  } else if (all.unknown > 0) {
    text += "\n以上只是报告；加 --keep 写入数据并立事件";
  }
  return text;
}

int ExitCodeOf(const RescannedSite& all, Severity fail_on) {
  for (size_t i = static_cast<size_t>(fail_on); i < all.findings.size(); ++i) {
    if (all.findings[i] > 0) return kFindings;
  }
  // Where nothing was read again, nothing is known to be clean.
  return all.missing + all.left_out > 0 || all.visits == 0 ? kPartial : kClean;
}

// Where nothing may be written a rescan that is interrupted begins anew; that is
// all it costs.
void Save(const Session& session, RescanNotes& notes, bool& warned) {
  const Status saved = notes.Save();
  if (saved || warned) return;
  session.Say("进度不能保存，中断后须从头开始：" + saved.error().text);
  warned = true;
}

}  // namespace

int RunRescan(Session& session, const Arguments& arguments) {
  Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  if (arguments.Has("--rules")) config->rules_directory = arguments.Get("--rules");
  Result<std::unique_ptr<Store>> store =
      arguments.Has("--keep") ? session.OpenStore() : session.ReadStore();
  if (!store) return session.Fail(store.error());
  Result<std::vector<Site>> sites = (*store)->Sites();
  if (!sites) return session.Fail(sites.error());
  const Result<Asked> asked = ReadAsked(arguments, *config, *sites);
  if (!asked) return session.Fail(asked.error());
  const Result<std::unique_ptr<Engine>> engine = session.BuildEngine(*config);
  if (!engine) return session.Fail(engine.error());
  const Digest& rules = (*engine)->rules.digest;
  const Result<Digest> identity = Identity(*asked, rules, **store);
  if (!identity) return session.Fail(identity.error());

  RescanNotes notes(session.data_dir() + "/rescan.jsonl", *identity);
  if (!notes.done().empty())
    session.Say(fmt::format("接着上次中断处继续：{} 个网站已完成", notes.done().size()));
  Result<std::vector<std::string>> kept = (*store)->SitesKept();
  if (!kept) return session.Fail(kept.error());
  std::erase_if(*kept, [&](const std::string& id) {
    return std::any_of(sites->begin(), sites->end(), [&](const Site& s) { return s.id == id; });
  });
  if (!kept->empty() && !arguments.Has("--site")) {
    session.Say(fmt::format("另有 {} 个网站已撤销登记，保留的记录不复核：{}", kept->size(),
                            Neutralise(Join(*kept, "、"))));
  }
  const Registry registry(std::move(*sites));
  Rescan::Options options;
  options.workers = config->workers;
  options.since = asked->since;
  options.until = asked->until;
  options.least = asked->least;
  options.places = asked->keep ? Rescan::Places::kInBody : Rescan::Places::kNone;
  options.stop = &session.stop();
  ProgressLine line(session, asked->sites.size(), options);
  Result<std::unique_ptr<Rescan>> rescan =
      Rescan::Create({**store, registry, (*engine)->stages()}, std::move(options));
  if (!rescan) return session.Fail(rescan.error());

  bool warned = false;
  Millis saved = session.clock().Monotonic();
  for (const std::string& id : asked->sites) {
    if (const RescannedSite* done = notes.Find(id); done != nullptr) {
      session.Out(done->output);
      line.SiteDone();
      continue;
    }
    const Result<PastSite> past = (*rescan)->Read(id);
    line.Clear();
    if (session.stop()) {
      Save(session, notes, warned);
      session.Say("已中断；再次运行同样的命令，从中断的网站继续");
      return kInterrupted;
    }
    if (!past) return session.Fail(past.error());
    Result<RescannedSite> site = Tell(session, **store, *asked, rules, *past);
    if (!site) return session.Fail(site.error());
    session.Out(site->output);
    notes.Add(std::move(*site));
    line.SiteDone();
    if (session.clock().Monotonic() >= saved + kSaveEvery) {
      Save(session, notes, warned);
      saved = session.clock().Monotonic();
    }
  }
  const RescannedSite all = Sum(notes.done());
  if (asked->keep) {
    const Deed deed{.kind = "rescan",
                    .what = fmt::format("复核 {} 个网站的 {} 个文本版本，新增发现 {}",
                                        asked->sites.size(), all.texts, all.added),
                    .refs = {"rules:" + rules.hex()}};
    if (Status told = (*store)->audit().Record(deed); !told) return session.Fail(told.error());
  }
  notes.Remove();
  session.Say(Summary(all, asked->sites.size(), *asked));
  return ExitCodeOf(all, asked->fail_on);
}

}  // namespace xuncha
