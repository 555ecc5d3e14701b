// SPDX-License-Identifier: Apache-2.0
#include "crawler/workers.h"

#include <algorithm>
#include <utility>

namespace xuncha {

Workers::Workers(Examine examine, std::function<void()> wake)
    : examine_(std::move(examine)), wake_(std::move(wake)) {}

Result<std::unique_ptr<Workers>> Workers::Start(const Matcher& matcher, size_t threads,
                                                Examine examine, std::function<void()> wake) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<Matcher::Scratch> scratches;
  for (size_t i = 0; i < threads; ++i) {
    Result<Matcher::Scratch> scratch = matcher.NewScratch();
    if (!scratch) return scratch.error();
    scratches.push_back(std::move(*scratch));
  }
  std::unique_ptr<Workers> workers(
      new Workers(std::move(examine), std::move(wake)));  // private constructor
  for (Matcher::Scratch& scratch : scratches) {
    workers->threads_.emplace_back(&Workers::Work, workers.get(), std::move(scratch));
  }
  return workers;
}

Workers::~Workers() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::Submit(Page page) {
  ++backlog_;
  {
    std::lock_guard lock(mutex_);
    todo_.push_back(std::move(page));
  }
  work_.notify_one();
}

std::vector<Page> Workers::Finished() {
  std::vector<Page> done;
  {
    std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  backlog_ -= done.size();
  return done;
}

void Workers::Work(Matcher::Scratch scratch) {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return closing_ || !todo_.empty(); });
    if (closing_) return;
    Page page = std::move(todo_.front());
    todo_.pop_front();
    lock.unlock();
    examine_(page, scratch);
    lock.lock();
    done_.push_back(std::move(page));
    if (done_.size() > 1) continue;  // the others woke it already
    lock.unlock();
    wake_();
    lock.lock();
  }
}

}  // namespace xuncha
