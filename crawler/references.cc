// SPDX-License-Identifier: Apache-2.0
#include "crawler/references.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace xuncha {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// What numeric references to C1 controls mean (HTML standard, numeric character
// reference end state).
constexpr char32_t kC1[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                              0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                              0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                              0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

struct Named {
  std::string_view name;  // without '&' and ';'
  char32_t code;
  bool bare;  // also known without ';'
};
// Sorted by name. From the list of the HTML standard, what pages in Chinese and
// English use and what serves to hide words.
constexpr Named kNamed[] = {{"AMP", '&', true},
                            {"ApplyFunction", 0x2061, false},
                            {"COPY", 0xA9, true},
                            {"GT", '>', true},
                            {"InvisibleComma", 0x2063, false},
                            {"InvisibleTimes", 0x2062, false},
                            {"LT", '<', true},
                            {"NegativeMediumSpace", 0x200B, false},
                            {"NegativeThickSpace", 0x200B, false},
                            {"NegativeThinSpace", 0x200B, false},
                            {"NewLine", '\n', false},
                            {"NoBreak", 0x2060, false},
                            {"NonBreakingSpace", 0xA0, false},
                            {"QUOT", '"', true},
                            {"REG", 0xAE, true},
                            {"Tab", '\t', false},
                            {"ZeroWidthSpace", 0x200B, false},
                            {"acute", 0xB4, true},
                            {"amp", '&', true},
                            {"apos", '\'', false},
                            {"ast", '*', false},
                            {"bigstar", 0x2605, false},
                            {"blacktriangle", 0x25B4, false},
                            {"brvbar", 0xA6, true},
                            {"bull", 0x2022, false},
                            {"cent", 0xA2, true},
                            {"check", 0x2713, false},
                            {"circ", 0x2C6, false},
                            {"clubs", 0x2663, false},
                            {"colon", ':', false},
                            {"comma", ',', false},
                            {"commat", '@', false},
                            {"copy", 0xA9, true},
                            {"curren", 0xA4, true},
                            {"darr", 0x2193, false},
                            {"deg", 0xB0, true},
                            {"diams", 0x2666, false},
                            {"divide", 0xF7, true},
                            {"dollar", '$', false},
                            {"emsp", 0x2003, false},
                            {"ensp", 0x2002, false},
                            {"equals", '=', false},
                            {"euro", 0x20AC, false},
                            {"excl", '!', false},
                            {"frac12", 0xBD, true},
                            {"frac14", 0xBC, true},
                            {"frac34", 0xBE, true},
                            {"ge", 0x2265, false},
                            {"gt", '>', true},
                            {"hairsp", 0x200A, false},
                            {"harr", 0x2194, false},
                            {"hearts", 0x2665, false},
                            {"hellip", 0x2026, false},
                            {"iexcl", 0xA1, true},
                            {"infin", 0x221E, false},
                            {"iquest", 0xBF, true},
                            {"laquo", 0xAB, true},
                            {"larr", 0x2190, false},
                            {"lbrace", '{', false},
                            {"lbrack", '[', false},
                            {"ldquo", 0x201C, false},
                            {"le", 0x2264, false},
                            {"lowbar", '_', false},
                            {"lpar", '(', false},
                            {"lrm", 0x200E, false},
                            {"lsaquo", 0x2039, false},
                            {"lsqb", '[', false},
                            {"lsquo", 0x2018, false},
                            {"lt", '<', true},
                            {"macr", 0xAF, true},
                            {"mdash", 0x2014, false},
                            {"micro", 0xB5, true},
                            {"middot", 0xB7, true},
                            {"minus", 0x2212, false},
                            {"nbsp", 0xA0, true},
                            {"ndash", 0x2013, false},
                            {"ne", 0x2260, false},
                            {"not", 0xAC, true},
                            {"num", '#', false},
                            {"numsp", 0x2007, false},
                            {"ordf", 0xAA, true},
                            {"ordm", 0xBA, true},
                            {"para", 0xB6, true},
                            {"percnt", '%', false},
                            {"period", '.', false},
                            {"permil", 0x2030, false},
                            {"phone", 0x260E, false},
                            {"plus", '+', false},
                            {"plusmn", 0xB1, true},
                            {"pound", 0xA3, true},
                            {"puncsp", 0x2008, false},
                            {"quest", '?', false},
                            {"quot", '"', true},
                            {"raquo", 0xBB, true},
                            {"rarr", 0x2192, false},
                            {"rdquo", 0x201D, false},
                            {"reg", 0xAE, true},
                            {"rlm", 0x200F, false},
                            {"rpar", ')', false},
                            {"rsaquo", 0x203A, false},
                            {"rsqb", ']', false},
                            {"rsquo", 0x2019, false},
                            {"sbquo", 0x201A, false},
                            {"sect", 0xA7, true},
                            {"semi", ';', false},
                            {"shy", 0xAD, true},
                            {"sol", '/', false},
                            {"spades", 0x2660, false},
                            {"star", 0x2606, false},
                            {"starf", 0x2605, false},
                            {"sup1", 0xB9, true},
                            {"sup2", 0xB2, true},
                            {"sup3", 0xB3, true},
                            {"thinsp", 0x2009, false},
                            {"thinspace", 0x2009, false},
                            {"times", 0xD7, true},
                            {"trade", 0x2122, false},
                            {"uarr", 0x2191, false},
                            {"uml", 0xA8, true},
                            {"verbar", '|', false},
                            {"vert", '|', false},
                            {"yen", 0xA5, true},
                            {"zwj", 0x200D, false},
                            {"zwnj", 0x200C, false}};
static_assert(std::is_sorted(std::begin(kNamed), std::end(kNamed),
                             [](const Named& a, const Named& b) { return a.name < b.name; }));
constexpr size_t kNameMax = 31;  // the longest name of the standard has 31 letters

const Named* FindNamed(std::string_view name) {
  const Named* found = std::lower_bound(
      std::begin(kNamed), std::end(kNamed), name,
      [](const Named& entry, std::string_view wanted) { return entry.name < wanted; });
  return found != std::end(kNamed) && found->name == name ? found : nullptr;
}

bool IsAlnum(char c) { return IsAsciiAlnum(static_cast<unsigned char>(c)); }

int DigitValue(char c, int base) { return base == 16 || IsAsciiDigit(c) ? HexValue(c) : -1; }

// Reads "&#...": where the digits are and what they say; size 0 if there are none.
struct Numeric {
  size_t digits = 0;   // offset of the first digit
  size_t end = 0;      // behind the last digit
  uint32_t value = 0;  // 0x110000 for everything larger
  int base = 10;
};
Numeric ReadNumeric(std::string_view text) {
  Numeric number;
  if (text.size() < 3 || text[1] != '#') return number;
  number.base = text[2] == 'x' || text[2] == 'X' ? 16 : 10;
  number.digits = number.base == 16 ? 3 : 2;
  size_t at = number.digits;
  for (int digit; at < text.size() && (digit = DigitValue(text[at], number.base)) >= 0; ++at) {
    number.value = std::min<uint32_t>(
        number.value * static_cast<uint32_t>(number.base) + static_cast<uint32_t>(digit), 0x110000);
  }
  number.end = at > number.digits ? at : 0;
  return number;
}

}  // namespace

