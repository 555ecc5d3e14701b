// Stories of later rules: nights that keep what they read, and what a rule that
// came after them finds in it. And that a text says to match and judge what the
// page said: over the sample sites, pages written to hide, and sentences.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/rescan.h"

#include <algorithm>
#include <atomic>
#include <fstream>

#include "base/text.h"
#include "crawler/extract.h"
#include "store/page_text.h"
#include "tests/unit/crawler/audit_world.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kSite = "a.example.test";
constexpr std::string_view kLaterRule = R"(
[[rule]]
id = "gambling.invoice"
strength = "strong"
zones = ["title", "text"]
any = ["代开餐饮票据"]
because = "招揽买卖票据"
examples = ["代开餐饮票据，加微信"]
counters = ["今天下午开会"]
)";

class RescanTest : public Nights {
 protected:
  void SetUp() override {
    Nights::SetUp();
    Page("index.html", HtmlPage("首页", {"/p.html"}));
    Page("p.html", HtmlPage("通知", {}));
    Serve();
  }
  void Page(std::string_view path, std::string_view bytes) {
    Write(fmt::format("{}/{}", kSite, path), bytes);
  }
  std::vector<Site> Sites() { return {LocalSite(fmt::format("http://{}", kSite))}; }
  void Night() {
    Audit::Options options = Quick(server_->port());
    options.frontier.backoff_first = 1;
    Nights::Night(Sites(), std::move(options));
  }
  void NightWithViews() {
    Audit::Options options = Quick(server_->port());
    options.frontier.backoff_first = 1;
    options.frontier.views = true;
    options.frontier.per_address = Frontier::Options().per_address;
    Nights::Night(Sites(), std::move(options));
  }

  Result<PastSite> Read(const Law& law, Rescan::Options options = {}) {
    options.workers = 2;
    const Registry registry(Sites());
    Result<std::unique_ptr<Rescan>> rescan =
        Rescan::Create({*store_, registry, {law.rules, *law.matcher, *law.judge}}, options);
    EXPECT_TRUE(rescan.ok());
    return (*rescan)->Read(kSite);
  }
  PastSite Past(const Law& law, Rescan::Options options = {}) {
    Result<PastSite> past = Read(law, std::move(options));
    EXPECT_TRUE(past.ok()) << (past ? "" : past.error().text);
    return past ? *past : PastSite();
  }
  std::vector<xuncha::Run> Runs() { return *store_->Runs(); }
  uint64_t Blobs() {
    const Result<StoreReport> report = store_->Check({});
    EXPECT_TRUE(report.ok() && report->whole());
    for (const auto& family : report->families) {
      if (family.name == "blobs") return family.records;
    }
    return 0;
  }

  const Law later_{std::string(kPack) + std::string(kLaterRule)};
};

const std::string kOffer = "代开餐饮票据，加微信";

TEST_F(RescanTest, ARuleAddedLaterSaysSinceWhenItStood) {
  Page("index.html", HtmlPage("首页", {"/p.html", "/old.html"}));
  Page("p.html", HtmlPage(kOffer, {}));
  Page("old.html", HtmlPage("旧页", {}, kOffer));
  Night();
  Page("p.html", HtmlPage("通知", {}));  // clean in between
  Night();
  Page("p.html", HtmlPage(kOffer, {}, "价格面议"));
  Night();
  Night();  // nothing has changed
  std::filesystem::remove(directory_ + "/web/a.example.test/p.html");
  Night();
  EXPECT_THAT(Standing(kSite), IsEmpty());

  EXPECT_THAT(Past(*law_).findings, IsEmpty());
  const PastSite past = Past(later_);
  const std::vector<xuncha::Run> runs = Runs();
  ASSERT_THAT(runs, SizeIs(5));
  ASSERT_THAT(past.findings, SizeIs(2));
  EXPECT_EQ(past.missing, 0u);
  const PastFinding& old = past.findings[0];
  EXPECT_EQ(old.found.url, "http://a.example.test/old.html");
  EXPECT_EQ(old.found.finding.kind, "gambling");
  EXPECT_EQ(old.found.title, "旧页");
  EXPECT_TRUE(old.found.standing);
  EXPECT_EQ(old.versions, 1u);
  EXPECT_EQ(old.found.first_run, 1u);
  EXPECT_EQ(old.found.last_run, 5u);
  EXPECT_EQ(old.since, old.found.first_seen);
  EXPECT_EQ(old.gone, 0);

  const PastFinding& came_back = past.findings[1];
  EXPECT_EQ(came_back.found.url, "http://a.example.test/p.html");
  EXPECT_FALSE(came_back.found.standing);
  EXPECT_EQ(came_back.versions, 2u);
  EXPECT_EQ(came_back.found.first_run, 1u);
  EXPECT_EQ(came_back.found.last_run, 4u);
  EXPECT_GE(came_back.since, runs[2].started);
  EXPECT_LT(came_back.since, runs[3].started);
  EXPECT_GE(came_back.gone, runs[4].started);
}

