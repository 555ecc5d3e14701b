// Lane is the way to one origin (scheme, host, port): one transfer at a time, and
// a pause after each, so politeness is a property of the data structure and not a
// check someone can forget. It knows when it may next be used, what robots.txt of
// the origin says, and when to give the origin up for this run.
//
// The pause is the longest of: the site's own minimum, Crawl-delay, and the time
// the server took to its first byte (a strained server sets the pace itself).
// 429 and 503 make it sleep as long as Retry-After asks, or a time that doubles.
//
// What must outlive the night (robots.txt, the back-off) is turned into notes and
// back here; the frontier keeps them.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/record.h"
#include "crawler/night_report.h"
#include "crawler/robots.h"

namespace xuncha {

class Lane {
 public:
  struct Pace {
    Millis backoff_first;  // after 429 or 503 without Retry-After
    Millis retry_wait;     // after a failed connect
  };
  Lane(const Url& any, Pace pace);

  const std::string& origin() const { return origin_; }
  const Url& robots_url() const { return robots_url_; }
  // The politeness key of the server behind the name: its address, as soon as it is known.
  const std::string& address() const { return address_; }

  // ---- when ----
  Millis due() const { return due_; }  // monotonic
  bool busy() const { return busy_; }
  void Start();
  // How a transfer ended, for the pace and for its page.
  enum class Outcome {
    kAnswered,  // whatever the status says
    kRetry,     // transient: ask again later
    kDead,      // no connection; retry later
    kRefused,   // 429 or 503: the lane sleeps; retry later
  };
  // REQUIRES: busy()
  Outcome End(const Page& page, Millis now, Millis delay_min);
  // Why this origin is left for the rest of the run, if it is.
  std::optional<Ending> given_up() const;

  // ---- robots.txt ----
  bool knows_robots() const { return knows_robots_; }
  bool Disallows(const Url& url) const { return !robots_.Allows(url); }
  const Robots& robots() const { return robots_; }
  // What the server answered when asked for it. By RFC 9309 2.3.1: a file is read; none (4xx)
  // allows all; unreachable (5xx, 429, no answer) disallows all, until it has been so for
  // limits::kRobotsUnreachableMillisMax, when the last good copy counts again.
  void LearnRobots(const Response& response, Millis wall);
  // The last time it was asked for, the server could not be reached or was in trouble.
  bool robots_unreachable() const { return robots_unreachable_since_ != 0; }

  // ---- notes ----
  std::string RobotsNote() const;
  std::string BackoffNote(Millis now, Millis wall) const;  // empty if there is none to keep
  void Restore(std::string_view robots_note, std::string_view backoff_note, Millis now,
               Millis wall);

 private:
  void Read();

  std::string origin_, address_;
  Url robots_url_;
  Pace pace_;
  Millis due_ = 0;
  bool busy_ = false;
  int dead_ = 0;            // failed connects in a row
  int refused_ = 0;         // refusals in a row
  Millis sleep_until_ = 0;  // monotonic; of the back-off in force

  bool knows_robots_ = false;
  Robots robots_;
  std::string robots_body_;              // the last good copy
  Millis robots_fetched_ = 0;            // wall; of the last answer
  Millis robots_unreachable_since_ = 0;  // wall; 0 = reachable
};

}  // namespace xuncha
