// What the matching benches share: CPU time, and text as a college's news pages
// have it, generated from a seed, or read from a file.
//
// Figures are CPU time of the thread, so that a busy machine disturbs them less;
// only their ratios within one run mean anything.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"

namespace xuncha {

inline constexpr size_t kPageBytes = 16 << 10;
inline constexpr size_t kPages = 64;
inline constexpr double kSecondsMin = 0.5;

[[noreturn]] inline void Fail(const std::string& what) {
  fmt::print(stderr, "bench: {}\n", what);
  std::exit(1);
}

inline double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// MB/s of the best of several rounds over all pages.
inline double Speed(const std::vector<std::string>& pages,
                    const std::function<void(const std::string&)>& work) {
  size_t bytes = 0;
  for (const std::string& page : pages) bytes += page.size();
  double best = 1e9;
  for (double total = 0; total < kSecondsMin;) {
    const double start = CpuSeconds();
    for (const std::string& page : pages) work(page);
    const double took = CpuSeconds() - start;
    best = std::min(best, took);
    total += took;
  }
  return static_cast<double>(bytes) / best / 1e6;
}

// Two kinds of work on each page in turn, so that both meet the caches as the
// other left them, as in an audit. MB/s of the medians per page; of the whole where seconds_min is
// 0: each page once.
inline std::pair<double, double> SpeedInTurn(const std::vector<std::string>& pages,
                                             const std::function<void(const std::string&)>& one,
                                             const std::function<void(const std::string&)>& two,
                                             double seconds_min = 2 * kSecondsMin) {
  std::vector<double> ones, twos;
  size_t bytes = 0, count = 0;
  double total = 0;
  do {
    for (const std::string& page : pages) {
      const double start = CpuSeconds();
      one(page);
      const double middle = CpuSeconds();
      two(page);
      const double end = CpuSeconds();
      ones.push_back(middle - start);
      twos.push_back(end - middle);
      total += end - start;
      bytes += page.size();
      ++count;
    }
  } while (total < seconds_min);
  const auto speed = [&](std::vector<double>& times) {
    double one_page = std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(count);
    if (seconds_min > 0) {
      const auto middle = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
      std::nth_element(times.begin(), middle, times.end());
      one_page = *middle;
    }
    return static_cast<double>(bytes) / static_cast<double>(count) / one_page / 1e6;
  };
  return {speed(ones), speed(twos)};
}

// Characters by falling frequency, roughly as in running text.
inline char32_t CommonHan(std::mt19937& random) {
  static const std::string kCommon =
      "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过"
      "子说产种面而方后多定行学法所民得经"
      "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还"
      "因由其些然前外天政四日那社义事平形"
      "相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系"
      "军很情者最立代想已通并提直题党程展"
      "五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期"
      "根论运农指几九区强放决西被干做必战"
      "先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六"
      "共权收证改清己美再采转更单风切打白"
      "教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温"
      "传土许步群广石记需段研界拉林律叫且"
      "究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳"
      "便团往酸历市克何除消构府称太准精值";
  static const size_t kCount = CountCodePoints(kCommon);
  const double u = std::generate_canonical<double, 20>(random);
  size_t at = static_cast<size_t>(u * u * static_cast<double>(kCount)) * 3;
  return NextCodePoint(kCommon, &at);
}

inline std::string MakePage(std::mt19937& random) {
  std::string out;
  while (out.size() < kPageBytes) {
    const int phrase = 4 + static_cast<int>(random() % 14);
    for (int i = 0; i < phrase; ++i) AppendUtf8(out, CommonHan(random));
    switch (random() % 16) {
      case 0:
        out += "。\n";
        break;
      case 1:
        out += fmt::format("（{}年{}月{}日）", 2000 + random() % 26, 1 + random() % 12,
                           1 + random() % 28);
        break;
      case 2:
        out += " Research and Education ";
        break;
      case 3:
        out += "“";
        break;
      case 4:
        out += "”";
        break;
      case 5:
        out += "、";
        break;
      case 6:
        out += " ";
        break;
      case 7:
        out += "。";
        break;
      default:
        out += "，";
        break;
    }
  }
  return out;
}

// At most `count` pages of kPageBytes: the lines of `file`, or generated ones if it is empty.
inline std::vector<std::string> MakePages(const std::string& file, size_t count = kPages) {
  std::vector<std::string> pages;
  if (file.empty()) {
    std::mt19937 random(1);
    for (size_t i = 0; i < count; ++i) pages.push_back(MakePage(random));
    return pages;
  }
  const Result<std::string> text = ReadFile(file, 64 << 20);
  if (!text) Fail(text.error().text);
  std::string page;
  for (const std::string_view line : Split(*text, '\n')) {
    page += line;
    page += '\n';
    if (page.size() < kPageBytes) continue;
    pages.push_back(std::move(page));
    page.clear();
    if (pages.size() == count) break;
  }
  if (pages.empty()) Fail(file + ": too short, 16 KB make a page");
  return pages;
}

// A word of two to five characters, all common ones alike, as word lists have them.
inline std::string MakeWord(std::mt19937& random) {
  std::string out;
  for (int left = 2 + static_cast<int>(random() % 4); left > 0; --left) {
    AppendUtf8(out, 0x4e00 + random() % 0x5000);
  }
  return out;
}

// The bytes as Hyperscan and RE2 take them, each without a meaning of its own.
inline std::string EscapeBytes(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace xuncha
