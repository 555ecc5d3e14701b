// A Trail is the way one page took through redirects, and the decision whether
// it goes on: libcurl follows nothing by itself, because each hop needs a permit
// and each refusal is evidence.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "crawler/registry.h"

namespace xuncha {

// A redirect as the server sent it.
struct Turn {
  uint16_t status = 0;
  std::string_view location;
  bool sets_cookie = false;
};

class Trail {
 public:
  // What was decided: `permit` is valid if the hop is to be followed. A redirect
  // out of scope is a fact about the page and no limit; a loop and one too many are.
  struct Step {
    Hop hop;
    Permit permit;
    std::optional<LimitHit> limit;
  };

  explicit Trail(const Url& start) : seen_{start.text()} {}

  // `permit` is that of the redirecting URL.
  Step Next(const Permit& permit, const Turn& turn, const Registry& registry,
            const std::function<bool(const Site&, const Url&)>& robots, int hops_max);

  static bool IsRedirect(uint16_t status);

 private:
  std::vector<std::string> seen_;  // URLs asked for, in order; at most hops_max + 1
  bool repeated_ = false;          // a cookie wall was passed
};

}  // namespace xuncha
