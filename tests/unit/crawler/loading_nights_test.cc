// Nights on which a page's style sheets and scripts matter: what they hide or write is
// found, and a page is judged again when they change.
//
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/crawler/audit_world.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Request = TestServer::Request;
using Wire = TestServer::Wire;

constexpr std::string_view kHiddenPack = R"(
[pack]
kind = "gambling"
clause = 6
title = "赌博"
basis = "责任书 四（六）"
[[rule]]
id = "gambling.platform"
strength = "strong"
zones = ["hidden", "script"]
any = ["真人视讯下注"]
because = "以赌博平台名义招揽用户"
examples = ["真人视讯下注，充值秒到账"]
counters = ["今天下午开会"]
)";

// Home and three articles of one template; the second holds the words in class "x".
class LoadingNights : public Nights {
 protected:
  void SetUp() override {
    Nights::SetUp();
    law_ = std::make_unique<Law>(kHiddenPack);
    const std::string head =
        "<link rel=stylesheet href=/s.css><script src=/s.js></script><p>学院新闻</p>";
    Write("a.example.test/index.html",
          head + "<a href=/n1.html>一</a><a href=/n2.html>二</a><a href=/n3.html>三</a>");
    for (int i = 1; i <= 3; ++i) {
      Write(
          fmt::format("a.example.test/n{}.html", i),
          head + fmt::format("第 {} 篇<div class=x>{}</div>", i, i == 2 ? "真人视讯下注" : "正文"));
    }
    Write("a.example.test/s.css", "p{color:red}");
    Write("a.example.test/s.js", "var visits=1;");
    Serve();
  }
  uint64_t Count(std::string_view target) { return server_->Count("a.example.test", target); }
  std::vector<LimitHit> LimitsOf(std::string_view url) {
    Result<std::optional<Observation>> seen = store_->LatestObservation("a.example.test", url);
    EXPECT_TRUE(seen.ok() && seen->has_value());
    return seen.ok() && seen->has_value() ? (*seen)->limits : std::vector<LimitHit>();
  }

  const std::vector<Site> sites_ = {LocalSite("http://a.example.test")};
  const std::string second_ = "http://a.example.test/n2.html";
};

TEST_F(LoadingNights, ASheetThatBeginsToHideIsSeenOnPagesThatHaveNotChanged) {
  Night(sites_);
  EXPECT_THAT(Standing("a.example.test"), IsEmpty());
  EXPECT_EQ(Count("/s.css"), 1u) << "once, however many pages load it";

  const AuditReport same = Night(sites_);
  EXPECT_EQ(same.run.totals.unchanged, same.run.totals.pages);
  EXPECT_EQ(Count("/n2.html"), 2u);

  Write("a.example.test/s.css", ".x{display:none}");
  const AuditReport changed = Night(sites_);
  ASSERT_THAT(Standing("a.example.test"), SizeIs(1));
  EXPECT_EQ(Standing("a.example.test")[0].url, second_);
  EXPECT_EQ(Standing("a.example.test")[0].finding.evidence[0].hiding, Hiding::kDisplayNone);
  EXPECT_LT(changed.run.totals.unchanged, changed.run.totals.pages);

  const AuditReport after = Night(sites_);
  EXPECT_EQ(after.run.totals.unchanged, after.run.totals.pages) << "and stands for free again";
  EXPECT_THAT(Standing("a.example.test"), SizeIs(1));

  Write("a.example.test/s.css", "p{color:blue}");
  Night(sites_);
  EXPECT_THAT(Standing("a.example.test"), IsEmpty());
}

TEST_F(LoadingNights, AScriptThatOnlyCountsChangesNothing) {
  Night(sites_);
  Write("a.example.test/s.js", "var visits=2;");
  const AuditReport counted = Night(sites_);
  EXPECT_EQ(counted.run.totals.unchanged + 1, counted.run.totals.pages) << "the script itself";

  Write("a.example.test/s.js", "document.write('真人视讯下注')");
  Night(sites_);
  EXPECT_THAT(Standing("a.example.test"), SizeIs(Ge(4u))) << "on every page that loads it";
}

TEST_F(LoadingNights, AnImportedSheetCountsToo) {
  Write("a.example.test/s.css", "@import 'part.css';");
  Write("a.example.test/part.css", ".x{display:none}");
  Night(sites_);
  ASSERT_THAT(Standing("a.example.test"), SizeIs(1));
  EXPECT_EQ(Count("/part.css"), 1u);
  Write("a.example.test/part.css", ".y{display:none}");
  Night(sites_);
  EXPECT_THAT(Standing("a.example.test"), IsEmpty());
}

TEST_F(LoadingNights, WhatDoesNotComeIsALimitAndIsMadeUpForLater) {
  bool broken = true;
  server_->On("a.example.test/s.css", [&broken](const Request&, Wire& wire) {
    wire.Reply({.status = broken ? 500 : 200,
                .headers = {{"Content-Type", "text/css"}},
                .body = broken ? "" : ".x{display:none}"});
  });
  Night(sites_);
  EXPECT_THAT(Standing("a.example.test"), IsEmpty());
  ASSERT_THAT(LimitsOf(second_), SizeIs(1));
  EXPECT_EQ(LimitsOf(second_)[0].limit, Limit::kAssets);
  EXPECT_THAT(LimitsOf(second_)[0].detail, HasSubstr("/s.css"));

  broken = false;
  Night(sites_);
  EXPECT_THAT(Standing("a.example.test"), SizeIs(1));
  EXPECT_THAT(LimitsOf(second_), IsEmpty());
}

TEST_F(LoadingNights, WhatIsNotThereOrOfAnotherSiteHoldsNobodyUp) {
  std::filesystem::remove(directory_ + "/web/a.example.test/s.css");
  Write("a.example.test/n1.html",
        "<link rel=stylesheet href=http://b.example.test/s.css><p>第一篇</p>");
  Write("b.example.test/s.css", "p{color:red}");
  const AuditReport night = Night(sites_);
  EXPECT_FALSE(night.interrupted);
  EXPECT_THAT(LimitsOf(second_), IsEmpty()) << "a browser does not get it either";
  EXPECT_THAT(LimitsOf("http://a.example.test/n1.html"), IsEmpty());
  EXPECT_EQ(server_->Count("b.example.test"), 0u) << "nobody registered it";
}

TEST_F(LoadingNights, WhatIsForeignToOneSiteIsNotSoToItsOwn) {
  Write("a.example.test/index.html",
        "<script src=http://b.example.test/m.js></script><p>学院新闻</p>");
  Write("b.example.test/index.html", "<p>学院新闻</p><a href=/deep.html>文</a>");
  Write("b.example.test/deep.html", "<script src=/m.js></script><p>学院新闻</p>");
  Write("b.example.test/m.js", "document.write('真人视讯下注')");
  Night({LocalSite("http://a.example.test"), LocalSite("http://b.example.test")});
  ASSERT_THAT(Standing("b.example.test"), Not(IsEmpty()));
  EXPECT_THAT(Standing("b.example.test"),
              Contains(Field(&StoredFinding::url, "http://b.example.test/deep.html")));
}

}  // namespace
}  // namespace xuncha
