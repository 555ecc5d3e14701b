// When the nightly crawl is due, and why: at its hour; now, if it was missed; now, if one
// was broken off and stands open, for that is gone on with and not begun anew.
//
// Any thread that may read the store.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace xuncha {

struct NextNight {
  Millis at = INT64_MAX;
  std::string why;  // empty: it is just time
  // It goes on with a run that stands open. Another run before it would keep it so for ever:
  // only the last one is gone on with.
  bool open = false;
};
// `crawl_at`: since midnight in Shanghai; nothing: never.
Result<NextNight> NextNightOf(const Store& store, const std::optional<Millis>& crawl_at,
                              const Digest& rules, Millis now);

}  // namespace xuncha
