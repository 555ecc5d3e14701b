// gen_tables writes the fold table (matcher/fold_table.h) as C++ arrays. It runs
// while building:
//
//   gen_tables folds.txt split.txt loc.dat fold_tables.inc
//
// A code point's fold is NFKC_Casefold, then marks off Latin, Greek and Cyrillic
// letters, then traditional to simplified, then Latin look-alikes; folds.txt
// overrides what those standards leave or do otherwise. Equal blocks of 128
// entries are stored once.
//
// SPDX-License-Identifier: Apache-2.0
#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "matcher/fold_table.h"

namespace {

using icu::UnicodeString;
using xuncha::CharKind;
using xuncha::kHanFirst;
using xuncha::kHanLast;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "gen_tables: %s\n", what.c_str());
  std::exit(1);
}

void Must(UErrorCode status, const char* what) {
  if (U_FAILURE(status)) Fail(std::string(what) + ": " + u_errorName(status));
}

std::string Utf8(const UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

UScriptCode ScriptOf(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  return uscript_getScript(c, &status);
}

bool HasMarks(UScriptCode script) {
  return script == USCRIPT_LATIN || script == USCRIPT_GREEK || script == USCRIPT_CYRILLIC;
}

bool IsAsciiLetter(UChar32 c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsAsciiAlnum(UChar32 c) { return IsAsciiLetter(c) || (c >= '0' && c <= '9'); }

bool IsDroppedMark(UChar32 c) {
  if (c == 0x3099 || c == 0x309a) return false;  // kana voicing marks make other letters
  const int type = u_charType(c);
  if (type != U_NON_SPACING_MARK && type != U_ENCLOSING_MARK) return false;
  const UScriptCode script = ScriptOf(c);
  return script == USCRIPT_INHERITED || script == USCRIPT_COMMON || HasMarks(script);
}

bool IsNewline(UChar32 c) {
  return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool IsInvisible(UChar32 c) {
  const int type = u_charType(c);
  return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || type == U_FORMAT_CHAR ||
         (type == U_CONTROL_CHAR && !u_isUWhiteSpace(c));
}

// Ordinary punctuation, which stands between the words of any sentence, title or
// menu; every other sign between two Han characters is out of place.
bool IsSentenceMark(UChar32 c) {
  static const std::set<UChar32> kMarks = [] {
    const UnicodeString marks = UnicodeString::fromUTF8(
        ",;:!?\"'()[]<>|/\\-_·•・。、「」『』【】《》〈〉〔〕〖〗“”‘’«»…—–―─│%");
    std::set<UChar32> out;
    for (int32_t i = 0; i < marks.length(); i = marks.moveIndex32(i, 1))
      out.insert(marks.char32At(i));
    return out;
  }();
  return kMarks.count(c) != 0;
}

CharKind KindOfFolded(UChar32 c) {
  if (IsAsciiAlnum(c)) return CharKind::kAlnum;
  if (IsNewline(c)) return CharKind::kNewline;
  if (u_isUWhiteSpace(c) || c == 0x2800) return CharKind::kSpace;
  if (ScriptOf(c) == USCRIPT_HAN) return CharKind::kHan;
  if (IsSentenceMark(c)) return CharKind::kMark;
  switch (u_charType(c)) {
    case U_DASH_PUNCTUATION:
    case U_START_PUNCTUATION:
    case U_END_PUNCTUATION:
    case U_CONNECTOR_PUNCTUATION:
    case U_OTHER_PUNCTUATION:
    case U_INITIAL_PUNCTUATION:
    case U_FINAL_PUNCTUATION:
    case U_MATH_SYMBOL:
    case U_CURRENCY_SYMBOL:
    case U_MODIFIER_SYMBOL:
    case U_OTHER_SYMBOL:
    case U_PRIVATE_USE_CHAR:
      return CharKind::kSign;
    default:
      return CharKind::kOther;
  }
}

struct Entry {
  UnicodeString text;
  CharKind kind = CharKind::kOther;
  char latin = 0;
  bool same = false;
};

class Folder {
 public:
  explicit Folder(std::map<UChar32, UnicodeString> overrides) : overrides_(std::move(overrides)) {
    UErrorCode status = U_ZERO_ERROR;
    nfkc_cf_ = icu::Normalizer2::getNFKCCasefoldInstance(status);
    nfd_ = icu::Normalizer2::getNFDInstance(status);
    Must(status, "normaliser");
    simplify_.reset(
        icu::Transliterator::createInstance("Traditional-Simplified", UTRANS_FORWARD, status));
    Must(status, "Traditional-Simplified");
    spoof_ = uspoof_open(&status);
    Must(status, "uspoof");
  }
  ~Folder() { uspoof_close(spoof_); }

  Entry Of(UChar32 c) const {
    Entry entry;
    const UnicodeString self(c);
    if (const auto own = overrides_.find(c); own != overrides_.end()) {
      entry.text = own->second;
      entry.same = entry.text == self;
      entry.kind = entry.text.isEmpty() ? CharKind::kDropped : KindOf(entry.text);
      return entry;
    }
    if (IsNewline(c)) return {UnicodeString("\n"), CharKind::kNewline, 0, c == '\n'};
    if (u_isUWhiteSpace(c) || c == 0x2800)
      return {UnicodeString(" "), CharKind::kSpace, 0, c == ' '};
    if (IsInvisible(c) || IsDroppedMark(c)) return {{}, CharKind::kDropped, 0, false};
    UnicodeString folded = Simplified(WithoutMarks(CaseFolded(c)));
    if (c >= 0x80 && folded == self && u_hasBinaryProperty(c, UCHAR_EMOJI)) {
      return {{}, CharKind::kDropped, 0, false};
    }
    if (folded.isEmpty()) return {{}, CharKind::kDropped, 0, false};
    // Forms such as (1), 1. and (A) are read as what they enclose.
    if (folded.length() >= 3 && folded[0] == '(' && folded[folded.length() - 1] == ')') {
      folded = folded.tempSubStringBetween(1, folded.length() - 1);
    } else if (folded.length() >= 2 && u_isdigit(folded[0]) &&
               (folded.endsWith(".") || folded.endsWith(","))) {
      folded.truncate(folded.length() - 1);
    }
    entry.kind = KindOf(folded);
    if (c >= 0x80 && entry.kind == CharKind::kOther && u_isalpha(c)) {
      if (const char latin = LooksLike(c); latin != 0) {
        if (ScriptOf(c) == USCRIPT_LATIN) {
          folded = UnicodeString(static_cast<UChar32>(latin));
          entry.kind = CharKind::kAlnum;
        } else {
          entry.kind = CharKind::kLookalike;
          entry.latin = latin;
        }
      }
    }
    entry.text = folded;
    entry.same = folded == self;
    return entry;
  }

  // Of, applied until nothing changes: folded text folds to itself.
  Entry Stable(UChar32 c) const {
    Entry entry = Of(c);
    for (int round = 0; round < 4 && !entry.same; ++round) {
      UnicodeString again;
      CharKind kind = entry.kind;
      char latin = entry.latin;
      for (int32_t i = 0; i < entry.text.length(); i = entry.text.moveIndex32(i, 1)) {
        const Entry part = Of(entry.text.char32At(i));
        again.append(part.text);
        if (entry.text.countChar32() == 1) {
          kind = part.kind;
          if (part.latin != 0) latin = part.latin;
        }
      }
      if (again == entry.text) break;
      entry.text = again;
      entry.kind = again.isEmpty()            ? CharKind::kDropped
                   : again.countChar32() == 1 ? kind
                                              : KindOf(again);
      entry.latin = latin;
    }
    return entry;
  }

 private:
  UnicodeString CaseFolded(UChar32 c) const {
    UErrorCode status = U_ZERO_ERROR;
    UnicodeString out = nfkc_cf_->normalize(UnicodeString(c), status);
    Must(status, "NFKC_Casefold");
    return out;
  }

  UnicodeString WithoutMarks(const UnicodeString& text) const {
    UnicodeString out;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
      const UChar32 c = text.char32At(i);
      if (IsDroppedMark(c)) continue;
      UnicodeString parts;
      if (!HasMarks(ScriptOf(c)) || !nfd_->getDecomposition(c, parts)) {
        out.append(c);
        continue;
      }
      for (int32_t k = 0; k < parts.length(); k = parts.moveIndex32(k, 1)) {
        if (!IsDroppedMark(parts.char32At(k))) out.append(parts.char32At(k));
      }
    }
    return out;
  }

  UnicodeString Simplified(UnicodeString text) const {
    simplify_->transliterate(text);
    return text;
  }

  // The ASCII letter, in lower case, that readers take `c` for; 0 if none.
  char LooksLike(UChar32 c) const {
    char letter = Skeleton(c);
    // Small Cyrillic letters shaped like small capitals: в к м н т.
    if (letter == 0 && ScriptOf(c) == USCRIPT_CYRILLIC) letter = Skeleton(u_toupper(c));
    if (letter == 0) return 0;
    // UTS #39 takes a capital I for l, because of its fonts; our I folds to i.
    if (letter == 'l' && u_isupper(c)) return 'i';
    return static_cast<char>(u_tolower(letter));
  }

  char Skeleton(UChar32 c) const {
    UErrorCode status = U_ZERO_ERROR;
    UnicodeString out;
    uspoof_getSkeletonUnicodeString(spoof_, 0, UnicodeString(c), out, &status);
    Must(status, "skeleton");
    UChar32 found = 0;
    for (int32_t i = 0; i < out.length(); i = out.moveIndex32(i, 1)) {
      if (IsDroppedMark(out.char32At(i))) continue;
      if (found != 0) return 0;
      found = out.char32At(i);
    }
    return IsAsciiLetter(found) ? static_cast<char>(found) : 0;
  }

  static CharKind KindOf(const UnicodeString& text) {
    CharKind kind = KindOfFolded(text.char32At(0));
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
      const CharKind next = KindOfFolded(text.char32At(i));
      if (next == kind) continue;
      if (next == CharKind::kHan || kind == CharKind::kHan) return CharKind::kHan;  // 1月
      if (kind == CharKind::kSpace && next != CharKind::kOther) return CharKind::kSign;
      return CharKind::kOther;
    }
    return kind;
  }

  std::map<UChar32, UnicodeString> overrides_;
  const icu::Normalizer2* nfkc_cf_ = nullptr;
  const icu::Normalizer2* nfd_ = nullptr;
  std::unique_ptr<icu::Transliterator> simplify_;
  USpoofChecker* spoof_ = nullptr;
};

std::vector<std::vector<std::string>> ReadRows(const std::string& path) {
  std::ifstream in(path);
  if (!in) Fail("cannot read " + path);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::vector<std::string> row;
    for (std::string word; words >> word;) row.push_back(word);
    if (!row.empty()) rows.push_back(row);
  }
  return rows;
}

