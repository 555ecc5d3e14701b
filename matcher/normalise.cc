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

constexpr char kReplacementRoom[16] = "\xef\xbf\xbd";  // may be read as widely as the table
constexpr std::string_view kReplacement(kReplacementRoom, 3);
constexpr char32_t kLeftOverride = 0x202d, kRightOverride = 0x202e, kRightIsolate = 0x2067;
constexpr char32_t kHanZero = 0x3007;  // the one numeral outside kHanFlags
constexpr int kWordCharsMax = 32;      // how far a word is looked at for its script
constexpr uint32_t kLongDigits = 6;    // every number that a check knows has six digits in a row
constexpr size_t kSlack = 64;          // room behind the output for one fold and a wide store

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
      } else if (!Han()) {
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

  // The place in kHanFlags of the well-formed character at `p`, -1 if it is not
  // one of them. Bytes that are no continuation bytes leave bits above the index.
  static int HanIndex(const char* p) {
    const uint32_t a = static_cast<unsigned char>(p[0]),
                   b = static_cast<unsigned char>(p[1]) ^ 0x80u,
                   c = static_cast<unsigned char>(p[2]) ^ 0x80u;
    const uint32_t index = ((a ^ 0xe0u) << 12 | b << 6 | c) - kHanFirst;
    return index <= kHanLast - kHanFirst && (b | c) < 0x40 ? static_cast<int>(index) : -1;
  }

  // Makes room for `more` bytes and the slack; the output may move.
  void Reserve(size_t more) {
    const size_t at = o_ == nullptr ? out_.size : At();
    const size_t need = at + more + kSlack;
    if (out_.bytes.size() < need) out_.bytes.resize(need + need / 2);
    o_ = out_.bytes.data() + at;
  }

  // A stretch of Han characters that stay. False if there is none here.
  bool Han() {
    const char* p = p_;
    char* o = o_;
    int index = end_ - p < 4 ? -1 : HanIndex(p);
    if (index < 0 || (kHanFlags[index] & kHanSame) == 0) return false;
    if (wants_.numbers && (kHanFlags[index] & kHanNumeral) != 0) NumberMeets();
    Close(Side::kHan);
    uint32_t before = 0;  // the character before, and whether it is a numeral
    uint8_t before_flags = 0;
    do {
      const uint8_t flags = kHanFlags[index];
      if ((flags & kHanSame) == 0) break;
      std::memcpy(o, p, 4);  // one wide store; the fourth byte is written again or cut off
      const uint32_t here = kHanFirst + static_cast<uint32_t>(index);
      if (MayBeSplit(before, here) | ((before_flags & flags & kHanNumeral) != 0)) {
        MarkPair(before, here, o - 3);
      }
      before = here;
      before_flags = flags;
      o += 3;
      p += 3;
    } while (end_ - p >= 4 && (index = HanIndex(p)) >= 0);
    o_ = o;
    p_ = p;
    return true;
  }

  // Two Han characters stand side by side, the first at `first` in the output,
  // that may be halves of one or are digits both.
  void MarkPair(uint32_t before, uint32_t here, const char* first) {
    if (before == 0) return;  // the stretch begins here
    const uint32_t at = static_cast<uint32_t>(first - out_.bytes.data());
    if (wants_.splits && MayBeSplit(before, here)) out_.splits.push_back(at);
    if (wants_.numbers && DigitOf(before) != 0 && DigitOf(here) != 0) out_.numbers.push_back(at);
  }

  // A digit is about to be written: notes the place if another stands before it,
  // across a gap or in the other style. (Two alike are the stretch's own.)
  void NumberMeets() {
    if (gap_chars_ > kGapCharsMax) return;
    const uint32_t end = gap_chars_ != 0 ? gap_begin_ : At();
    const char* const last = out_.bytes.data() + end - 1;
    if (IsAsciiDigit(*last)) {
      out_.numbers.push_back(end - 1);
    } else if (left_ == Side::kHan && HanNumeralAt(last - 2)) {
      out_.numbers.push_back(end - 3);
    }
  }
  static bool HanNumeralAt(const char* p) {
    const int index = HanIndex(p);
    return (index >= 0 && (kHanFlags[index] & kHanNumeral) != 0) || std::string_view(p, 3) == "〇";
  }

  void Ascii(unsigned char c) {
    const AsciiRow row = ascii_[c];
    switch (row.kind) {
      case CharKind::kAlnum:
        if (wants_.numbers && IsAsciiDigit(row.folded) && !IsAsciiDigit(o_[-1])) NumberMeets();
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
      return;
    }
    out_.gaps.push_back({gap_begin_, At(), gap_odd_});
    if (!wants_.splits || left_ != Side::kHan || side != Side::kHan || end_ - p_ < 3) return;
    const int before = HanIndex(gap - 3), here = HanIndex(p_);
    if (before >= 0 && here >= 0 &&
        MayBeSplit(kHanFirst + static_cast<uint32_t>(before),
                   kHanFirst + static_cast<uint32_t>(here))) {
      out_.splits.push_back(gap_begin_ - 3);
    }
  }

  // The character at p_; answers its size.
  uint32_t Decode(char32_t* c) const {
    const auto byte = [this](int i) {
      return static_cast<uint32_t>(static_cast<unsigned char>(p_[i]));
    };
    // Punctuation and full-width forms; the rest needs no haste.
    if (end_ - p_ >= 3 && byte(0) > 0xe0 && byte(0) < 0xed &&
        ((byte(1) ^ 0x80) | (byte(2) ^ 0x80)) < 0x40) {
      *c = (byte(0) & 15) << 12 | (byte(1) & 63) << 6 | (byte(2) & 63);
      return 3;
    }
    if (end_ - p_ >= 3 && byte(0) == 0xef && ((byte(1) ^ 0x80) | (byte(2) ^ 0x80)) < 0x40) {
      *c = 0xf000 | (byte(1) & 63) << 6 | (byte(2) & 63);
      return 3;
    }
    size_t at = In(p_);
    *c = NextCodePoint(text_.substr(0, In(end_)), &at);
    return static_cast<uint32_t>(at) - In(p_);
  }

  void Other() {
    char32_t c = 0;
    const uint32_t size = Decode(&c);
    if (c == 0xfffd) {
      Separate(CharKind::kSign);
      return Write(kReplacement, size);
    }
    const Fold fold = FoldOf(c);
    if (fold.kind == CharKind::kLookalike && IsLatinWord(size)) {
      Close(Side::kAlnum);
      return WriteAlnum({&fold.latin, 1}, size);
    }
    const std::string_view bytes = fold.bytes.empty() ? std::string_view(p_, size) : fold.bytes;
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
        if (c == kHanZero && wants_.numbers) NumberMeets();
        Close(Side::kHan);
        return Write(bytes, size);
      case CharKind::kAlnum:
        if (wants_.numbers && IsAsciiDigit(bytes[0])) NumberMeets();
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
    if (bytes.size() <= 8 && bytes.data() != p_) {
      std::memcpy(o_, bytes.data(), 8);  // from the table, which has room behind
    } else {
      std::memcpy(o_, bytes.data(), bytes.size());
    }
    o_ += bytes.size();
    p_ += size;
  }
  void WriteAlnum(std::string_view bytes, uint32_t size) {
    Begin(bytes, size);
    for (const char c : bytes) Alnum(c);
    p_ += size;
  }
  void Begin(std::string_view bytes, uint32_t size) {
    if (bytes.size() > size) Reserve(static_cast<size_t>(end_ - p_) + bytes.size());
    if (bytes.size() != size)
      out_.map.Replaced(At(), static_cast<uint32_t>(bytes.size()), In(p_), size);
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

Span OffsetMap::SourceIn(const Run& run, uint32_t out) {
  if (run.size != 0) return {run.in, run.in + run.size};
  const uint32_t in = run.in + (out - run.out);
  return {in, in + 1};
}

Span OffsetMap::ByteSource(uint32_t out) const {
  auto after = std::upper_bound(runs_.begin(), runs_.end(), out,
                                [](uint32_t at, const Run& run) { return at < run.out; });
  CHECK(after != runs_.begin());
  return SourceIn(*--after, out);
}

Span OffsetMap::Walk::ByteSource(uint32_t out) {
  constexpr int kStepsMax = 16;  // then halving is faster
  const std::vector<Run>& runs = map_.runs_;
  int steps = 0;
  while (at_ + 1 < runs.size() && runs[at_ + 1].out <= out && steps < kStepsMax) ++at_, ++steps;
  while (at_ > 0 && at_ < runs.size() && runs[at_].out > out && steps < kStepsMax) --at_, ++steps;
  if (steps == kStepsMax || at_ >= runs.size()) {
    const auto after = std::upper_bound(runs.begin(), runs.end(), out,
                                        [](uint32_t at, const Run& run) { return at < run.out; });
    CHECK(after != runs.begin());
    at_ = static_cast<size_t>(after - runs.begin()) - 1;
  }
  CHECK(runs[at_].out <= out);
  return SourceIn(runs[at_], out);
}

Span OffsetMap::Walk::Source(Span out) {
  CHECK(!out.empty());
  const Span last = ByteSource(out.end - 1), first = ByteSource(out.begin);
  return {std::min(first.begin, last.begin), std::max(first.end, last.end)};
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
