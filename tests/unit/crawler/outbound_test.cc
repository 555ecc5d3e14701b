// Nights of whole audits against a real server that is also the strangers its site links
// to: what looking at them adds, what it leaves alone, and what it must never do.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/outbound.h"

#include <atomic>
#include <map>
#include <set>

#include "crawler/targets.h"
#include "tests/unit/crawler/audit_world.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kCollege = "www.college.test";
constexpr std::string_view kSale =
    "<title>shop-three.test</title><p>This domain is for sale. Related searches</p>"
    "<a href='https://market.test/offer?domain=shop-three.test'>Buy this domain</a>";

class Outlinks : public Nights {
 protected:
  void SetUp() override {
    Nights::SetUp();
    Serve();
    options_.enabled = true;
    options_.delay = 0;
    options_.name_again = 0;
    options_.fresh = 0;
    options_.ask_name = [this](const std::string& name) {
      ++asked_[name];
      const auto known = names_.find(name);
      return known == names_.end() ? NameAnswer::kUnknown : known->second;
    };
    for (const char* host : {"www.college.test", "casino-one.test", "casino-two.test",
                             "shop-three.test", "honest.test", "first.test"})
      Map(host);
  }

  void Map(std::string_view host) {
    resolve_.push_back(fmt::format("{}::127.0.0.1:{}", host, server_->port()));
  }
  // To a label of 70 letters, which resolves nowhere and needs no packet to be known so.
  void MapNowhere(std::string_view host) {
    resolve_.push_back(fmt::format("{}::{}.test:80", host, std::string(70, 'a')));
  }
  void Home(const std::vector<std::string>& links) {
    Write(fmt::format("{}/index.html", kCollege), HtmlPage("云溪学院", links, "欢迎访问学院网站"));
  }
  void Casino(const std::string& host) {
    Write(host + "/index.html", HtmlPage("真人视讯下注", {}, "真人视讯下注，充值秒到账"));
  }
  AuditReport Night() { return Night(options_); }
  AuditReport Night(Outbound::Options outbound, const std::atomic<bool>* stop = nullptr,
                    std::function<void(const Page&)> committed = nullptr) {
    Audit::Options options = Quick(server_->port());
    options.fetch.resolve = resolve_;
    options.outbound = std::move(outbound);
    options.stop = stop;
    options.committed = std::move(committed);
    AuditReport report =
        Nights::Night({LocalSite(fmt::format("http://{}/", kCollege))}, std::move(options));
    for (const NightReport& night : report.sites) site_ = night.site;
    return report;
  }
  // What stands, by kind.
  std::map<std::string, StoredFinding> Found() {
    std::map<std::string, StoredFinding> found;
    for (StoredFinding& one : Standing(site_)) found.emplace(one.finding.kind, std::move(one));
    return found;
  }
  LinkTarget Known(std::string_view host) {
    Result<std::optional<std::string>> note = store_->Note(TargetNote(host));
    if (!note.ok() || !note->has_value()) return {};
    Result<TargetFacts> facts = DecodeTarget(**note);
    EXPECT_TRUE(facts.ok());
    return facts ? facts->target : LinkTarget{};
  }

  Outbound::Options options_;
  std::vector<std::string> resolve_;
  std::map<std::string, NameAnswer> names_;
  std::map<std::string, int> asked_;
  std::string site_ = std::string(kCollege);
};

