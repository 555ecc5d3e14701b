// A small store for the tests of pages: two sites, a clean night and a bad one, with
// text that would do harm if a page let it.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/store.h"

namespace xuncha::testing_support {

inline constexpr std::string_view kCollege = "www.college.test";
inline constexpr std::string_view kLibrary = "lib.college.test";
inline constexpr std::string_view kWords = "真人视讯下注";
inline constexpr std::string_view kPhoneNumber = "13800138000";
// Script, markup, a formula, a terminal's escape, marks of direction.
inline constexpr std::string_view kNasty =
    "=1+1<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x1b[31m\u202Etxt.exe";

// Two nights, the second with findings on both sites. The clock ends an hour later.
void FillStore(Store& store, FakeClock& clock);

// One site of kCollege's name with one finding of the clause, found in one night; its id.
std::string FillOne(Store& store, FakeClock& clock, int clause);

// One night, the first, with a grave finding: all there is is stock.
void FillStock(Store& store, FakeClock& clock);

// `sites` sites and `findings` findings spread over them, a tenth of the incidents judged.
void FillMany(Store& store, FakeClock& clock, int sites, int findings);

// A college as the manuals show it: invented sites, ten nights, some of them bad; the last
// one found an outside block of links on two sites, as one intruder leaves it.
inline constexpr std::string_view kExampleSite = "jwc.example-college.test";
void FillExample(Store& store, FakeClock& clock);

}  // namespace xuncha::testing_support
