// match_bench prints what matching costs, as ratios within one run:
//
//   fold_speed_to_icu       folding, against ICU's NFKC_Casefold alone on UTF-8
//                           (Normalizer2::normalizeUTF8), and its usual way through
//                           UTF-16 (fold_speed_to_icu_utf16); folding keeps the map
//                           to the source besides, which ICU was not asked for
//   match_speed_to_scan     Match against a bare hs_scan of the same bytes and
//                           literals, page by page in turn; 10 000 imported words
//                           stand beside the packs (match_speed_to_scan_packs: none)
//   match_speed_to_scan_all the same with every channel switched on for every word
//
// and the MB/s behind them.
//
//   match_bench [--text FILE] [--only fold|packs|words|all]
//
// Text is generated unless a file is given: sentences of common characters, a few
// marks and Latin words, as a college's news pages are.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <hs/hs.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench_text.h"
#include "matcher/matcher.h"
#include "matcher/normalise.h"
#include "matcher/reading.h"
#include "matcher/samples.h"
#include "rules/lists.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

constexpr int kWords = 10'000;
constexpr uint8_t kEveryChannel = 0x3f;

enum class Channels : uint8_t { kAsAsked, kEvery };

// The built-in packs, and `words` more as an institution would import them.
RuleSet Packs(int words, Channels channels) {
  std::vector<PackSource> packs = BuiltinPacks();
  if (words > 0) {
    std::mt19937 random(2);
    std::string list;
    for (int i = 0; i < words; ++i) list += MakeWord(random) + '\n';
    Result<ImportedList> imported = ImportList(list, {"bench", "", "custom", 10});
    if (!imported) Fail(imported.error().text);
    packs.push_back({"bench.toml", std::move(imported->pack)});
  }
  LoadReport report;
  Result<RuleSet> rules = LoadRules(packs, &report);
  if (!rules) Fail(rules.error().text);
  if (channels == Channels::kEvery) {
    for (Pattern& pattern : rules->patterns) pattern.channels = kEveryChannel;
  }
  return std::move(*rules);
}

// The literals as Hyperscan takes them, to be scanned over bare bytes.
class BareScan {
 public:
  explicit BareScan(const RuleSet& rules) {
    std::vector<std::string> expressions;
    for (const Pattern& pattern : rules.patterns) {
      const std::string text = FoldPhrase(pattern.text);
      if (pattern.kind == PatternKind::kLiteral && !text.empty())
        expressions.push_back(EscapeBytes(text));
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
    literals_ = expressions.size();
  }
  ~BareScan() {
    hs_free_scratch(scratch_);
    hs_free_database(database_);
  }
  BareScan(const BareScan&) = delete;
  BareScan& operator=(const BareScan&) = delete;

  size_t literals() const { return literals_; }
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
  size_t literals_ = 0;
  uint64_t found_ = 0;
};

void MeasureFold(const std::vector<std::string>& texts) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc_cf = icu::Normalizer2::getNFKCCasefoldInstance(status);
  std::string sink;
  const double icu_speed = Speed(texts, [&](const std::string& text) {
    sink.clear();
    icu::StringByteSink<std::string> out(&sink);
    nfkc_cf->normalizeUTF8(0, text, out, nullptr, status);
  });
  const double icu16_speed = Speed(texts, [&](const std::string& text) {
    sink.clear();
    nfkc_cf->normalize(icu::UnicodeString::fromUTF8(text), status).toUTF8String(sink);
  });
  if (U_FAILURE(status)) Fail("ICU fails");
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
  fmt::print("icu_mbps {:.0f}\nicu_utf16_mbps {:.0f}\nfold_mbps {:.0f}\nread_mbps {:.0f}\n",
             icu_speed, icu16_speed, fold_speed, read_speed);
  fmt::print("runs_per_byte {:.3f}\n", static_cast<double>(runs) / folded.size);
  fmt::print("fold_speed_to_icu {:.2f}   (goal >= 5)\nfold_speed_to_icu_utf16 {:.2f}\n",
             fold_speed / icu_speed, fold_speed / icu16_speed);
}

void MeasureMatch(const std::vector<std::string>& texts, const RuleSet& rules,
                  std::string_view name) {
  BareScan bare(rules);
  const double bare_alone = Speed(texts, std::ref(bare));
  Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(rules, {});
  if (!matcher) Fail(matcher.error().text);
  Result<Matcher::Scratch> scratch = (*matcher)->NewScratch();
  if (!scratch) Fail(scratch.error().text);
  std::vector<Page> pages;
  for (const std::string& text : texts) pages.push_back(PageOfText(text, ZoneKind::kText));
  size_t next = 0, hits = 0, bytes = 0;
  const auto match_one = [&](const std::string&) {
    Page& page = pages[next++ % pages.size()];
    page.limits.clear();
    (*matcher)->Match(page, *scratch);
    hits += page.hits.size();
    bytes += page.document.text.size();
  };
  const double match_alone = Speed(texts, match_one);
  const auto [scan, match] = SpeedInTurn(texts, std::ref(bare), match_one);
  fmt::print("{}: literals {}, hits in 1000 bytes {:.2f}\n", name, bare.literals(),
             1000.0 * static_cast<double>(hits) / static_cast<double>(bytes));
  fmt::print(
      "scan_alone_mbps {:.0f}\nmatch_alone_mbps {:.0f}\nscan_mbps {:.0f}\nmatch_mbps {:.0f}\n",
      bare_alone, match_alone, scan, match);
  fmt::print("match_speed_to_scan{} {:.2f}   (goal >= 0.5)\n", name, match / scan);
}

int Measure(const std::vector<std::string>& arguments) {
  std::string file, only;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size() || (arguments[i] != "--text" && arguments[i] != "--only")) {
      fmt::print(stderr, "usage: match_bench [--text FILE] [--only fold|packs|words|all]\n");
      return 2;
    }
    (arguments[i] == "--text" ? file : only) = arguments[i + 1];
  }
  const auto asked = [&only](std::string_view part) { return only.empty() || only == part; };
  const std::vector<std::string> texts = MakePages(file);
  if (asked("fold")) MeasureFold(texts);
  if (asked("packs")) MeasureMatch(texts, Packs(0, Channels::kAsAsked), "_packs");
  if (asked("words")) MeasureMatch(texts, Packs(kWords, Channels::kAsAsked), "");
  if (asked("all")) MeasureMatch(texts, Packs(kWords, Channels::kEvery), "_all");
  return 0;
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) { return xuncha::Measure({argv + 1, argv + argc}); }
