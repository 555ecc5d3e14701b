// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/console/pages_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "crawler/night_report.h"
#include "store/page_text.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {
namespace {

constexpr Millis kNight = 86'400'000;

void SetText(Page& page, std::string_view title, std::string_view text) {
  Document& document = page.document;
  document.title = title;
  document.text = std::string(title) + "\n" + std::string(text);
  const auto title_end = static_cast<uint32_t>(title.size());
  const auto end = static_cast<uint32_t>(document.text.size());
  document.zones = {{.kind = ZoneKind::kTitle, .text = {0, title_end}},
                    {.kind = ZoneKind::kText, .text = {title_end + 1, end}}};
  document.visible = {title_end + 1, end};
  page.text = EncodeText(document);
  page.text_digest = Sha256(page.text);
}

Finding FindingAt(std::string_view url, std::string_view body, std::string_view word,
                  Severity severity, std::string_view kind) {
  Finding finding = MakeFinding(url, word, severity, kind);
  Evidence& evidence = finding.evidence.front();
  evidence.before = "联系";
  evidence.after = fmt::format("电话 {}", kPhoneNumber);
  evidence.strong = true;
  evidence.because = "以赌博平台名义招揽用户";
  evidence.hiding = Hiding::kDisplayNone;
  if (const size_t at = body.find(word); at != std::string_view::npos) {
    evidence.source = {static_cast<uint32_t>(at), static_cast<uint32_t>(at + word.size())};
  }
  return finding;
}

Page PageOf(const Site& site, std::string_view path, std::string_view title, std::string_view text,
            Millis now, std::string_view style = "") {
  const std::string url = fmt::format("http://{}{}", site.id, path);
  const std::string body =
      fmt::format("<html><title>{}</title><body>\n{}<p>{}</p>\n</body></html>", title, style, text);
  Page page = MakePage(site, url, body, now);
  SetText(page, title, text);
  return page;
}

// A run over the sites, each with its pages.
void RunNight(Store& store, FakeClock& clock,
              const std::vector<std::pair<Site, std::vector<Page>>>& sites) {
  Run run = Must(store.BeginRun(Sha256("rules"), Sha256("config"), clock.Now())).run;
  for (const auto& [site, pages] : sites) {
    const Lease lease = Must(store.ledger().Acquire(site.id, run.id, clock.Now(), kNight));
    std::vector<DonePage> done;
    for (const Page& page : pages) done.push_back({.page = &page});
    Must(store.ledger().Commit(lease, done, clock.Now()));
    NightReport night{.site = site.id, .totals = {.sites = 1, .pages = pages.size()}};
    for (const Page& page : pages) {
      for (const Finding& finding : page.findings)
        ++night.totals.findings[static_cast<size_t>(finding.severity)];
      night.totals.failed += page.checked == Checked::kFailed ? 1 : 0;
    }
    Must(KeepReport(store, run, night));
    Must(store.ledger().Release(lease, true));
    AddTotals(run.totals, night.totals);
  }
  run.ended = clock.Now() + 1;
  Must(store.EndRun(run));
  clock.Advance(kNight);
}

}  // namespace

