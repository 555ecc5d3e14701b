// SPDX-License-Identifier: Apache-2.0
#include "rules/outbound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "page_builder.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(OutboundRules, TheBuiltInFileReads) {
  const OutboundRules& rules = BuiltinOutboundRules();
  EXPECT_TRUE(rules.Allows("python.org"));
  EXPECT_TRUE(rules.Allows("docs.python.org"));
  EXPECT_FALSE(rules.Allows("notpython.org"));
  EXPECT_FALSE(rules.Allows("python.org.example.com"));
  EXPECT_EQ(rules.kinds.at("gambling"), Severity::kLow);
  EXPECT_FALSE(rules.kinds.contains("advertising")) << "every company's page advertises";
}

TEST(OutboundRules, MistakesAreNamed) {
  struct Case {
    std::string_view why, text, want;
  };
  constexpr std::string_view kRest =
      "[parked]\nmarks_min = 2\nthin = 100\n[[parked.words]]\nname = \"a\"\nany = [\"b\"]\n"
      "[[parked.scripts]]\nname = \"a\"\nany = [\"b\"]\n";
  const Case kCases[] = {
      {"a whole address", "[[allow]]\nwhy = \"x\"\nhosts = [\"http://a.test/\"]\n[kinds]\n",
       "is no host name"},
      {"a top-level name", "[[allow]]\nwhy = \"x\"\nhosts = [\"cn\"]\n[kinds]\n",
       "is no host name"},
      {"no reason", "[[allow]]\nhosts = [\"a.test\"]\n[kinds]\n", "\"why\" must be there"},
      {"a kind nobody knows",
       "[[allow]]\nwhy = \"x\"\nhosts = [\"a.test\"]\n[kinds]\nx = \"low\"\n", "unknown kind"},
      {"hints are kept, not counted",
       "[[allow]]\nwhy = \"x\"\nhosts = [\"a.test\"]\n[kinds]\nporn = \"hint\"\n",
       "must be \"low\""},
  };
  for (const auto& [why, text, want] : kCases) {
    SCOPED_TRACE(why);
    const auto read = ReadOutboundRules(std::string(text) + std::string(kRest), "x.toml");
    ASSERT_FALSE(read.ok());
    EXPECT_THAT(read.error().text, HasSubstr(std::string(want)));
  }
}

// Several marks must agree, words among them.
TEST(OutboundRules, AParkedDomainIsKnownBySeveralMarks) {
  const OutboundRules& rules = BuiltinOutboundRules();
  const auto marks = [&rules](Page page) { return ParkedMarks(rules, "tea-shop.test", page); };
  const auto page = [](std::string_view title, std::string_view text) {
    Page made = PageBuilder().Title(title).Text(text).Build(RuleSet{});
    made.document.title = title;
    return made;
  };
  EXPECT_THAT(marks(page("tea-shop.test", "This domain is for sale! Buy this domain")),
              Not(IsEmpty()))
      << "name as title, words, nothing else";
  EXPECT_THAT(marks(page("tea-shop.test 域名出售", "您正在访问的域名可以转让 相关搜索 茶叶")),
              Not(IsEmpty()));
  Page offered = page("Welcome", "Diese Domain: Domain kaufen");
  Link link;
  link.url = *Url::Parse("https://market.test/buy?name=tea-shop.test");
  offered.document.links.push_back(link);
  EXPECT_THAT(marks(offered), Not(IsEmpty())) << "a market's offer of the name";

  EXPECT_THAT(marks(page("tea-shop.test", "春茶上市")), IsEmpty()) << "thin, but says nothing";
  EXPECT_THAT(marks(page("域名服务", "提供域名交易、域名转让咨询")), IsEmpty())
      << "thin words of a company that sells names";
  std::string article = "如何看待域名出售与域名停放：";
  for (int i = 0; i < 100; ++i) article += "域名是一种资源，其交易受到法律的保护。";
  EXPECT_THAT(marks(page("论域名出售", article)), IsEmpty()) << "an article about it";
}

}  // namespace
}  // namespace xuncha
