// Squeezing, and the rarer ways to read a stretch of text.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/reading.h"

#include <algorithm>
#include <tuple>

#include "base/limits.h"
#include "base/text.h"
#include "matcher/fold_table.h"

namespace xuncha {
namespace {

constexpr uint32_t kContextBytes = 96;  // around a mark: room for a phrase of 32 Han characters
constexpr uint32_t kWindowBytesMax = 4096;
constexpr size_t kNumberDigitsMin = 7;     // shorter numbers are no contact
constexpr size_t kNumberDigitsMax = 4096;  // in one number of many groups, as a table of figures is
constexpr uint32_t kTurnedBytesMax = 8192;  // of one line read backwards

// A character of the plain text.
struct Char {
  char32_t c;
  uint32_t begin, end;
};

bool IsAlnum(char32_t c) { return IsAsciiAlnum(c); }
bool IsLetter(char32_t c) { return c >= 'a' && c <= 'z'; }

bool IsSeparator(char32_t c) {
  switch (FoldOf(c).kind) {
    case CharKind::kSpace:
    case CharKind::kMark:
    case CharKind::kSign:
      return true;
    default:
      return false;
  }
}

class Reader {
 public:
  Reader(const FoldedText& plain, Reading& out) : plain_(plain), text_(plain.view()), out_(out) {}

  void Squeeze() {
    const char* from = text_.data();
    char* to = out_.bytes.data();
    uint32_t prior = 0, at = 0;
    out_.map.Copied(0, 0);
    for (const Gap& gap : plain_.gaps) {
      std::copy(from + prior, from + gap.begin, to + at);
      at += gap.begin - prior;
      prior = gap.end;
      out_.map.Copied(at, prior);
    }
    std::copy(from + prior, from + plain_.size, to + at);
    out_.main = at + (plain_.size - prior);
    size_ = out_.main;
  }

  // Letters repeated three times and more become one; single letters and digits
  // that stand apart are joined.
  void Tidy() {
    for (const Span window : Windows(plain_.letters)) {
      const std::vector<Char>& chars = Chars(window);
      const uint32_t begin = size_;
      bool changed = false;
      for (size_t i = 0; i < chars.size();) {
        const char32_t c = chars[i].c;
        size_t next = i + 1;
        if (IsLetter(c)) {
          while (next < chars.size() && chars[next].c == c) ++next;
          if (next - i < 3) next = i + 1;
          changed |= next > i + 1;
        } else if (IsSeparator(c)) {
          while (next < chars.size() && IsSeparator(chars[next].c)) ++next;
          if (JoinsSingles(chars, i, next)) {
            changed = true;
            i = next;
            continue;
          }
          next = i + 1;
        }
        Put(c, chars[i].begin, chars[next - 1].end);
        i = next;
      }
      Finish(begin, Channel::kSqueezed, changed);
    }
  }

  void Splits() {
    marks_.clear();
    for (const uint32_t mark : plain_.splits) {
      size_t used = 1;
      const std::vector<Char>& chars = Chars({mark, std::min(mark + 16, plain_.size)});
      if (!chars.empty()) Whole(chars, 0, &used);
      if (used > 1) marks_.push_back(mark);
    }
    for (const Span window : Windows(marks_)) {
      const std::vector<Char>& chars = Chars(window);
      const uint32_t begin = size_;
      bool changed = false;
      for (size_t i = 0; i < chars.size();) {
        size_t used = 1;
        const char32_t whole = Whole(chars, i, &used);
        changed |= used > 1;
        Put(whole, chars[i].begin, chars[i + used - 1].end);
        i += used;
      }
      Finish(begin, Channel::kSplit, changed);
    }
  }

  // Digits of every style, separators between them left out.
  void Numbers() {
    uint32_t done = 0;
    for (const uint32_t mark : plain_.numbers) {
      if (mark < done) continue;
      if (Full()) return;
      const uint32_t begin = size_;
      size_t digits = 0;
      int gap = 0;
      done = mark + 1;
      for (size_t at = NumberBegin(mark); at < text_.size() && digits < kNumberDigitsMax;) {
        const size_t start = at;
        const char32_t c = NextCodePoint(text_, &at);
        char digit = DigitOf(c);
        if (digit == 0 && c == 'x' && digits >= 17) digit = 'x';  // the check of a resident ID
        if (digit != 0) {
          Put(static_cast<char32_t>(digit), static_cast<uint32_t>(start),
              static_cast<uint32_t>(at));
          ++digits;
          gap = 0;
          done = static_cast<uint32_t>(at);
        } else if (c == '\n' || !IsSeparator(c) || ++gap > kGapCharsMax) {
          break;
        }
      }
      out_.cut |= digits == kNumberDigitsMax;
      Finish(begin, Channel::kDigits, digits >= kNumberDigitsMin);
    }
  }

