// Drawings are pictures of captured pages, drawn on request by a browser in its sandbox,
// one after the other, on a thread of its own: neither who asks nor who owns the store
// waits for one. They are kept in memory and nowhere else, so that what retention removes
// from the store has no copy on a disk; known by the digest of the page, and the one
// looked at longest ago goes first.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/digest.h"
#include "base/result.h"

namespace xuncha {

class Drawings {
 public:
  static constexpr size_t kWaitingMax = 16;      // a few seconds each, and there are few officers
  static constexpr size_t kKeptMax = 200;        // drawn or refused, known by their digest
  static constexpr size_t kBytesMax = 64 << 20;  // of those drawn: a page takes 0.2 to 4 MB

  // Makes a PNG of hostile markup in UTF-8; called on one thread, which lives as long as
  // this does. Ends early when stopped.
  using Draw = std::function<Result<std::string>(const std::string& markup, std::stop_token stop)>;
  // Reads the markup; called on that thread.
  using Read = std::function<Result<std::string>()>;

  // Without `draw` nothing can be drawn.
  explicit Drawings(Draw draw);
  ~Drawings();
  Drawings(const Drawings&) = delete;
  Drawings& operator=(const Drawings&) = delete;

  bool possible() const { return draw_ != nullptr; }

  enum class State : uint8_t { kNone, kWaiting, kReady, kFailed };
  struct Drawing {
    State state = State::kNone;
    std::shared_ptr<const std::string> png;  // kReady; shared: it may be forgotten meanwhile
    std::string why;                         // kFailed
  };
  Drawing Look(const Digest& page);
  // Has it drawn, if it is not there or on its way; what failed is tried again. kLimit if
  // too many wait; kNotFound if nothing can be drawn.
  Status Ask(const Digest& page, Read read);

 private:
  struct Kept {
    Drawing drawing;
    uint64_t looked = 0;  // a counter, not a time
  };
  void Work(const std::stop_token& stop);
  void Keep(const Digest& page, Result<std::string> png);

  const Draw draw_;
  std::mutex mutex_;  // of all below
  std::condition_variable_any arrived_;
  std::map<Digest, Kept> kept_;
  std::deque<std::pair<Digest, Read>> waiting_;
  uint64_t looks_ = 0;
  size_t bytes_ = 0;  // of all that are ready
  std::jthread worker_;
};

}  // namespace xuncha
