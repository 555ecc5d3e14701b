// SPDX-License-Identifier: Apache-2.0
#include "crawler/css_syntax.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace xuncha {
namespace {

bool IsNameByte(char c) {
  return IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Behind the comment at css[at], or the end.
size_t CommentEnd(std::string_view css, size_t at) {
  const size_t end = css.find("*/", at + 2);
  return end == std::string_view::npos ? css.size() : end + 2;
}

bool IsComment(std::string_view css, size_t at) {
  return css[at] == '/' && at + 1 < css.size() && css[at + 1] == '*';
}

// Behind the string at css[at]; one that has no end stops before its line's.
size_t StringEnd(std::string_view css, size_t at, bool& sound) {
  const char quote = css[at++];
  while (at < css.size()) {
    if (css[at] == quote) return at + 1;
    if (css[at] == '\n' || css[at] == '\f') {
      sound = false;
      return at;
    }
    at += css[at] == '\\' ? 2 : 1;
  }
  return css.size();
}

// Whether the '(' at css[at] begins an address without quotes, which holds anything.
bool IsBareUrl(std::string_view css, size_t at) {
  if (at < 3 || !EqualsIgnoreCase(css.substr(at - 3, 3), "url")) return false;
  if (at > 3 && IsNameByte(css[at - 4])) return false;
  const size_t inside = css.find_first_not_of(" \t\r\n\f", at + 1);
  return inside == std::string_view::npos || (css[inside] != '"' && css[inside] != '\'');
}

// Behind the ')' of an address, or the end.
size_t UrlEnd(std::string_view css, size_t at) {
  while (at < css.size() && css[at] != ')') at += css[at] == '\\' ? 2 : 1;
  return std::min(at + 1, css.size());
}

// What is not just passed over.
constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> special{};
  for (const char c : {'"', '\'', '\\', '/', '(', ')', '[', ']', '{', '}', ';'})
    special[static_cast<unsigned char>(c)] = true;
  return special;
}();

size_t Plain(std::string_view css, size_t at) {
  while (at < css.size() && !kSpecial[static_cast<unsigned char>(css[at])]) ++at;
  return at;
}

constexpr char Closer(char open) { return open == '(' ? ')' : open == '[' ? ']' : '}'; }

// Behind the thing at css[at] that holds no end of what it stands in: a string, a comment,
// an escape, an address. `at` if it is none of these.
size_t PassWhole(std::string_view css, size_t at, bool& sound) {
  switch (css[at]) {
    case '"':
    case '\'':
      return StringEnd(css, at, sound);
    case '\\':
      return std::min(at + 2, css.size());
    case '/':
      return IsComment(css, at) ? CommentEnd(css, at) : at + 1;
    case '(':
      return IsBareUrl(css, at) ? UrlEnd(css, at) : at;
    default:
      return at;
  }
}

// Behind the bracket that closes what was opened before `at`, or the end. A closing one
// that fits none that is open closes nothing.
size_t BlockEnd(std::string_view css, size_t at, char closer) {
  std::string open(1, closer);
  bool sound = true;
  while ((at = Plain(css, at)) < css.size()) {
    if (const size_t behind = PassWhole(css, at, sound); behind != at) {
      at = behind;
      continue;
    }
    const char c = css[at++];
    if (c == '(' || c == '[' || c == '{') open.push_back(Closer(c));
    if (c != open.back()) continue;
    open.pop_back();
    if (open.empty()) return at;
  }
  return css.size();
}

}  // namespace

// Moves to the next '{', ';' or '}' that ends what is being read, and says which; 0 at
// the end of the text. Where no block is open a '}' closes nothing and stands for itself.
char CssReader::Stop(bool semicolon, bool& sound) {
  while ((at_ = Plain(css_, at_)) < css_.size()) {
    if (const size_t behind = PassWhole(css_, at_, sound); behind != at_) {
      at_ = behind;
      continue;
    }
    const char c = css_[at_];
    if (c == '{' || (c == ';' && semicolon)) return c;
    if (c == '}' && depth_ > 0) return c;
    ++at_;
    if (c == '(' || c == '[') at_ = BlockEnd(css_, at_, Closer(c));
  }
  return 0;
}

CssItem CssReader::Next() {
  const bool block = depth_ > 0 || in_block_;
  while (at_ < css_.size()) {
    const char c = css_[at_];
    if (IsAsciiSpace(c) || (block && c == ';')) {
      ++at_;
    } else if (IsComment(css_, at_)) {
      at_ = CommentEnd(css_, at_);
    } else if (!block && css_.substr(at_).starts_with("<!--")) {
      at_ += 4;
    } else if (!block && css_.substr(at_).starts_with("-->")) {
      at_ += 3;
    } else {
      break;
    }
  }
  CssItem item;
  if (at_ >= css_.size()) return item;
  if (css_[at_] == '}' && depth_ > 0) {
    ++at_;
    --depth_;
    return item;
  }
  const size_t begin = at_;
  const bool at_rule = css_[at_] == '@';
  char stop = Stop(at_rule || block, item.sound);
  // What a variable stands for may hold braces.
  const bool variable = block && css_.substr(begin).starts_with("--");
  while (stop == '{' && variable) {
    const std::string_view name = css_.substr(begin, at_ - begin);
    const size_t colon = name.find(':');
    if (colon == std::string_view::npos) break;
    at_ = BlockEnd(css_, at_ + 1, '}');
    stop = Stop(true, item.sound);
  }
  item.text = Trim(css_.substr(begin, at_ - begin));
  if (stop == '{') {
    item.kind = at_rule ? CssItem::Kind::kAtRule : CssItem::Kind::kRule;
    ++depth_;
    ++at_;
  } else if (at_rule) {
    item.kind = CssItem::Kind::kStatement;
  } else if (block) {
    item.kind = CssItem::Kind::kDeclaration;
  }  // at the top the text ended before a block began: there is no rule
  if (stop == ';') ++at_;
  return item;
}

