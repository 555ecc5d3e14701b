// SPDX-License-Identifier: Apache-2.0
#include "reports/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "crawler/traps.h"
#include "report_embedded.h"
#include "reports/mask.h"
#include "reports/output_file.h"

namespace xuncha {
namespace {

constexpr size_t kFindingsListed = 500;  // per site and severity group in a document people read
constexpr size_t kQuotesListed = 6;      // per finding; the rest is in `explain`

// Text from a page, as it may stand in the document.
std::string Shown(std::string_view text) {
  return EscapeHtml(Neutralise(MaskIdentifiers(CollapseSpace(text))));
}
// An address, whole: an officer must be able to open it.
std::string Address(std::string_view url) { return EscapeHtml(Neutralise(url)); }
// Text of the owner's record: phone numbers stay.
std::string Record(std::string_view text) {
  return text.empty() ? "—" : EscapeHtml(Neutralise(text));
}

struct KindName {
  std::string title, basis;
};
using KindNames = std::map<std::string, KindName, std::less<>>;

void PutHead(OutputFile& out, const RunReport& report) {
  out.Put(
      fmt::format("<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'\">\n"
                  "<title>巡查报告 第 {} 次</title>\n<style>\n{}</style>\n</head>\n<body>\n",
                  report.run.id, embedded::report()[0].bytes));
  out.Put(
      fmt::format("<h1>网站内容巡查报告</h1>\n<p class=\"meta\">第 {} 次巡查 · 开始 {} · {}</p>\n",
                  report.run.id, FormatTime(report.run.started),
                  report.run.ended != 0 ? "结束 " + FormatTime(report.run.ended) : "尚未结束"));
  out.Put(fmt::format("<p class=\"meta\">规则集 SHA-256：<span class=\"url\">{}</span></p>\n",
                      report.run.rules.hex()));
}

void PutOverview(OutputFile& out, const RunReport& report) {
  out.Put(
      "<h2>一、概况</h2>\n<table><thead><tr><th>网站</th><th>单位</th><th class=\"n\">页面</th>"
      "<th class=\"n\">未变</th><th class=\"n\">失败</th><th class=\"n\">未全读</th><th "
      "class=\"n\">高</th>"
      "<th class=\"n\">中</th><th class=\"n\">低</th><th "
      "class=\"n\">提示</th></tr></thead>\n<tbody>\n");
  const auto row = [&](std::string_view name, std::string_view unit, uint64_t pages,
                       uint64_t unchanged, uint64_t failed, uint64_t partly,
                       const uint64_t(&findings)[4]) {
    out.Put(
        fmt::format("<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
                    "<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
                    "<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                    name, unit, pages, unchanged, failed, partly, findings[3], findings[2],
                    findings[1], findings[0]));
  };
  for (const SiteReport& site : report.sites) {
    row(Record(site.site.name) + (site.finished ? "" : "（未完）"), Record(site.site.unit),
        site.pages, site.unchanged, site.failed, site.flat + site.unread, site.findings);
  }
  const RunTotals& t = report.totals;
  row("<b>合计</b>", fmt::format("{} 个网站", t.sites), t.pages, t.unchanged, t.failed,
      t.flat + t.unread, t.findings);
  out.Put(
      "</tbody></table>\n<p class=\"soft\">本报告只陈述系统所见，供工作人员复核；是否违规由人判定。"
      "“失败”的页面没有读到，“未全读”的页面只读了一部分，或是不读内容的文档、图片；都不能视为"
      "无问题，原因列在各网站之后。</p>\n");
}

// Where the words stood, in words.
std::string Place(const Evidence& evidence) {
  std::string place = std::string(ZoneText(evidence.in_anchor ? ZoneKind::kAnchor : evidence.zone));
  if (evidence.hiding != Hiding::kNone)
    place += fmt::format("（隐藏：{}）", HidingText(evidence.hiding));
  return place;
}

// What one place of the page gave: the same excerpt for several rules is shown
// once, with all their words marked.
struct Quote {
  std::string text;         // before + found + after
  std::vector<Span> marks;  // in `text`
  std::vector<const Evidence*> evidence;
};

std::vector<Quote> QuotesOf(const Finding& finding) {
  std::vector<Quote> quotes;
  for (const Evidence& evidence : finding.evidence) {
    const std::string text = evidence.before + evidence.found + evidence.after;
    Quote* quote = nullptr;
    for (Quote& known : quotes) {
      if (known.text == text && known.evidence[0]->zone == evidence.zone && !text.empty())
        quote = &known;
    }
    if (quote == nullptr) {
      quotes.push_back({text, {}, {}});
      quote = &quotes.back();
    }
    const auto begin = static_cast<uint32_t>(evidence.before.size());
    quote->marks.push_back({begin, begin + static_cast<uint32_t>(evidence.found.size())});
    quote->evidence.push_back(&evidence);
  }
  return quotes;
}

std::string Marked(const Quote& quote) {
  std::vector<Span> marks = quote.marks;
  std::sort(marks.begin(), marks.end(), [](Span a, Span b) { return a.begin < b.begin; });
  const std::string masked = MaskExcerpt("", quote.text, "").found;
  const std::string_view text = masked;
  std::string out;
  uint32_t at = 0;
  for (size_t i = 0; i < marks.size();) {
    Span mark = marks[i];
    for (; i < marks.size() && marks[i].begin <= mark.end; ++i)
      mark.end = std::max(mark.end, marks[i].end);
    out += Shown(text.substr(at, mark.begin - at)) + "<mark>" +
           Shown(text.substr(mark.begin, mark.size())) + "</mark>";
    at = mark.end;
  }
  return out + Shown(text.substr(at));
}

void PutQuote(OutputFile& out, const Quote& quote) {
  const Evidence& first = *quote.evidence[0];
  if (quote.text.empty()) {  // bare structure
    out.Put(fmt::format("<p><span class=\"tag\">{}</span>{}{}</p>\n", ProofText(first.proof),
                        Shown(first.because),
                        first.detail.empty() ? "" : "：" + Shown(first.detail)));
    return;
  }
  std::string tags = fmt::format("<span class=\"tag\">{}</span>", Shown(Place(first)));
  std::vector<std::string> said;
  const auto once = [&](std::string html) {
    if (std::find(said.begin(), said.end(), html) == said.end()) said.push_back(std::move(html));
  };
  for (const Evidence* evidence : quote.evidence) {
    if (evidence->channel != Channel::kPlain && evidence->channel != Channel::kRaw) {
      once(fmt::format("<span class=\"tag\">还原：{}</span>", ChannelText(evidence->channel)));
    }
    once(fmt::format("<span class=\"tag\">{}</span>{}", Shown(evidence->rule),
                     Shown(evidence->because)));
  }
  out.Put(fmt::format("<div class=\"excerpt\">…{}…</div>\n<p>{}{}</p>\n", Marked(quote), tags,
                      Join(said, " ")));
}

void PutFinding(OutputFile& out, const StoredFinding& stored, const KindNames& names) {
  const Finding& finding = stored.finding;
  const auto name = names.find(finding.kind);
  const std::string title = name == names.end() ? finding.kind : name->second.title;
  const std::string basis = name == names.end() ? "" : name->second.basis;
  out.Put(fmt::format(
      "<article class=\"finding {}\">\n<div class=\"head\"><span class=\"badge\">{}</span>"
      "<span>{}</span><span class=\"soft\">责任书第四条第 {} 项{}</span></div>\n",
      SeverityName(finding.severity), SeverityText(finding.severity), Shown(title), finding.clause,
      basis.empty() || basis.starts_with("责任书") ? "" : "（" + Shown(basis) + "）"));
  out.Put(fmt::format("<p class=\"url\">{}</p>\n", Address(stored.url)));
  if (!stored.title.empty()) out.Put(fmt::format("<p>页面标题：{}</p>\n", Shown(stored.title)));
  out.Put(fmt::format("<p><b>{}</b></p>\n", Shown(finding.because)));
  const std::vector<Quote> quotes = QuotesOf(finding);
  for (size_t i = 0; i < quotes.size() && i < kQuotesListed; ++i) PutQuote(out, quotes[i]);
  if (quotes.size() > kQuotesListed) {
    out.Put(fmt::format("<p class=\"soft\">另有 {} 处依据，用 xuncha explain {} 查看。</p>\n",
                        quotes.size() - kQuotesListed, Shown(finding.id)));
  }
  out.Put(
      fmt::format("<p class=\"meta\">编号 {} · 首次发现 {} · 最近一次 {}<br>快照 SHA-256 <span "
                  "class=\"url\">{}</span></p>\n</article>\n",
                  Shown(finding.id), FormatTime(stored.first_seen), FormatTime(stored.last_seen),
                  stored.body.hex()));
}

void PutRecord(OutputFile& out, const Site& site) {
  std::string contacts;
  for (const std::string& contact : site.contacts)
    contacts += (contacts.empty() ? "" : "；") + contact;
  out.Put(
      fmt::format("<table><tbody><tr><th>单位名称</th><td>{}</td><th>网址或IP</th><td "
                  "class=\"url\">{}</td></tr>\n"
                  "<tr><th>负责人</th><td>{}</td><th>联系电话</th><td>{}</td></tr>\n"
                  "<tr><th>安全联系人</th><td colspan=\"3\">{}</td></tr></tbody></table>\n",
                  Record(site.unit), Record(site.address), Record(site.owner), Record(site.phone),
                  Record(contacts)));
}

void PutUnchecked(OutputFile& out, const SiteReport& site) {
  for (const std::string& fact : site.facts)
    out.Put(fmt::format("<p class=\"soft\">{}</p>\n", Address(fact)));
  if (!site.finished) out.Put("<p><b>本网站尚未巡查完毕：下一次运行将继续。</b></p>\n");
  if (site.unchecked.empty()) return;
  out.Put(
      fmt::format("<h3>未能全部检查的页面（{}）</h3>\n<table><thead><tr><th>地址</th><th>检查程度</"
                  "th><th>原因</th></tr></thead><tbody>\n",
                  site.unchecked_total));
  for (const Unchecked& page : site.unchecked) {
    const std::string_view how = page.tally == Tally::kFailed     ? "失败"
                                 : IsUnreadType(page.limits)      ? "未全读：不读内容"
                                 : page.checked == Checked::kFlat ? "未全读：按纯文本检查"
                                                                  : "未全读：部分未取得";
    out.Put(fmt::format("<tr><td class=\"url\">{}</td><td>{}</td><td>{}</td></tr>\n",
                        Address(page.url), how, Shown(ReasonsOf(page))));
  }
  out.Put("</tbody></table>\n");
  if (site.unchecked_total > site.unchecked.size()) {
    out.Put(fmt::format("<p class=\"soft\">只列出前 {} 条，其余见 JSONL。</p>\n",
                        site.unchecked.size()));
  }
}

// What the crawl left out, and why: nothing is dropped in silence.
void PutNight(OutputFile& out, const NightReport& night) {
  if (night.ending != Ending::kExhausted) {
    out.Put(fmt::format("<p><b>{}</b>（留待下次 {} 个网址）</p>\n", EndingText(night.ending),
                        night.carried_over));
  }
  if (night.crawl_delay > 0) {
    out.Put(fmt::format("<p class=\"soft\">robots.txt 要求间隔 {} 毫秒，已遵守。</p>\n",
                        night.crawl_delay));
  }
  for (const std::string& note : night.notes)
    out.Put(fmt::format("<p class=\"soft\">{}</p>\n", Shown(note)));
  if (night.left.empty()) return;
  out.Put(
      "<details><summary>没有访问的网址（按原因）</summary>\n<table><thead><tr><th>原因</th>"
      "<th class=\"n\">数量</th><th>例</th></tr></thead><tbody>\n");
  for (const auto& [reason, left] : night.left) {
    std::string examples;
    for (const std::string& url : left.examples) examples += Address(url) + "<br>";
    out.Put(fmt::format("<tr><td>{}</td><td class=\"n\">{}</td><td class=\"url\">{}</td></tr>\n",
                        Shown(TrapText(reason)), left.count, examples));
  }
  out.Put("</tbody></table></details>\n");
}

// Folded away, for whoever wants to look; open in print.
void PutFolded(OutputFile& out, std::string_view title, const std::vector<StoredFinding>& list,
               const KindNames& names) {
  if (list.empty()) return;
  out.Put(fmt::format("<details><summary>{}（{} 条）</summary>\n", title, list.size()));
  for (size_t i = 0; i < list.size() && i < kFindingsListed; ++i) PutFinding(out, list[i], names);
  out.Put("</details>\n");
}

Status PutSite(OutputFile& out, Store& store, const SiteReport& site, const Discounted& discounted,
               const Run& run, const KindNames& names) {
  std::vector<StoredFinding> found, judged, suppressed, gone;
  if (Status read =
          store.cases().EachFinding(site.site.id,
                                    [&](const StoredFinding& stored) {
                                      if (!stored.standing) {
                                        if (stored.last_run + 1 == run.id) gone.push_back(stored);
                                      } else if (discounted.JudgedFalse(stored)) {
                                        judged.push_back(stored);
                                      } else if (discounted.SuppressedBy(stored) != nullptr) {
                                        suppressed.push_back(stored);
                                      } else {
                                        found.push_back(stored);
                                      }
                                      return true;
                                    });
      !read) {
    return read;
  }
  std::stable_sort(found.begin(), found.end(), [](const StoredFinding& a, const StoredFinding& b) {
    return std::tuple(a.baseline, b.finding.severity, b.finding.score) <
           std::tuple(b.baseline, a.finding.severity, a.finding.score);
  });
  out.Put(
      fmt::format("<h2>{}</h2>\n", Record(site.site.name.empty() ? site.site.id : site.site.name)));
  PutRecord(out, site.site);
  size_t listed = 0, hints = 0;
  bool in_stock = false;  // news first, stock behind
  for (const StoredFinding& stored : found) {
    if (stored.finding.severity == Severity::kHint) {
      ++hints;
    } else if (listed < kFindingsListed) {
      if (stored.baseline && !in_stock) {
        in_stock = true;
        out.Put(
            "<h3>首次巡查存量</h3>\n<p "
            "class=\"soft\">首次巡查时已经存在，与新发生的分开处理。</p>\n");
      }
      PutFinding(out, stored, names);
      ++listed;
    }
  }
  if (found.size() - hints > listed) {
    out.Put(fmt::format("<p class=\"soft\">只列出最重的 {} 条，其余见 JSONL。</p>\n", listed));
  }
  if (listed == 0) {
    const std::string_view said =
        site.read() == 0 ? "<p><b>一个页面也没有读到，不能视为无问题；原因见下。</b></p>\n"
        : site.Gaps().empty() ? "<p>已检查的页面没有发现问题。</p>\n"
                              : "<p>已检查的部分没有发现问题；未能检查的部分见下。</p>\n";
    out.Put(std::string(said));
  }
  if (hints > 0) {
    out.Put(fmt::format("<details><summary>提示 {} 条（不计入发现，仅供参考）</summary>\n", hints));
    size_t shown = 0;
    for (const StoredFinding& stored : found) {
      if (stored.finding.severity != Severity::kHint || shown == kFindingsListed) continue;
      PutFinding(out, stored, names);
      ++shown;
    }
    out.Put("</details>\n");
  }
  PutFolded(out, "已判误报，不计入发现", judged, names);
  PutFolded(out, "已免报，不计入发现", suppressed, names);
  PutFolded(out, "上次还在、页面上已不再出现；事件仍待处理", gone, names);
  PutUnchecked(out, site);
  if (site.night) PutNight(out, *site.night);
  return Ok();
}

}  // namespace

Status WriteHtmlReport(Store& store, const RunReport& report, const RuleSet& rules,
                       const std::string& path) {
  KindNames names;
  for (const Pack& pack : rules.packs) names[pack.kind] = {pack.title, pack.basis};
  // The worst sites first: an officer reads from the top.
  std::vector<const SiteReport*> order;
  for (const SiteReport& site : report.sites) order.push_back(&site);
  std::stable_sort(order.begin(), order.end(), [](const SiteReport* a, const SiteReport* b) {
    return std::tuple(b->findings[3], b->findings[2], b->findings[1]) <
           std::tuple(a->findings[3], a->findings[2], a->findings[1]);
  });

  const Result<Discounted> discounted =
      Discounted::Read(store, std::max(report.run.started, report.run.ended));
  if (!discounted) return discounted.error();
  OutputFile out(path);
  PutHead(out, report);
  PutOverview(out, report);
  for (const SiteReport* site : order) {
    if (Status put = PutSite(out, store, *site, *discounted, report.run, names); !put) return put;
  }
  out.Put(
      "<footer class=\"meta\">xuncha 巡查 · 依据《互联网安全责任书》第四条 · "
      "摘录中的号码已遮盖，原文见快照。</footer>\n</body>\n</html>\n");
  return out.Finish();
}

}  // namespace xuncha