TEST_F(RescanTest, OnlyTheTimeThatIsAskedAboutCounts) {
  Page("p.html", HtmlPage(kOffer, {}));
  Night();
  Night();
  Page("p.html", HtmlPage("通知", {}));
  Night();
  const std::vector<xuncha::Run> runs = Runs();
  const PastSite second = Past(later_, {.since = runs[1].started, .until = runs[2].started});
  ASSERT_THAT(second.findings, SizeIs(1)) << "unchanged: its text is of the night before";
  EXPECT_TRUE(second.findings[0].found.standing);
  EXPECT_EQ(second.findings[0].found.first_run, 2u);
  EXPECT_THAT(Past(later_, {.since = runs[2].started}).findings, IsEmpty());
  EXPECT_THAT(Past(later_, {.until = runs[0].started}).findings, IsEmpty());
}

TEST_F(RescanTest, AServerInTroubleProvesNothingGone) {
  Page("p.html", HtmlPage(kOffer, {}));
  Night();
  server_->On("a.example.test/p.html", [](const TestServer::Request&, TestServer::Wire& wire) {
    wire.Reply({.status = 503});
  });
  Night();
  const PastSite past = Past(later_);
  ASSERT_THAT(past.findings, SizeIs(1));
  EXPECT_TRUE(past.findings[0].found.standing);
}

TEST_F(RescanTest, UnderTheSameRulesItIsWhatTheNightsFound) {
  const std::string offer = HtmlPage("真人视讯下注", {}, "真人视讯下注，充值秒到账");
  Page("index.html", HtmlPage("首页", {"/p.html", "/q.html", "/s.html"}));
  Page("q.html", offer);
  Page("p.html.@spider", offer);
  Page("s.html.@search", offer);
  Page("s.html", HtmlPage("通知二", {}));
  NightWithViews();
  NightWithViews();
  std::vector<StoredFinding> stored = Standing(kSite);
  std::erase_if(stored,
                [](const StoredFinding& f) { return f.finding.severity == Severity::kHint; });
  const PastSite past = Past(*law_, {.places = Rescan::Places::kInBody});
  ASSERT_EQ(past.findings.size(), stored.size());
  ASSERT_EQ(stored.size(), 3u);
  for (size_t i = 0; i < stored.size(); ++i) {
    SCOPED_TRACE(stored[i].url);
    const auto same = std::ranges::find_if(past.findings, [&](const PastFinding& p) {
      return p.found.finding.id == stored[i].finding.id;
    });
    ASSERT_NE(same, past.findings.end());
    const Finding &a = same->found.finding, &b = stored[i].finding;
    EXPECT_EQ(a.severity, b.severity);
    EXPECT_EQ(a.score, b.score);
    EXPECT_EQ(a.because, b.because);
    EXPECT_EQ(a.signals, b.signals);
    EXPECT_EQ(same->found.body, stored[i].body);
    EXPECT_EQ(same->found.first_seen, stored[i].first_seen);
    EXPECT_TRUE(same->found.standing);
    ASSERT_EQ(a.evidence.size(), b.evidence.size());
    for (size_t j = 0; j < a.evidence.size(); ++j) {
      EXPECT_EQ(a.evidence[j].source, b.evidence[j].source);
      EXPECT_EQ(a.evidence[j].detail, b.evidence[j].detail);
    }
  }
}

TEST_F(RescanTest, UnchangedPagesWriteNoText) {
  Night();
  const uint64_t first = Blobs();
  EXPECT_GE(first, 2u);
  Night();
  EXPECT_EQ(Blobs(), first);
  law_ = std::make_unique<Law>(std::string(kPack) + std::string(kLaterRule));
  Night();  // judged again, under other rules
  EXPECT_EQ(Blobs(), first);
}

