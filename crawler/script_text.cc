// SPDX-License-Identifier: Apache-2.0
#include "crawler/script_text.h"

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

bool IsSpace(char c) { return c == ' ' || (c >= 9 && c <= 13); }

// `digits` hexadecimal digits at text[at], or -1.
int32_t ReadHex(std::string_view text, size_t at, size_t digits) {
  if (at + digits > text.size()) return -1;
  int32_t value = 0;
  for (size_t i = at; i < at + digits; ++i) {
    const int digit = HexValue(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

}  // namespace

std::string DecodeLiteral(std::string_view literal, bool* disguise) {
  if (literal.size() >= 2 && literal.front() == literal.back()) {
    literal = literal.substr(1, literal.size() - 2);
  } else if (!literal.empty()) {
    literal.remove_prefix(1);
  }
  if (literal.find('\\') == std::string_view::npos) return std::string(literal);
  std::string out;
  Utf16Writer writer(out);
  size_t plain_letters = 0;  // escapes that spell what needs no escape
  size_t characters = 0;
  for (size_t at = 0; at < literal.size();) {
    ++characters;
    if (literal[at] != '\\') {
      writer.Flush();
      out.push_back(literal[at++]);
      continue;
    }
    if (at + 1 >= literal.size()) break;
    const char kind = literal[at + 1];
    int32_t code = -1;
    size_t size = 2;
    if (kind == 'x') {
      code = ReadHex(literal, at + 2, 2);
      size = 4;
    } else if (kind == 'u' && at + 2 < literal.size() && literal[at + 2] == '{') {
      const size_t end = literal.find('}', at + 3);
      if (end != std::string_view::npos && end - at <= 10) {
        code = ReadHex(literal, at + 3, end - at - 3);
        size = end + 1 - at;
      }
    } else if (kind == 'u') {
      code = ReadHex(literal, at + 2, 4);
      size = 6;
    } else if (kind >= '0' && kind <= '7') {
      code = 0;
      size = 1;
      while (size < 4 && at + size < literal.size() && literal[at + size] >= '0' &&
             literal[at + size] <= '7' && code * 8 + literal[at + size] - '0' < 256) {
        code = code * 8 + literal[at + size++] - '0';
      }
    }
    if (code >= 0) {
      plain_letters += IsAsciiAlnum(static_cast<char32_t>(code));
      writer.Put(static_cast<uint32_t>(code));
      at += size;
      continue;
    }
    writer.Flush();
    switch (kind) {
      case 'n':
        out.push_back('\n');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'r':
      case 'b':
      case 'f':
      case 'v':
        out.push_back(' ');
        break;
      case '\n':
      case '\r':
        break;  // a continued line
      default:
        out.push_back(kind);
    }
    at += 2;
  }
  writer.Flush();
  if (plain_letters >= 4 && plain_letters * 2 >= characters) *disguise = true;
  return ToValidUtf8(out);
}

std::string DecodePercent(std::string_view text, bool* disguise) {
  std::string out;
  Utf16Writer writer(out);
  size_t letters = 0, characters = 0;
  for (size_t at = 0; at < text.size();) {
    ++characters;
    int32_t code = -1;
    size_t size = 0;
    if (text[at] == '%' && at + 1 < text.size()) {
      if (text[at + 1] == 'u' || text[at + 1] == 'U') {
        code = ReadHex(text, at + 2, 4);
        size = 6;
        if (code >= 0) writer.Put(static_cast<uint32_t>(code));
      } else {
        code = ReadHex(text, at + 1, 2);
        size = 3;
        if (code >= 0) {
          writer.Flush();
          out.push_back(static_cast<char>(code));
        }
      }
    }
    if (code < 0) {
      writer.Flush();
      out.push_back(text[at++]);
      continue;
    }
    letters += IsAsciiAlnum(static_cast<char32_t>(code));
    at += size;
  }
  writer.Flush();
  if (letters >= 4 && letters * 2 >= characters) *disguise = true;
  if (IsValidUtf8(out)) return out;
  std::string latin;  // unescape() makes each byte a character
  for (char c : out) AppendUtf8(latin, static_cast<unsigned char>(c));
  return latin;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  int have = 0;
  for (char c : text) {
    int value;
    if (c >= 'A' && c <= 'Z')
      value = c - 'A';
    else if (c >= 'a' && c <= 'z')
      value = c - 'a' + 26;
    else if (IsAsciiDigit(c))
      value = c - '0' + 52;
    else if (c == '+' || c == '-')
      value = 62;
    else if (c == '/' || c == '_')
      value = 63;
    else if (c == '=' || IsSpace(c))
      continue;
    else
      return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      bytes.push_back(static_cast<char>(bits >> have & 0xFF));
    }
  }
  if (IsValidUtf8(bytes)) return bytes;
  std::string latin;
  for (char c : bytes) AppendUtf8(latin, static_cast<unsigned char>(c));
  return latin;
}

std::optional<std::string> PackedWords(std::string_view value) {
  constexpr size_t kBytesMin = 16,
                   kBytesMax = 64 << 10;  // shorter ones say little, longer are files
  constexpr size_t kHanMin = 4;
  if (value.size() < kBytesMin || value.size() > kBytesMax) return std::nullopt;
  std::optional<std::string> words;
  const size_t percent = value.find('%');
  if (percent != std::string_view::npos && value.find('%', percent + 1) != std::string_view::npos) {
    bool disguise = false;
    words = DecodePercent(value, &disguise);
  } else if (value.find_first_of(" .:,;#()<>&?") == std::string_view::npos) {
    words = DecodeBase64(value);
  }
  if (!words) return std::nullopt;
  size_t han = 0;
  for (size_t at = 0; at < words->size();) han += IsHan(NextCodePoint(*words, &at));
  return han >= kHanMin ? words : std::nullopt;
}

std::string Unpack(std::string_view payload, int base, const std::vector<std::string>& words) {
  std::string out;
  for (size_t at = 0; at < payload.size() && out.size() < limits::kScriptBytesMax;) {
    const auto word_char = [&](size_t i) {
      return IsAsciiAlnum(static_cast<unsigned char>(payload[i])) || payload[i] == '_';
    };
    if (!word_char(at)) {
      out.push_back(payload[at++]);
      continue;
    }
    size_t end = at;
    while (end < payload.size() && word_char(end)) ++end;
    const std::string_view word = payload.substr(at, end - at);
    // Digits 0-9 a-z A-Z in the packer's base.
    uint64_t index = 0;
    bool known = word.size() <= 6;
    for (char c : word) {
      const int digit = IsAsciiDigit(c)        ? c - '0'
                        : c >= 'a' && c <= 'z' ? c - 'a' + 10
                        : c >= 'A' && c <= 'Z' ? c - 'A' + 36
                                               : 99;
      if (digit >= base) known = false;
      index = index * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit);
    }
    if (known && index < words.size() && !words[index].empty()) {
      out += words[index];
    } else {
      out += word;
    }
    at = end;
  }
  return out;
}

}  // namespace xuncha
