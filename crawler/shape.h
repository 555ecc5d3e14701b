// The shape of a page is what its template leaves in it: the classes and names of
// the elements near the root, and the style sheets and scripts it loads. Of all
// these features only the least hashes are kept, by which the share that two
// pages have in common is estimated (base/sketch.h).
//
// One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "crawler/markup.h"

namespace xuncha {

// Elements further from the root belong to what the page says.
inline constexpr size_t kShapeDepth = 7;

class ShapeHashes {
 public:
  void Add(uint64_t feature);
  const std::vector<uint32_t>& least() const { return least_; }  // ascending

  size_t elements = 0;  // asked so far

 private:
  std::vector<uint32_t> least_;
};

// Adds the classes and the name of an element, without digits: "post-123" is the
// same template as "post-124".
void AddShape(const Element& element, ShapeHashes& shape);

}  // namespace xuncha
