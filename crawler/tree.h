// The tree: Gumbo inside an arena, the only place that knows Gumbo.
//
// Gumbo frees nothing here and is never asked to destroy its output: it allocates
// from an arena with a byte budget, under an alarm that rings when its CPU time is used
// up, and leaves by longjmp at either (its own destroy function recurses, some shapes
// of markup make it build O(n^2) nodes, and others search its stacks for as long
// without building any). The walk over the finished tree is iterative and reports it
// as events.
//
// An arena belongs to one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/limits.h"
#include "crawler/markup.h"

namespace xuncha {

// One reserved range of memory, used again for page after page, so that a page
// costs neither a system call nor fresh page faults.
class Arena {
 public:
  Arena();  // reserves limits::kArenaBytesMax of address space; memory comes with use
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  size_t used() const { return used_; }
  // nullptr when the budget is used up.
  void* Allocate(size_t size) {
    if (base_ == nullptr || size > limits::kArenaBytesMax - used_) return nullptr;
    void* memory = base_ + used_;
    used_ += (size + 15) & ~size_t{15};
    if (used_ > limits::kArenaBytesMax) used_ = limits::kArenaBytesMax;
    return memory;
  }
  // Ends the life of everything allocated; gives memory above kKept back.
  void Reset();

 private:
  static constexpr size_t kKept = 8 << 20;  // of the trees of ordinary pages none is larger
  char* base_ = nullptr;
  size_t used_ = 0;
};

enum class TreeEnd : uint8_t { kDone, kMemory, kTime };

struct TreeResult {
  TreeEnd end = TreeEnd::kDone;
  bool too_deep = false;  // elements below limits::kTreeDepthMax were reported as siblings
};

// Parses `markup` (valid UTF-8) and reports its tree to `sink`; on kMemory and
// kTime nothing was reported. Views in the events live until the arena is reset.
TreeResult ReadTree(std::string_view markup, Arena& arena, MarkupSink& sink);

// Parses and throws away, for measuring what the parser alone costs.
TreeEnd ParseOnly(std::string_view markup, Arena& arena);

}  // namespace xuncha
