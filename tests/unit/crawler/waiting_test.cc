// SPDX-License-Identifier: Apache-2.0
#include "crawler/waiting.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>
#include <set>

#include "base/limits.h"
#include "crawler/key_set.h"
#include "crawler/traps.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Drain(Waiting& waiting) {
  std::vector<std::string> urls;
  while (std::optional<WaitingUrl> url = waiting.Pop()) urls.push_back(url->url);
  return urls;
}

bool Put(Waiting& waiting, WaitingUrl url) {
  return waiting.Push(std::move(url)) == Waiting::Taken::kYes;
}

TEST(Waiting, ShallowComesFirst) {
  Waiting waiting;
  waiting.Push({.url = "deep", .shape = 1, .depth = 3});
  waiting.Push({.url = "middle", .shape = 2, .depth = 2});
  waiting.Push({.url = "home", .shape = 3, .depth = 0});
  EXPECT_THAT(Drain(waiting), ElementsAre("home", "middle", "deep"));
  EXPECT_EQ(waiting.size(), 0u);
}

TEST(Waiting, TemplatesOfOneDepthTakeTurns) {
  Waiting waiting;
  for (const char* url : {"a1", "a2", "a3"}) waiting.Push({.url = url, .shape = 1, .depth = 1});
  for (const char* url : {"b1", "b2"}) waiting.Push({.url = url, .shape = 2, .depth = 1});
  EXPECT_THAT(Drain(waiting), ElementsAre("a1", "b1", "a2", "b2", "a3"));
}

TEST(Waiting, ATemplateWithManyPagesSinksBelowDeeperOnes) {
  Waiting waiting;
  for (int i = 0; i < 1000; ++i) waiting.Push({.url = "trap", .shape = 1, .depth = 1});
  for (int i = 0; i < 10; ++i) waiting.Push({.url = "real", .shape = 2, .depth = 2});
  const std::vector<std::string> order = Drain(waiting);
  const auto last_real = std::find(order.rbegin(), order.rend(), "real");
  EXPECT_LE(order.rend() - last_real, static_cast<ptrdiff_t>(limits::kShapePagesPerStep + 20));
}

TEST(Waiting, ABarrenTemplateStops) {
  Waiting waiting;
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(Put(waiting, {.url = "x", .shape = 1}));
  ASSERT_TRUE(Put(waiting, {.url = "other", .shape = 2}));
  std::optional<size_t> dropped;
  int pages = 0;
  while (!dropped) {
    ASSERT_TRUE(waiting.Pop());
    dropped = waiting.Record(1, pages++ == 10);  // one new body resets the count
  }
  EXPECT_EQ(pages, 11 + limits::kTemplateBarrenMax);
  EXPECT_GT(*dropped, 100u);
  EXPECT_FALSE(Put(waiting, {.url = "x", .shape = 1}));
  EXPECT_LE(waiting.size(), 1u) << "others are untouched";
}

TEST(Waiting, ATemplateTakesNoMoreThanItsCap) {
  Waiting waiting;
  for (int i = 0; i < limits::kTemplatePagesMax; ++i)
    ASSERT_TRUE(Put(waiting, {.url = "x", .shape = 1}));
  EXPECT_FALSE(Put(waiting, {.url = "x", .shape = 1}));
  ASSERT_TRUE(waiting.Pop());
  EXPECT_TRUE(Put(waiting, {.url = "x", .shape = 1, .attempt = 1})) << "a retry is no new page";
  EXPECT_TRUE(Put(waiting, {.url = "x", .shape = 1, .known = true}))
      << "nor is one of another night";
}

TEST(KeySet, IsASet) {
  std::mt19937_64 random(7);
  KeySet keys;
  std::set<uint64_t> plain;
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t key = random() % 10'000 + 2;
    ASSERT_EQ(keys.Contains(key), plain.contains(key));
    ASSERT_EQ(keys.Insert(key), plain.insert(key).second);
    ASSERT_EQ(keys.size(), plain.size());
  }
  EXPECT_TRUE(keys.Insert(0)) << "0 is a key like any other";
  EXPECT_FALSE(keys.Insert(0));
}

TEST(Traps, KnowsThemByTheirLook) {
  struct Case {
    std::string_view why, path, reason;
  };
  const std::string deep = [] {
    std::string path;
    for (int i = 0; i <= limits::kPathSegmentsMax; ++i) path += fmt::format("/s{}", i);
    return path;
  }();
  const Case kCases[] = {
      {"an ordinary page", "/news/2026/1.html", ""},
      {"one segment three times", "/a/a/a/x.html", "path-growth"},
      {"two segments three times", "/x/a/b/a/b/a/b", "path-growth"},
      {"one segment too often, in no order", "/a/b/a/c/a/d/e/a/", "path-growth"},
      {"twice is no growth", "/a/b/a/b/x.html", ""},
      {"a date is no growth", "/2026/01/01/01/x.html", ""},
      {"too many segments", deep, "path-length"},
      {"a film", "/video/1.MP4", "media"},
      {"a document is read", "/files/1.pdf", ""},
      {"a query does not make a film", "/play.html?file=a.mp4", ""},
  };
  for (const auto& [why, path, reason] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(LooksLikeTrap(*Url::Parse("http://h.test" + std::string(path))), reason);
  }
}

}  // namespace
}  // namespace xuncha
