// match_bench prints what matching costs, as ratios within one run:
//
//   fold_speed_to_icu       folding, against ICU's NFKC_Casefold alone on UTF-8,
//                           and through UTF-16 (fold_speed_to_icu_utf16)
//   match_speed_to_scan     Match with all channels, against a bare hs_scan of
//                           the same bytes and literals, page by page in turn
//
// and the MB/s behind them. The rules are the built-in packs unless a number of
// random literals is given:  match_bench [LITERALS]
// Text is generated: sentences of common characters, a few marks and Latin words,
// as a college's news pages are.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <hs/hs.h>
#include <time.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "matcher/matcher.h"
#include "matcher/normalise.h"
#include "matcher/reading.h"
#include "matcher/samples.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

constexpr size_t kPageBytes = 16 << 10;
constexpr int kPages = 64;
constexpr double kSecondsMin = 0.5;

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// MB/s of the best of several rounds over all pages.
double Speed(const std::vector<std::string>& pages,
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
// other left them, as in an audit. MB/s of the medians per page.
std::pair<double, double> SpeedInTurn(const std::vector<std::string>& pages,
                                      const std::function<void(const std::string&)>& one,
                                      const std::function<void(const std::string&)>& two) {
  std::vector<double> ones, twos;
  size_t bytes = 0, count = 0;
  for (double total = 0; total < 2 * kSecondsMin;) {
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
  }
  const auto speed = [&](std::vector<double>& times) {
    std::nth_element(times.begin(), times.begin() + static_cast<ptrdiff_t>(times.size() / 2),
                     times.end());
    return static_cast<double>(bytes) / static_cast<double>(count) / times[times.size() / 2] / 1e6;
  };
  return {speed(ones), speed(twos)};
}

// Characters by falling frequency, roughly as in running text.
char32_t CommonHan(std::mt19937& random) {
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

std::string MakePage(std::mt19937& random) {
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

RuleSet RandomRules(std::mt19937& random, size_t count) {
  RuleSet rules;
  rules.packs.push_back({"bench", 6, "", "", "bench", false, {}});
  Rule rule;
  rule.id = "bench";
  rules.rules.push_back(rule);
  for (size_t i = 0; i < count; ++i) {
    std::string text;
    for (int k = 0; k < 3 + static_cast<int>(random() % 3); ++k)
      AppendUtf8(text, 0x4e00 + random() % 6000);
    rules.patterns.push_back({PatternKind::kLiteral, text, 0x3f, 0, {{0, Role::kAny}}});
  }
  return rules;
}

[[noreturn]] void Fail(const std::string& what) {
  fmt::print(stderr, "match_bench: {}\n", what);
  std::exit(1);
}

RuleSet Packs() {
  LoadReport report;
  Result<RuleSet> rules = LoadRules(BuiltinPacks(), &report);
  if (!rules) Fail(rules.error().text);
  return std::move(*rules);
}

// The literals as Hyperscan takes them, to be scanned over bare bytes.
class BareScan {
 public:
  explicit BareScan(const RuleSet& rules) {
    std::vector<std::string> expressions;
    for (const Pattern& pattern : rules.patterns) {
      const std::string text = FoldPhrase(pattern.text);
      if (pattern.kind != PatternKind::kLiteral || text.empty()) continue;
      std::string escaped;
      for (const char c : text) escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      expressions.push_back(escaped);
    }
    std::sort(expressions.begin(), expressions.end());
    expressions.erase(std::unique(expressions.begin(), expressions.end()), expressions.end());
    std::vector<const char*> pointers;
    std::vector<unsigned> flags(expressions.size(), 0), ids;
    for (const std::string& e : expressions) {
      ids.push_back(static_cast<unsigned>(ids.size()));
      pointers.push_back(e.c_str());
    }
    hs_compile_error_t* error = nullptr;
    if (hs_compile_multi(pointers.data(), flags.data(), ids.data(),
                         static_cast<unsigned>(pointers.size()), HS_MODE_BLOCK, nullptr, &database_,
                         &error) != HS_SUCCESS ||
        hs_alloc_scratch(database_, &scratch_) != HS_SUCCESS) {
      Fail("Hyperscan does not compile");
    }
    fmt::print("literals {}\n", expressions.size());
  }
  ~BareScan() {
    hs_free_scratch(scratch_);
    hs_free_database(database_);
  }
  BareScan(const BareScan&) = delete;
  BareScan& operator=(const BareScan&) = delete;

  void operator()(const std::string& text) {
    const hs_error_t code = hs_scan(
        database_, text.data(), static_cast<unsigned>(text.size()), 0, scratch_,
        [](unsigned, unsigned long long, unsigned long long, unsigned, void* count) {
          ++*static_cast<uint64_t*>(count);
          return 0;
        },
        &found_);
    if (code != HS_SUCCESS) Fail("hs_scan fails");
  }

 private:
  hs_database_t* database_ = nullptr;
  hs_scratch_t* scratch_ = nullptr;
  uint64_t found_ = 0;
};

void Measure(const RuleSet& rules) {
  std::mt19937 random(1);
  std::vector<std::string> texts;
  for (int i = 0; i < kPages; ++i) texts.push_back(MakePage(random));

  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc_cf = icu::Normalizer2::getNFKCCasefoldInstance(status);
  std::string sink;
  const double icu_speed = Speed(texts, [&](const std::string& text) {
    sink.clear();
    icu::StringByteSink<std::string> out(&sink);
    nfkc_cf->normalizeUTF8(0, text, out, nullptr, status);
  });
  // The way through UTF-16, which is ICU's usual one.
  const double icu16_speed = Speed(texts, [&](const std::string& text) {
    sink.clear();
    nfkc_cf->normalize(icu::UnicodeString::fromUTF8(text), status).toUTF8String(sink);
  });
  FoldedText folded;
  size_t runs = 0;
  const double fold_speed = Speed(texts, [&](const std::string& text) {
    folded.Clear();
    FoldZone(text, {0, static_cast<uint32_t>(text.size())}, {true, true}, folded);
    runs = folded.map.runs();
  });
  Reading reading;
  const double read_speed = Speed(texts, [&](const std::string&) {
    Read(folded, {}, {true, true, true}, reading);
  });

  BareScan bare(rules);
  const double bare_alone = Speed(texts, std::ref(bare));
  Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(rules, {});
  if (!matcher) Fail(matcher.error().text);
  Result<Matcher::Scratch> scratch = (*matcher)->NewScratch();
  if (!scratch) Fail(scratch.error().text);
  std::vector<Page> pages;
  for (const std::string& text : texts) pages.push_back(PageOfText(text, ZoneKind::kText));
  size_t next = 0, hits = 0;
  const auto [scan, match] = SpeedInTurn(texts, std::ref(bare), [&](const std::string&) {
    Page& page = pages[next++ % pages.size()];
    page.limits.clear();
    (*matcher)->Match(page, *scratch);
    hits = page.hits.size();
  });
  fmt::print("icu_mbps {:.0f}\nicu_utf16_mbps {:.0f}\nfold_mbps {:.0f}\nread_mbps {:.0f}\n",
             icu_speed, icu16_speed, fold_speed, read_speed);
  fmt::print("scan_alone_mbps {:.0f}\nscan_mbps {:.0f}\nmatch_mbps {:.0f}\n", bare_alone, scan,
             match);
  fmt::print("runs_per_byte {:.3f}\nhits_last_page {}\n", static_cast<double>(runs) / folded.size,
             hits);
  fmt::print("fold_speed_to_icu {:.2f}\nfold_speed_to_icu_utf16 {:.2f}\n", fold_speed / icu_speed,
             fold_speed / icu16_speed);
  fmt::print("match_speed_to_scan {:.2f}\n", match / scan);
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) {
  std::mt19937 random(2);
  const xuncha::RuleSet rules =
      argc > 1 ? xuncha::RandomRules(random, std::strtoul(argv[1], nullptr, 10)) : xuncha::Packs();
  xuncha::Measure(rules);
  return 0;
}