std::vector<UChar32> CodePoints(const std::string& utf8) {
  const UnicodeString text = UnicodeString::fromUTF8(utf8);
  std::vector<UChar32> out;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1))
    out.push_back(text.char32At(i));
  return out;
}

// "X Y": X folds to Y. "X..Z Y": X folds to Y, the next to the one after Y.
// "X" alone: dropped. "X =": stays itself. "U+XXXX" stands for a code point.
std::map<UChar32, UnicodeString> ReadOverrides(const std::string& path) {
  const auto code = [](const std::string& word) {
    if (word.rfind("U+", 0) == 0)
      return static_cast<UChar32>(std::stoul(word.substr(2), nullptr, 16));
    const std::vector<UChar32> points = CodePoints(word);
    if (points.size() != 1) Fail("not one character: " + word);
    return points[0];
  };
  std::map<UChar32, UnicodeString> out;
  for (const auto& row : ReadRows(path)) {
    const size_t dots = row[0].find("..");
    const UChar32 first = code(row[0].substr(0, dots));
    const UChar32 last = dots == std::string::npos ? first : code(row[0].substr(dots + 2));
    for (UChar32 c = first; c <= last; ++c) {
      if (row.size() < 2) {
        out[c] = UnicodeString();
      } else if (row[1] == "=") {
        out[c] = UnicodeString(c);
      } else if (row[1] == "number") {  // counts from the third word
        out[c] = UnicodeString::fromUTF8(std::to_string(std::stoi(row[2]) + (c - first)));
      } else if (last != first) {
        out[c] = UnicodeString(code(row[1]) + (c - first));
      } else {
        out[c] = UnicodeString::fromUTF8(row[1]);
      }
    }
  }
  return out;
}

