// Values of CSS: lengths, colours, what calc() comes to, and what a variable stands for.
//
// A value that is not understood says nothing: the declaration it stands in then hides
// nothing and shows nothing.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace xuncha {

// What reading styles may still cost: bytes looked at, or about as much.
class StyleWork {
 public:
  explicit StyleWork(size_t max) : left_(max) {}
  // False, from then on, if there is not as much left: the rest is not to be read.
  bool Take(size_t amount) {
    over_ |= amount > left_;
    left_ = over_ ? 0 : left_ - amount;
    return !over_;
  }
  bool over() const { return over_; }

 private:
  size_t left_;
  bool over_ = false;
};

struct Colour {
  enum class Kind : uint8_t { kUnset, kSolid, kTransparent, kUnknown };
  Kind kind = Kind::kUnset;
  uint8_t red = 0, green = 0, blue = 0;
};
// Of an attribute of HTML, which may leave the '#' out; kUnknown if it is none.
Colour ReadColour(std::string_view text);
// kUnset for "inherit"; nullopt for what browsers take for none.
std::optional<Colour> ReadCssColour(std::string_view text);
// Both solid, and nearer to each other than an eye can tell.
bool SameColour(const Colour& a, const Colour& b);
// Pixels of a CSS or HTML length, also of one that is reckoned: "calc(1px - 9999px)".
// nullopt if it is none, or a percentage.
std::optional<float> ReadLength(std::string_view text);

// What the variables of a sheet stand for. Where one is set more than once the first
// holds: which element it is asked of is not looked at.
class CssVariables {
 public:
  // `outer` is asked for names this does not know; it is borrowed and may be null.
  explicit CssVariables(const CssVariables* outer = nullptr) : outer_(outer) {}
  // Takes a "--name: value", as it stands in a sheet. What is beyond a cap is left out.
  void Set(std::string_view declaration);
  // Takes those of a style attribute.
  void Read(std::string_view declarations);
  // Some variable was left out.
  bool cut() const { return cut_; }
  // The value with every var() replaced, or nullopt if it holds one that stands for nothing,
  // or `work` is over.
  std::optional<std::string> Resolve(std::string_view value, StyleWork& work) const;

 private:
  bool Append(std::string& out, std::string_view value, int depth, StyleWork& work) const;
  const std::string* Find(std::string_view name) const;

  const CssVariables* outer_;
  std::map<std::string, std::string, std::less<>> values_;
  bool cut_ = false;
};

}  // namespace xuncha