TEST_F(RescanTest, WhatIsKeptOpensAnIncidentOfHistory) {
  Page("p.html", HtmlPage(kOffer, {}));
  Night();
  const PastSite past = Past(later_, {.places = Rescan::Places::kInBody});
  ASSERT_THAT(past.findings, SizeIs(1));
  const std::vector<StoredFinding> findings = {past.findings[0].found};
  const Deed deed{.kind = "rescan-keep"};
  CaseStore& cases = store_->cases();
  const Result<HistoryKept> kept = cases.KeepHistory(findings, deed, clock_.Now());
  ASSERT_TRUE(kept.ok()) << kept.error().text;
  EXPECT_EQ(kept->added, 1u);
  const Result<StoredFinding> stored = cases.FindingById(findings[0].finding.id);
  ASSERT_TRUE(stored.ok());
  EXPECT_TRUE(stored->history);
  EXPECT_FALSE(stored->finding.evidence.at(0).source.empty());
  std::vector<Incident> incidents;
  const auto read = [&] {
    incidents.clear();
    ASSERT_TRUE(cases
                    .EachIncident([&](const Incident& incident) {
                      incidents.push_back(incident);
                      return true;
                    })
                    .ok());
  };
  read();
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_TRUE(incidents[0].history);
  EXPECT_EQ(incidents[0].state, "new");
  EXPECT_THAT(cases.IncidentById(incidents[0].id)->findings, ElementsAre(findings[0].finding.id));
  EXPECT_EQ((*store_->audit().EntryAt(*store_->audit().Size()))->kind, "rescan-keep");

  // Once more adds nothing, not even an entry.
  const uint64_t entries = *store_->audit().Size();
  EXPECT_EQ(cases.KeepHistory(findings, deed, clock_.Now())->added, 0u);
  EXPECT_EQ(*store_->audit().Size(), entries);

  // The next night, under the new rules, sees it itself; it stood before that.
  law_ = std::make_unique<Law>(std::string(kPack) + std::string(kLaterRule));
  Night();
  read();
  EXPECT_FALSE(incidents[0].history);
  EXPECT_FALSE(cases.FindingById(findings[0].finding.id)->history);
  EXPECT_EQ(cases.FindingById(findings[0].finding.id)->first_seen, findings[0].first_seen);
  EXPECT_TRUE(store_->Check({})->whole());
}

TEST_F(RescanTest, AFindingOfTonightMayHaveStoodBefore) {
  Page("p.html", HtmlPage(kOffer, {}));
  Night();
  law_ = std::make_unique<Law>(std::string(kPack) + std::string(kLaterRule));
  Night();
  ASSERT_THAT(Standing(kSite), SizeIs(1));
  EXPECT_EQ(Standing(kSite)[0].first_run, 2u);
  const PastSite past = Past(*law_);
  ASSERT_THAT(past.findings, SizeIs(1));
  const auto kept =
      store_->cases().KeepHistory({past.findings[0].found}, {.kind = "rescan-keep"}, clock_.Now());
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->added, 0u);
  EXPECT_EQ(kept->set_back, 1u);
  EXPECT_EQ(Standing(kSite)[0].first_run, 1u);
  EXPECT_FALSE(Standing(kSite)[0].history);
}

TEST_F(RescanTest, StopsWhenTold) {
  Night();
  const std::atomic<bool> stop = true;
  const Result<PastSite> past = Read(later_, {.stop = &stop});
  ASSERT_FALSE(past.ok());
  EXPECT_EQ(past.error().code, Code::kConflict);
}

// ---- the same from a text as from the page --------------------------------------

std::string Told(const Evidence& e) {
  return fmt::format("{} {} {} {} {} {} {} {}|{}|{}|{}|{}-{}|{}|{}\n", e.rule, ProofName(e.proof),
                     e.strong, ZoneName(e.zone), e.in_anchor, HidingName(e.hiding),
                     ChannelName(e.channel), e.pattern, e.found, e.before, e.after, e.source.begin,
                     e.source.end, e.because, e.detail);
}

// All that was concluded.
std::string Told(const Page& page) {
  std::string out;
  for (const Finding& f : page.findings) {
    out += fmt::format("{} {} {} {} {} {} {}\n", f.id, f.clause, f.kind, SeverityName(f.severity),
                       f.score, fmt::join(f.signals, ","), f.because);
    for (const Evidence& e : f.evidence) out += Told(e);
  }
  for (const Dismissal& d : page.dismissals) out += d.reason + " " + Told(d.evidence);
  return out;
}