TEST_F(Outlinks, AViolatingTargetIsAFindingOfThePageThatLinksToIt) {
  Home({"http://casino-one.test/win?id=7", "/about.html"});
  Write(fmt::format("{}/about.html", kCollege), HtmlPage("学院简介", {"/"}));
  Casino("casino-one.test");
  Night();
  const auto found = Found();
  ASSERT_EQ(found.size(), 1u);
  const StoredFinding& stored = found.at("gambling");
  EXPECT_EQ(stored.url, "http://www.college.test/");
  EXPECT_GE(stored.finding.severity, Severity::kLow);
  EXPECT_THAT(stored.finding.signals, Contains("violating-target"));
  EXPECT_THAT(stored.finding.because, HasSubstr("casino-one.test"));
  ASSERT_FALSE(stored.finding.evidence.empty());
  const Evidence& first = stored.finding.evidence.front();
  EXPECT_EQ(first.proof, Proof::kDestination);
  EXPECT_THAT(first.detail, HasSubstr("http://casino-one.test/win?id=7"));
  EXPECT_THAT(first.detail, HasSubstr("真人视讯下注")) << "the title of what stands there";
  EXPECT_THAT(first.detail, HasSubstr(stored.body.hex())) << "and its snapshot";
  EXPECT_EQ(server_->Count("casino-one.test", "/win?id=7"), 0u) << "only the home page";
  EXPECT_EQ(server_->Count("casino-one.test", "/robots.txt"), 1u);
  EXPECT_EQ(server_->Count("casino-one.test", "/"), 1u);

  // The snapshot is there, and the page's own observation refers to it.
  const Result<std::string> body = store_->blobs().Get(stored.body);
  ASSERT_TRUE(body.ok());
  EXPECT_THAT(*body, HasSubstr("充值秒到账"));
  const auto seen = store_->LatestObservation(site_, stored.url);
  ASSERT_TRUE(seen.ok() && seen->has_value());
  ASSERT_EQ((*seen)->views.size(), 1u);
  EXPECT_EQ((*seen)->views[0].as, Visitor::kTarget);
  EXPECT_EQ((*seen)->views[0].body, stored.body);
  EXPECT_EQ((*seen)->views[0].exchange.url, "http://casino-one.test/");

  // It stands while nothing changes, under its name, and goes when the target is clean.
  const std::string id = stored.finding.id;
  Night();
  ASSERT_EQ(Found().count("gambling"), 1u);
  EXPECT_EQ(Found().at("gambling").finding.id, id);
  Write("casino-one.test/index.html", HtmlPage("茶叶批发", {}, "春茶上市"));
  Night();
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(Outlinks, AChangedPageKeepsWhatItsTargetIs) {
  Home({"http://casino-one.test/"});
  Casino("casino-one.test");
  Night();
  const std::string id = Found().at("gambling").finding.id;
  Write(fmt::format("{}/index.html", kCollege),
        HtmlPage("云溪学院首页", {"http://casino-one.test/"}, "学院新闻与通知公告栏目"));
  Night();
  EXPECT_EQ(Found().at("gambling").finding.id, id);
  // And loses it with the link.
  Write(fmt::format("{}/index.html", kCollege), HtmlPage("云溪学院首页", {}, "学院新闻"));
  Night();
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(Outlinks, AHiddenLinkToAViolationIsTwoProofs) {
  Write(fmt::format("{}/index.html", kCollege),
        "<title>云溪学院</title><p>真人视讯下注</p><div style='display:none'>"
        "<a href='http://casino-one.test/'>友情链接</a></div>");
  Casino("casino-one.test");
  Night();
  const StoredFinding stored = Found().at("gambling");
  EXPECT_THAT(stored.finding.signals, Contains("violating-target"));
  std::set<Proof> proofs;
  for (const Evidence& evidence : stored.finding.evidence) proofs.insert(evidence.proof);
  EXPECT_TRUE(proofs.contains(Proof::kVisible)) << "the page's own words";
  EXPECT_TRUE(proofs.contains(Proof::kDestination)) << "and the target's";
  EXPECT_TRUE(stored.body == (*store_->LatestObservation(site_, stored.url))->body)
      << "what stands in the page is shown in the page";
}

TEST_F(Outlinks, WhatForbidsOrFailsIsNeitherFineNorGuilty) {
  Casino("casino-one.test");
  Write("casino-one.test/robots.txt", "User-agent: *\nDisallow: /\n");
  Casino("casino-two.test");
  server_->On("casino-two.test/robots.txt", [](const TestServer::Request&, TestServer::Wire& wire) {
    wire.Reply({.status = 503});
  });
  server_->On("honest.test/*",
              [](const TestServer::Request&, TestServer::Wire& wire) { wire.Reset(); });
  Home({"http://casino-one.test/", "http://casino-two.test/", "http://honest.test/"});
  Night();
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_EQ(server_->Count("casino-one.test", "/"), 0u);
  EXPECT_EQ(server_->Count("casino-two.test", "/"), 0u);
  for (const char* host : {"casino-one.test", "casino-two.test", "honest.test"}) {
    EXPECT_EQ(Known(host).verdict, TargetVerdict::kUnknown) << host;
    EXPECT_NE(Known(host).why, "") << host;
  }
}

TEST_F(Outlinks, WhatWasBadStaysSoWhileItCannotBeReached) {
  Home({"http://casino-one.test/"});
  Casino("casino-one.test");
  Night();
  server_->On("casino-one.test/*",
              [](const TestServer::Request&, TestServer::Wire& wire) { wire.Reset(); });
  Night();
  EXPECT_EQ(Found().count("gambling"), 1u);
}

TEST_F(Outlinks, RedirectsAreFollowedStepByStep) {
  Home({"http://first.test/"});
  Write("first.test/index.html", "");
  Write("first.test/index.html.@head", "Status: 302\nLocation: http://casino-two.test/play\n");
  Write("casino-two.test/play", HtmlPage("真人视讯下注", {}, "真人视讯下注，充值秒到账"));
  Night();
  const StoredFinding stored = Found().at("gambling");
  EXPECT_THAT(stored.finding.evidence.front().detail, HasSubstr("http://casino-two.test/play"));
  EXPECT_EQ(server_->Count("casino-two.test", "/robots.txt"), 1u) << "each host is asked first";
  EXPECT_EQ(Known("first.test").hops.size(), 1u);
}

TEST_F(Outlinks, OnlyStrangersAreLookedAt) {
  for (const char* host : {"news.gov.cn", "lib.college.test", "www.python.org", "plain"}) Map(host);
  Home({"http://news.gov.cn/", "http://lib.college.test/", "https://www.python.org/",
        "http://plain/", "http://honest.test/a", "http://honest.test/b"});
  Write("honest.test/index.html", HtmlPage("茶叶", {}, "春茶上市"));
  Night();
  for (const char* host : {"news.gov.cn", "lib.college.test", "www.python.org", "plain"})
    EXPECT_EQ(server_->Count(host), 0u) << host;
  EXPECT_EQ(server_->Count("honest.test"), 2u) << "robots.txt and the home page, once";
  EXPECT_EQ(Known("honest.test").verdict, TargetVerdict::kFine);
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(Outlinks, PrivateAddressesAreRefused) {
  // Nobody mapped it: a link cannot make the audit look into the house.
  const std::string inside = fmt::format("http://127.0.0.1:{}/", server_->port());
  Home({inside});
  Write("127.0.0.1/index.html", HtmlPage("真人视讯下注", {}));
  Night();
  EXPECT_EQ(server_->Count("127.0.0.1"), 0u);
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_EQ(Known(fmt::format("127.0.0.1:{}", server_->port())).verdict, TargetVerdict::kUnknown);
}

TEST_F(Outlinks, ANameThatIsGoneIsAskedForTwice) {
  MapNowhere("ran-out.test");
  Home({"http://ran-out.test/"});
  names_ = {{"ran-out.test", NameAnswer::kNoSuchName}, {"test", NameAnswer::kExists}};
  Night();
  EXPECT_EQ(asked_["ran-out.test"], 2);
  EXPECT_EQ(Known("ran-out.test").verdict, TargetVerdict::kExpired);
  const auto found = Found();
  ASSERT_EQ(found.count("tamper"), 1u);
  EXPECT_EQ(found.at("tamper").finding.severity, Severity::kHint) << "old pages have dead links";
  EXPECT_THAT(found.at("tamper").finding.signals, Contains("expired-target"));
}

TEST_F(Outlinks, NamesKeptForExamplesAreNotAskedFor) {
  const std::vector<std::string> reserved = {"gone.invalid", "shop.example", "www.example.com",
                                             "other.test",   "nas.local",    "hidden.onion"};
  std::vector<std::string> links;
  for (const std::string& host : reserved) {
    links.push_back(fmt::format("http://{}/", host));
    names_[host] = NameAnswer::kNoSuchName;
  }
  Home(links);
  Night();
  EXPECT_THAT(asked_, IsEmpty());
  for (const std::string& host : reserved) EXPECT_EQ(Known(host).url, "") << host;
  EXPECT_THAT(Found(), IsEmpty());
}

TEST_F(Outlinks, AResolverInTroubleSaysNothing) {
  MapNowhere("ran-out.test");
  Home({"http://ran-out.test/"});
  struct Case {
    const char* why;
    std::map<std::string, NameAnswer> names;
  };
  for (const Case& one :
       {Case{"no answer", {}},
        Case{"it denies the whole of the name above as well",
             {{"ran-out.test", NameAnswer::kNoSuchName}, {"test", NameAnswer::kNoSuchName}}},
        Case{"the domain is there, only its host is not",
             {{"ran-out.test", NameAnswer::kExists}}}}) {
    SCOPED_TRACE(one.why);
    names_ = one.names;
    Night();
    EXPECT_EQ(Known("ran-out.test").verdict, TargetVerdict::kUnknown);
    EXPECT_THAT(Found(), IsEmpty());
  }
}

TEST_F(Outlinks, ANameTakenOverIsToldByWhatItWas) {
  Home({"http://shop-three.test/"});
  Write("shop-three.test/index.html",
        HtmlPage("云溪茶叶合作社", {},
                 "本社出产春茶秋茶，历年获得省农业厅表彰，欢迎各位茶友来社参观"
                 "品尝，联系人请见宣传册，茶园位于云溪镇北山坡，常年云雾缭绕"));
  Night();
  EXPECT_THAT(Found(), IsEmpty());
  Write("shop-three.test/index.html", kSale);
  Night();
  EXPECT_EQ(Known("shop-three.test").verdict, TargetVerdict::kParked);
  const StoredFinding stored = Found().at("tamper");
  EXPECT_THAT(stored.finding.signals, Contains("parked-target"));
  EXPECT_THAT(stored.finding.signals, Contains("replaced-target"));
  EXPECT_EQ(stored.finding.severity, Severity::kLow);
}

TEST_F(Outlinks, ASlowStrangerHoldsUpNobody) {
  server_->On("first.test/*",
              [](const TestServer::Request&, TestServer::Wire& wire) { wire.Sleep(600'000); });
  Home({"http://first.test/", "http://casino-one.test/"});
  Casino("casino-one.test");
  Outbound::Options options = options_;
  options.site_time = 300;
  const Millis began = clock_.Monotonic();
  const AuditReport report = Night(options);
  EXPECT_FALSE(report.interrupted);
  EXPECT_LT(clock_.Monotonic() - began, 60'000) << "not a measure, only not for ever";
  EXPECT_EQ(Found().count("gambling"), 1u);
  EXPECT_THAT(Of(report, site_).notes, Contains(HasSubstr("外链")));
}

TEST_F(Outlinks, ABudgetLeavesTheRestForOtherNights) {
  Home({"http://casino-one.test/", "http://casino-two.test/"});
  Casino("casino-one.test");
  Casino("casino-two.test");
  Outbound::Options options = options_;
  options.per_site = 1;
  const AuditReport first = Night(options);
  EXPECT_EQ(server_->Count("casino-one.test") + server_->Count("casino-two.test"), 2u);
  EXPECT_THAT(Of(first, site_).notes, Contains(HasSubstr("外链")));
  options.per_site = 4;
  Night(options);
  EXPECT_EQ(Known("casino-one.test").verdict, TargetVerdict::kViolating);
  EXPECT_EQ(Known("casino-two.test").verdict, TargetVerdict::kViolating);
}

TEST_F(Outlinks, AnInterruptedNightGoesOn) {
  Home({"http://casino-one.test/"});
  Casino("casino-one.test");
  std::atomic<bool> stop = false;
  const AuditReport cut = Night(options_, &stop, [&stop](const Page&) { stop = true; });
  ASSERT_TRUE(cut.interrupted);
  OpenStore();
  const AuditReport whole = Night();
  EXPECT_TRUE(whole.resumed);
  EXPECT_FALSE(whole.interrupted);
  EXPECT_EQ(Found().count("gambling"), 1u);
  EXPECT_EQ(server_->Count("casino-one.test", "/"), 1u);
}

TEST_F(Outlinks, NobodyIsLookedAtUnlessAsked) {
  Home({"http://casino-one.test/"});
  Casino("casino-one.test");
  Night(Outbound::Options{});
  EXPECT_EQ(server_->Count("casino-one.test"), 0u);
  EXPECT_THAT(Found(), IsEmpty());
}

}  // namespace
}  // namespace xuncha
