// Node: TOML and JSON in, JSON out, errors that name the place.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "base/limits.h"

namespace xuncha {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(TomlTest, KeepsOrderAndPlaces) {
  const Result<Node> read = ParseToml(
      "zeta = \"z\"\n"
      "alpha = [1, 2.5, true]\n"
      "\n"
      "[pack]\n"
      "  kind = \"gambling\"\n"
      "[[rule]]\n"
      "id = 'one'\n"
      "[[rule]]\n"
      "id = 'two'\n"
      "when = 2026-11-22\n",
      "x.toml");
  ASSERT_TRUE(read.ok()) << read.error().text;
  const Node& root = *read;
  ASSERT_EQ(root.members.size(), 4u);
  EXPECT_EQ(root.members[0].first, "zeta");
  EXPECT_EQ(root.members[1].first, "alpha");
  EXPECT_EQ(root.members[2].first, "pack");
  EXPECT_EQ(root.members[3].first, "rule");
  const Node* alpha = root.Find("alpha");
  ASSERT_NE(alpha, nullptr);
  EXPECT_EQ(alpha->line, 2);
  EXPECT_EQ(alpha->column, 9);
  EXPECT_EQ(alpha->key_line, 2);
  EXPECT_EQ(alpha->key_column, 1);
  ASSERT_EQ(alpha->items.size(), 3u);
  EXPECT_EQ(alpha->items[0].integer, 1);
  EXPECT_EQ(alpha->items[1].real, 2.5);
  EXPECT_TRUE(alpha->items[2].boolean);
  EXPECT_EQ(alpha->items[1].column, 13);
  const Node* kind = root.Find("pack")->Find("kind");
  EXPECT_EQ(kind->string, "gambling");
  EXPECT_EQ(kind->line, 5);
  EXPECT_EQ(kind->column, 10);
  EXPECT_EQ(kind->key_column, 3);
  const Node* rules = root.Find("rule");
  ASSERT_EQ(rules->items.size(), 2u);
  EXPECT_EQ(rules->items[1].Find("id")->string, "two");
  EXPECT_EQ(rules->items[1].Find("id")->line, 9);
  EXPECT_EQ(rules->items[1].Find("when")->string, "2026-11-22");
  EXPECT_EQ(root.Find("absent"), nullptr);
  EXPECT_EQ(kind->Find("x"), nullptr);
}

TEST(TomlTest, NamesThePlaceOfAMistake) {
  struct Case {
    std::string_view why, in, place, cure;
  };
  constexpr Case kCases[] = {
      {"key twice", "a = 1\na = 2\n", "p.toml:2:", "once"},
      {"table twice", "[a]\n[a]\n", "p.toml:2:", "once"},
      {"no value", "x = 1\nb =\n", "p.toml:2:", ""},
      {"open string", "x = \"abc\n", "p.toml:1:", "quotes"},
      {"open array", "x = [1,\n2", "p.toml:2:", "close"},
      {"not UTF-8", "x = \"\xff\"\n", "p.toml:1:", "UTF-8"},
      {"bad escape", "x = \"\\d\"\n", "p.toml:1:", "single quotes"},
      {"no equals sign", "hello\n", "p.toml:1:", ""},
  };
  for (const auto& [why, in, place, cure] : kCases) {
    SCOPED_TRACE(why);
    const Result<Node> read = ParseToml(in, "p.toml");
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, Code::kInvalid);
    EXPECT_THAT(read.error().text, StartsWith(std::string(place)));
    const size_t what = read.error().text.rfind("; ");
    ASSERT_NE(what, std::string::npos);
    EXPECT_THAT(read.error().text.substr(what), HasSubstr(std::string(cure)));
  }
}

TEST(TomlTest, ComplaintsCannotDriveATerminal) {
  const Result<Node> read = ParseToml("a\x1b[2J = 1\n", "p.toml");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().text.find('\x1b'), std::string::npos);
}