template <typename Values>
void WriteArray(FILE* out, const char* declaration, const Values& values) {
  std::fprintf(out, "%s = {", declaration);
  size_t i = 0;
  for (const auto value : values) {
    std::fprintf(out, "%s%luu,", i++ % 24 == 0 ? "\n" : "", static_cast<unsigned long>(value));
  }
  std::fprintf(out, "\n};\n");
}

// Han numerals: value by position, "" separated styles.
constexpr const char* kNumerals[] = {"零〇", "一壹弌", "二贰弍两", "三叁弎", "四肆",
                                     "五伍", "六陆",   "七柒",     "八捌",   "九玖"};

void WriteSyllables(FILE* out) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::Transliterator> latin(
      icu::Transliterator::createInstance("Han-Latin", UTRANS_FORWARD, status));
  Must(status, "Han-Latin");
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(status);
  Must(status, "NFD");
  std::map<std::string, uint16_t> ids;
  std::vector<std::string> names{""};
  std::vector<uint16_t> syllables;
  for (UChar32 c = static_cast<UChar32>(kHanFirst); c <= static_cast<UChar32>(kHanLast); ++c) {
    UnicodeString text(c);
    latin->transliterate(text);
    const UnicodeString parts = nfd->normalize(text, status);
    std::string name;
    for (int32_t i = 0; i < parts.length(); ++i) {
      const UChar32 p = u_tolower(parts.char32At(i));
      if (p >= 'a' && p <= 'z') name += static_cast<char>(p);
      if (p == 0x308 && !name.empty()) name.back() = 'v';
    }
    if (name.empty() || name.size() > 6 || ScriptOf(text.char32At(0)) == USCRIPT_HAN) {
      syllables.push_back(0);
      continue;
    }
    const auto [at, added] = ids.try_emplace(name, static_cast<uint16_t>(names.size()));
    if (added) names.push_back(name);
    syllables.push_back(at->second);
  }
  WriteArray(out, "extern const uint16_t kSyllables[kHanLast - kHanFirst + 1]", syllables);
  std::fprintf(out, "namespace {\nconstexpr std::string_view kSyllableNames[] = {");
  for (const std::string& name : names) std::fprintf(out, "\"%s\",", name.c_str());
  std::fprintf(out, "};\n");
  std::vector<uint16_t> by_name;  // a map is sorted
  for (const auto& [name, id] : ids) by_name.push_back(id);
  WriteArray(out, "constexpr uint16_t kSyllablesByName[]", by_name);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) Fail("usage: gen_tables folds.txt split.txt loc.dat out.inc");
  FILE* out = std::fopen(argv[4], "w");
  if (out == nullptr) Fail(std::string("cannot write ") + argv[4]);
  const Folder folder(ReadOverrides(argv[1]));

  // Entries below 16 are kinds of characters that stay; others index kFolds.
  std::vector<uint16_t> entries(0x110000);
  std::map<std::tuple<std::string, CharKind, char>, uint16_t> known;
  std::string pool;
  std::vector<std::array<uint32_t, 4>> folds;  // offset, size, kind, latin
  for (UChar32 c = 0; c < 0x110000; ++c) {
    const Entry entry = folder.Stable(c);
    if (entry.kind == CharKind::kDropped || (entry.same && entry.kind != CharKind::kLookalike)) {
      entries[c] = static_cast<uint16_t>(entry.kind);
      continue;
    }
    const std::string bytes = Utf8(entry.text);
    const auto [at, added] = known.try_emplace({bytes, entry.kind, entry.latin},
                                               static_cast<uint16_t>(folds.size() + 16));
    if (added) {
      folds.push_back({static_cast<uint32_t>(pool.size()), static_cast<uint32_t>(bytes.size()),
                       static_cast<uint32_t>(entry.kind), static_cast<uint8_t>(entry.latin)});
      pool += bytes;
      if (folds.size() + 16 > 0xffff) Fail("too many folds for 16 bits");
    }
    entries[c] = at->second;
  }

  constexpr size_t kBlock = xuncha::fold_internal::kBlock;
  std::map<std::vector<uint16_t>, uint16_t> blocks;
  std::vector<uint16_t> stage1, stage2;
  for (size_t at = 0; at < entries.size(); at += kBlock) {
    const std::vector<uint16_t> block(entries.begin() + at, entries.begin() + at + kBlock);
    const auto [found, added] = blocks.try_emplace(block, static_cast<uint16_t>(blocks.size()));
    if (added) stage2.insert(stage2.end(), block.begin(), block.end());
    stage1.push_back(found->second);
  }
  pool.resize(pool.size() + 16);  // so that a short fold may be copied with one wide load
  std::fprintf(out, "// Generated by matcher/tables/gen_tables.cc.\n");
  std::fprintf(out, "}  // namespace\nnamespace fold_internal {\n");
  std::vector<unsigned> bytes;
  for (const char c : pool) bytes.push_back(static_cast<unsigned char>(c));
  WriteArray(out, "extern const unsigned char kPool[]", bytes);
  WriteArray(out, "extern const uint16_t kStage1[]", stage1);
  WriteArray(out, "extern const uint16_t kStage2[]", stage2);
  std::fprintf(out, "extern const FoldRow kFolds[] = {\n");
  for (const auto& f : folds) std::fprintf(out, "{%u,%u,%u,%u},", f[0], f[1], f[2], f[3]);
  std::fprintf(out, "\n};\n}  // namespace fold_internal\nnamespace {\n");

  std::vector<unsigned> flags(0x10000);
  const auto flag = [&flags](UChar32 c, unsigned bits) {
    if (c >= static_cast<UChar32>(kHanFirst) && c <= static_cast<UChar32>(kHanLast))
      flags[static_cast<size_t>(c)] |= bits;
  };
  for (UChar32 c = static_cast<UChar32>(kHanFirst); c <= static_cast<UChar32>(kHanLast); ++c) {
    if (entries[c] == static_cast<uint16_t>(CharKind::kHan)) flag(c, xuncha::kHanSame);
  }
  for (size_t c = 0x800; c < flags.size(); ++c) {
    const uint16_t entry = entries[c];
    if (entry == static_cast<uint16_t>(CharKind::kMark)) {
      flags[c] |= xuncha::kMarkSame;
    } else if (entry >= 16 && folds[entry - 16u][1] == 1 &&
               folds[entry - 16u][2] == static_cast<uint32_t>(CharKind::kMark)) {
      flags[c] |= xuncha::kMarkAscii;
    }
  }
  std::fprintf(out, "constexpr DigitRow kDigits[] = {");
  for (int value = 0; value < 10; ++value) {
    for (const UChar32 c : CodePoints(kNumerals[value])) {
      flag(c, xuncha::kNumeralBefore | xuncha::kHanNumeral);
      std::fprintf(out, "{%d,'%d'},", c, value);
    }
  }
  std::fprintf(out, "};\n");

  std::map<std::array<UChar32, 3>, UChar32> splits;
  std::vector<uint64_t> pairs(xuncha::kSplitPairBits / 64);
  for (const auto& row : ReadRows(argv[2])) {
    const std::vector<UChar32> whole = CodePoints(row[0]);
    for (size_t i = 1; i < row.size(); ++i) {
      const std::vector<UChar32> parts = CodePoints(row[i]);
      if (whole.size() != 1 || parts.size() < 2 || parts.size() > 3)
        Fail("bad split: " + row[0] + " " + row[i]);
      const std::array<UChar32, 3> key{parts[0], parts[1], parts.size() > 2 ? parts[2] : 0};
      for (const UChar32 c : {whole[0], parts[0], parts[1]}) {
        if (c < static_cast<UChar32>(kHanFirst) || c > static_cast<UChar32>(kHanLast) ||
            entries[c] != static_cast<uint16_t>(CharKind::kHan)) {
          Fail("split with a character that folds away: " + row[0] + " " + row[i]);
        }
      }
      if (const auto [at, added] = splits.try_emplace(key, whole[0]);
          !added && at->second != whole[0]) {
        Fail("two wholes for " + row[i]);
      }
      flag(parts[0], xuncha::kSplitFirst);
      flag(parts[1], xuncha::kSplitSecond);
      const uint32_t bit =
          xuncha::SplitPairBit(static_cast<char32_t>(parts[0]), static_cast<char32_t>(parts[1]));
      pairs[bit / 64] |= uint64_t{1} << (bit % 64);
    }
  }
  std::fprintf(out, "constexpr SplitRow kSplits[] = {\n");
  for (const auto& [parts, whole] : splits) {
    std::fprintf(out, "{{%d,%d,%d},%d},", parts[0], parts[1], parts[2], whole);
  }
  std::fprintf(out, "\n};\n}  // namespace\n");
  WriteArray(out, "extern const uint8_t kBmpFlags[0x10000]", flags);
  WriteArray(out, "extern const uint64_t kSplitPairs[kSplitPairBits / 64]", pairs);
  WriteSyllables(out);

  std::vector<uint32_t> regions;
  for (const auto& row : ReadRows(argv[3])) {
    if (row[0].size() == 6) regions.push_back(static_cast<uint32_t>(std::stoul(row[0])));
  }
  if (regions.size() < 3000) Fail("too few regions in loc.dat");
  std::sort(regions.begin(), regions.end());
  WriteArray(out, "constexpr uint32_t kRegions[]", regions);
  if (std::fclose(out) != 0) Fail("cannot finish the output");
  return 0;
}
