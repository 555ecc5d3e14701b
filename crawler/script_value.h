// Script values: what an expression of a script would be, as far as it is made of
// literals and a few decoding functions. Nothing is executed.
//
// The lexer knows strings, templates, numbers, comments and regular expressions;
// the evaluator knows sums, fromCharCode, unescape, decodeURIComponent, atob,
// split, reverse, join, replace, variables and arrays seen before. Depth and bytes
// are bounded, so that a script that doubles a string forty times is no bomb.
//
// One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"

namespace xuncha {

struct Token {
  enum class Kind : uint8_t { kEnd, kName, kString, kTemplate, kNumber, kRegex, kPunct };
  Kind kind = Kind::kEnd;
  char punct = 0;       // kPunct: its first character
  bool assign = false;  // kPunct: "=" alone, or "+="
  size_t begin = 0, end = 0;
};

class Lexer {
 public:
  // Stands at byte `at` of the script.
  explicit Lexer(std::string_view script, size_t at = 0) : script_(script), at_(at) {}
  Token Next();
  Token Peek();
  size_t at() const { return at_; }
  std::string_view Text(const Token& token) const {
    return script_.substr(token.begin, token.end - token.begin);
  }
  std::string_view script() const { return script_; }

 private:
  std::string_view script_;
  size_t at_ = 0;
  size_t no_regex_before_ = 0;  // one was begun and did not end before this place, its line's end
  bool value_before_ = false;   // a '/' now divides; else it begins a regular expression
};

struct Value {
  std::string text;
  std::vector<std::string> list;
  bool is_list = false;
  bool disguise = false;  // was spelled so that a reader does not see it
  bool decoded = false;   // by a function or escapes
};

// Strings that variables hold, and what evaluating may still cost.
struct Variables {
  std::map<std::string, Value, std::less<>> values;
  size_t bytes_left = 0;  // evaluated text; at 0 nothing more is put together
  size_t ahead_left = limits::kScriptAheadBytesMax;  // text read ahead, and then once more
  bool exhausted = false;                            // either of them
  void Set(std::string_view name, Value value);
};

// The value of the expression that begins at the lexer's place, and the lexer
// behind it; nullopt, and the lexer where it was, if it is not known.
std::optional<Value> Evaluate(Lexer& lexer, Variables& variables);

}  // namespace xuncha
