// SPDX-License-Identifier: Apache-2.0
#include "console/changes.h"

#include <chrono>
#include <optional>

#include "base/limits.h"

namespace xuncha {

struct Changes::Item {
  std::function<Status(Store&)> change;
  bool taken = false;  // from here on whoever waits must wait to the end
  std::optional<Status> outcome;
};

Changes::Changes(Store& store) : store_(store), owner_(std::this_thread::get_id()) {}
Changes::~Changes() = default;

Status Changes::Do(const std::function<Status(Store&)>& change) {
  if (std::this_thread::get_id() == owner_) return change(store_);
  const auto item = std::make_shared<Item>();
  item->change = std::ref(change);
  std::unique_lock lock(mutex_);
  if (closed_) return Error{Code::kConflict, "值班台正在关闭；没有改动任何东西"};
  if (threads_ >= threads_max_ || waiting_.size() >= limits::kDeskWritesWaitingMax)
    return Error{Code::kConflict, "等候写入的太多；没有改动任何东西，请稍后再试"};
  waiting_.push_back(item);
  arrived_.notify_one();
  ++threads_;
  done_.wait_for(lock, std::chrono::milliseconds(limits::kDeskWriteMillisMax),
                 [&] { return item->taken || item->outcome; });
  if (item->taken) done_.wait(lock, [&] { return item->outcome.has_value(); });
  --threads_;
  if (item->outcome) return *item->outcome;
  std::erase(waiting_, item);
  return Error{Code::kConflict, "数据正忙，没有轮到写入；没有改动任何东西，请稍后再试"};
}

void Changes::Post(std::function<Status(Store&)> change) {
  const auto item = std::make_shared<Item>();
  item->change = std::move(change);
  const std::lock_guard lock(mutex_);
  if (closed_ || waiting_.size() >= limits::kDeskWritesWaitingMax) return;
  waiting_.push_back(item);
  arrived_.notify_one();
}

void Changes::Drain() {
  std::unique_lock lock(mutex_);
  // What comes meanwhile has its turn the next time: the crawl goes on.
  for (size_t left = waiting_.size(); left > 0 && !waiting_.empty(); --left) {
    const std::shared_ptr<Item> item = waiting_.front();
    waiting_.pop_front();
    item->taken = true;
    lock.unlock();
    Status outcome = item->change(store_);
    lock.lock();
    item->outcome = std::move(outcome);
    done_.notify_all();
  }
}

void Changes::Wait(Millis at_most) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, std::chrono::milliseconds(at_most), [&] { return !waiting_.empty(); });
}

void Changes::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const std::shared_ptr<Item>& item : waiting_)
    item->outcome = Error{Code::kConflict, "值班台正在关闭；没有改动任何东西"};
  waiting_.clear();
  done_.notify_all();
}

}  // namespace xuncha
