// CSS syntax: a text as rules and declarations, as CSS Syntax Module Level 3 takes it
// apart: strings, brackets, comments and escapes hold no end of anything, and what is
// wrong ends where browsers end it.
//
// Nothing is copied and nothing is nested here: a reader walks over the text once and says
// what begins next. Views it gives are of the text, with comments and escapes still in
// them; CleanCss takes those out.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xuncha {

struct CssItem {
  enum class Kind : uint8_t {
    kEnd,          // of the block, or of the text
    kDeclaration,  // in a block; it need not be a right one
    kRule,         // its block is open now
    kAtRule,       // likewise
    kStatement,    // "@import ...;"
  };
  Kind kind = Kind::kEnd;
  std::string_view text;  // the declaration, the selectors, or all from the '@' on; trimmed
  bool sound = true;      // no string in it ends with its line
};

class CssReader {
 public:
  enum class Place : uint8_t { kTop, kBlock };  // rules only, or declarations and rules
  CssReader(std::string_view css, Place place) : css_(css), in_block_(place == Place::kBlock) {}

  // In the block that was opened last: its items, and then kEnd once.
  CssItem Next();
  // Walks past the rest of the block that was opened last.
  void SkipBlock();
  size_t at() const { return at_; }

 private:
  char Stop(bool semicolon, bool& sound);

  const std::string_view css_;
  size_t at_ = 0;
  size_t depth_ = 0;  // blocks open here
  const bool in_block_;
};

// "name: value !important", without any of what stands around the parts. nullopt if
// browsers drop it for its form.
struct CssDeclaration {
  std::string_view name, value;
  bool important = false;
};
std::optional<CssDeclaration> SplitDeclaration(std::string_view text);

// Without comments. A comment between two letters parts them, as in a browser: what was
// parted is no name.
enum class Escapes : uint8_t { kKept, kUndone };
bool NeedsCleaning(std::string_view css);
// Undone are escapes outside of strings, as far as they stand for what names are made of.
std::string CleanCss(std::string_view css, Escapes escapes);

// Behind what stands at text[at] as one: a string, a comment, an escape, a bracket with all
// in it, or else one byte.
size_t PassCss(std::string_view text, size_t at);
// The parts between separators that stand in no bracket and no string; trimmed, empty ones too.
std::vector<std::string_view> SplitCss(std::string_view text, char separator);

// Behind the bracket that closes the one at text[at], or npos.
size_t CssBracketEnd(std::string_view text, size_t at);

// Appends what the escape at text[at], "\\6f " or "\\;", stands for, and returns where it ends.
// REQUIRES: a backslash stands there, and something behind it.
size_t AppendCssEscape(std::string& out, std::string_view text, size_t at);

}  // namespace xuncha