class SameFromText : public ::testing::Test {
 protected:
  SameFromText() {
    LoadReport report;
    rules_ = std::move(*LoadRules(BuiltinPacks(), &report));
    matcher_ = std::move(*Matcher::Build(rules_, {}));
    judge_ = std::make_unique<Judge>(rules_);
    scratch_ = std::move(*matcher_->NewScratch());
  }

  void Hold(const std::string& url, std::string body) {
    SCOPED_TRACE(url);
    Page page;
    Result<Url> parsed = Url::Parse(url);
    ASSERT_TRUE(parsed.ok());
    page.permit = registry_.Allow(*registry_.sites()[0], *parsed, {}, false, 0, nullptr);
    page.response.final_url = *parsed;
    page.response.body = std::move(body);
    Extract(page);
    if (page.checked == Checked::kFailed) return;
    matcher_->Match(page, scratch_);
    judge_->Decide(page);
    const std::string text = EncodeText(page.document);
    ASSERT_FALSE(text.empty());
    Page again{.permit = page.permit};
    again.response.body = page.response.body;
    again.text = text;
    ExamineTexts(again, {rules_, *matcher_, *judge_}, scratch_);
    EXPECT_EQ(again.checked, Checked::kFull) << again.response.error;
    EXPECT_EQ(Told(again), Told(page));
    ++pages_;
    found_ += !page.findings.empty();
  }

  const Registry registry_{{LocalSite("http://www.yunxi.test/")}};
  RuleSet rules_;
  std::unique_ptr<Matcher> matcher_;
  std::unique_ptr<Judge> judge_;
  Matcher::Scratch scratch_;
  size_t pages_ = 0, found_ = 0;
};

std::string Slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(SameFromText, OnTheSampleSites) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator("tests/sites")) {
    if (!entry.is_regular_file()) continue;
    Hold(fmt::format("http://www.yunxi.test/{}", pages_), Slurp(entry.path()));
  }
  EXPECT_GT(pages_, 50u);
  EXPECT_GT(found_, 20u);
}

TEST_F(SameFromText, OnSentencesOfTheTradesAndCleanOnes) {
  for (const char* name : {"tests/golden/offers.txt", "tests/golden/clean_sentences.txt"}) {
    const std::string all = Slurp(name);
    std::string some;
    size_t line = 0;
    for (const std::string_view sentence : Split(all, '\n')) {
      some += fmt::format("<p>{}</p><a href=/x{}.html>{}</a>", sentence, line, sentence);
      if (++line % 16 != 0) continue;
      Hold(fmt::format("http://www.yunxi.test/{}.html", line), "<title>通知</title>" + some);
      some.clear();
    }
  }
  EXPECT_GT(pages_, 20u);
  EXPECT_GT(found_, 10u);
}

TEST_F(SameFromText, OnPagesWrittenToHide) {
  const std::string offer = "真人视讯下注，充值秒到账，加微信 abc123";
  const std::string gb = EncodeFromUtf8(
      "<meta charset=gbk><title>通知</title><p>学院通知</p><div style='display:none'>" + offer +
          "<a href='http://x1.test/'>" + offer + "</a></div>",
      Charset::kGb18030);
  const std::string pages[] = {
      "<title>" + offer + "</title><p>学院通知",
      gb,
      "<p>&#30495;&#20154;视讯下注，充值秒到账</p><a href='javascript:void(0)'>真人视讯下注</a>",
      "<script>document.write('<a href=\"http://x2.test/\">" + offer + "</a>')</script><p>通知",
      "<p>通知</p></html>" + offer +
          "<a href=//x3.test>真人视讯下注</a><a href=/n.html>打击真人视讯下注</a>",
      "<base href='http://x4.test/'><a href=q.html>真人视讯下注 充值</a>",
      "<img alt='真人视讯下注'><!-- " + offer + " --><meta name=description content='" + offer +
          "'>",
      offer,
      "",
  };
  for (const std::string& page : pages)
    Hold(fmt::format("http://www.yunxi.test/{}.html", pages_), page);
  EXPECT_GE(found_, 6u);
}

}  // namespace
}  // namespace xuncha
