// Site facts: what a site's pages, taken together, say of single ones.
//
// All pages are shown twice, in any order: first they are counted (Add), then each
// is told what the others say of it (Of). Between the two only counts are kept,
// bounded by base/limits.h whatever the site does.
//
// What an honest site does as well is never a fact here: partners in the footer of
// every page, one article that cites a paper, a department with a template of its
// own that the menu leads to. So most facts ask two things at once, and none is
// more than of medium strength.
//
// Pure; one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/record.h"

namespace xuncha {

// One page of the site. Borrowed for the call.
struct SitePage {
  const Url& url;
  const PageSketch& now;
  const PageSketch& good;  // its last good version before tonight's; empty if there is none
  bool fresh = false;      // no night before knew its address
};

class SiteFacts {
 public:
  // `home` may be empty: then no page is the home page.
  explicit SiteFacts(const Url& home) : home_(home) {}

  void Add(const SitePage& page);
  // Signals of the page, the same whatever order the pages came in but for which
  // of two like templates stands for both.
  // REQUIRES: every page was added.
  std::vector<Signal> Of(const SitePage& page) const;

  // Whether a cap was met, and so some pages were not counted.
  bool truncated() const { return truncated_; }

 private:
  struct Template {
    PageSketch leader;
    uint32_t pages = 0, old_pages = 0;
    bool has_home = false;
    std::vector<uint32_t> folders;  // the first few it is used in
    std::array<uint32_t, kWritings> writings{};
  };
  struct Folder {
    std::string path;
    uint32_t pages = 0, fresh = 0, random = 0;
    uint32_t linked = 0;  // pages elsewhere that link into it in sight
    bool linked_by_home = false;
  };
  struct Domain {
    uint32_t pages = 0;
    uint32_t folder = 0;
    bool elsewhere = false;  // linked from several folders
    bool known = false;      // some page's good version links to it
  };
  struct Block {
    uint32_t pages = 0, fresh = 0;  // fresh: on pages whose good version is without
    uint32_t of_template = 0;       // the first page's
    bool several = false;           // templates
    bool known = false;
  };

  uint32_t TemplateOf(const PageSketch& sketch) const;
  bool IsMain(const Template& one) const;
  bool IsOrphan(const Folder& folder) const;
  // The template is neither the home page's nor one that folders in the menu use.
  bool IsBreak(uint32_t index) const;

  const Url home_;
  std::vector<Template> templates_;
  std::unordered_map<uint32_t, Folder> folders_;
  std::unordered_map<uint32_t, Domain> domains_;
  std::unordered_map<uint64_t, Block> blocks_;
  uint32_t pages_ = 0;
  uint32_t old_pages_ = 0;  // with a good version
  std::array<uint32_t, kWritings> old_writings_{};
  bool truncated_ = false;
};

}  // namespace xuncha