TEST(TomlTest, BoundsTheDepth) {
  const auto nested = [](int depth) {
    return "a = " + std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(ParseToml(nested(limits::kTreeNodeDepthMax), "x").ok());
  EXPECT_FALSE(ParseToml(nested(limits::kTreeNodeDepthMax + 1), "x").ok());
  EXPECT_FALSE(ParseToml(nested(1 << 20), "x").ok());
}

TEST(JsonTest, ReadsAndWritesTheSameText) {
  constexpr std::string_view kTexts[] = {
      "null",
      "true",
      "-9223372036854775808",
      "9223372036854775807",
      "0.1",
      "1e+300",
      "2.0",
      R"("图书 \"馆\" \\ \n\t\u001b")",
      "[]",
      "{}",
      R"({"z":[1,{"a":null}],"a":"x","空":[[],{}]})",
  };
  for (const std::string_view text : kTexts) {
    const Result<Node> node = ParseJson(text, "x.json");
    ASSERT_TRUE(node.ok()) << text << ": " << node.error().text;
    EXPECT_EQ(WriteJson(*node), text);
  }
}

TEST(JsonTest, NamesThePlaceOfAMistake) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"stray word", "{\"a\": 1,\n \"b\": x}", "x.json:2:7: "},
      {"empty", "", "x.json:1:1: "},
      {"two values", "1 2", "x.json:1:3: "},
      {"comma at the end", "[1,]", "x.json:1:4: "},
      {"key twice", R"({"a":1,"a":2})", "x.json:1:1: \"a\" stands twice"},
      {"malformed UTF-8", "\"\xff\"", "x.json:1:2: "},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    const Result<Node> read = ParseJson(in, "x.json");
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, Code::kInvalid);
    EXPECT_THAT(read.error().text, StartsWith(std::string(want)));
    EXPECT_THAT(read.error().text, HasSubstr("; "));
  }
}

TEST(JsonTest, BoundsTheDepth) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(ParseJson(nested(limits::kTreeNodeDepthMax), "x").ok());
  EXPECT_FALSE(ParseJson(nested(limits::kTreeNodeDepthMax + 1), "x").ok());
  EXPECT_FALSE(ParseJson(std::string(1 << 20, '['), "x").ok());
}

TEST(JsonTest, IntegersTooLargeBecomeReals) {
  const Result<Node> node = ParseJson("18446744073709551615", "x");
  ASSERT_TRUE(node.ok());
  EXPECT_TRUE(node->is(Node::Type::kReal));
  EXPECT_EQ(node->real, 18446744073709551615.0);
}

TEST(JsonTest, WritesAnyBytesAsValidText) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"malformed",
       "a\xff\xe5\x9b"
       "b",
       "\"a\ufffd\ufffdb\""},
      {"malformed at the end", "图\xe5", "\"图\ufffd\""},
      {"malformed before a quote", "\xff\"", "\"\ufffd\\\"\""},
      {"controls", "\x01\x1f\x7f", R"("\u0001\u001f\u007f")"},
      {"nothing", "", R"("")"},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(WriteJson(MakeString(in)), want);
    EXPECT_TRUE(ParseJson(WriteJson(MakeString(in)), "x").ok());
  }
  EXPECT_EQ(WriteJson(MakeString(std::string_view("\0", 1))), R"("\u0000")");
  EXPECT_EQ(WriteJson(MakeReal(std::numeric_limits<double>::quiet_NaN())), "null");
}

TEST(NodeTest, BuildersReplaceAndKeepOrder) {
  Node table = MakeTable();
  Put(table, "b", MakeInteger(1));
  Put(table, "a", MakeBool(false));
  Put(table, "b", MakeString("x"));
  Node list = MakeArray();
  list.items.push_back(MakeReal(0.5));
  Put(table, "l", std::move(list));
  EXPECT_EQ(WriteJson(table), R"({"b":"x","a":false,"l":[0.5]})");
  EXPECT_EQ(TypeName(Node::Type::kTable), "table");
  EXPECT_EQ(TypeName(Node::Type::kNull), "null");
}

}  // namespace
}  // namespace xuncha
