// SPDX-License-Identifier: Apache-2.0
#include "crawler/shape.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/limits.h"

namespace xuncha {

void ShapeHashes::Add(uint64_t feature) {
  const auto hash = static_cast<uint32_t>(feature ^ feature >> 32);
  if (least_.empty()) least_.reserve(limits::kSketchShapeMax + 1);
  const bool full = least_.size() == limits::kSketchShapeMax;
  if (full && hash >= least_.back()) return;
  const auto at = std::lower_bound(least_.begin(), least_.end(), hash);
  if (at != least_.end() && *at == hash) return;
  least_.insert(at, hash);
  if (full) least_.pop_back();
}

void AddShape(const Element& element, ShapeHashes& shape) {
  if (element.attributes.empty() || shape.elements >= limits::kShapeElementsMax) return;
  const auto tag = static_cast<uint64_t>(element.tag) << 56;
  bool asked = false;
  for (const Attribute& attribute : element.attributes) {
    if (attribute.id != Attr::kClass && attribute.id != Attr::kId) continue;
    asked = true;
    std::array<char, 32> word;  // longer names differ before their end
    size_t size = 0;
    const auto end_word = [&] {
      if (size > 0) shape.Add(tag ^ Hash64({word.data(), size}));
      size = 0;
    };
    for (const char c : attribute.value.substr(0, 256)) {
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        end_word();
      } else if (size < word.size() && !(c >= '0' && c <= '9')) {
        word[size++] = c;
      }
    }
    end_word();
  }
  shape.elements += asked;
}

}  // namespace xuncha