Reference ReadReference(std::string_view text, bool in_attribute) {
  Reference reference;
  if (text.size() < 3 || text[0] != '&') return reference;
  if (text[1] == '#') {
    const Numeric number = ReadNumeric(text);
    if (number.end == 0) return reference;
    reference.numeric = true;
    reference.size = number.end + (number.end < text.size() && text[number.end] == ';' ? 1 : 0);
    reference.code = number.value;
    if (number.value == 0 || number.value > 0x10FFFF ||
        (number.value >= 0xD800 && number.value < 0xE000)) {
      reference.code = kReplacement;
    } else if (number.value >= 0x80 && number.value < 0xA0) {
      reference.code = kC1[number.value - 0x80];
    }
    return reference;
  }
  size_t end = 1;
  while (end < text.size() && end <= kNameMax && IsAlnum(text[end])) ++end;
  if (end == 1) return reference;
  const bool closed = end < text.size() && text[end] == ';';
  if (closed) {
    if (const Named* named = FindNamed(text.substr(1, end - 1))) {
      reference.code = named->code;
      reference.size = end + 1;
      return reference;
    }
  }
  // The longest name that is known without ';'.
  for (size_t size = end - 1; size >= 2; --size) {
    const Named* named = FindNamed(text.substr(1, size));
    if (named == nullptr || !named->bare) continue;
    const char next = 1 + size < text.size() ? text[1 + size] : ' ';
    if (in_attribute && (IsAlnum(next) || next == '=')) return reference;
    reference.code = named->code;
    reference.size = 1 + size;
    return reference;
  }
  return reference;
}

void AppendDecoded(std::string& out, std::string_view raw, bool in_attribute) {
  size_t at = 0;
  while (at < raw.size()) {
    const size_t next = raw.find('&', at);
    if (next == std::string_view::npos) break;
    out.append(raw, at, next - at);
    const Reference reference = ReadReference(raw.substr(next), in_attribute);
    if (reference.size == 0) {
      out.push_back('&');
      at = next + 1;
    } else {
      AppendUtf8(out, reference.code);
      at = next + reference.size;
    }
  }
  out.append(raw, at, raw.size() - at);
}

