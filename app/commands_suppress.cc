// suppress add, list, remove; cluster list, decide.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "app/case_words.h"
#include "app/commands.h"
#include "base/day.h"
#include "base/text.h"
#include "base/tree.h"
#include "reports/words.h"

namespace xuncha {
namespace {

constexpr Millis kSoon = 14 * kDay;  // an expiry worth a word

std::string WhereOf(const Suppression& one) {
  switch (one.scope) {
    case SuppressionScope::kFinding:
    case SuppressionScope::kRule:
      return one.site;
    case SuppressionScope::kSpan:
    case SuppressionScope::kTarget:
      return one.host;
    case SuppressionScope::kPath:
      return one.site + " " + one.pattern;
  }
  return {};
}

std::string StandingText(const Suppression& one, Millis now, bool matches) {
  if (one.ended != 0) {
    return fmt::format("{}结束{}", FormatTime(one.ended),
                       one.ended_by.empty() ? "（到期）" : "（" + Neutralise(one.ended_by) + "）");
  }
  std::string text = fmt::format("到 {} 为止", FormatTime(one.expires));
  if (now >= one.expires) {
    text += "，已到期";
  } else if (one.expires - now < kSoon) {
    text += fmt::format("，{}", ClockText(one.expires, now));
  }
  if (!matches) text += "，没有仍然存在的发现与之相符";
  return text;
}

// Which of those in force cover a finding that stands.
Result<std::set<uint64_t>> MatchingNow(const Store& store, Millis now) {
  std::set<uint64_t> all;
  const Status read = store.casework().EachSuppression([&](const Suppression& one) {
    all.insert(one.number);
    return true;
  });
  if (!read) return read.error();
  auto matching = store.casework().SuppressionsMatching(all, SIZE_MAX, now);
  if (!matching) return matching.error();
  return std::move(matching->value());
}

Result<CaseDeed> VerdictOf(const Arguments& arguments) {
  const std::optional<CaseDeed> verdict = CaseDeedByName("verdict:" + arguments.Get("--verdict"));
  if (verdict) return *verdict;
  return Error{Code::kInvalid, "--verdict 须为 violation、false-positive、cannot-tell 或 escalate"};
}

void ShowPreview(Session& session, const ClusterPreview& preview) {
  size_t skipped = 0;
  for (const ClusterPreview::Member& member : preview.members) skipped += !member.skip.empty();
  session.Out(fmt::format("{}\n{} 条发现，{} 个网站，{} 个事件，其中 {} 个可一并判断{}\n",
                          Shown(preview.key.id()), preview.findings, preview.sites.size(),
                          preview.members.size(), preview.members.size() - skipped,
                          preview.cut ? "（还有更多，分次处理）" : ""));
  session.Out("样本：\n");
  for (const StoredFinding& sample : preview.samples) session.Out(FindingHead(sample));
  for (const ClusterPreview::Member& member : preview.members) {
    if (member.skip.empty()) continue;
    session.Out(fmt::format("跳过 {}  {}：{}\n", member.incident, Shown(member.site), member.skip));
  }
}

}  // namespace

int RunSuppressAdd(Session& session, const Arguments& arguments) {
  const std::optional<SuppressionScope> scope =
      SuppressionScopeByName(arguments.Get("--scope", "finding"));
  if (!scope) {
    return session.Fail(
        {Code::kInvalid, "suppress add：--scope 须为 finding、span、rule、path 或 target"});
  }
  const std::optional<SuppressionReason> reason_class =
      SuppressionReasonByName(arguments.Get("--class", "false-positive"));
  if (!reason_class) {
    return session.Fail(
        {Code::kInvalid,
         "suppress add：--class 须为 false-positive、legitimate、accepted 或 third-party"});
  }
  const Result<uint32_t> days =
      arguments.Number("--days", static_cast<uint32_t>(kSuppressionDefault / kDay),
                       static_cast<uint32_t>(limits::kSuppressionMillisMax / kDay));
  if (!days) return session.Fail(days.error());
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  const Result<StoredFinding> finding = (*store)->cases().FindingById(arguments.positional[0]);
  if (!finding) return session.Fail(finding.error());
  const Result<Suppression> made = (*store)->casework().Suppress(
      {.finding = finding->finding.id,
       .scope = *scope,
       .pattern = arguments.Get("--path"),
       .host = arguments.Get("--host"),
       .reason_class = *reason_class,
       .reason = arguments.Get("--reason"),
       .by = std::string(Trim(arguments.Get("--by"))),
       .approved_by = std::string(Trim(arguments.Get("--approved-by"))),
       .lasts = *days * kDay},
      session.clock().Now());
  if (!made) return session.Fail(made.error());
  session.Say(fmt::format(
      "{}：{}（{}），到 {} 为止；内容有变化即重新提示。已立的事件还在待办，没有问题的请判误报",
      made->id(), SuppressionScopeText(made->scope), Shown(WhereOf(*made)),
      FormatTime(made->expires)));
  return kClean;
}

int RunSuppressList(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Millis now = session.clock().Now();
  const Result<std::set<uint64_t>> matching = MatchingNow(**store, now);
  if (!matching) return session.Fail(matching.error());
  uint64_t count = 0;
  const Status read = (*store)->casework().EachSuppression([&](const Suppression& one) {
    const bool matches = matching->contains(one.number);
    const bool stale = !matches && one.MayBeStale(now);
    if (one.ended != 0 && !arguments.Has("--all")) return true;
    if (arguments.Has("--stale") && !stale) return true;
    if (arguments.Has("--expiring") && one.expires - now >= kSoon) return true;
    ++count;
    if (arguments.Has("--json")) {
      Node node = MakeTable();
      Put(node, "id", MakeString(one.id()));
      Put(node, "scope", MakeString(SuppressionScopeName(one.scope)));
      Put(node, "where", MakeString(WhereOf(one)));
      Put(node, "finding", MakeString(one.finding));
      Put(node, "kind", MakeString(one.kind));
      Put(node, "class", MakeString(SuppressionReasonName(one.reason_class)));
      Put(node, "reason", MakeString(one.reason));
      Put(node, "by", MakeString(one.by));
      if (!one.approved_by.empty()) Put(node, "approved_by", MakeString(one.approved_by));
      Put(node, "made", MakeString(FormatTime(one.made)));
      Put(node, "expires", MakeString(FormatTime(one.expires)));
      if (one.ended != 0) Put(node, "ended", MakeString(FormatTime(one.ended)));
      Put(node, "matches", MakeBool(matches));
      Put(node, "stale", MakeBool(stale));
      session.Out(WriteJson(node) + "\n");
      return true;
    }
    session.Out(fmt::format(
        "{}  {}  {}  {}  {}\n  {}：{}（{}{}）\n", one.id(), SuppressionScopeText(one.scope),
        KindText(one.kind), Shown(WhereOf(one)), StandingText(one, now, matches),
        SuppressionReasonText(one.reason_class), Shown(one.reason), Shown(one.by),
        one.approved_by.empty() ? "" : "，批准 " + Shown(one.approved_by)));
    return true;
  });
  if (!read) return session.Fail(read.error());
  if (count == 0) {
    session.Say(arguments.Has("--stale")      ? "没有三十天以上未用到的免报"
                : arguments.Has("--expiring") ? "没有快到期的免报"
                                              : "没有免报");
  }
  return kClean;
}

int RunSuppressRemove(Session& session, const Arguments& arguments) {
  if (Trim(arguments.Get("--by")).empty())
    return session.Fail({Code::kInvalid, "suppress remove：--by 必填"});
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  const Result<Suppression> one = (*store)->casework().SuppressionById(arguments.positional[0]);
  if (!one) return session.Fail(one.error());
  const Result<Suppression> ended = (*store)->casework().EndSuppression(
      one->number, Trim(arguments.Get("--by")), arguments.Get("--reason"), session.clock().Now());
  if (!ended) return session.Fail(ended.error());
  session.Say(fmt::format("{} 已移除；原来被它免报、仍然存在的发现重新计入", ended->id()));
  return kClean;
}

int RunClusterList(Session& session, const Arguments& arguments) {
  constexpr uint32_t kShown = 20;
  const Result<uint32_t> most = arguments.Number("--top", kShown, 1'000);
  if (!most) return session.Fail(most.error());
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Result<std::vector<ClusterLine>> lines = (*store)->casework().Clusters(*most);
  if (!lines) return session.Fail(lines.error());
  for (const ClusterLine& line : *lines) {
    if (arguments.Has("--json")) {
      Node node = MakeTable();
      Put(node, "id", MakeString(line.key.id()));
      Put(node, "findings", MakeInteger(static_cast<int64_t>(line.findings)));
      Put(node, "incidents", MakeInteger(static_cast<int64_t>(line.incidents)));
      Put(node, "sites", MakeInteger(static_cast<int64_t>(line.sites)));
      session.Out(WriteJson(node) + "\n");
    } else {
      session.Out(fmt::format("{} 个事件  {} 个网站  {} 条发现  {}\n", line.incidents, line.sites,
                              line.findings, Neutralise(line.key.id())));
    }
  }
  if (lines->empty()) session.Say("没有两个以上待处理的事件出自同一来源");
  return kClean;
}

int RunClusterDecide(Session& session, const Arguments& arguments) {
  const Result<ClusterKey> key = ParseClusterKey(arguments.positional[0]);
  if (!key) return session.Fail(key.error());
  const Millis now = session.clock().Now();
  if (arguments.Has("--dry-run")) {
    Result<std::unique_ptr<Store>> store = session.ReadStore();
    if (!store) return session.Fail(store.error());
    const Result<ClusterPreview> preview =
        (*store)->casework().PreviewCluster(*key, Trim(arguments.Get("--by")), now);
    if (!preview) return session.Fail(preview.error());
    ShowPreview(session, *preview);
    return kClean;
  }
  const Result<CaseDeed> verdict = VerdictOf(arguments);
  if (!verdict) return session.Fail(verdict.error());
  Arguments without_incident = arguments;
  without_incident.positional.clear();
  Result<CaseDesk> desk = OpenDesk(session, without_incident);
  if (!desk) return session.Fail(desk.error());
  const CaseOrder order{.by = std::string(Trim(arguments.Get("--by"))),
                        .reason = arguments.Get("--reason")};
  const Result<ClusterPreview> preview = desk->work().PreviewCluster(*key, order.by, now);
  if (!preview) return session.Fail(preview.error());
  if (preview->members.empty())
    return session.Fail({Code::kNotFound, "没有属于这个簇的事件；见 xuncha cluster list"});
  const Result<ClusterResult> done =
      desk->work().DecideCluster(*preview, *verdict, order, desk->policy, now,
                                 arguments.Has("--at-once") ? 0 : limits::kUndoMillis);
  if (!done) return session.Fail(done.error());
  session.Out(fmt::format("{}：{} 个事件\n", CaseDeedText(*verdict), done->decided));
  for (const ClusterResult::Skipped& one : done->skipped)
    session.Out(fmt::format("跳过 {}  {}：{}\n", one.incident, Shown(one.site), one.why));
  return done->decided > 0 ? kClean : session.Fail({Code::kConflict, "没有可以一并判断的事件"});
}

}  // namespace xuncha
