// The folding loop. Nearly every byte of a Chinese page is a simplified Han
// character, and those are copied eight at a time, with one table byte each and no
// change of offset. Everything else goes through FoldOf.
//
// On x86 compiled for SSSE3, which Hyperscan asks of the machine anyway; elsewhere
// the same eight characters are looked up one by one.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/normalise.h"

#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/text.h"
#include "matcher/fold_table.h"

namespace xuncha {
namespace {

enum class Side : uint8_t { kNone, kHan, kAlnum };

constexpr char kReplacementRoom[16] = "\xef\xbf\xbd";  // may be read as widely as the table
constexpr std::string_view kReplacement(kReplacementRoom, 3);
constexpr char32_t kLeftOverride = 0x202d, kRightOverride = 0x202e, kRightIsolate = 0x2067;
constexpr char32_t kHanZero = 0x3007;  // the one numeral without kHanNumeral
constexpr int kWordCharsMax = 32;      // how far a word is looked at for its script
constexpr uint32_t kLongDigits = 6;    // every number that a check knows has six digits in a row
constexpr int kBlockChars = 8, kBlockRead = 28;
constexpr uint64_t kEachByte = 0x0101010101010101;
constexpr size_t kSlack = 64;  // room behind the output for one fold and a wide store

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
        readable_end_(text.data() + text.size()),
        p_(start_) {
    Reserve(zone.size());
    out_.map.Copied(out_.size, zone.begin);
  }

  void Run() {
    while (p_ != end_) {
      const unsigned char c = static_cast<unsigned char>(*p_);
      if (c < 0x80) {
        Ascii(c);
      } else if (c < 0xe4 || c > 0xe9 || !Han()) {
        Other();
      } else if (p_ != end_ && static_cast<unsigned char>(*p_) >= 0x80) {
        Other();  // what ended the stretch is no such character
      }
    }
    out_.map.Copied(At(), In(p_));
    *o_++ = '\n';
    out_.size = At();
  }

 private:
  uint32_t At() const { return static_cast<uint32_t>(o_ - out_.bytes.data()); }
  uint32_t In(const char* p) const { return static_cast<uint32_t>(p - text_.data()); }

  // The code point of the well-formed three-byte character at `p`, 0 if it is none.
  static char32_t ThreeBytes(const char* p) {
    const uint32_t a = static_cast<unsigned char>(p[0]), b = static_cast<unsigned char>(p[1]),
                   c = static_cast<unsigned char>(p[2]);
    if (((a ^ 0xe0) & 0xf0) != 0 || (((b ^ 0x80) | (c ^ 0x80)) & 0xc0) != 0) return 0;
    return (a & 15) << 12 | (b & 63) << 6 | (c & 63);
  }

  // The flags of eight three-byte characters from `p` on, a byte for each; 0 for
  // those that are none. Reads kBlockRead bytes.
  static uint64_t FlagsOfBlock(const char* p) { return FlagsOfFour(p) | FlagsOfFour(p + 12) << 32; }
#ifdef __SSSE3__
  static uint64_t FlagsOfFour(const char* p) {
    // Each character into a lane of its own, first byte highest.
    const __m128i lanes =
        _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)),
                         _mm_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1));
    const __m128i formed =
        _mm_cmpeq_epi32(_mm_and_si128(lanes, _mm_set1_epi32(0xf0c0c0)), _mm_set1_epi32(0xe08080));
    const __m128i bits = _mm_and_si128(lanes, _mm_set1_epi32(0x0f3f3f));
    const __m128i pairs = _mm_maddubs_epi16(bits, _mm_set1_epi32(0x00014001));  // by 1, 64, 1
    const __m128i whole = _mm_madd_epi16(pairs, _mm_set1_epi32(0x10000001));    // by 1, 4096
    const __m128i code_points = _mm_and_si128(whole, formed);
    const uint64_t low = static_cast<uint64_t>(_mm_cvtsi128_si64(code_points)),
                   high = static_cast<uint64_t>(
                       _mm_cvtsi128_si64(_mm_unpackhi_epi64(code_points, code_points)));
    const uint64_t first = kBmpFlags[low & 0xffff], second = kBmpFlags[low >> 32],
                   third = kBmpFlags[high & 0xffff], fourth = kBmpFlags[high >> 32];
    return first | second << 8 | third << 16 | fourth << 24;
  }
#else
  static uint64_t FlagsOfFour(const char* p) {
    uint64_t flags = 0;
    for (int i = 0; i < 4; ++i)
      flags |= static_cast<uint64_t>(kBmpFlags[ThreeBytes(p + 3 * i)]) << (8 * i);
    return flags;
  }
