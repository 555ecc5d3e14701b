// Who may send files at once.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/large_bodies.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/limits_desk.h"
#include "console/limits_bodies.h"

namespace xuncha {
namespace {

TEST(LargeBodiesTest, NoLinkAndNoAddressHasAllPlaces) {
  LargeBodies places;
  std::vector<LargeBodies::Place> held;
  const auto take = [&](std::string link, std::string address) {
    std::optional<LargeBodies::Place> place = places.Take(std::move(link), std::move(address));
    if (place) held.push_back(std::move(*place));
    return place.has_value();
  };
  size_t of_link = 0;
  while (of_link < 100 && take("/o/a", fmt::format("192.0.2.{}", of_link))) ++of_link;
  EXPECT_EQ(of_link, limits::kDeskLargeBodiesPerLinkMax);
  held.clear();
  size_t of_address = 0;
  while (of_address < 100 && take(fmt::format("/o/{}", of_address), "192.0.2.1")) ++of_address;
  EXPECT_EQ(of_address, limits::kDeskLargeBodiesPerAddressMax);
  EXPECT_TRUE(take("/o/other", "192.0.2.2")) << "there is room for others";
  for (int i = 0; held.size() < limits::kDeskLargeBodiesMax; ++i)
    ASSERT_TRUE(take(fmt::format("/o/more{}", i), fmt::format("192.0.2.1{}", i)));
  EXPECT_FALSE(take("/o/last", "192.0.2.200")) << "and no more than that";
  held.pop_back();
  EXPECT_TRUE(take("/o/last", "192.0.2.200")) << "a place that is given back is one";
}

}  // namespace
}  // namespace xuncha
