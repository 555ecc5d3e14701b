// SPDX-License-Identifier: Apache-2.0
#include "crawler/script_value.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/script_text.h"

namespace xuncha {
namespace {

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '\\' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsNameChar(char c) { return IsNameStart(c) || IsAsciiDigit(c); }
bool IsSpace(char c) { return c == ' ' || (c >= 9 && c <= 13); }

}  // namespace

Token Lexer::Next() {
  Token token;
  while (at_ < script_.size()) {  // space and comments
    const char c = script_[at_];
    if (IsSpace(c)) {
      ++at_;
    } else if (c == '/' && at_ + 1 < script_.size() && script_[at_ + 1] == '/') {
      at_ = std::min(script_.find('\n', at_), script_.size());
    } else if (c == '/' && at_ + 1 < script_.size() && script_[at_ + 1] == '*') {
      const size_t end = script_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? script_.size() : end + 2;
    } else if (c == '<' && script_.substr(at_).starts_with("<!--")) {
      at_ = std::min(script_.find('\n', at_), script_.size());
    } else {
      break;
    }
  }
  token.begin = token.end = at_;
  if (at_ >= script_.size()) return token;
  const char c = script_[at_];
  if (IsNameStart(c)) {
    token.kind = Token::Kind::kName;
    while (at_ < script_.size() && IsNameChar(script_[at_])) ++at_;
    token.end = at_;
    const std::string_view name = Text(token);
    value_before_ = name != "return" && name != "typeof" && name != "case" && name != "in";
    return token;
  }
  if (c == '"' || c == '\'' || c == '`') {
    token.kind = c == '`' ? Token::Kind::kTemplate : Token::Kind::kString;
    ++at_;
    while (at_ < script_.size() && script_[at_] != c && (c == '`' || script_[at_] != '\n')) {
      at_ += script_[at_] == '\\' ? 2 : 1;
    }
    at_ = std::min(at_ + 1, script_.size());
    token.end = at_;
    value_before_ = true;
    return token;
  }
  if (IsAsciiDigit(c)) {
    token.kind = Token::Kind::kNumber;
    while (at_ < script_.size() && (IsNameChar(script_[at_]) || script_[at_] == '.')) ++at_;
    token.end = at_;
    value_before_ = true;
    return token;
  }
  if (c == '/' && !value_before_ && at_ >= no_regex_before_) {
    // A regular expression, if it ends on its line; if not, no other on this line is
    // tried, for each would be read to the end of the line.
    bool in_class = false;
    size_t end = at_ + 1;
    while (end < script_.size() && script_[end] != '\n' && (in_class || script_[end] != '/')) {
      if (script_[end] == '\\')
        ++end;
      else if (script_[end] == '[')
        in_class = true;
      else if (script_[end] == ']')
        in_class = false;
      ++end;
    }
    if (end < script_.size() && script_[end] == '/') {
      ++end;
      while (end < script_.size() && IsNameChar(script_[end])) ++end;
      token.kind = Token::Kind::kRegex;
      at_ = token.end = end;
      value_before_ = true;
      return token;
    }
    no_regex_before_ = std::min(end, script_.size());
  }
  token.kind = Token::Kind::kPunct;
  token.punct = c;
  ++at_;
  const char next = at_ < script_.size() ? script_[at_] : 0;
  if (c == '=' && (next == '=' || next == '>')) {
    while (at_ < script_.size() && (script_[at_] == '=' || script_[at_] == '>')) ++at_;
    token.punct = '?';  // a comparison or an arrow, not an assignment
  } else if (c == '=') {
    token.assign = true;
  } else if ((c == '!' || c == '<' || c == '>') && next == '=') {
    while (at_ < script_.size() && script_[at_] == '=') ++at_;
    token.punct = '?';
  } else if (c == '+' && next == '=') {
    ++at_;
    token.assign = true;
  }
  token.end = at_;
  value_before_ = c == ')' || c == ']' || c == '}';
  return token;
}

Token Lexer::Peek() {
  const size_t at = at_;
  const bool value_before = value_before_;
  const Token token = Next();
  at_ = at;
  value_before_ = value_before;
  return token;
}

void Variables::Set(std::string_view name, Value value) {
  if (name.empty() ||
      (values.size() >= limits::kScriptVariablesMax && values.find(name) == values.end()))
    return;
  values[std::string(name)] = std::move(value);
}

namespace {

class Evaluator {
 public:
  Evaluator(Lexer& lexer, Variables& variables) : lexer_(lexer), variables_(variables) {}

