// The one file of this folder that sees RE2.
//
// RE2 is linear in the text, but not cheap by itself: when its automaton outgrows
// the memory allowed, each byte costs as many steps as the program has
// instructions. So what bounds an officer's expression is its program; what
// bounds its hits is that it must not fit what everybody writes.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/expression.h"

#include <fmt/format.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/limits.h"

namespace xuncha {
namespace {

// As the matcher: shorter parts stand everywhere and are not looked for.
constexpr int kAtomBytesMin = 4;

// Sentences of four sorts as they stand on any college's pages.
constexpr std::string_view kOrdinary[] = {
    "请各位老师和同学准时参加，具体安排另行通知。如有疑问，可到办公楼二层咨询。",
    "发布时间：2026年11月22日 09:00 浏览次数：1024 电话：（0591）8000-0000",
    "copyright (c) 2026 all rights reserved. research and education, contact us",
    "上一页 1 2 3 下一页 | 首页 > 新闻 > 学院动态 - http://www.example.edu.cn/index.html",
};

RE2::Options ExpressionOptions() {
  RE2::Options options;
  options.set_case_sensitive(false);  // as the matcher reads
  options.set_log_errors(false);
  options.set_max_mem(static_cast<int64_t>(limits::kRegexMemoryMax));
  return options;
}

Error Refused(std::string text) { return {Code::kInvalid, std::move(text)}; }

// Whether every match holds a word the matcher can look for first.
bool NamesAWord(const std::string& expression) {
  re2::FilteredRE2 filtered(kAtomBytesMin);
  int id = 0;
  if (filtered.Add(expression, ExpressionOptions(), &id) != RE2::NoError) return false;
  std::vector<std::string> atoms;
  filtered.Compile(&atoms);
  return !atoms.empty();
}

}  // namespace

Status CheckExpression(std::string_view expression) {
  const std::string source(expression);
  const RE2 compiled(source, ExpressionOptions());
  if (!compiled.ok()) {
    return Refused(
        fmt::format("RE2 refuses the expression: {}; RE2 has no look-around and no "
                    "back-references, and repetitions, also inside one another, "
                    "must stay small",
                    compiled.error()));
  }
  const auto size =
      static_cast<size_t>(std::max(compiled.ProgramSize(), compiled.ReverseProgramSize()));
  if (size > limits::kRegexProgramMax) {
    return Refused(fmt::format(
        "the expression compiles to {} instructions, more than {}; shorten its repetitions", size,
        limits::kRegexProgramMax));
  }
  if (RE2::FullMatch("", compiled)) {
    return Refused("the expression fits the empty string; make a part of it obligatory");
  }
  if (NamesAWord(source)) return Ok();
  if (size > limits::kRegexLooseProgramMax) {
    return Refused(fmt::format(
        "the expression names no word of two Han or four other characters, so every page is read "
        "in full, and compiles to {} instructions, more than {}; add a word, or shorten it",
        size, limits::kRegexLooseProgramMax));
  }
  for (const std::string_view sentence : kOrdinary) {
    const re2::StringPiece text(sentence.data(), sentence.size());
    re2::StringPiece match;
    if (!compiled.Match(text, 0, text.size(), RE2::UNANCHORED, &match, 1)) continue;
    return Refused(fmt::format(
        "the expression names no word and is found in ordinary text (\"{}\" in \"{}\"); "
        "add a word of two Han or four other characters",
        std::string_view(match.data(), match.size()), sentence));
  }
  return Ok();
}

}  // namespace xuncha
