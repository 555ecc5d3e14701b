// SPDX-License-Identifier: Apache-2.0
#include "console/line_diff.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace xuncha {
namespace {

std::string Shown(const LineDiff& diff) {
  std::string text;
  for (const DiffLine& line : diff.lines) {
    switch (line.change) {
      case LineChange::kSame:
        text += " " + line.text;
        break;
      case LineChange::kGone:
        text += "-" + line.text;
        break;
      case LineChange::kNew:
        text += "+" + line.text;
        break;
      case LineChange::kLeftOut:
        text += "~" + std::to_string(line.lines);
        break;
    }
    text += "|";
  }
  return text;
}

TEST(LineDiffTest, ShowsWhatIsGoneAndWhatIsNew) {
  struct Case {
    const char *why, *before, *after, *want;
  };
  constexpr Case kCases[] = {
      {"nothing changed", "a\nb\nc", "a\nb\nc", "~3|"},
      {"both empty", "", "", ""},
      {"all new", "", "a\nb", "+a|+b|"},
      {"all gone", "a\nb", "", "-a|-b|"},
      {"one line put in", "a\nb\nc\nd\ne", "a\nb\nX\nc\nd\ne", " a| b|+X| c| d|~1|"},
      {"one line taken out", "a\nb\nc", "a\nc", " a|-b| c|"},
      {"one line another", "a\nb\nc", "a\nX\nc", " a|-b|+X| c|"},
      {"blank lines and white space say nothing", "a\n\n  b \n", "a\nb", "~2|"},
      {"far from one another", "1\n2\n3\n4\n5\n6\n7\n8\n9", "1\nX\n3\n4\n5\n6\n7\nY\n9",
       " 1|-2|+X| 3| 4|~1| 6| 7|-8|+Y| 9|"},
      {"lines moved", "a\nb\nc\nd", "c\nd\na\nb", "-a|-b| c| d|+a|+b|"},
  };
  for (const auto& [why, before, after, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(Shown(DiffLines(before, after)), want);
  }
}

// Read one way it is the text before, the other way the text after.
TEST(LineDiffTest, HoldsBothTexts) {
  uint64_t dice = 3;
  const auto roll = [&dice](uint64_t sides) {
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (dice >> 33) % sides;
  };
  for (int round = 0; round < 300; ++round) {
    const auto text = [&] {
      std::string made;
      for (uint64_t lines = roll(20); lines > 0; --lines)
        made += static_cast<char>('a' + roll(4)) + std::string("\n");
      return made;
    };
    const std::string before = text(), after = text();
    std::string was, is;
    for (const DiffLine& line : DiffLines(before, after, 100).lines) {
      ASSERT_NE(line.change, LineChange::kLeftOut);
      if (line.change != LineChange::kNew) was += line.text + "\n";
      if (line.change != LineChange::kGone) is += line.text + "\n";
    }
    if (before == after) continue;
    EXPECT_EQ(was, before) << after;
    EXPECT_EQ(is, after) << before;
  }
}

TEST(LineDiffTest, EndsOnWhatIsTooMuch) {
  std::string before, after;
  for (size_t i = 0; i < limits::kDiffLinesMax * 2; ++i) {
    before += "a" + std::to_string(i) + "\n";
    after += "b" + std::to_string(i) + "\n";
  }
  const LineDiff different = DiffLines(before, after);
  EXPECT_FALSE(different.whole);
  EXPECT_LE(different.lines.size(), 2 * limits::kDiffLinesMax);
  const LineDiff one_line = DiffLines(std::string(10 << 20, 'x'), std::string(10 << 20, 'y'));
  EXPECT_FALSE(one_line.whole);
  const LineDiff chinese = DiffLines("", [] {
    std::string text;
    while (text.size() < (2u << 20)) text += "字";
    return text;
  }());
  EXPECT_FALSE(chinese.whole);
}

}  // namespace
}  // namespace xuncha