  // term { '+' term }; a sum ends before the first term that is not known.
  std::optional<Value> Sum(int depth) {
    std::optional<Value> sum = Term(depth);
    if (!sum) return sum;
    while (!sum->is_list) {
      const Lexer back = lexer_;
      const Token plus = lexer_.Next();
      if (plus.kind != Token::Kind::kPunct || plus.punct != '+' || plus.assign) {
        lexer_ = back;
        break;
      }
      std::optional<Value> term = Term(depth);
      if (!term || term->is_list || !Pay(sum->text.size() + term->text.size())) {
        lexer_ = back;
        break;
      }
      sum->text += term->text;
      sum->disguise |= term->disguise;
      sum->decoded |= term->decoded;
    }
    return sum;
  }

 private:
  bool Pay(size_t bytes) {
    if (bytes > variables_.bytes_left) {
      variables_.exhausted = true;
      return false;
    }
    variables_.bytes_left -= bytes;
    return true;
  }

  bool Eat(char punct) {
    const Lexer back = lexer_;
    const Token token = lexer_.Next();
    if (token.kind == Token::Kind::kPunct && token.punct == punct && !token.assign) return true;
    lexer_ = back;
    return false;
  }

  std::optional<Value> Term(int depth) {
    if (depth > limits::kExpressionDepthMax) return std::nullopt;
    const Lexer back = lexer_;
    std::optional<Value> value = Primary(depth);
    if (!value) {
      lexer_ = back;
      return value;
    }
    while (Method(*value, depth)) {
    }
    return value;
  }

  std::optional<Value> Primary(int depth) {
    const Token token = lexer_.Next();
    switch (token.kind) {
      case Token::Kind::kString:
      case Token::Kind::kTemplate: {
        Value value;
        const std::string_view literal = lexer_.Text(token);
        if (!Pay(literal.size())) return std::nullopt;
        value.text = DecodeLiteral(literal, &value.disguise);
        value.decoded = literal.find('\\') != std::string_view::npos;
        if (token.kind == Token::Kind::kTemplate) DropHoles(value.text);
        return value;
      }
      case Token::Kind::kPunct: {
        if (token.punct == '(') {
          std::optional<Value> value = Sum(depth + 1);
          if (value && Eat(')')) return value;
        } else if (token.punct == '[') {
          return Array(depth);
        }
        return std::nullopt;
      }
      case Token::Kind::kName:
        return Name(lexer_.Text(token), depth);
      default:
        return std::nullopt;
    }
  }

  // ${...} in a template: what stands there is not known.
  static void DropHoles(std::string& text) {
    std::string kept;
    size_t from = 0;
    for (size_t at; (at = text.find("${", from)) != std::string::npos;) {
      const size_t end = text.find('}', at);
      if (end == std::string::npos) break;
      kept.append(text, from, at - from);
      from = end + 1;
    }
    if (from == 0) return;
    kept.append(text, from);
    text = std::move(kept);
  }

  std::optional<Value> Array(int depth) {
    Value value;
    value.is_list = true;
    if (Eat(']')) return value;
    while (true) {
      std::optional<Value> item = Sum(depth + 1);
      if (!item || item->is_list) return std::nullopt;
      value.disguise |= item->disguise;
      value.decoded |= item->decoded;
      value.list.push_back(std::move(item->text));
      if (Eat(']')) return value;
      if (!Eat(',')) return std::nullopt;
      if (Eat(']')) return value;
    }
  }

  // ".name" or "['name']" behind a value or a name; empty if there is none.
  std::string Member() {
    const Lexer back = lexer_;
    const Token token = lexer_.Next();
    if (token.kind == Token::Kind::kPunct && token.punct == '.') {
      const Token name = lexer_.Next();
      if (name.kind == Token::Kind::kName) return std::string(lexer_.Text(name));
    } else if (token.kind == Token::Kind::kPunct && token.punct == '[') {
      const Token name = lexer_.Next();
      if (name.kind == Token::Kind::kString) {
        bool disguise = false;
        std::string text = DecodeLiteral(lexer_.Text(name), &disguise);
        if (Eat(']')) return text;
      }
    }
    lexer_ = back;
    return {};
  }

