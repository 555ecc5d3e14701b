// SPDX-License-Identifier: Apache-2.0
#include "app/rule_bench.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "bench_embedded.h"
#include "matcher/samples.h"

namespace xuncha {
namespace {

constexpr int kRounds = 3;
constexpr double kSlowShare = 0.15;       // two to three times what a usual rule costs alone
constexpr double kEverywhereShare = 0.2;  // of the pages
constexpr uint64_t kPagesFrom = 20;       // fewer say nothing of shares
constexpr size_t kPageBytes = 8 << 10;    // a usual page's text

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The one rule, with the patterns it uses and nothing else.
RuleSet Only(const RuleSet& all, uint32_t index) {
  RuleSet out;
  out.packs = all.packs;
  out.rules = {all.rules[index]};
  for (const Pattern& pattern : all.patterns) {
    Pattern own = pattern;
    std::erase_if(own.uses, [&](const Use& use) { return use.rule != index; });
    if (own.uses.empty()) continue;
    for (Use& use : own.uses) use.rule = 0;
    out.patterns.push_back(std::move(own));
  }
  return out;
}

// One rule that finds nothing: the text is folded and scanned all the same.
RuleSet NothingToFind(const RuleSet& all) {
  RuleSet out;
  out.packs = all.packs;
  Rule& rule = out.rules.emplace_back();
  rule.id = "nothing";
  rule.zones = UINT16_MAX;
  rule.channels = ChannelBit(Channel::kPlain) | ChannelBit(Channel::kSqueezed);
  out.patterns.push_back(
      {PatternKind::kLiteral, "龘靐齉爩", rule.channels, rule.zones, {{0, Role::kAny}}});
  return out;
}

struct Reader {
  std::unique_ptr<Engine> engine;
  Matcher::Scratch scratch;
};

Result<Reader> MakeReader(RuleSet rules) {
  Result<std::unique_ptr<Engine>> engine = MakeEngine(std::move(rules), {});
  if (!engine) return engine.error();
  Result<Matcher::Scratch> scratch = (*engine)->matcher->NewScratch();
  if (!scratch) return scratch.error();
  return Reader{std::move(*engine), std::move(*scratch)};
}

// The least CPU time of several passes over all pages.
double Pass(const Engine& engine, Matcher::Scratch& scratch, std::vector<Page>& pages) {
  double best = std::numeric_limits<double>::max();
  for (int round = 0; round < kRounds; ++round) {
    double total = 0;
    for (Page& page : pages) {
      page.hits.clear();
      page.limits.clear();
      const double start = CpuSeconds();
      engine.matcher->Match(page, scratch);
      engine.judge->Decide(page);
      total += CpuSeconds() - start;
    }
    best = std::min(best, total);
  }
  return best;
}

bool IsOwn(const Pattern& pattern) {
  return std::any_of(pattern.uses.begin(), pattern.uses.end(),
                     [](const Use& use) { return use.role == Role::kAny; });
}

void Count(const Engine& engine, const std::vector<Page>& pages, RuleCost& cost) {
  for (const Page& page : pages) {
    uint64_t hits = 0;
    for (const Hit& hit : page.hits) hits += IsOwn(engine.rules.patterns[hit.pattern]);
    cost.hits += hits;
    cost.pages += hits > 0;
    cost.fired += !engine.judge->Fired(page).empty();
  }
}

void Warn(const BenchResult& bench, RuleCost& cost) {
  if (cost.share > kSlowShare) {
    cost.warnings.push_back(fmt::format(
        "慢：单独就占全部规则的 {:.0f}%；缩短正则里的重复，或给它加上确定的词", 100 * cost.share));
  }
  if (bench.pages >= kPagesFrom &&
      static_cast<double>(cost.pages) > kEverywhereShare * static_cast<double>(bench.pages)) {
    cost.warnings.push_back(
        fmt::format("到处命中：{} 页中的 {} 页；换成更长的词", bench.pages, cost.pages));
  }
}

}  // namespace

Result<BenchResult> BenchRules(const Engine& engine, std::vector<Page> pages,
                               const std::atomic<bool>& stop) {
  BenchResult out;
  out.pages = pages.size();
  for (const Page& page : pages) out.bytes += page.document.text.size();
  Result<Reader> nothing = MakeReader(NothingToFind(engine.rules));
  if (!nothing) return nothing.error();
  Result<Matcher::Scratch> scratch = engine.matcher->NewScratch();
  if (!scratch) return scratch.error();
  const auto read_nothing = [&] { return Pass(*nothing->engine, nothing->scratch, pages); };
  out.seconds_whole = Pass(engine, *scratch, pages);
  out.seconds_nothing = read_nothing();

  std::vector<double> alone;
  for (uint32_t i = 0; i < engine.rules.rules.size() && !stop; ++i) {
    Result<Reader> reader = MakeReader(Only(engine.rules, i));
    if (!reader) return reader.error();
    alone.push_back(Pass(*reader->engine, reader->scratch, pages));
    RuleCost cost;
    cost.id = engine.rules.rules[i].id;
    cost.kind = engine.rules.PackOf(engine.rules.rules[i]).kind;
    Count(*reader->engine, pages, cost);
    out.rules.push_back(std::move(cost));
  }
  // Both ends again: what the machine did meanwhile must not make the shares.
  out.seconds_whole = std::min(out.seconds_whole, Pass(engine, *scratch, pages));
  out.seconds_nothing = std::min(out.seconds_nothing, read_nothing());
  const double whole = std::max(out.seconds_whole - out.seconds_nothing, 1e-9);
  for (size_t i = 0; i < out.rules.size(); ++i) {
    out.rules[i].share = std::max(0.0, alone[i] - out.seconds_nothing) / whole;
    Warn(out, out.rules[i]);
  }
  std::stable_sort(out.rules.begin(), out.rules.end(),
                   [](const RuleCost& a, const RuleCost& b) { return a.share > b.share; });
  return out;
}

std::vector<Page> BundledPages(const RuleSet& rules) {
  std::vector<Page> pages;
  std::string text;
  const auto flush = [&] {
    if (!text.empty()) pages.push_back(PageOfText(text, ZoneKind::kText));
    text.clear();
  };
  const auto add = [&](std::string_view line) {
    text += line;
    text += '\n';
    if (text.size() > kPageBytes) flush();
  };
  for (const Rule& rule : rules.rules) {
    // Each by itself: what dismisses one sample is no context of the next.
    for (const auto* samples : {&rule.examples, &rule.counters}) {
      for (const Sample& sample : *samples) {
        pages.push_back(PageOfText(sample.text, ZoneKind::kText));
      }
    }
  }
  // Most pages are clean, and so is most of the text.
  constexpr size_t kTimes = 8;
  for (size_t i = 0; i < kTimes; ++i) {
    for (const EmbeddedFile& file : embedded::bench()) {
      for (const std::string_view line : Split(file.bytes, '\n')) {
        if (!Trim(line).empty() && Trim(line).front() != '#') add(line);
      }
    }
  }
  flush();
  return pages;
}

}  // namespace xuncha
