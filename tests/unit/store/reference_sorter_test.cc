// ReferenceSorter against a plain set, with loads of every awkward size.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/reference_sorter.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>

#include "tests/unit/store/support.h"

namespace xuncha::testing_support {
namespace {

Reference At(uint64_t n) {
  return {.digest = Sha256(std::to_string(n)), .by = n % 5 == 0 ? Sha256("by") : Digest{}};
}

TEST(ReferenceSorter, GivesEachOnceAndInOrder) {
  const TempDirectory place{QuickPlace()};
  std::mt19937 random(7);
  for (const size_t load : {1, 2, 3, 64, 1000, 100'000}) {
    for (const size_t count : {0, 1, 2, 63, 64, 65, 5000}) {
      SCOPED_TRACE(std::to_string(load) + " at once, " + std::to_string(count));
      if (count > 1000 * load) continue;
      ReferenceSorter sorter(place.path(), load);
      std::set<Reference> want;
      for (size_t i = 0; i < count; ++i) {
        const Reference one = At(random() % (count / 2 + 1));
        want.insert(one);
        Must(sorter.Add(one));
      }
      for (int reading = 0; reading < 2; ++reading) {
        Must(sorter.Finish());
        for (const Reference& reference : want) EXPECT_EQ(Must(sorter.Next()), reference);
        EXPECT_EQ(Must(sorter.Next()), std::nullopt);
      }
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(place.path())) << "its file has no name";
}

TEST(ReferenceSorter, SaysWhoIsNamed) {
  const TempDirectory place{QuickPlace()};
  ReferenceSorter sorter(place.path(), 10);
  std::set<Digest> all, named;
  for (uint64_t n = 0; n < 300; ++n) {
    const Reference one = At(n);
    all.insert(one.digest);
    if (n % 2 != 0) continue;
    named.insert(one.digest);
    Must(sorter.Add(one));
  }
  Must(sorter.Finish());
  for (const Digest& digest : all) EXPECT_EQ(Must(sorter.Reaches(digest)), named.contains(digest));
}

}  // namespace
}  // namespace xuncha::testing_support
