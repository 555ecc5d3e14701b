// ClusterBoard remembers the largest clusters for a while. Counting them reads every
// open incident, which is too much for each time somebody looks; the page says when they
// were counted.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/case_cluster.h"
#include "store/store.h"

namespace xuncha {

class ClusterBoard {
 public:
  static constexpr size_t kShownMax = 100;                    // more are not decided in a morning
  static constexpr Millis kFreshMillis = Millis{5} * 60'000;  // as old as it may be

  struct Count {
    Millis time = 0;                 // when they were counted
    std::vector<ClusterLine> lines;  // the largest first
    bool cut = false;                // there are more
  };
  // Of two who ask at once one counts, and the other waits for it.
  Result<std::shared_ptr<const Count>> Look(const Store& store, Millis now);
  // What was decided has changed them.
  void Forget();

 private:
  std::mutex mutex_;                    // of count_
  std::shared_ptr<const Count> count_;  // shared: readers may hold an old one
};

}  // namespace xuncha