void FillStore(Store& store, FakeClock& clock) {
  Site college = MakeSite(std::string(kCollege));
  college.name = "示例学院";
  college.unit = "学院";
  college.owner = "责任人甲";
  college.phone = "0571-00000000";
  Site library = MakeSite(std::string(kLibrary));
  library.name = fmt::format("图书馆{}", kNasty);
  library.unit = "图书馆";
  library.owner = "责任人乙";
  Must(store.ReplaceSites({college, library}));
  const std::string clean = "欢迎访问\n通知公告\n学院简介\n联系我们";
  RunNight(store, clock,
           {{college,
             {PageOf(college, "/", "首页", clean, clock.Now()),
              PageOf(college, "/news", "新闻", clean, clock.Now())}},
            {library, {PageOf(library, "/", "图书馆", clean, clock.Now())}}});

  const std::string bad =
      fmt::format("欢迎访问\n{}{} 电话 {}\n{}\n联系我们", kWords, "首存优惠", kPhoneNumber, kNasty);
  std::vector<Page> college_pages;
  college_pages.push_back(PageOf(college, "/", "首页", clean + "\n更新", clock.Now()));
  college_pages.push_back(PageOf(college, "/news", kNasty, bad, clock.Now()));
  Page& news = college_pages.back();
  news.findings = {FindingAt("http://www.college.test/news", news.response.body, kWords,
                             Severity::kHigh, "gambling"),
                   FindingAt("http://www.college.test/news", news.response.body, "示例不雅词",
                             Severity::kMedium, "porn")};
  View spider{.as = Visitor::kSpider};
  spider.response.status = 200;
  spider.response.body = "<title>彩票</title>";
  spider.body_digest = Sha256(spider.response.body);
  spider.compared = true;
  spider.differs = true;
  news.views.push_back(std::move(spider));
  std::vector<Page> library_pages;
  library_pages.push_back(PageOf(library, "/", "图书馆", bad, clock.Now()));
  library_pages.back().findings = {FindingAt("http://lib.college.test/",
                                             library_pages.back().response.body, kWords,
                                             Severity::kHigh, "gambling")};
  library_pages.push_back(MakeFailed(library, "http://lib.college.test/gone", clock.Now()));
  RunNight(store, clock,
           {{college, std::move(college_pages)}, {library, std::move(library_pages)}});
}

std::string FillOne(Store& store, FakeClock& clock, int clause) {
  const Site site = MakeSite(std::string(kCollege));
  Must(store.ReplaceSites({site}));
  std::vector<Page> pages;
  pages.push_back(PageOf(site, "/", "首页", kWords, clock.Now()));
  Page& page = pages.back();
  page.findings = {
      FindingAt(page.permit.url().text(), page.response.body, kWords, Severity::kHigh, "gambling")};
  page.findings.front().clause = clause;
  std::string id = page.findings.front().id;
  RunNight(store, clock, {{site, std::move(pages)}});
  return id;
}

void FillStock(Store& store, FakeClock& clock) {
  const Site college = MakeSite(std::string(kCollege));
  Must(store.ReplaceSites({college}));
  Page page = PageOf(college, "/", "首页", kWords, clock.Now());
  page.findings = {FindingAt("http://www.college.test/", page.response.body, kWords,
                             Severity::kHigh, "gambling")};
  RunNight(store, clock, {{college, {std::move(page)}}});
}

void FillMany(Store& store, FakeClock& clock, int sites, int findings) {
  std::vector<Site> all;
  for (int i = 0; i < sites; ++i) {
    Site site = MakeSite(fmt::format("site{:05}.test", i));
    site.name = fmt::format("示例网站 {}", i);
    site.unit = fmt::format("单位 {}", i % 100);
    site.owner = "责任人";
    all.push_back(std::move(site));
  }
  Must(store.ReplaceSites(all));
  constexpr std::string_view kKinds[] = {"gambling", "porn", "fraud", "drugs"};
  // Findings stand on a tenth of the sites, as they do, ten to a page.
  const int bad_sites = std::max(1, sites / 10);
  for (int night = 0; night < 2; ++night) {
    Run run = Must(store.BeginRun(Sha256("rules"), Sha256("config"), clock.Now())).run;
    for (int i = 0; i < sites; ++i) {
      const Site& site = all[static_cast<size_t>(i)];
      const Lease lease = Must(store.ledger().Acquire(site.id, run.id, clock.Now(), kNight));
      std::vector<Page> pages;
      pages.push_back(PageOf(site, "/", site.name, fmt::format("首页 {}", night), clock.Now()));
      const int mine = night == 1 && i < bad_sites ? findings / bad_sites : 0;
      for (int n = 0; n < mine; n += 10) {
        const std::string path = fmt::format("/p{}", n / 10);
        pages.push_back(PageOf(site, path, fmt::format("页面 {}", n),
                               fmt::format("{} 首存优惠 {}", kWords, n), clock.Now()));
        Page& page = pages.back();
        for (int k = 0; k < 10 && n + k < mine; ++k) {
          page.findings.push_back(FindingAt(
              page.permit.url().text(), page.response.body, fmt::format("{}{}", kWords, k),
              static_cast<Severity>(1 + (n + k) % 3), kKinds[static_cast<size_t>(k) % 4]));
        }
      }
      std::vector<DonePage> done;
      for (const Page& page : pages) done.push_back({.page = &page});
      Must(store.ledger().Commit(lease, done, clock.Now()));
      NightReport report{.site = site.id,
                         .totals = {.sites = 1,
                                    .pages = pages.size(),
                                    .failed = static_cast<uint64_t>(i % 50 == 0 ? 1 : 0)}};
      Must(KeepReport(store, run, report));
      Must(store.ledger().Release(lease, true));
      AddTotals(run.totals, report.totals);
    }
    run.ended = clock.Now() + 1;
    Must(store.EndRun(run));
    clock.Advance(kNight);
  }
}