  std::optional<Value> Name(std::string_view first, int depth) {
    std::string last(first);
    std::string before;
    for (int i = 0; i < 6; ++i) {
      // A variable's own methods are the caller's business.
      if (variables_.values.find(last) != variables_.values.end() && before.empty()) break;
      std::string member = Member();
      if (member.empty()) break;
      before = std::move(last);
      last = std::move(member);
    }
    if (last == "apply" && before == "fromCharCode") last = before;
    if (Eat('(')) return Call(last, depth);
    const auto found = variables_.values.find(last);
    if (found == variables_.values.end()) return std::nullopt;
    if (found->second.is_list && Eat('[')) {
      const Token index = lexer_.Next();
      size_t number = 0;
      const std::string_view digits = lexer_.Text(index);
      const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
      const std::string_view plain = hex ? digits.substr(2) : digits;
      std::from_chars(plain.data(), plain.data() + plain.size(), number, hex ? 16 : 10);
      if (index.kind != Token::Kind::kNumber || !Eat(']') || number >= found->second.list.size()) {
        return std::nullopt;
      }
      Value value;
      value.text = found->second.list[number];
      value.disguise = found->second.disguise;
      value.decoded = true;
      return Pay(value.text.size()) ? std::optional<Value>(std::move(value)) : std::nullopt;
    }
    if (!Pay(found->second.text.size())) return std::nullopt;
    if (found->second.is_list) {
      size_t bytes = 0;
      if (!Pay(found->second.list.size())) return std::nullopt;  // of the counting itself
      for (const std::string& item : found->second.list) bytes += item.size();
      if (!Pay(bytes)) return std::nullopt;
    }
    return found->second;
  }

  std::optional<Value> Call(std::string_view name, int depth) {
    if (name == "fromCharCode" || name == "fromCodePoint") return CharCodes();
    enum { kPercent, kBase64, kSame } how;
    const std::string lower = AsciiLower(name);
    if (name == "unescape" || name == "decodeURI" || name == "decodeURIComponent") {
      how = kPercent;
    } else if (lower == "atob" ||
               (lower.find("64") != std::string::npos &&
                (lower.find("decode") != std::string::npos || lower[0] == 'd'))) {
      how = kBase64;
    } else if (name == "escape" || name == "String" || name == "encodeURI") {
      how = kSame;  // decodeURIComponent(escape(x)) means: x is UTF-8
    } else {
      return std::nullopt;
    }
    std::optional<Value> value = Sum(depth + 1);
    if (!value || value->is_list || !Eat(')') || !Pay(value->text.size())) return std::nullopt;
    if (how == kPercent) {
      value->decoded |= value->text.find('%') != std::string::npos;
      value->text = DecodePercent(value->text, &value->disguise);
    } else if (how == kBase64) {
      std::optional<std::string> text = DecodeBase64(value->text);
      if (!text) return std::nullopt;
      value->text = std::move(*text);
      value->disguise = value->decoded = true;
    }
    return value;
  }

  // Numbers up to ')': fromCharCode(60, 0x61), also through apply(null, [60, 61]).
  std::optional<Value> CharCodes() {
    Value value;
    Utf16Writer writer(value.text);
    uint32_t count = 0;
    while (true) {
      const Token token = lexer_.Next();
      if (token.kind == Token::Kind::kNumber) {
        std::string_view digits = lexer_.Text(token);
        const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
        if (hex) digits.remove_prefix(2);
        uint32_t code = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
        writer.Put(code);
        ++count;
        continue;
      }
      const bool filler = token.kind == Token::Kind::kName && lexer_.Text(token) == "null";
      if (filler) continue;
      if (token.kind != Token::Kind::kPunct) return std::nullopt;
      if (token.punct == ')') break;
      if (token.punct != ',' && token.punct != '[' && token.punct != ']') return std::nullopt;
    }
    writer.Flush();
    if (count == 0 || !Pay(value.text.size())) return std::nullopt;
    value.decoded = true;
    value.disguise = count > 20;
    return value;
  }

  // Applies one method call that follows a value; false if none is known there.
  bool Method(Value& value, int depth) {
    const Lexer back = lexer_;
    const std::string name = Member();
    if (name.empty() || !Eat('(')) {
      lexer_ = back;
      return false;
    }
    if (Apply(name, value, depth)) return true;
    lexer_ = back;
    return false;
  }

