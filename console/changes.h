// Changes is how the threads of the server reach the one thread that may write: a
// handler lays its change down and waits, the owner of the store takes what waits when
// it has a moment. A crawl gives it one in each turn of its loop.
//
// Every function says whose it is.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace xuncha {

class Changes {
 public:
  // Made by the owner of the store, which it borrows.
  explicit Changes(Store& store);
  ~Changes();

  // Before other threads come: at most so many of them wait in Do, the rest is refused at
  // once. A server whose threads all wait answers nobody, not even who only reads.
  void LetWait(size_t threads) { threads_max_ = threads; }

  // Any thread; on the owner's it is done at once. kConflict if the turn did not come
  // within limits::kDeskWriteMillisMax, or too many wait, or the desk is closing: then
  // it never will be done.
  Status Do(const std::function<Status(Store&)>& change);
  // Any thread: does not wait, nor learn what became of it; lost if too many wait.
  void Post(std::function<Status(Store&)> change);

  // The owner: does what waits.
  void Drain();
  // The owner: waits until there is something, at most so long.
  void Wait(Millis at_most);
  // The owner: from now on every change is refused, also those that wait.
  void Close();

 private:
  struct Item;
  Store& store_;
  const std::thread::id owner_;
  std::mutex mutex_;
  std::condition_variable arrived_, done_;
  std::deque<std::shared_ptr<Item>> waiting_;  // shared: whoever waits may give up first
  size_t threads_ = 0;                         // that wait in Do
  size_t threads_max_ = SIZE_MAX;
  bool closed_ = false;
};

}  // namespace xuncha
