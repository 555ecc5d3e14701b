// SPDX-License-Identifier: Apache-2.0
#include "app/coverage.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/session.h"
#include "base/text.h"
#include "crawler/night_report.h"

namespace xuncha {
namespace {

constexpr size_t kGapsTold = 10;  // on a terminal; the run's report has all

Result<std::vector<std::string>> ReasonsOf(const Store& store, const Site& site,
                                           const std::vector<Run>& runs) {
  std::vector<std::string> reasons;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    const Result<bool> done = store.SiteDone(site.id, run->id);
    if (!done) return done.error();
    if (!*done) {
      // One that was cut off, or is going on, or one of other sites.
      if (run == runs.rbegin() && run->ended == 0)
        reasons.push_back(fmt::format("第 {} 次巡查尚未完成", run->id));
      continue;
    }
    const Result<std::optional<NightReport>> night = ReportOf(store, run->id, site.id);
    if (!night) return night.error();
    if (!*night) {
      reasons.push_back(fmt::format("第 {} 次巡查没有留下记录", run->id));
      return reasons;
    }
    for (std::string& gap : (*night)->Gaps()) reasons.push_back(std::move(gap));
    return reasons;
  }
  if (reasons.empty()) reasons.emplace_back("还没有巡查过");
  return reasons;
}

}  // namespace

Status CheckSites(const std::vector<Site>& sites, const std::vector<std::string>& only) {
  if (sites.empty())
    return Error{Code::kInvalid, "还没有登记网站；先运行 xuncha site import 登记表.csv"};
  for (const std::string& id : only) {
    const auto is = [&id](const Site& site) { return site.id == id; };
    if (std::none_of(sites.begin(), sites.end(), is)) return NoSuchSite(id, sites);
  }
  return Ok();
}

Result<std::vector<CoverageGap>> GapsOf(const Store& store, const std::vector<Site>& sites,
                                        std::string_view only) {
  const Result<std::vector<Run>> runs = store.Runs();
  if (!runs) return runs.error();
  std::vector<CoverageGap> gaps;
  for (const Site& site : sites) {
    if (!only.empty() && site.id != only) continue;
    Result<std::vector<std::string>> reasons = ReasonsOf(store, site, *runs);
    if (!reasons) return reasons.error();
    if (!reasons->empty()) gaps.push_back({site, std::move(*reasons)});
  }
  return gaps;
}

std::string CoverageText(const std::vector<CoverageGap>& gaps) {
  std::string text;
  for (size_t i = 0; i < gaps.size() && i < kGapsTold; ++i) {
    const Site& site = gaps[i].site;
    text +=
        fmt::format("未能全部检查 {}：{}\n", Neutralise(site.name.empty() ? site.id : site.name),
                    Neutralise(Join(gaps[i].reasons, "；")));
  }
  if (gaps.size() > kGapsTold)
    text += fmt::format("另有 {} 个网站未能全部检查\n", gaps.size() - kGapsTold);
  return text;
}

}  // namespace xuncha