  bool Apply(std::string_view name, Value& value, int depth) {
    if (name == "reverse" && value.is_list && Eat(')')) {
      if (!Pay(value.list.size())) return false;
      std::reverse(value.list.begin(), value.list.end());
      return true;
    }
    if ((name == "toString" || name == "toLowerCase" || name == "trim") && Eat(')')) {
      return !value.is_list;
    }
    if (name == "replace" && !value.is_list) return Replace(value, depth);
    if (name != "split" && name != "join" && name != "concat") return false;
    Value argument;
    if (!Eat(')')) {
      std::optional<Value> given = Sum(depth + 1);
      if (!given || given->is_list || !Eat(')')) return false;
      argument = std::move(*given);
    } else if (name == "join") {
      argument.text = ",";
    }
    if (name == "concat" && !value.is_list) {
      if (!Pay(value.text.size() + argument.text.size())) return false;
      value.text += argument.text;
      return true;
    }
    if (name == "split" && !value.is_list) {
      if (!Pay(value.text.size())) return false;
      value.is_list = true;
      Split(value.text, argument.text, value.list);
      value.text.clear();
      return true;
    }
    if (name == "join" && value.is_list) {
      size_t bytes = 0;
      for (const std::string& item : value.list) bytes += item.size() + argument.text.size();
      if (!Pay(bytes)) return false;
      for (size_t i = 0; i < value.list.size(); ++i) {
        if (i > 0) value.text += argument.text;
        value.text += value.list[i];
      }
      value.list.clear();
      value.is_list = false;
      value.decoded = true;
      return true;
    }
    return false;
  }

  static void Split(std::string_view text, std::string_view separator,
                    std::vector<std::string>& out) {
    size_t at = 0;
    if (separator.empty()) {
      while (at < text.size()) {
        const size_t begin = at;
        NextCodePoint(text, &at);
        out.emplace_back(text.substr(begin, at - begin));
      }
      return;
    }
    while (true) {
      const size_t next = text.find(separator, at);
      out.emplace_back(text.substr(at, next == std::string_view::npos ? next : next - at));
      if (next == std::string_view::npos) return;
      at = next + separator.size();
    }
  }

  // replace("a", "b") and replace(/a/g, "b") where the expression is plain letters.
  bool Replace(Value& value, int depth) {
    std::string wanted;
    bool all = false;
    const Token token = lexer_.Next();
    const std::string_view text = lexer_.Text(token);
    if (token.kind == Token::Kind::kRegex) {
      const size_t end = text.rfind('/');
      all = text.find('g', end) != std::string_view::npos;
      for (size_t i = 1; i < end; ++i) {
        if (text[i] == '\\' && i + 1 < end &&
            !IsAsciiAlnum(static_cast<unsigned char>(text[i + 1]))) {
          wanted.push_back(text[++i]);
        } else if (std::string_view(".*+?()[]{}|^$\\").find(text[i]) != std::string_view::npos) {
          return false;
        } else {
          wanted.push_back(text[i]);
        }
      }
    } else if (token.kind == Token::Kind::kString) {
      bool disguise = false;
      wanted = DecodeLiteral(text, &disguise);
    } else {
      return false;
    }
    if (!Eat(',')) return false;
    std::optional<Value> with = Sum(depth + 1);
    if (!with || with->is_list || !Eat(')') || wanted.empty()) return false;
    if (!Pay(value.text.size())) return false;
    std::string out;
    size_t at = 0;
    while (true) {
      const size_t next = value.text.find(wanted, at);
      if (next == std::string::npos) break;
      if (!Pay(with->text.size())) return false;
      out.append(value.text, at, next - at);
      out += with->text;
      at = next + wanted.size();
      if (!all) break;
    }
    out.append(value.text, at);
    value.text = std::move(out);
    value.decoded = true;
    return true;
  }

  Lexer& lexer_;
  Variables& variables_;
};

}  // namespace

std::optional<Value> Evaluate(Lexer& lexer, Variables& variables) {
  const Lexer back = lexer;
  std::optional<Value> value = Evaluator(lexer, variables).Sum(0);
  if (!value) lexer = back;
  return value;
}

}  // namespace xuncha