std::string DecodeReferences(std::string_view raw, bool in_attribute) {
  std::string out;
  AppendDecoded(out, raw, in_attribute);
  return out;
}

void ClampReferences(std::string& markup) {
  size_t at = 0;
  while ((at = markup.find("&#", at)) != std::string::npos) {
    const Numeric number = ReadNumeric(std::string_view(markup).substr(at));
    if (number.end == 0) {
      at += 2;
      continue;
    }
    if (number.value > 0x10FFFF) {
      // The smallest number beyond the range has 7 decimal or 6 hexadecimal digits.
      const std::string_view replacement = number.base == 16 ? "FFFD" : "65533";
      const size_t size = number.end - number.digits;
      markup.replace(at + number.digits, size - replacement.size(), size - replacement.size(), '0');
      markup.replace(at + number.end - replacement.size(), replacement.size(), replacement);
    }
    at += number.end;
  }
}

namespace {

size_t CharSize(std::string_view text, size_t at) {
  size_t next = at;
  NextCodePoint(text, &next);
  return next - at;
}

// Bytes of the reference at raw[0] given that it was decoded to `decoded`: for
// the named references ReadReference does not know.
size_t UnknownReference(std::string_view raw, std::string_view decoded) {
  size_t end = 1;
  while (end < raw.size() && end <= kNameMax && IsAlnum(raw[end])) ++end;
  if (end == 1) return 0;
  if (end < raw.size() && raw[end] == ';') return end + 1;
  // Without ';' the name ends where the text goes on as decoded.
  const size_t first = CharSize(decoded, 0);
  const std::string_view rest = decoded.substr(first, 4);
  for (size_t size = end; size > 1; --size) {
    if (!rest.empty() && raw.substr(size).starts_with(rest)) return size;
  }
  return end;
}

}  // namespace

void Align(std::string_view decoded, std::string_view raw, std::vector<Alignment>& out) {
  out.clear();
  if (decoded.empty()) return;
  if (raw.size() == decoded.size() && std::memcmp(raw.data(), decoded.data(), raw.size()) == 0) {
    out.push_back({0, 0});
    return;
  }
  size_t text = 0, source = 0;
  bool fresh = true;  // the next byte starts a new entry
  auto mark = [&](bool numeric) {
    out.push_back({static_cast<uint32_t>(text), static_cast<uint32_t>(source), numeric});
    fresh = false;
  };
  size_t next_end = 0;  // of the next tag, found once
  auto tag_end = [&](size_t from) {
    if (next_end != std::string_view::npos && next_end < from) next_end = raw.find('>', from);
    return next_end;
  };
  while (text < decoded.size() && source < raw.size()) {
    const char c = raw[source];
    if (c == '&') {
      Reference reference = ReadReference(raw.substr(source), false);
      size_t characters = 0;
      if (reference.size > 0) {
        std::string spelled;
        AppendUtf8(spelled, reference.code);
        if (decoded.substr(text).starts_with(spelled)) characters = spelled.size();
      }
      if (characters == 0 && decoded[text] != '&') {
        reference.numeric = raw.substr(source).starts_with("&#");
        reference.size = reference.size > 0
                             ? reference.size
                             : UnknownReference(raw.substr(source), decoded.substr(text));
        characters = CharSize(decoded, text);
      }
      if (characters > 0 && reference.size > 0) {
        mark(reference.numeric);
        text += characters;
        source += reference.size;
        fresh = true;
        continue;
      }
    }
    // A '<' may be text, or a tag the parser ignored: then what follows differs.
    const bool tag =
        c == '<' && tag_end(source) != std::string_view::npos &&
        (decoded[text] != '<' || (source + 1 < raw.size() && text + 1 < decoded.size() &&
                                  raw[source + 1] != decoded[text + 1]));
    if (c == decoded[text] && !tag) {
      if (fresh) mark(false);
      ++text;
      ++source;
      continue;
    }
    fresh = true;
    if (tag) {
      source = tag_end(source) + 1;
    } else if (c == '\r' || c == '\0' || c == '\n') {
      // CR LF was read as LF, a lone CR too; NUL and the first line end of <pre> are dropped.
      if (c == '\r' && decoded[text] == '\n' &&
          (source + 1 >= raw.size() || raw[source + 1] != '\n')) {
        mark(false);
        ++text;
        fresh = true;
      }
      ++source;
    } else {
      // Out of step: a dropped or replaced character.
      mark(false);
      text += CharSize(decoded, text);
      source += CharSize(raw, source);
      fresh = true;
    }
  }
  if (text < decoded.size() && out.empty()) out.push_back({0, 0});
}

}  // namespace xuncha
