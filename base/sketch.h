// A sketch is what is remembered of a page's look: a few hundred bytes by which
// it is held against its last good version and against the other pages of its
// site, without its body.
//
// Hashes are only ever compared with hashes; whoever wants names reads the page.
// A sketch made in another way (another `version`) counts as none.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xuncha {

// The writing most letters of a text belong to.
enum class Writing : uint8_t {
  kNone,
  kHan,
  kLatin,
  kKana,
  kHangul,
  kCyrillic,
  kArabic,
  kThai,
  kOther,
};
inline constexpr size_t kWritings = 9;
std::string_view WritingText(Writing writing);  // Chinese: "日文"
// Kana among Han is Japanese: a fifth of kana is enough. kNone below four letters.
Writing WritingOf(std::string_view text);

// Links to strangers that stand together, no link of the site's own between them.
struct LinkBlock {
  uint64_t hash = 0;  // of the sorted domains
  uint32_t links = 0;
  uint32_t domains = 0;
  uint32_t cheap = 0;   // domains that cost next to nothing, or hosts of digits only
  bool hidden = false;  // where visitors do not see it
  friend bool operator==(const LinkBlock&, const LinkBlock&) = default;
};

inline constexpr uint32_t kSketchVersion = 1;

struct PageSketch {
  uint32_t version = 0;  // 0: no sketch
  std::string title;     // ≤ limits::kSketchTitleBytesMax
  uint64_t text = 0;     // SimHash of the visible text; 0 if too little
  Writing title_writing = Writing::kNone;
  Writing text_writing = Writing::kNone;
  std::vector<uint32_t> shape;    // least hashes of what the template leaves, ascending
  std::vector<uint32_t> domains;  // strangers linked to, ascending
  std::vector<uint32_t> folders;  // top folders of its own site it links in sight, ascending
  std::vector<LinkBlock> blocks;  // the largest, hidden ones first
  bool empty() const { return version != kSketchVersion; }
  friend bool operator==(const PageSketch&, const PageSketch&) = default;
};

// The share of template that two pages have in common, 0 to 1; estimated from the
// least hashes (bottom-k sketches, Broder). Two pages without any share nothing.
double SharedShape(const PageSketch& a, const PageSketch& b);

// Whether two titles have a pair of Han characters, or a word, in common. A title
// of neither is taken to.
bool TitlesRelated(std::string_view a, std::string_view b);

// "http://host/folder/" of a page, as PageSketch::folders hashes it: the page's
// first path segment if another follows, else "/".
uint32_t TopFolderHash(std::string_view host, std::string_view path);
std::string_view TopFolderOf(std::string_view path);  // "/news/" of "/news/2026/1.html"

}  // namespace xuncha
