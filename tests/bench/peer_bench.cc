// peer_bench holds Match, with everything it does around the scan, against other
// ways to look for the same 1 000 literals in the same text, page by page in turn:
//
//   match_speed_to_re2_set  RE2::Set, which tells only which literals are there
//   match_speed_to_yara     libyara, one rule of 1 000 strings; left out, and said
//                           so, where libyara-dev was not installed when building
//
// Each page is read once, as in an audit. (RE2 builds its automaton from the texts it
// meets: the same few pages again and again would cost it next to nothing.)
//
//   peer_bench [--text FILE]
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>
#ifdef XUNCHA_YARA
#include <yara.h>
#endif

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench_text.h"
#include "matcher/matcher.h"
#include "matcher/normalise.h"
#include "matcher/samples.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

constexpr size_t kLiterals = 1'000;
constexpr size_t kPagesRead = 512;

// Words of the built-in packs, evenly chosen: random ones would never begin to
// match, which spares an automaton its work.
std::vector<std::string> Literals() {
  LoadReport report;
  const Result<RuleSet> rules = LoadRules(BuiltinPacks(), &report);
  if (!rules) Fail(rules.error().text);
  std::vector<std::string> words;
  for (const Pattern& pattern : rules->patterns) {
    const std::string text = FoldPhrase(pattern.text);
    if (pattern.kind == PatternKind::kLiteral && CountCodePoints(text) > 1) words.push_back(text);
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  if (words.size() < kLiterals) Fail("too few words in the packs");
  std::vector<std::string> out;
  for (size_t i = 0; i < kLiterals; ++i) out.push_back(words[i * words.size() / kLiterals]);
  return out;
}

// One weak rule of all literals, in the usual channels.
RuleSet RulesOf(const std::vector<std::string>& literals) {
  RuleSet rules;
  rules.packs.push_back({"bench", 6, "", "", "bench", false, {}});
  Rule rule;
  rule.id = "bench";
  rules.rules.push_back(rule);
  for (const std::string& literal : literals) {
    rules.patterns.push_back({PatternKind::kLiteral,
                              literal,
                              ChannelBit(Channel::kPlain) | ChannelBit(Channel::kSqueezed),
                              0,
                              {{0, Role::kAny}}});
  }
  return rules;
}

// Prints how fast `match` is beside `peer`.
void Compare(const std::vector<std::string>& texts, std::string_view name, double goal,
             const std::function<void(const std::string&)>& peer,
             const std::function<void(const std::string&)>& match) {
  const auto [theirs, ours] = SpeedInTurn(texts, peer, match, 0);
  fmt::print("{}_mbps {:.1f}\nmatch_mbps {:.0f}\nmatch_speed_to_{} {:.1f}   (goal >= {:.0f})\n",
             name, theirs, ours, name, ours / theirs, goal);
}

void CompareRe2(const std::vector<std::string>& texts, const std::vector<std::string>& literals,
                const std::function<void(const std::string&)>& match) {
  RE2::Options options;
  options.set_log_errors(false);
  RE2::Set set(options, RE2::UNANCHORED);
  for (const std::string& literal : literals) {
    if (set.Add(RE2::QuoteMeta(literal), nullptr) < 0) Fail("RE2 refuses a literal");
  }
  if (!set.Compile()) Fail("RE2::Set does not compile");
  std::vector<int> found;
  Compare(
      texts, "re2_set", 20, [&](const std::string& text) { set.Match(text, &found); }, match);
}

#ifdef XUNCHA_YARA
void CompareYara(const std::vector<std::string>& texts, const std::vector<std::string>& literals,
                 const std::function<void(const std::string&)>& match) {
  std::string source = "rule words { strings:\n";
  for (size_t i = 0; i < literals.size(); ++i) {
    source += fmt::format("$s{} = \"{}\"\n", i, EscapeBytes(literals[i]));
  }
  source += "condition: any of them }\n";
  YR_COMPILER* compiler = nullptr;
  YR_RULES* rules = nullptr;
  if (yr_initialize() != ERROR_SUCCESS || yr_compiler_create(&compiler) != ERROR_SUCCESS ||
      yr_compiler_add_string(compiler, source.c_str(), nullptr) != 0 ||
      yr_compiler_get_rules(compiler, &rules) != ERROR_SUCCESS) {
    Fail("YARA does not compile");
  }
  YR_SCANNER* scanner = nullptr;
  if (yr_scanner_create(rules, &scanner) != ERROR_SUCCESS) Fail("YARA has no scanner");
  yr_scanner_set_callback(
      scanner, [](YR_SCAN_CONTEXT*, int, void*, void*) { return CALLBACK_CONTINUE; }, nullptr);
  Compare(
      texts, "yara", 3,
      [scanner](const std::string& text) {
        if (yr_scanner_scan_mem(scanner, reinterpret_cast<const uint8_t*>(text.data()),
                                text.size()) != ERROR_SUCCESS) {
          Fail("YARA cannot scan");
        }
      },
      match);
  yr_scanner_destroy(scanner);
  yr_rules_destroy(rules);
  yr_compiler_destroy(compiler);
  yr_finalize();
}
#endif

int Measure(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && (arguments.size() != 2 || arguments[0] != "--text")) {
    fmt::print(stderr, "usage: peer_bench [--text FILE]\n");
    return 2;
  }
  const std::vector<std::string> texts =
      MakePages(arguments.empty() ? "" : arguments[1], kPagesRead);
  const std::vector<std::string> literals = Literals();
  const RuleSet rules = RulesOf(literals);
  Result<std::unique_ptr<Matcher>> matcher = Matcher::Build(rules, {});
  if (!matcher) Fail(matcher.error().text);
  Result<Matcher::Scratch> scratch = (*matcher)->NewScratch();
  if (!scratch) Fail(scratch.error().text);
  std::vector<Page> pages;
  for (const std::string& text : texts) pages.push_back(PageOfText(text, ZoneKind::kText));
  size_t next = 0;
  const auto match = [&](const std::string&) {
    Page& page = pages[next++ % pages.size()];
    page.limits.clear();
    (*matcher)->Match(page, *scratch);
  };
  CompareRe2(texts, literals, match);
#ifdef XUNCHA_YARA
  next = 0;
  CompareYara(texts, literals, match);
#else
  fmt::print("yara: libyara-dev is not installed, comparison left out\n");
#endif
  return 0;
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) { return xuncha::Measure({argv + 1, argv + argc}); }
