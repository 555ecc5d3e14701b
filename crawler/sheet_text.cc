// SPDX-License-Identifier: Apache-2.0
#include "crawler/sheet_text.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/css_syntax.h"
#include "crawler/links.h"
#include "crawler/references.h"

namespace xuncha {
namespace {

constexpr size_t kStringHanMin = 6;   // of the strings of one declaration: shorter ones name things
constexpr size_t kPictureHanMin = 2;  // of a picture: what it shows, it was drawn to show

size_t CountHan(std::string_view text) {
  size_t han = 0;
  for (size_t at = 0; at < text.size();) han += IsHan(NextCodePoint(text, &at));
  return han;
}

// The text between the tags of a drawing.
std::string WordsOfPicture(std::string_view markup) {
  std::string words;
  for (size_t at = 0; at < markup.size();) {
    const size_t open = std::min(markup.find('<', at), markup.size());
    AppendDecoded(words, markup.substr(at, open - at), false);
    at = std::min(markup.find('>', open), markup.size() - 1) + 1;
    if (open == markup.size()) break;
  }
  return CollapseSpace(words);
}

class Reader {
 public:
  explicit Reader(std::string_view css) : css_(css) {}

  SheetText Read() {
    while (at_ < css_.size()) {
      switch (css_[at_]) {
        case '/':
          Comment();
          break;
        case '"':
        case '\'':
          if (words_.empty()) place_ = at_;
          words_ += String();
          break;
        case '{':  // what stood before was a selector
          words_.clear();
          ++depth_;
          begin_ = ++at_;
          break;
        case ';':
          EndDeclaration();
          begin_ = ++at_;
          break;
        case '}':
          EndDeclaration();
          if (depth_ > 0) --depth_;
          begin_ = ++at_;
          break;
        case '(':
          Bracket();
          break;
        default:
          ++at_;
      }
    }
    EndDeclaration();
    return std::move(out_);
  }

 private:
  void Comment() {
    if (!css_.substr(at_).starts_with("/*")) {
      ++at_;
      return;
    }
    const size_t end = css_.find("*/", at_ + 2);
    at_ = end == std::string_view::npos ? css_.size() : end + 2;
  }

  std::string String() {
    const char quote = css_[at_++];
    std::string text;
    while (at_ < css_.size() && css_[at_] != quote && css_[at_] != '\n') {
      if (css_[at_] == '\\' && at_ + 1 < css_.size()) {
        at_ = AppendCssEscape(text, css_, at_);
      } else {
        text.push_back(css_[at_++]);
      }
    }
    if (at_ < css_.size()) ++at_;
    return text;
  }

  bool Follows(std::string_view name) const {
    return at_ >= name.size() &&
           EqualsIgnoreCase(css_.substr(at_ - name.size(), name.size()), name);
  }

  void Bracket() {
    const bool url = Follows("url"), attribute = Follows("attr");
    ++at_;
    if (!url && !attribute) return;
    while (at_ < css_.size() && IsAsciiSpace(css_[at_])) ++at_;
    if (at_ == css_.size()) return;
    const size_t place = at_;
    if (url && (css_[at_] == '"' || css_[at_] == '\'')) return Picture(String(), place);
    const size_t end = std::min(css_.find_first_of(url ? ")" : "), \t\n", at_), css_.size());
    const std::string_view inside = css_.substr(at_, end - at_);
    at_ = end;
    if (url) return Picture(inside, place);
    std::string name = AsciiLower(inside.substr(0, limits::kBlockNameBytesMax));
    if (out_.attributes.size() < limits::kCssContentsMax &&
        std::find(out_.attributes.begin(), out_.attributes.end(), name) == out_.attributes.end())
      out_.attributes.push_back(std::move(name));
  }

  void Picture(std::string_view url, size_t place) {
    if (!StartsWithIgnoreCase(url, "data:image/svg")) return;
    const std::optional<std::string> markup = ReadDataUrl(url);
    if (markup) Put(WordsOfPicture(*markup), kPictureHanMin, place);
  }

  void EndDeclaration() {
    const std::string_view declaration = css_.substr(begin_, at_ - begin_);
    const std::string_view property = declaration.substr(0, declaration.find(':'));
    if (depth_ > 0 && !ContainsIgnoreCase(property, "font")) Put(words_, kStringHanMin, place_);
    words_.clear();
  }

  void Put(std::string_view words, size_t han_min, size_t place) {
    if (CountHan(words) < han_min) return;
    std::vector<CssContent>& all = out_.words;
    if (all.size() < limits::kCssContentsMax) {
      all.push_back({ToValidUtf8(words), place});
    } else {
      all.back().text += "\n" + ToValidUtf8(words);
    }
  }

  const std::string_view css_;
  size_t at_ = 0;
  size_t depth_ = 0;   // blocks around this place
  size_t begin_ = 0;   // of the declaration
  std::string words_;  // its strings so far
  size_t place_ = 0;   // of the first of them
  SheetText out_;
};

}  // namespace

SheetText ReadSheetText(std::string_view css) { return Reader(css).Read(); }

}  // namespace xuncha
