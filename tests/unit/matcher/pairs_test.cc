// A hundred thousand texts and patterns: what Hyperscan finds equals what the plain
// walk finds, hit for hit, in every channel; and what both find plain (and squeezed,
// where no letters stand apart) equals the reference scan, which shares nothing with
// them but the fold of a single character.
//
// Patterns are Han, Latin and digits, many of them near copies, overlapping, or one
// inside another. Texts hold them open or disguised.
//
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "matcher/normalise.h"
#include "reference_scan.h"
#include "rule_builder.h"

namespace xuncha {
namespace {

constexpr uint8_t kAll = (1u << kChannels) - 1;
constexpr int kRuleSets = 40, kLiterals = 50, kTexts = 50;
static_assert(kRuleSets * kLiterals * kTexts == 100'000);

class Writer {
 public:
  explicit Writer(uint32_t seed) : random_(seed) {
    for (char32_t c = 0x4e00; c < 0x9fa5; ++c) sounds_[SyllableOf(c)].push_back(c);
    for (const SplitRow& row : SplitRows()) parts_[row.whole] = row;
  }

  std::vector<std::u32string> Literals() {
    std::vector<std::u32string> out;
    while (out.size() < kLiterals) {
      std::u32string literal = Fresh();
      if (!out.empty() && Chance(2)) {
        const std::u32string other = out[Below(out.size())];
        switch (Below(4)) {
          case 0:  // one character another
            literal = other;
            literal[Below(literal.size())] = Han();
            break;
          case 1:  // begins as another ends
            literal = other.substr(other.size() / 2) + literal;
            break;
          case 2:  // inside another
            literal = other.substr(Below(other.size()));
            break;
          default:  // around another
            literal = literal.substr(0, 1) + other + Han();
        }
      }
      if (literal.size() <= 12) out.push_back(literal);
    }
    return out;
  }

  std::string Text(const std::vector<std::u32string>& literals) {
    std::string out;
    for (size_t left = Below(12); left > 0; --left) {
      for (size_t i = Below(4); i > 0; --i) AppendUtf8(out, Filler());
      out += Disguised(literals[Below(literals.size())]);
    }
    return out;
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  bool Chance(size_t in) { return Below(in) == 0; }
  char32_t Han() {
    static constexpr char32_t kHan[] = U"博彩赌网站开户发票代写论文妈和好明林时候贷款一二五九";
    return kHan[Below(std::size(kHan) - 1)];
  }
  char32_t Filler() {
    static constexpr char32_t kSigns[] = U"，。 \n|的ab1";
    return Chance(2) ? Han() : kSigns[Below(std::size(kSigns) - 1)];
  }

  std::u32string Fresh() {
    std::u32string out;
    const size_t kind = Below(6);
    for (size_t left = 1 + Below(5); left > 0; --left) {
      if (kind == 0) {
        out += U"abegtk"[Below(6)];
      } else if (kind == 1) {
        out += U"0123456789"[Below(10)];
        if (left == 1 && Chance(2)) out += U"86753"[Below(5)];
      } else {
        out += Han();
      }
    }
    if (kind == 1 && Chance(2)) out += U"46802";
    if (kind == 2) out += U"365";
    return out;
  }

  std::string Disguised(std::u32string literal) {
    const size_t technique = Below(9);
    if (technique == 0) return "\u202e" + Utf8({literal.rbegin(), literal.rend()}) + "\u202c";
    std::string out;
    for (const char32_t c : literal) {
      switch (technique) {
        case 1:
          AppendUtf8(out, c);
          out += std::array{"*", " ", "·", "\u3000", "｜", "、"}[Below(6)];
          break;
        case 2:
          AppendUtf8(out, c > 0x20 && c < 0x7f ? c + 0xfee0 : c);
          break;
        case 3:
          AppendUtf8(out, Traditional(c));
          break;
        case 4:
          out += Split(c);
          break;
        case 5:
          AppendUtf8(out, SameSound(c));
          break;
        case 6:
          AppendUtf8(out, c);
          out += std::array{"\u200b", "\u2060", "\ufe0f"}[Below(3)];
          break;
        case 7:
          AppendUtf8(out, c >= '0' && c <= '9' ? U"〇一二三四五六七八九"[c - '0'] : c);
          break;
        default:
          AppendUtf8(out, c);
      }
    }
    return out;
  }

  static char32_t Traditional(char32_t c) {
    static constexpr std::pair<char32_t, char32_t> kPairs[] = {
        {U'赌', U'賭'}, {U'网', U'網'}, {U'开', U'開'}, {U'户', U'戶'}, {U'发', U'發'},
        {U'写', U'寫'}, {U'论', U'論'}, {U'妈', U'媽'}, {U'时', U'時'}, {U'贷', U'貸'}};
    for (const auto& [simple, full] : kPairs) {
      if (simple == c) return full;
    }
    return c;
  }
  std::string Split(char32_t c) {
    const auto row = parts_.find(c);
    std::string out;
    if (row == parts_.end()) {
      AppendUtf8(out, c);
    } else {
      for (const char32_t part : row->second.parts) {
        if (part != 0) AppendUtf8(out, part);
      }
    }
    return out;
  }
  char32_t SameSound(char32_t c) {
    const auto same = sounds_.find(SyllableOf(c));
    return SyllableOf(c) == 0 || same == sounds_.end() ? c
                                                       : same->second[Below(same->second.size())];
  }
  static std::string Utf8(const std::u32string& text) {
    std::string out;
    for (const char32_t c : text) AppendUtf8(out, c);
    return out;
  }

  std::mt19937 random_;
  std::map<uint16_t, std::vector<char32_t>> sounds_;
  std::map<char32_t, SplitRow> parts_;
};

// "pattern channel begin end anchor", for messages that show the whole difference.
std::vector<std::string> Lines(const Page& page) {
  std::vector<std::string> out;
  for (const Hit& hit : page.hits) {
    out.push_back(std::to_string(hit.pattern) + " " + std::string(ChannelName(hit.channel)) + " " +
                  std::to_string(hit.text.begin) + " " + std::to_string(hit.text.end) +
                  (hit.in_anchor ? " anchor" : ""));
  }
  return out;
}

// Whether no letters stand apart or repeated, which are read joined besides: the
// reference knows no such reading.
bool LettersStay(std::string_view text) {
  FoldedText folded;
  folded.Clear();
  FoldZone(text, {0, static_cast<uint32_t>(text.size())}, {}, folded);
  return folded.letters.empty();
}

using Places = std::set<std::tuple<uint32_t, uint32_t, Channel>>;

Places PlacesOf(const Page& page, uint32_t pattern, Channel channel) {
  Places out;
  for (const Hit& hit : page.hits) {
    if (hit.pattern == pattern && hit.channel == channel)
      out.insert({hit.text.begin, hit.text.end, hit.channel});
  }
  return out;
}

TEST(PairsTest, HyperscanEqualsThePlainWalkAndTheReference) {
  Writer writer(20261122);
  std::array<size_t, kChannels> found{};
  size_t squeezed_pairs = 0;
  for (int set = 0; set < kRuleSets; ++set) {
    const std::vector<std::u32string> points = writer.Literals();
    std::vector<std::string> literals;
    RuleBuilder builder, same;
    for (const std::u32string& literal : points) {
      std::string text;
      for (const char32_t c : literal) AppendUtf8(text, c);
      builder.Literal(text, kAll);
      same.Literal(text, kAll);
      literals.push_back(std::move(text));
    }
    Matching scan(builder.Take()), walk(same.Take(), {.scan_fails_with = -1});
    for (int i = 0; i < kTexts; ++i) {
      const std::string text = writer.Text(points);
      Page one = PageOfText(text, ZoneKind::kText), two = one;
      scan.On(one);
      walk.On(two);
      ASSERT_EQ(Lines(one), Lines(two)) << "in \"" << text << "\"";
      for (const Hit& hit : one.hits) ++found[static_cast<size_t>(hit.channel)];
      for (uint32_t k = 0; k < kLiterals; ++k) {
        const Places all = ReferenceScan(text, literals[k]);
        Places plain, squeezed;
        for (const auto& place : all) {
          if (std::get<2>(place) == Channel::kPlain) plain.insert(place);
        }
        ASSERT_EQ(PlacesOf(one, k, Channel::kPlain), plain)
            << "plain, \"" << literals[k] << "\" in \"" << text << "\"";
        if (!LettersStay(text)) continue;
        for (const auto& place : all) {  // one place once, in its plainest reading
          const bool shown = std::any_of(plain.begin(), plain.end(), [&](const auto& other) {
            return std::get<0>(other) < std::get<1>(place) &&
                   std::get<0>(place) < std::get<1>(other);
          });
          if (!shown) squeezed.insert(place);
        }
        ASSERT_EQ(PlacesOf(one, k, Channel::kSqueezed), squeezed)
            << "squeezed, \"" << literals[k] << "\" in \"" << text << "\"";
        ++squeezed_pairs;
      }
    }
  }
  EXPECT_GT(squeezed_pairs, 20'000u);
  constexpr std::pair<Channel, size_t> kEnough[] = {
      {Channel::kPlain, 10'000},  {Channel::kSqueezed, 1'000}, {Channel::kSplit, 200},
      {Channel::kHomophone, 200}, {Channel::kReversed, 500},   {Channel::kDigits, 50}};
  for (const auto& [channel, least] : kEnough) {
    EXPECT_GT(found[static_cast<size_t>(channel)], least) << ChannelName(channel);
  }
}

}  // namespace
}  // namespace xuncha