  void Turned(const std::vector<Span>& spans) {
    uint32_t done = 0;
    for (const Span span : spans) {
      // Whole lines, so that what stands around the turned words is turned too.
      uint32_t from = std::max(span.begin, done);
      while (from > done && span.begin - from < kTurnedBytesMax && text_[from - 1] != '\n') --from;
      while (from < text_.size()) {
        uint32_t to = from;
        while (to < text_.size() && text_[to] != '\n' && to - from < kTurnedBytesMax) ++to;
        if (Full()) return;
        const std::vector<Char>& chars = Chars({from, to});
        const uint32_t begin = size_;
        for (size_t i = chars.size(); i-- > 0;) Put(chars[i].c, chars[i].begin, chars[i].end);
        Finish(begin, Channel::kReversed, chars.size() > 1);
        from = to + 1;
        if (from >= span.end) break;
      }
      done = from;
    }
  }

  void Done() { out_.size = size_; }

 private:
  bool Full() {
    if (size_ - out_.main < limits::kStretchBytesMax) return false;
    out_.cut = true;
    return true;
  }

  // Lines' parts around the marks, disjoint, ending where no word is cut.
  std::vector<Span> Windows(const std::vector<uint32_t>& marks) {
    std::vector<Span> out;
    uint32_t total = 0;
    for (const uint32_t mark : marks) {
      if (!out.empty() && mark < out.back().end) continue;
      const uint32_t floor = out.empty() ? 0 : out.back().end;
      Span window{mark, mark};
      while (window.begin > floor && mark - window.begin < 2 * kContextBytes &&
             text_[window.begin - 1] != '\n' &&
             (mark - window.begin < kContextBytes || !IsEdge(window.begin))) {
        --window.begin;
      }
      // Other marks within reach belong to the same window, up to a bound.
      uint32_t reach = mark;
      auto next = std::upper_bound(marks.begin(), marks.end(), mark);
      while (window.end < text_.size() && text_[window.end] != '\n' &&
             window.end - mark < kWindowBytesMax &&
             (window.end - reach < kContextBytes ||
              (window.end - reach < 2 * kContextBytes && !IsEdge(window.end)))) {
        if (next != marks.end() && *next == window.end) reach = *next++;
        ++window.end;
      }
      while (window.begin < window.end && IsInside(window.begin)) ++window.begin;
      while (window.end < text_.size() && IsInside(window.end)) ++window.end;
      total += window.size();
      out.push_back(window);
      if (total > limits::kStretchBytesMax) {
        out_.cut = true;
        break;
      }
    }
    return out;
  }
  // The first of the digits that stand against the one at `mark`. (Across a gap
  // there would have been a mark before.)
  uint32_t NumberBegin(uint32_t mark) const {
    size_t from = mark;
    while (from > 0) {
      const size_t before = StepBack(text_, from, 1);
      size_t next = before;
      if (DigitOf(NextCodePoint(text_, &next)) == 0) break;
      from = before;
    }
    return static_cast<uint32_t>(from);
  }
  bool IsInside(uint32_t at) const {
    return (static_cast<unsigned char>(text_[at]) & 0xc0) == 0x80;
  }
  // Between two characters that are not both ASCII letters or digits.
  bool IsEdge(uint32_t at) const {
    return !IsInside(at) && !(IsAlnum(static_cast<unsigned char>(text_[at - 1])) &&
                              IsAlnum(static_cast<unsigned char>(text_[at])));
  }

  // The characters of a part of the plain text, gaps left out; good until the
  // next call.
  const std::vector<Char>& Chars(Span window) {
    std::vector<Char>& out = chars_;
    out.clear();
    auto gap = std::lower_bound(plain_.gaps.begin(), plain_.gaps.end(), window.begin,
                                [](const Gap& g, uint32_t at) { return g.begin < at; });
    for (size_t at = window.begin; at < window.end;) {
      if (gap != plain_.gaps.end() && gap->begin == at) {
        at = gap++->end;
        continue;
      }
      const size_t start = at;
      const char32_t c = NextCodePoint(text_, &at);
      out.push_back({c, static_cast<uint32_t>(start), static_cast<uint32_t>(at)});
    }
    return out;
  }