#endif

  // Makes room for `more` bytes and the slack; the output may move.
  void Reserve(size_t more) {
    const size_t at = o_ == nullptr ? out_.size : At();
    const size_t need = at + more + kSlack;
    if (out_.bytes.size() < need) out_.bytes.resize(need + need / 2);
    o_ = out_.bytes.data() + at;
  }

  // A stretch of Han characters that stay, with the single marks between them.
  // False if there is none here.
  bool Han() {
    const char* p = p_;
    char* o = o_;
    uint64_t before = 0;  // flags of the character before, in this stretch
    for (;;) {
      if (readable_end_ - p < kBlockRead) return HanAtEnd(p, o, before);
      const uint64_t flags = FlagsOfBlock(p);
      const size_t same = SameIn(flags, p);
      if (p == p_) {
        if (same == 0) return false;
        BeginHan(flags);
      }
      std::memcpy(o, p, kBlockChars * 3);  // what is too much is written again or cut off
      MarkPairs(flags, before, same, o);
      o += 3 * same;
      p += 3 * same;
      if (same != 0) before = flags >> (8 * (same - 1)) & 0xff;
      if (same == kBlockChars) continue;
      const size_t size = MarkBetween(p, before, o);
      if (size == 0) break;
      o += size;
      p += 3;
      before = 0;
    }
    o_ = o;
    p_ = p;
    return true;
  }

  // The mark at `p`, if it stands between two Han characters that stay and do not
  // belong together, the one before having the flags `before`: writes it, a gap, to
  // `o`. Answers its size there, 0 if it is something else. REQUIRES: six bytes.
  size_t MarkBetween(const char* p, uint64_t before, char* o) {
    const char32_t c = ThreeBytes(p);
    const uint8_t mark = kBmpFlags[c], next = kBmpFlags[ThreeBytes(p + 3)];
    if ((mark & (kMarkSame | kMarkAscii)) == 0 || (next & kHanSame) == 0 || end_ - p < 6 ||
        (before << 1 & next & kPairLater) != 0) {
      return 0;
    }
    const uint32_t at = static_cast<uint32_t>(o - out_.bytes.data());
    if ((mark & kMarkSame) != 0) {
      std::memcpy(o, p, 3);
      out_.gaps.push_back({at, at + 3, false});
      return 3;
    }
    *o = FoldOf(c).bytes[0];
    out_.gaps.push_back({at, at + 1, false});
    out_.map.Replaced(at, 1, In(p), 3);
    return 1;
  }

  // The rest of a stretch where the text has no whole block left to read.
  bool HanAtEnd(const char* p, char* o, uint64_t before) {
    char block[kBlockRead] = {};
    for (size_t same = kBlockChars; same == kBlockChars;) {
      std::memset(block, 0, sizeof block);
      std::memcpy(block, p, std::min<size_t>(sizeof block, static_cast<size_t>(end_ - p)));
      const uint64_t flags = FlagsOfBlock(block);
      same = SameIn(flags, p);
      if (p == p_) {
        if (same == 0) return false;
        BeginHan(flags);
      }
      std::memcpy(o, block, kBlockChars * 3);
      MarkPairs(flags, before, same, o);
      o += 3 * same;
      p += 3 * same;
      before = flags >> (8 * (kBlockChars - 1));
    }
    o_ = o;
    p_ = p;
    return true;
  }

  // How many of a block's characters, from its first on, stay what they are.
  size_t SameIn(uint64_t flags, const char* p) const {
    const uint64_t others = ~flags & kEachByte;
    const size_t same =
        others == 0 ? size_t{kBlockChars} : static_cast<size_t>(std::countr_zero(others)) / 8;
    return std::min(same, static_cast<size_t>(end_ - p) / 3);
  }

  // A stretch begins with the first character of the block.
  void BeginHan(uint64_t flags) {
    if ((flags & kHanNumeral) != 0 && wants_.numbers) NumberMeets();
    Close(Side::kHan);
  }

  // Marks the first `same` characters of a block at `o` that stand behind one with
  // which they may be halves of a character, or are digits both.
  void MarkPairs(uint64_t flags, uint64_t before, size_t same, const char* o) {
    // Of each byte the flags as the later of two, where those of the one before fit.
    uint64_t pairs = (flags << 8 | before) << 1 & flags & (kEachByte * kPairLater);
    if (pairs == 0) return;
    for (size_t i = 0; i < same; ++i, pairs >>= 8) {
      if ((pairs & kPairLater) == 0) continue;
      const char* const here = o + 3 * i;
      const uint32_t at = static_cast<uint32_t>(here - 3 - out_.bytes.data());
      if (wants_.splits && (pairs & kSplitSecond) != 0 &&
          MayBeSplit(ThreeBytes(here - 3), ThreeBytes(here))) {
        out_.splits.push_back(at);
      }
      if (wants_.numbers && (pairs & kHanNumeral) != 0) out_.numbers.push_back(at);
    }
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
    const char32_t c = ThreeBytes(p);
    return (kBmpFlags[c] & kHanNumeral) != 0 || c == kHanZero;
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
    const char32_t before = ThreeBytes(gap - 3), here = ThreeBytes(p_);
    if ((kBmpFlags[before] & kSplitFirst) != 0 && (kBmpFlags[here] & kSplitSecond) != 0 &&
        MayBeSplit(before, here)) {
      out_.splits.push_back(gap_begin_ - 3);
    }
  }

  // The character at p_; answers its size.
  uint32_t Decode(char32_t* c) const {
    // Punctuation and full-width forms; the rest needs no haste. (Surrogates and
    // overlong forms lead with ed and e0.)
    if (end_ - p_ >= 3 && *p_ != '\xe0' && *p_ != '\xed') {
      *c = ThreeBytes(p_);
      if (*c != 0) return 3;
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
  const char* const readable_end_;
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
  if (out - run.out < run.out_size) return {run.in, run.in + run.size};
  const uint32_t in = run.in + run.size + (out - run.out - run.out_size);
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
