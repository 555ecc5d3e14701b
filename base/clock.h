// Clock is the one way the program learns the time, so that tests run on a
// virtual one. Wall time is UTC milliseconds since 1970; people see
// Asia/Shanghai with offset.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

using Millis = int64_t;  // UTC milliseconds since 1970-01-01, or a length of time

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Millis Now() const = 0;        // wall clock; may step
  virtual Millis Monotonic() const = 0;  // never steps back; for delays and budgets
};

class SystemClock final : public Clock {
 public:
  Millis Now() const override;
  Millis Monotonic() const override;
};

// A clock that stands still until a test moves it. Main thread only.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Millis start = 1'767'225'600'000) : now_(start) {}  // 2026-01-01T08:00+08:00
  Millis Now() const override { return now_; }
  Millis Monotonic() const override { return now_ - stepped_; }
  void Advance(Millis by) { now_ += by; }
  // Sets the wall clock, as a person or NTP would; no time passes.
  void Step(Millis by) {
    now_ += by;
    stepped_ += by;
  }

 private:
  Millis now_;
  Millis stepped_ = 0;
};

// "2026-11-22T09:00:00+08:00". Asia/Shanghai has had one offset since 1992.
std::string FormatTime(Millis time);
// "20261122T010203Z"-free forms only: accepts what FormatTime writes and plain
// dates "2026-11-22" (midnight in Shanghai). kInvalid otherwise.
Result<Millis> ParseTime(std::string_view text);
// An HTTP date (RFC 9110, IMF-fixdate and the two obsolete forms). kInvalid otherwise.
Result<Millis> ParseHttpDate(std::string_view text);

}  // namespace xuncha
