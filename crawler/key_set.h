// KeySet is a set of 64-bit hashes in one flat table: 8 to 16 bytes a member,
// where std::unordered_set needs 40. It holds what the frontier has seen, so it
// is the only thing that grows with the size of a site.
//
// One thread at a time.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xuncha {

class KeySet {
 public:
  // True if it was not there.
  bool Insert(uint64_t key) {
    if (key == 0) key = 1;  // 0 marks a free place
    if ((size_ + 1) * 4 > table_.size() * 3) Grow();
    uint64_t& place = Place(key);
    if (place == key) return false;
    place = key;
    ++size_;
    return true;
  }
  bool Contains(uint64_t key) const {
    if (key == 0) key = 1;
    return !table_.empty() && const_cast<KeySet*>(this)->Place(key) == key;
  }
  size_t size() const { return size_; }

 private:
  // Where the key stands, or the free place where it would. The keys are hashes
  // already, so their low bits are as good as any.
  uint64_t& Place(uint64_t key) {
    const size_t mask = table_.size() - 1;
    size_t at = key & mask;
    while (table_[at] != 0 && table_[at] != key) at = (at + 1) & mask;
    return table_[at];
  }
  void Grow() {
    std::vector<uint64_t> old = std::move(table_);
    table_.assign(old.empty() ? 64 : old.size() * 2, 0);
    for (uint64_t key : old) {
      if (key != 0) Place(key) = key;
    }
  }

  std::vector<uint64_t> table_;  // a power of two
  size_t size_ = 0;
};

}  // namespace xuncha
