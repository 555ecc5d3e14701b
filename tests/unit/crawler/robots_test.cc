// robots.txt: cases named by the clause of RFC 9309 they come from.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/robots.h"

#include <gmock/gmock.h>

#include "base/limits.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

bool Allows(std::string_view file, std::string_view path) {
  Result<Url> url = Url::Parse("http://h.test" + std::string(path));
  EXPECT_TRUE(url.ok()) << path;
  return url && Robots::Parse(file, "xuncha").Allows(*url);
}

struct Case {
  std::string_view why, file, path;
  bool allowed;
};

void Check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Allows(c.file, c.path), c.allowed);
  }
}

TEST(Rfc9309_2_2_1, TheUserAgentLine) {
  Check({
      {"our group", "User-agent: xuncha\nDisallow: /", "/a", false},
      {"any case", "user-agent: XunCha\ndisallow: /", "/a", false},
      {"a version behind the token", "User-agent: xuncha/1.0\nDisallow: /", "/a", false},
      {"a token that only begins alike", "User-agent: xunchabot\nDisallow: /", "/a", true},
      {"another agent's group", "User-agent: other\nDisallow: /", "/a", true},
      {"the star, when nobody names us", "User-agent: *\nDisallow: /", "/a", false},
      {"our group replaces the star",
       "User-agent: *\nDisallow: /\nUser-agent: xuncha\nDisallow: /b", "/a", true},
      {"our empty group replaces the star",
       "User-agent: xuncha\nDisallow:\n\nUser-agent: *\nDisallow: /", "/a", true},
      {"two groups of ours are one",
       "User-agent: xuncha\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: "
       "xuncha\nDisallow: /b",
       "/b", false},
      {"two agents share a group", "User-agent: x\nUser-agent: xuncha\nDisallow: /a", "/a", false},
      {"a blank line does not end a group", "User-agent: xuncha\n\nDisallow: /a", "/a", false},
      {"rules before any agent belong to nobody", "Disallow: /\nUser-agent: xuncha\nAllow: /", "/a",
       true},
      {"neither group: all is allowed", "User-agent: x\nDisallow: /", "/a", true},
      {"an empty file allows all", "", "/a", true},
  });
}

