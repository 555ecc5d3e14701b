// Texts met before, and in which order: a set of views that only grows. Two
// allocations for most pages, where a node per text would be hundreds; texts are
// compared and not only their hashes, for hashes can be made to agree.
//
// Borrows what it is given. One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace xuncha {

class Seen {
 public:
  // The value `text` was first given; `value` itself if it is new, or if so many
  // hashes fall together (somebody made them) that it is not worth looking for.
  uint32_t Insert(std::string_view text, uint32_t value) {
    if ((entries_.size() + 1) * 2 > slots_.size()) Grow();
    const size_t hash = std::hash<std::string_view>()(text);
    size_t at = hash & (slots_.size() - 1);
    for (int probe = 0; probe < kProbesMax; ++probe, at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at] == 0) {
        entries_.push_back({text, hash, value});
        slots_[at] = static_cast<uint32_t>(entries_.size());
        return value;
      }
      const Entry& entry = entries_[slots_[at] - 1];
      if (entry.hash == hash && entry.text == text) return entry.value;
    }
    return value;
  }
  // Whether `text` is new.
  bool Add(std::string_view text) {
    ++added_;
    return Insert(text, added_) == added_;
  }

 private:
  static constexpr int kProbesMax = 64;  // at half load a handful is usual
  struct Entry {
    std::string_view text;
    size_t hash;
    uint32_t value;
  };
  void Grow() {
    slots_.assign(slots_.empty() ? 256 : slots_.size() * 2, 0);
    for (size_t i = 0; i < entries_.size(); ++i) {
      size_t at = entries_[i].hash & (slots_.size() - 1);
      int probe = 0;
      while (slots_[at] != 0 && ++probe < kProbesMax) at = (at + 1) & (slots_.size() - 1);
      if (slots_[at] == 0) slots_[at] = static_cast<uint32_t>(i + 1);
    }
  }

  uint32_t added_ = 0;
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;  // index into entries_ plus 1; 0 = free
};

}  // namespace xuncha