void FillExample(Store& store, FakeClock& clock) {
  struct Place {
    std::string_view id, name, unit, owner;
  };
  constexpr Place kPlaces[] = {
      {kExampleSite, "示例学院教务处", "教务处", "张示例"},
      {"lib.example-college.test", "示例学院图书馆", "图书馆", "李示例"},
      {"hr.example-college.test", "示例学院人事处", "人事处", "王示例"},
      {"cs.example-college.test", "示例学院计算机系", "计算机系", "赵示例"},
      {"news.example-college.test", "示例学院新闻网", "宣传部", "陈示例"},
      {"alumni.example-college.test", "示例学院校友会", "校友会", "周示例"},
  };
  std::vector<Site> sites;
  for (const Place& place : kPlaces) {
    Site site = MakeSite(std::string(place.id));
    site.name = place.name;
    site.unit = place.unit;
    site.owner = place.owner;
    site.phone = "0000-00000000";
    site.contacts = {fmt::format("webmaster@{}", place.id)};
    sites.push_back(std::move(site));
  }
  Must(store.ReplaceSites(sites));
  const std::string clean = "通知公告\n关于本学期课程安排的通知\n考试安排\n下载专区\n联系我们";
  constexpr int kNights = 10, kBad = 8;
  constexpr std::string_view kStyle =
      "<style>body{margin:0;background:#eef2f6;font:20px sans-serif}p{white-space:pre-line;margin:"
      "32px auto;max-width:960px;background:#fff;padding:32px;line-height:2}h1{margin:0;padding:"
      "28px 160px;background:#1f4e79;color:#fff;font-size:32px}</style><h1>示例学院</h1>\n";
  for (int night = 0; night < kNights; ++night) {
    std::vector<std::pair<Site, std::vector<Page>>> nights;
    for (size_t i = 0; i < sites.size(); ++i) {
      const Site& site = sites[i];
      std::vector<Page> pages;
      pages.push_back(PageOf(site, "/", site.name, clean, clock.Now()));
      const bool hit = night >= kBad && i < 2;
      const std::string text =
          hit ? clean + "\n" + fmt::format("{} 首存优惠 注册即送", kWords) : clean;
      pages.push_back(PageOf(site, "/tongzhi/1024.html", "关于本学期课程安排的通知", text,
                             clock.Now(), kStyle));
      Page& notice = pages.back();
      const std::string url = notice.permit.url().text();
      if (hit) {
        notice.findings.push_back(
            FindingAt(url, notice.response.body, kWords, Severity::kHigh, "gambling"));
        notice.findings.back().because = "页面隐藏处有招揽赌博的文字";
        View spider{.as = Visitor::kSpider};
        spider.response.status = 200;
        spider.response.body = "<title>彩票投注</title>";
        spider.body_digest = Sha256(spider.response.body);
        spider.compared = true;
        spider.differs = true;
        notice.views.push_back(std::move(spider));
      }
      if (i == 3 && night >= 4) {
        Finding other =
            FindingAt(url, notice.response.body, "代写论文", Severity::kMedium, "fraud");
        other.because = "页面有代写代发的广告";
        other.evidence.front().because = "代写、代发的招揽用语";
        notice.findings.push_back(std::move(other));
      }
      if (i == 4 && night % 3 == 2)
        pages.push_back(MakeFailed(site, fmt::format("http://{}/video", site.id), clock.Now()));
      nights.emplace_back(site, std::move(pages));
    }
    RunNight(store, clock, nights);
  }
}

}  // namespace xuncha::testing_support
