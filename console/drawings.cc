// SPDX-License-Identifier: Apache-2.0
#include "console/drawings.h"

#include <algorithm>

namespace xuncha {

Drawings::Drawings(Draw draw) : draw_(std::move(draw)) {
  if (possible()) worker_ = std::jthread([this](const std::stop_token& stop) { Work(stop); });
}

Drawings::~Drawings() = default;  // the thread is stopped and waited for before the rest goes

Drawings::Drawing Drawings::Look(const Digest& page) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(page);
  if (found == kept_.end()) return {};
  found->second.looked = ++looks_;
  return found->second.drawing;
}

Status Drawings::Ask(const Digest& page, Read read) {
  if (!possible()) return Error{Code::kNotFound, "没有找到 Chromium，也没有绘图服务，不能绘制截图"};
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(page);
  if (found != kept_.end() && found->second.drawing.state != State::kFailed) return Ok();
  if (waiting_.size() >= kWaitingMax) return Error{Code::kLimit, "等候绘制的截图太多；请稍后再试"};
  waiting_.emplace_back(page, std::move(read));
  kept_[page] = {.drawing = {.state = State::kWaiting}, .looked = ++looks_};
  arrived_.notify_one();
  return Ok();
}

void Drawings::Work(const std::stop_token& stop) {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
    const auto [page, read] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const Result<std::string> markup = read();
    Keep(page, markup ? draw_(*markup, stop) : markup.error());
    if (stop.stop_requested()) return;
  }
}

void Drawings::Keep(const Digest& page, Result<std::string> png) {
  const std::lock_guard lock(mutex_);
  Drawing& drawing = kept_[page].drawing;
  if (!png) {
    drawing = {.state = State::kFailed, .why = png.error().text};
  } else if (png->size() > kBytesMax / 4) {
    drawing = {.state = State::kFailed, .why = "截图太大"};
  } else {
    bytes_ += png->size();
    drawing = {.state = State::kReady, .png = std::make_shared<const std::string>(std::move(*png))};
  }
  kept_[page].looked = ++looks_;
  while (kept_.size() > kKeptMax || bytes_ > kBytesMax) {
    auto oldest = kept_.end();
    for (auto one = kept_.begin(); one != kept_.end(); ++one) {
      if (one->second.drawing.state == State::kWaiting) continue;
      if (oldest == kept_.end() || one->second.looked < oldest->second.looked) oldest = one;
    }
    if (oldest == kept_.end()) return;
    if (oldest->second.drawing.png) bytes_ -= oldest->second.drawing.png->size();
    kept_.erase(oldest);
  }
}

}  // namespace xuncha
