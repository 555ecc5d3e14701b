// The folding loop. Nearly every byte of a Chinese page is a simplified Han
// character or lower-case ASCII, and those take a short path: one table byte, one
// store, no change of offset. Everything else goes through FoldOf.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/normalise.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "matcher/fold_table.h"

namespace xuncha {
namespace {

enum class Side : uint8_t { kNone, kHan, kAlnum };

constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr char32_t kLeftOverride = 0x202d, kRightOverride = 0x202e, kRightIsolate = 0x2067;
constexpr int kWordCharsMax = 32;    // how far a word is looked at for its script
constexpr uint32_t kLongDigits = 6;  // every number that a check knows has six digits in a row
constexpr size_t kSlack = 64;        // room behind the output for one fold and a wide store

bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }

struct AsciiRow {
  CharKind kind = CharKind::kOther;
  char folded = 0;
};

// FoldOf for ASCII, flat.
std::array<AsciiRow, 128> MakeAsciiRows() {
  std::array<AsciiRow, 128> rows;
  for (char32_t c = 0; c < 128; ++c) {
    const Fold fold = FoldOf(c);
    rows[c] = {fold.kind, fold.bytes.empty() ? static_cast<char>(c) : fold.bytes[0]};
  }
  return rows;
}
const std::array<AsciiRow, 128>& AsciiRows() {
  static const std::array<AsciiRow, 128> rows = MakeAsciiRows();
  return rows;
}

class ZoneFolder {
 public:
  ZoneFolder(std::string_view text, Span zone, FoldWants wants, FoldedText& out)
      : ascii_(AsciiRows()),
        text_(text),
        wants_(wants),
        out_(out),
        start_(text.data() + zone.begin),
        end_(text.data() + zone.end),
        p_(start_) {
    Reserve(zone.size());
    out_.map.Copied(out_.size, zone.begin);
  }

  void Run() {
    while (p_ != end_) {
      const unsigned char c = static_cast<unsigned char>(*p_);
      if (c < 0x80) {
        Ascii(c);
      } else if (c >= 0xe4 && c <= 0xe9 && Han()) {
        continue;
      } else {
        Other();
      }
    }
    out_.map.Copied(At(), In(p_));
    *o_++ = '\n';
    out_.size = At();
  }

 private:
  uint32_t At() const { return static_cast<uint32_t>(o_ - out_.bytes.data()); }
  uint32_t In(const char* p) const { return static_cast<uint32_t>(p - text_.data()); }

  // Makes room for `more` bytes and the slack; the output may move.
  void Reserve(size_t more) {
    const size_t at = o_ == nullptr ? out_.size : At();
    const size_t need = at + more + kSlack;
    if (out_.bytes.size() < need) out_.bytes.resize(need + need / 2);
    o_ = out_.bytes.data() + at;
  }

  static int HanIndex(const char* p) {
    const unsigned a = static_cast<unsigned char>(p[0]),
                   b = static_cast<unsigned char>(p[1]) ^ 0x80u,
                   c = static_cast<unsigned char>(p[2]) ^ 0x80u;
    if (b >= 0x40 || c >= 0x40) return -1;
    const int index = static_cast<int>(((a & 15) << 12 | b << 6 | c) - kHanFirst);
    return index <= static_cast<int>(kHanLast - kHanFirst) ? index : -1;
  }

  // A stretch of Han characters that stay. False if there is none here.
  bool Han() {
    if (end_ - p_ < 4) return false;
    int index = HanIndex(p_);
    if (index < 0) return false;
    uint8_t flags = kHanFlags[index];
    if ((flags & kHanSame) == 0) return false;
    Close(Side::kHan);
    const char* p = p_;
    char* o = o_;
    while (flags == kHanSame) {
      std::memcpy(o, p, 4);  // one wide store; the fourth byte is written again or cut off
      o += 3;
      p += 3;
      if (end_ - p < 4) break;
      const unsigned char lead = static_cast<unsigned char>(*p);
      if (lead < 0xe4 || lead > 0xe9 || (index = HanIndex(p)) < 0) break;
      flags = kHanFlags[index];
    }
    if (p == p_) {  // a character with more to it, alone
      MarkHan(flags);
      o = o_;
      std::memcpy(o, p, 4);
      o += 3;
      p += 3;
    }
    o_ = o;
    p_ = p;
    return true;
  }

  void MarkHan(uint8_t flags) {
    const bool split = wants_.splits && (flags & kHanSplitHead) != 0;
    const bool numeral = wants_.numbers && (flags & kHanNumeral) != 0;
    if (!split && !numeral) return;
    uint8_t next = kHanSplitTail | kHanNumeral;  // not Han: looked at later
    if (end_ - p_ >= 6) {
      const unsigned char lead = static_cast<unsigned char>(p_[3]);
      const int index = lead >= 0xe4 && lead <= 0xe9 ? HanIndex(p_ + 3) : -1;
      if (index >= 0) next = kHanFlags[index];
    }
    if (split && (next & kHanSplitTail) != 0) out_.splits.push_back(At());
    if (numeral && (next & kHanNumeral) != 0) out_.numbers.push_back(At());
  }