void CssReader::SkipBlock() {
  at_ = BlockEnd(css_, at_, '}');
  if (depth_ > 0) --depth_;
}

std::optional<CssDeclaration> SplitDeclaration(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  CssDeclaration declaration{Trim(text.substr(0, colon)), Trim(text.substr(colon + 1))};
  const size_t mark = declaration.value.rfind('!');
  if (mark == std::string_view::npos) return declaration;
  if (EqualsIgnoreCase(Trim(declaration.value.substr(mark + 1)), "important")) {
    declaration.important = true;
    declaration.value = Trim(declaration.value.substr(0, mark));
    return declaration;
  }
  // One in a string or an address is a letter like others.
  if (declaration.value.find_first_of("\"'(") < mark) return declaration;
  return std::nullopt;
}

bool NeedsCleaning(std::string_view css) {
  return css.find('\\') != std::string_view::npos || css.find("/*") != std::string_view::npos;
}

std::string CleanCss(std::string_view css, Escapes escapes) {
  constexpr std::string_view kNoName = "\xEF\xBF\xBD";  // fits nothing that is looked for
  std::string out;
  bool sound = true;
  const auto in_name = [&out] { return !out.empty() && (IsNameByte(out.back())); };
  for (size_t at = 0; at < css.size();) {
    const char c = css[at];
    if (c == '"' || c == '\'' || (c == '(' && IsBareUrl(css, at))) {
      const size_t end = c == '(' ? UrlEnd(css, at) : StringEnd(css, at, sound);
      out += css.substr(at, end - at);
      at = end;
    } else if (IsComment(css, at)) {
      while (at < css.size() && IsComment(css, at)) at = CommentEnd(css, at);
      const bool parts =
          !out.empty() && (in_name() || out.back() == '#' || out.back() == '@') &&
          at < css.size() &&
          (IsNameByte(css[at]) || css[at] == '(' || css[at] == '%' || css[at] == '\\');
      if (parts) out += kNoName;
    } else if (c == '\\' && at + 1 < css.size()) {
      std::string letter;
      const size_t end = AppendCssEscape(letter, css, at);
      const char first = letter.empty() ? ' ' : letter[0];
      const bool begins = AsciiLower(first) != first || (first >= 'a' && first <= 'z') ||
                          first == '_' || static_cast<unsigned char>(first) >= 0x80;
      if (escapes == Escapes::kKept) {
        out += css.substr(at, end - at);
      } else if (begins || (IsNameByte(first) && in_name())) {
        out += letter;
      } else {
        out += kNoName;
      }
      at = end;
    } else {
      out.push_back(c);
      ++at;
    }
  }
  return out;
}

size_t PassCss(std::string_view text, size_t at) {
  bool sound = true;
  if (const size_t behind = PassWhole(text, at, sound); behind != at) return behind;
  const char c = text[at];
  return c == '(' || c == '[' || c == '{' ? BlockEnd(text, at + 1, Closer(c)) : at + 1;
}

std::vector<std::string_view> SplitCss(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t at = 0; at < text.size(); at = PassCss(text, at)) {
    if (text[at] != separator) continue;
    parts.push_back(Trim(text.substr(begin, at - begin)));
    begin = at + 1;
  }
  parts.push_back(Trim(text.substr(begin)));
  return parts;
}

size_t CssBracketEnd(std::string_view text, size_t at) {
  const size_t end = BlockEnd(text, at + 1, Closer(text[at]));
  return end > at + 1 && text[end - 1] == Closer(text[at]) ? end : std::string_view::npos;
}

size_t AppendCssEscape(std::string& out, std::string_view text, size_t at) {
  constexpr size_t kDigitsMax = 6;
  const size_t digits = ++at;
  char32_t code = 0;
  for (; at < text.size() && at < digits + kDigitsMax && HexValue(text[at]) >= 0; ++at) {
    code = code * 16 + static_cast<char32_t>(HexValue(text[at]));
  }
  if (at == digits) {
    out.push_back(text[at]);
    return at + 1;
  }
  AppendUtf8(out, code == 0 ? 0xFFFD : code);
  return at < text.size() && IsAsciiSpace(text[at]) ? at + 1 : at;
}

}  // namespace xuncha
