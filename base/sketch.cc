// SPDX-License-Identifier: Apache-2.0
#include "base/sketch.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

Writing WritingOfLetter(char32_t c) {
  const auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (in('a', 'z') || in('A', 'Z') || in(0xC0, 0x24F) || in(0x1E00, 0x1EFF)) return Writing::kLatin;
  if (c < 0x370) return Writing::kNone;  // digits, signs
  if (IsHan(c)) return Writing::kHan;
  if (in(0x3041, 0x3096) || in(0x30A1, 0x30FA) || in(0xFF66, 0xFF9D)) return Writing::kKana;
  if (in(0xAC00, 0xD7A3) || in(0x1100, 0x11FF) || in(0x3131, 0x318E)) return Writing::kHangul;
  if (in(0x400, 0x52F)) return Writing::kCyrillic;
  if (in(0x600, 0x6FF) || in(0x750, 0x77F)) return Writing::kArabic;
  if (in(0xE00, 0xE7F)) return Writing::kThai;
  if (in(0x370, 0x3FF) || in(0x530, 0x10FF)) return Writing::kOther;
  return Writing::kNone;  // signs, full-width forms, emoji
}

// Pairs of Han characters and words of other letters, hashed.
std::vector<uint64_t> TitleFeatures(std::string_view title) {
  std::vector<uint64_t> features;
  char32_t before = 0;
  std::string word;
  const auto end_word = [&] {
    if (word.size() >= 3) features.push_back(Hash64(AsciiLower(word)));
    word.clear();
  };
  for (size_t at = 0; at < title.size();) {
    const size_t begin = at;
    const char32_t c = NextCodePoint(title, &at);
    const Writing writing = WritingOfLetter(c);
    if (writing == Writing::kHan) {
      if (before != 0) features.push_back(uint64_t{before} << 32 | c);
      before = c;
      end_word();
      continue;
    }
    before = 0;
    if (writing == Writing::kNone) {
      end_word();
    } else {
      word += title.substr(begin, at - begin);
    }
  }
  end_word();
  std::sort(features.begin(), features.end());
  return features;
}

}  // namespace

std::string_view WritingText(Writing writing) {
  static constexpr std::array<std::string_view, kWritings> kTexts = {
      "无文字", "中文", "拉丁字母", "日文", "朝鲜文", "西里尔字母", "阿拉伯文", "泰文", "其他文字"};
  return kTexts[static_cast<size_t>(writing)];
}

Writing WritingOf(std::string_view text) {
  constexpr uint32_t kLettersMin = 4;  // "T恤" is not English
  std::array<uint32_t, kWritings> counts{};
  uint32_t letters = 0;
  for (size_t at = 0; at < text.size();) {
    const Writing writing = WritingOfLetter(NextCodePoint(text, &at));
    if (writing == Writing::kNone) continue;
    ++counts[static_cast<size_t>(writing)];
    ++letters;
  }
  if (letters < kLettersMin) return Writing::kNone;
  if (counts[static_cast<size_t>(Writing::kKana)] * 5 >= letters) return Writing::kKana;
  return static_cast<Writing>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

double SharedShape(const PageSketch& a, const PageSketch& b) {
  size_t i = 0, j = 0, both = 0, seen = 0;
  while (seen < limits::kSketchShapeMax && (i < a.shape.size() || j < b.shape.size())) {
    ++seen;
    if (j == b.shape.size() || (i < a.shape.size() && a.shape[i] < b.shape[j])) {
      ++i;
    } else if (i == a.shape.size() || b.shape[j] < a.shape[i]) {
      ++j;
    } else {
      ++both, ++i, ++j;
    }
  }
  return seen == 0 ? 0 : static_cast<double>(both) / static_cast<double>(seen);
}

bool TitlesRelated(std::string_view a, std::string_view b) {
  const std::vector<uint64_t> left = TitleFeatures(a), right = TitleFeatures(b);
  if (left.empty() || right.empty()) return true;
  return std::any_of(left.begin(), left.end(), [&right](uint64_t feature) {
    return std::binary_search(right.begin(), right.end(), feature);
  });
}

std::string_view TopFolderOf(std::string_view path) {
  const size_t slash = path.empty() ? std::string_view::npos : path.find('/', 1);
  return slash == std::string_view::npos ? std::string_view("/") : path.substr(0, slash + 1);
}

uint32_t TopFolderHash(std::string_view host, std::string_view path) {
  return static_cast<uint32_t>(Hash64(host) ^ Hash64(TopFolderOf(path)));
}

}  // namespace xuncha
