// SPDX-License-Identifier: Apache-2.0
#include "crawler/waiting.h"

#include <algorithm>

#include "base/limits.h"
#include "base/result.h"

namespace xuncha {

void Waiting::Enqueue(uint64_t key, const Shape& shape) {
  const auto steps = static_cast<uint32_t>(shape.taken / limits::kShapePagesPerStep);
  turns_.emplace(shape.urls[shape.head].depth + steps, ++order_, key);
}

Waiting::Taken Waiting::Push(WaitingUrl url) {
  if (url.urgent) {
    urgent_.push_back(std::move(url));
    ++size_;
    return Taken::kYes;
  }
  const uint64_t key = url.shape;
  Shape& shape = shapes_[key];
  if (shape.stopped) return Taken::kStopped;
  if (!url.known && url.attempt == 0) {
    if (shape.news >= static_cast<uint32_t>(limits::kTemplatePagesMax)) return Taken::kFull;
    ++shape.news;
  }
  const bool was_idle = shape.left() == 0;
  shape.urls.push_back(std::move(url));
  ++size_;
  if (was_idle) Enqueue(key, shape);
  return Taken::kYes;
}

std::optional<WaitingUrl> Waiting::Pop() {
  if (!urgent_.empty()) {
    WaitingUrl url = std::move(urgent_.front());
    urgent_.pop_front();
    --size_;
    return url;
  }
  if (turns_.empty()) return std::nullopt;
  const uint64_t key = std::get<2>(*turns_.begin());
  turns_.erase(turns_.begin());
  Shape& shape = shapes_[key];
  CHECK(shape.left() > 0);
  WaitingUrl url = std::move(shape.urls[shape.head++]);
  if (shape.left() == 0) {
    shape.urls.clear();
    shape.urls.shrink_to_fit();
    shape.head = 0;
  } else if (shape.head >= 256 && shape.head * 2 > shape.urls.size()) {
    shape.urls.erase(shape.urls.begin(), shape.urls.begin() + static_cast<ptrdiff_t>(shape.head));
    shape.head = 0;
  }
  if (url.attempt == 0) ++shape.taken;
  --size_;
  if (shape.left() > 0) Enqueue(key, shape);
  return url;
}

bool Waiting::HasUrgent(std::string_view url) const {
  return std::any_of(urgent_.begin(), urgent_.end(),
                     [url](const WaitingUrl& waiting) { return waiting.url == url; });
}

std::optional<size_t> Waiting::Record(uint64_t key, bool fresh) {
  auto found = shapes_.find(key);
  if (found == shapes_.end() || found->second.stopped) return std::nullopt;
  Shape& shape = found->second;
  shape.barren = fresh ? 0 : shape.barren + 1;
  if (shape.barren < static_cast<uint32_t>(limits::kTemplateBarrenMax)) return std::nullopt;
  shape.stopped = true;
  const size_t dropped = shape.left();
  size_ -= dropped;
  shape.urls = {};
  shape.head = 0;
  for (auto turn = turns_.begin(); turn != turns_.end(); ++turn) {
    if (std::get<2>(*turn) != key) continue;
    turns_.erase(turn);
    break;
  }
  return dropped;
}

size_t Waiting::Clear() {
  const size_t dropped = size_;
  urgent_.clear();
  shapes_.clear();
  turns_.clear();
  size_ = 0;
  return dropped;
}

}  // namespace xuncha