  void Ascii(unsigned char c) {
    const AsciiRow row = ascii_[c];
    switch (row.kind) {
      case CharKind::kAlnum:
        Close(Side::kAlnum);
        Alnum(row.folded);
        ++p_;
        return;
      case CharKind::kSpace:
        Space(1);
        return;
      case CharKind::kNewline:
        Newline(1);
        return;
      case CharKind::kDropped:
        Drop(1);
        return;
      default:
        Separate(row.kind);
        *o_++ = static_cast<char>(c);
        ++p_;
    }
  }

  // One ASCII letter or digit of the output.
  void Alnum(char c) {
    if (IsAsciiDigit(c)) {
      if (!IsAsciiDigit(o_[-1])) digits_from_ = At();
      if (At() - digits_from_ == kLongDigits - 1) out_.digits.push_back(digits_from_);
    } else if (c == o_[-1] && c == o_[-2] && At() >= repeat_until_) {
      out_.letters.push_back(At() - 2);
      repeat_until_ = At() + 16;  // one mark serves the words around it
    }
    *o_++ = c;
  }

  void Space(uint32_t size) {
    if (o_[-1] == ' ' || o_[-1] == '\n') return Drop(size);
    Separate(CharKind::kSpace);
    if (size != 1) out_.map.Folded(At(), In(p_), size);
    *o_++ = ' ';
    p_ += size;
    if (size != 1) out_.map.Copied(At(), In(p_));
  }

  void Newline(uint32_t size) {
    left_ = Side::kNone;
    gap_chars_ = 0;
    if (o_[-1] == ' ') {
      o_[-1] = '\n';
      return Drop(size);
    }
    if (o_[-1] == '\n') return Drop(size);
    if (size != 1) out_.map.Folded(At(), In(p_), size);
    *o_++ = '\n';
    p_ += size;
    if (size != 1) out_.map.Copied(At(), In(p_));
  }

  void Drop(uint32_t size) {
    p_ += size;
    out_.map.Copied(At(), In(p_));
  }

  // A separator is about to be written.
  void Separate(CharKind kind) {
    if (gap_chars_++ == 0) {
      gap_begin_ = At();
      gap_odd_ = false;
    }
    gap_odd_ |= kind == CharKind::kSign;
  }

  // A character of `side` is about to be written.
  void Close(Side side) {
    if (gap_chars_ != 0) CloseGap(side);
    left_ = side;
  }
  void CloseGap(Side side) {
    const int chars = gap_chars_;
    gap_chars_ = 0;
    if (chars > kGapCharsMax || left_ == Side::kNone || side == Side::kNone) return;
    const char* gap = out_.bytes.data() + gap_begin_;
    if (left_ == Side::kAlnum && side == Side::kAlnum) {
      if (!IsAsciiAlnum(static_cast<unsigned char>(gap[-2])))
        out_.letters.push_back(gap_begin_ - 1);
      if (wants_.numbers && IsAsciiDigit(gap[-1])) out_.numbers.push_back(gap_begin_ - 1);
    } else {
      out_.gaps.push_back({gap_begin_, At(), gap_odd_});
    }
  }

  void Other() {
    size_t at = In(p_);
    const char32_t c = NextCodePoint(text_.substr(0, In(end_)), &at);
    const uint32_t size = static_cast<uint32_t>(at) - In(p_);
    if (c == 0xfffd) {
      Separate(CharKind::kSign);
      return Write(kReplacement, size);
    }
    const Fold fold = FoldOf(c);
    if (fold.kind == CharKind::kLookalike && IsLatinWord(size)) {
      Close(Side::kAlnum);
      return WriteAlnum({&fold.latin, 1}, size);
    }
    const std::string_view bytes = fold.bytes.empty() ? text_.substr(In(p_), size) : fold.bytes;
    switch (fold.kind) {
      case CharKind::kDropped:
        if (c == kLeftOverride || c == kRightOverride || c == kRightIsolate)
          out_.reversed.push_back(At());
        return Drop(size);
      case CharKind::kSpace:
        return Space(size);
      case CharKind::kNewline:
        return Newline(size);
      case CharKind::kMark:
      case CharKind::kSign:
        Separate(fold.kind);
        return Write(bytes, size);
      case CharKind::kHan:
        Close(Side::kHan);
        if (c == 0x3007 && wants_.numbers) out_.numbers.push_back(At());
        return Write(bytes, size);
      case CharKind::kAlnum:
        Close(Side::kAlnum);
        return WriteAlnum(bytes, size);
      case CharKind::kOther:
      case CharKind::kLookalike:
        Close(Side::kNone);
        return Write(bytes, size);
    }
  }