TEST(Rfc9309_2_2_2, AllowAndDisallow) {
  Check({
      {"the longest match wins", "User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b/c", true},
      {"whatever the order", "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true},
      {"and the shorter where the longer does not match",
       "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/c", false},
      {"Allow wins a tie", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", true},
      {"no match is allowed", "User-agent: *\nDisallow: /a", "/b", true},
      {"an empty Disallow restricts nothing", "User-agent: *\nDisallow:", "/a", true},
      {"paths are case-sensitive", "User-agent: *\nDisallow: /A", "/a", true},
      {"/robots.txt is always allowed", "User-agent: *\nDisallow: /", "/robots.txt", true},
      {"a path must begin with a slash", "User-agent: *\nDisallow: a", "/a", true},
      {"the query is matched too", "User-agent: *\nDisallow: /*?print=", "/a?print=1", false},
      {"table row 1", "User-agent: *\nDisallow: /foo/bar?baz=quz", "/foo/bar?baz=quz", false},
      {"table row 2, encoded in the file",
       "User-agent: *\nDisallow: /foo/bar?baz=https%3A%2F%2Ffoo.bar",
       "/foo/bar?baz=https://foo.bar", false},
      {"table row 2, plain in the file", "User-agent: *\nDisallow: /foo/bar?baz=https://foo.bar",
       "/foo/bar?baz=https%3A%2F%2Ffoo.bar", false},
      {"table row 3: UTF-8 in the file", "User-agent: *\nDisallow: /foo/bar/\xE3\x83\x84",
       "/foo/bar/%E3%83%84", false},
      {"table row 4", "User-agent: *\nDisallow: /foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", false},
      {"table row 5: what need not be encoded is plain",
       "User-agent: *\nDisallow: /foo/bar/%62%61%7A", "/foo/bar/baz", false},
      {"an encoded slash of the path is no slash", "User-agent: *\nDisallow: /a%2Fb", "/a/b", true},
  });
}

TEST(Rfc9309_2_2_3, SpecialCharacters) {
  Check({
      {"# begins a comment", "User-agent: * # all\nDisallow: /a # here", "/a", false},
      {"$ ends the pattern", "User-agent: *\nDisallow: /a$", "/ab", true},
      {"$ matches the end", "User-agent: *\nDisallow: /a$", "/a", false},
      {"* stands for anything", "User-agent: *\nDisallow: /a/*/c", "/a/b/x/c/d", false},
      {"* stands for nothing too", "User-agent: *\nDisallow: /a*b", "/ab", false},
      {"* needs what follows it", "User-agent: *\nDisallow: /a/*/c", "/a/b/d", true},
      {"*.gif$", "User-agent: *\nDisallow: *.gif$", "/x.gif", false},
      {"*.gif$ and a query", "User-agent: *\nDisallow: *.gif$", "/x.gif?1", true},
      {"the end is matched although the piece occurs before", "User-agent: *\nDisallow: /*a$",
       "/aba", false},
      {"pieces may not overlap", "User-agent: *\nDisallow: /ab*ba$", "/aba", true},
      {"section 5.2: %2A is a star, not a wildcard",
       "User-agent: *\nDisallow: /file-with-a-%2A.html", "/file-with-a-x.html", true},
      {"section 5.2: and matches itself", "User-agent: *\nDisallow: /file-with-a-%2A.html",
       "/file-with-a-%2A.html", false},
  });
}

TEST(Rfc9309_2_2_4, OtherRecordsDoNotEndAGroup) {
  Check({
      {"a sitemap between agent and rule",
       "User-agent: xuncha\nSitemap: http://h.test/s.xml\nDisallow: /a", "/a", false},
      {"an unknown record between two agents",
       "User-agent: xuncha\nHost: h\nUser-agent: x\nDisallow: /a", "/a", false},
      {"a bad line is skipped", "User-agent: *\nnonsense\nDisallow /x\nDisallow: /a", "/a", false},
  });
  const Robots robots = Robots::Parse(
      "Sitemap: http://h.test/1.xml\nUser-agent: x\nsitemap:http://h.test/2.xml", "xuncha");
  EXPECT_THAT(robots.sitemaps(), ElementsAre("http://h.test/1.xml", "http://h.test/2.xml"));
}

TEST(Rfc9309_2_3, LinesAndEncoding) {
  Check({
      {"CR, LF and CRLF", "User-agent: *\rDisallow: /a\r\nDisallow: /b\n", "/b", false},
      {"a byte order mark", "\xEF\xBB\xBFUser-agent: *\nDisallow: /a", "/a", false},
      {"white space around everything", " User-agent :\t* \n\tDisallow :  /a  ", "/a", false},
      {"no line end at the end", "User-agent: *\nDisallow: /a", "/a", false},
  });
}

TEST(Rfc9309_2_3_1_4, AnUnreachableFileDisallowsAll) {
  EXPECT_FALSE(Robots::DisallowAll().Allows(*Url::Parse("http://h.test/")));
  EXPECT_TRUE(Robots::DisallowAll().Allows(*Url::Parse("http://h.test/robots.txt")));
  EXPECT_TRUE(Robots().Allows(*Url::Parse("http://h.test/")));
}

TEST(Rfc9309_2_5, ReadsFiveHundredKibibytesAndNoMoreThanTheCap) {
  std::string file = "User-agent: *\n";
  while (file.size() < (500 << 10)) file += "# padding padding padding padding padding\n";
  EXPECT_FALSE(Allows(file + "Disallow: /a", "/a"));
  while (file.size() < limits::kRobotsBytesMax)
    file += "# padding padding padding padding padding\n";
  EXPECT_TRUE(Allows(file + "Disallow: /a", "/a"));
}

TEST(Robots, CrawlDelayIsThatOfOurGroup) {
  const auto delay = [](std::string_view file) {
    return Robots::Parse(file, "xuncha").crawl_delay();
  };
  EXPECT_EQ(delay("User-agent: *\nCrawl-delay: 10"), 10'000);
  EXPECT_EQ(delay("User-agent: *\nCrawl-delay: 10\nUser-agent: xuncha\nCrawl-delay: 0.5"), 500);
  EXPECT_EQ(delay("User-agent: x\nCrawl-delay: 10"), 0);
  EXPECT_EQ(delay("User-agent: *\nCrawl-delay: -3"), 0);
  EXPECT_EQ(delay("User-agent: *\nCrawl-delay: nan"), 0);
  EXPECT_EQ(delay("User-agent: *\nCrawl-delay: 1e300"), 86'400'000);
}

TEST(Robots, AHostileFileCostsNoMoreThanItsCaps) {
  // Every rule is a wildcard that almost matches; a backtracking matcher would
  // need longer than the universe for a single one of them.
  std::string file = "User-agent: *\n";
  while (file.size() < limits::kRobotsBytesMax)
    file += "Disallow: /*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b\n";
  EXPECT_TRUE(Allows(file, "/" + std::string(2000, 'a')));
  std::string many = "User-agent: *\n";
  for (size_t i = 0; i < limits::kRobotsRulesMax; ++i) many += "Disallow: /x\n";
  EXPECT_TRUE(Allows(many + "Disallow: /y\n", "/y")) << "beyond the cap nothing is kept";
}

}  // namespace
}  // namespace xuncha
