// The two lossy readings of a URL: without its session, and as a shape. Both
// decide what the frontier counts as the same, so both err towards keeping URLs
// apart: a page folded by mistake would not be read.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "base/url.h"

namespace xuncha {
namespace {

// Names that mean a session or the way a visitor came, whatever the value.
constexpr auto kFolded = std::to_array<std::string_view>({
    "jsessionid",
    "phpsessid",
    "asp.net_sessionid",
    "cfid",
    "cftoken",
    "sessionid",
    "session_id",
    "sessid",
    "zenid",
    "oscsid",
    // Tracking: analytics and campaign parameters.
    "gclid",
    "fbclid",
    "msclkid",
    "yclid",
    "dclid",
    "bd_vid",
    "hmsr",
    "hmpl",
    "hmcu",
    "hmkw",
    "hmci",
    "spm",
    "_ga",
    "mc_cid",
    "mc_eid",
});
constexpr auto kFoldedPrefixes = std::to_array<std::string_view>({"utm_", "aspsessionid"});
// Names that are a session on some sites and a column number on others: folded
// only if the value looks drawn at random.
constexpr auto kFoldedIfRandom =
    std::to_array<std::string_view>({"sid", "s", "session", "sess", "token"});
constexpr size_t kRandomBytesMin = 16;  // session ids carry at least 64 bits, 16 hexadecimal digits

bool IsLetter(char c) { return IsAsciiAlnum(static_cast<unsigned char>(c)) && !IsAsciiDigit(c); }
bool IsHexDigit(char c) {
  return IsAsciiDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool LooksDrawn(std::string_view value) {
  if (value.size() < kRandomBytesMin) return false;
  const bool clean = std::all_of(value.begin(), value.end(), [](char c) {
    return IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
  return clean && std::any_of(value.begin(), value.end(), IsAsciiDigit) &&
         std::any_of(value.begin(), value.end(), IsLetter);
}

bool IsSession(std::string_view name, std::string_view value) {
  const auto is_name = [&](std::string_view known) { return EqualsIgnoreCase(name, known); };
  if (std::any_of(kFolded.begin(), kFolded.end(), is_name)) return true;
  for (const std::string_view prefix : kFoldedPrefixes) {
    if (StartsWithIgnoreCase(name, prefix)) return true;
  }
  return LooksDrawn(value) && std::any_of(kFoldedIfRandom.begin(), kFoldedIfRandom.end(), is_name);
}

struct Pair {
  std::string_view name, value;
};

Pair SplitPair(std::string_view pair) {
  const size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return {pair, {}};
  return {pair.substr(0, equals), pair.substr(equals + 1)};
}

// "page;jsessionid=1A2B" -> "page". Other matrix parameters stay.
std::string FoldSegment(std::string_view segment) {
  std::string out;
  const std::vector<std::string_view> parts = Split(segment, ';');
  for (size_t i = 0; i < parts.size(); ++i) {
    const Pair pair = SplitPair(parts[i]);
    if (i > 0 && IsSession(pair.name, pair.value)) continue;
    if (i > 0) out += ';';
    out += parts[i];
  }
  return out;
}

// ASP.NET without cookies: "/(S(lit3py55t21z5v55vlm25s55))/page.aspx".
bool IsAspSession(std::string_view segment) {
  return segment.size() >= 8 && segment.front() == '(' && segment.ends_with("))") &&
         segment[2] == '(' && IsLetter(segment[1]);
}

// True for a name a program drew: a digest, a UUID, or letters and digits that
// alternate. "c1234a56789", the usual article name of campus systems, is none:
// it alternates three times.
bool IsDrawn(std::string_view name) {
  size_t hex = 0, digits = 0, letters = 0, turns = 0;
  bool only_hex = true, whole = true;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '-' || c == '_') {
      whole = false;
      continue;
    }
    if (!IsAsciiAlnum(static_cast<unsigned char>(c))) return false;
    only_hex &= IsHexDigit(c);
    ++hex;
    ++(IsAsciiDigit(c) ? digits : letters);
    if (i > 0 && ((IsAsciiDigit(c) && IsLetter(name[i - 1])) ||
                  (IsLetter(c) && IsAsciiDigit(name[i - 1])))) {
      ++turns;
    }
  }
  if (digits == 0) return whole && letters >= 24;
  if (letters == 0) return false;
  return turns >= 4 || (only_hex && hex >= 16) || (whole && hex >= 24);
}

// Runs of digits to "{n}", runs of percent triplets (words that are not ASCII)
// to "{x}".
void AppendWithoutNumbers(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '%') {
      while (i < text.size() && text[i] == '%') i = std::min(i + 3, text.size());
      out += "{x}";
    } else if (IsAsciiDigit(text[i])) {
      while (i < text.size() && IsAsciiDigit(text[i])) ++i;
      out += "{n}";
    } else {
      out += text[i++];
    }
  }
}

void AppendSegmentShape(std::string& out, std::string_view segment) {
  const size_t dot = segment.rfind('.');
  const std::string_view stem = segment.substr(0, dot);
  if (!IsDrawn(stem)) {
    AppendWithoutNumbers(out, segment);
    return;
  }
  out += "{x}";
  AppendWithoutNumbers(out, segment.substr(stem.size()));
}

}  // namespace