  // Writes `bytes` for the next `size` bytes of input.
  void Write(std::string_view bytes, uint32_t size) {
    Begin(bytes, size);
    std::memcpy(o_, bytes.data(), bytes.size());
    o_ += bytes.size();
    Finish(bytes, size);
  }
  void WriteAlnum(std::string_view bytes, uint32_t size) {
    Begin(bytes, size);
    for (const char c : bytes) Alnum(c);
    Finish(bytes, size);
  }
  void Begin(std::string_view bytes, uint32_t size) {
    if (bytes.size() > size) Reserve(static_cast<size_t>(end_ - p_) + bytes.size());
    if (bytes.size() != size) out_.map.Folded(At(), In(p_), size);
  }
  void Finish(std::string_view bytes, uint32_t size) {
    p_ += size;
    if (bytes.size() != size) out_.map.Copied(At(), In(p_));
  }

  // Whether the word around p_ is Latin written with other scripts' letters: it
  // has a Latin letter, or it holds look-alikes only and stands against Han or
  // digits, where no Russian or Greek word would. The answer is kept to the end
  // of the word, so a long word is not looked at twice.
  bool IsLatinWord(uint32_t size) {
    if (p_ < word_end_) return word_latin_;
    bool latin = false, other = false, near = false;
    const auto look = [&](char32_t c) {  // false: the word ends here
      const Fold fold = FoldOf(c);
      if (fold.kind == CharKind::kAlnum) {
        const char first = fold.bytes.empty() ? static_cast<char>(c) : fold.bytes[0];
        (IsAsciiDigit(first) ? near : latin) = true;
        return true;
      }
      if (fold.kind == CharKind::kHan) near = true;
      if (fold.kind == CharKind::kOther) other = true;
      return fold.kind == CharKind::kOther || fold.kind == CharKind::kLookalike ||
             fold.kind == CharKind::kDropped;
    };
    const std::string_view zone(start_, static_cast<size_t>(end_ - start_));
    size_t at = static_cast<size_t>(p_ - start_);
    for (int i = 0; i < kWordCharsMax && at > 0; ++i) {
      at = StepBack(zone, at, 1);
      size_t next = at;
      if (!look(NextCodePoint(zone, &next))) break;
    }
    at = static_cast<size_t>(p_ - start_) + size;
    for (int i = 0; i < kWordCharsMax && at < zone.size(); ++i) {
      size_t next = at;
      if (!look(NextCodePoint(zone, &next))) break;
      at = next;
    }
    word_end_ = start_ + at;
    word_latin_ = latin || (!other && near);
    return word_latin_;
  }

  const std::array<AsciiRow, 128>& ascii_;
  const std::string_view text_;
  const FoldWants wants_;
  FoldedText& out_;
  const char* const start_;
  const char* const end_;
  const char* p_;
  char* o_ = nullptr;
  uint32_t gap_begin_ = 0;
  int gap_chars_ = 0;
  bool gap_odd_ = false;
  Side left_ = Side::kNone;
  uint32_t digits_from_ = 0;
  uint32_t repeat_until_ = 0;
  const char* word_end_ = nullptr;
  bool word_latin_ = false;
};

}  // namespace

Span OffsetMap::ByteSource(uint32_t out) const {
  auto after = std::upper_bound(runs_.begin(), runs_.end(), out,
                                [](uint32_t at, const Run& run) { return at < run.out; });
  CHECK(after != runs_.begin());
  const Run& run = *--after;
  if (run.size != 0) return {run.in, run.in + run.size};
  const uint32_t in = run.in + (out - run.out);
  return {in, in + 1};
}

Span OffsetMap::Source(Span out) const {
  CHECK(!out.empty());
  const Span first = ByteSource(out.begin), last = ByteSource(out.end - 1);
  return {std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

void FoldedText::Clear() {
  if (bytes.size() < 2) bytes.resize(kSlack);
  bytes[0] = bytes[1] = '\n';  // two, because folding looks two bytes back
  size = 2;
  map.Clear();
  map.Copied(0, 0);
  gaps.clear();
  letters.clear();
  splits.clear();
  numbers.clear();
  digits.clear();
  reversed.clear();
}

void FoldZone(std::string_view text, Span zone, FoldWants wants, FoldedText& out) {
  CHECK(zone.begin <= zone.end && zone.end <= text.size() && out.size >= 2);
  ZoneFolder(text, zone, wants, out).Run();
}

std::string FoldPhrase(std::string_view text) {
  FoldedText folded;
  folded.Clear();
  FoldZone(text, {0, static_cast<uint32_t>(text.size())}, {}, folded);
  std::string out(folded.view().substr(2));
  out.pop_back();  // the line end of the zone
  for (char& c : out) c = c == '\n' ? ' ' : c;
  return std::string(Trim(out));
}

}  // namespace xuncha
