// Workers is a pool of threads that examine pages. A page is owned by the thread
// that works on it; the two queues are the only thing shared, and one lock guards
// them.
//
// Submit, Finished and Backlog on one thread; the work runs on the others.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "matcher/matcher.h"

namespace xuncha {

class Workers {
 public:
  using Examine = std::function<void(Page&, Matcher::Scratch&)>;

  // `threads` 0 = one for each processor. `wake` is called on a worker's thread
  // when a page is finished and none was waiting to be taken.
  static Result<std::unique_ptr<Workers>> Start(const Matcher& matcher, size_t threads,
                                                Examine examine, std::function<void()> wake);
  // Ends the threads after the page each works on; pages not yet begun are dropped.
  ~Workers();

  void Submit(Page page);
  // Takes what is finished, in the order it was.
  std::vector<Page> Finished();
  // Pages submitted and not yet taken back.
  size_t Backlog() const { return backlog_; }

 private:
  Workers(Examine examine, std::function<void()> wake);
  void Work(Matcher::Scratch scratch);

  const Examine examine_;
  const std::function<void()> wake_;
  size_t backlog_ = 0;  // the submitting thread's

  std::mutex mutex_;
  std::condition_variable work_;  // `todo_` or `closing_` changed
  std::deque<Page> todo_;         // guarded by mutex_
  std::vector<Page> done_;        // guarded by mutex_
  bool closing_ = false;          // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace xuncha