Url FoldSession(const Url& url) {
  const std::string_view path = url.path(), query = url.query();
  if (query.empty() && path.find_first_of(";(") == std::string_view::npos) return url;
  std::string text = url.origin();
  const std::vector<std::string_view> segments = Split(path.substr(1), '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    // A session segment is never the page itself.
    if (i + 1 < segments.size() && IsAspSession(segments[i])) continue;
    text += '/';
    text += FoldSegment(segments[i]);
  }
  char separator = '?';
  for (const std::string_view part : Split(query, '&')) {
    const Pair pair = SplitPair(part);
    if (query.empty() || IsSession(pair.name, pair.value)) continue;
    text += separator;
    text += part;
    separator = '&';
  }
  if (text == url.text()) return url;
  const Result<Url> folded = Url::Parse(text);
  return folded ? *folded : url;
}

std::string UrlTemplate(const Url& url) {
  std::string out = url.origin();
  out.erase(0, out.find("://") + 3);
  if (url.empty()) return out;
  for (const std::string_view segment : Split(url.path().substr(1), '/')) {
    out += '/';
    AppendSegmentShape(out, segment);
  }
  if (url.query().empty()) return out;
  // Sorted, for a trap may offer its parameters in every order.
  std::vector<std::string> keys;
  for (const std::string_view part : Split(url.query(), '&')) {
    AppendWithoutNumbers(keys.emplace_back(), SplitPair(part).name);
  }
  SortUnique(keys);
  return out + "?" + Join(keys, "&");
}

bool IsRandomName(std::string_view segment) {
  segment = segment.substr(0, segment.find('.'));
  const size_t dash = segment.find_last_of("-_");
  if (dash != std::string_view::npos && dash <= 4) segment.remove_prefix(dash + 1);
  if (segment.size() < 3 || segment.size() > 8) return false;
  int digits = 0, letters = 0, changes = 0;
  for (size_t i = 0; i < segment.size(); ++i) {
    const char c = segment[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'a' && c <= 'f')) return false;
    digits += digit;
    letters += !digit;
    if (i > 0) changes += digit != (segment[i - 1] >= '0' && segment[i - 1] <= '9');
  }
  // "c123a4567" is how one widespread CMS numbers columns and articles.
  const bool numbered = segment[0] == 'c' && changes <= 3 && letters <= 2;
  return digits >= 1 && letters >= 1 && !numbered && (changes >= 2 || segment[0] == '0');
}

}  // namespace xuncha