  // Whether the separators [from, to) stand between two single letters or digits.
  static bool JoinsSingles(const std::vector<Char>& chars, size_t from, size_t to) {
    if (to - from > kGapCharsMax || from == 0 || to == chars.size()) return false;
    const auto alnum = [&](size_t i) { return i < chars.size() && IsAlnum(chars[i].c); };
    return alnum(from - 1) && alnum(to) && (from < 2 || !alnum(from - 2)) && !alnum(to + 1);
  }

  static char32_t Whole(const std::vector<Char>& chars, size_t i, size_t* used) {
    const auto rows = SplitRows();
    for (size_t size = 3; size >= 2; --size) {
      if (i + size > chars.size()) continue;
      const char32_t third = size == 3 ? chars[i + 2].c : 0;
      const auto key = [](const SplitRow& row) {
        return std::tie(row.parts[0], row.parts[1], row.parts[2]);
      };
      const auto want = std::tie(chars[i].c, chars[i + 1].c, third);
      const auto row =
          std::lower_bound(rows.begin(), rows.end(), want,
                           [&](const SplitRow& r, const auto& w) { return key(r) < w; });
      if (row != rows.end() && key(*row) == want) {
        *used = size;
        return row->whole;
      }
    }
    return chars[i].c;
  }

  void Put(char32_t c, uint32_t begin, uint32_t end) {
    if (out_.bytes.size() < size_ + 8) out_.bytes.resize(out_.bytes.size() + (64 << 10));
    out_.map.Folded(size_, begin, end - begin);
    small_.clear();
    AppendUtf8(small_, c);
    std::copy(small_.begin(), small_.end(), out_.bytes.begin() + size_);
    size_ += static_cast<uint32_t>(small_.size());
  }

  // Keeps or forgets what was put since `begin`.
  void Finish(uint32_t begin, Channel channel, bool keep) {
    if (!keep || size_ == begin) {
      size_ = begin;
      out_.map.Forget(begin);
      return;
    }
    out_.stretches.push_back({begin, size_, channel});
    Put('\n', 0, 1);
  }

  const FoldedText& plain_;
  const std::string_view text_;
  Reading& out_;
  std::string small_;
  std::vector<uint32_t> marks_;
  std::vector<Char> chars_;  // what Chars answered last
  uint32_t size_ = 0;
};

}  // namespace

Channel Reading::ChannelAt(uint32_t at) const {
  if (at < main) return Channel::kSqueezed;
  auto after = std::upper_bound(stretches.begin(), stretches.end(), at,
                                [](uint32_t place, const Stretch& s) { return place < s.begin; });
  CHECK(after != stretches.begin());
  return (--after)->channel;
}

void Read(const FoldedText& plain, const std::vector<Span>& turned, ReadingWants wants,
          Reading& out) {
  out.map.Clear();
  out.stretches.clear();
  out.cut = false;
  if (out.bytes.size() < plain.size + 16) out.bytes.resize(plain.size + plain.size / 4 + 16);
  Reader reader(plain, out);
  reader.Squeeze();
  reader.Tidy();
  if (wants.splits) reader.Splits();
  if (wants.numbers) reader.Numbers();
  if (wants.reversed) reader.Turned(turned);
  reader.Done();
}

Phrase ReadPhrase(std::string_view text) {
  Phrase out;
  out.plain = FoldPhrase(text);
  FoldedText folded;
  folded.Clear();
  const uint32_t start = folded.size;
  FoldZone(out.plain, {0, static_cast<uint32_t>(out.plain.size())}, {}, folded);
  const std::string_view plain = folded.view();
  const size_t stop = plain.size() - 1;  // the line end of the zone
  size_t begin = start, end = start;
  bool any = false;
  for (size_t at = start; at < stop;) {
    const size_t from = at;
    if (IsSeparator(NextCodePoint(plain, &at))) continue;
    if (!any) begin = from;
    any = true;
    end = at;
  }
  if (!any) return out;
  out.lead = static_cast<uint32_t>(begin - start);
  out.trail = static_cast<uint32_t>(stop - end);
  size_t from = begin;
  for (const Gap& gap : folded.gaps) {
    out.core += plain.substr(from, gap.begin - from);
    from = gap.end;
  }
  out.core += plain.substr(from, end - from);
  return out;
}

}  // namespace xuncha
