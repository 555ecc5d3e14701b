// SPDX-License-Identifier: Apache-2.0
#include "proof/sm3.h"

#include <gtest/gtest.h>

#include <string>

namespace xuncha {
namespace {

// The examples of GB/T 32905-2016, appendix A.
TEST(Sm3Test, HashesWhatTheStandardHashes) {
  EXPECT_EQ(Sm3("abc").hex(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  std::string longer;
  for (int i = 0; i < 16; ++i) longer += "abcd";
  EXPECT_EQ(Sm3(longer).hex(), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

TEST(Sm3Test, PiecesMakeTheSameAsTheWhole) {
  Sm3Stream stream;
  stream.Add("a");
  stream.Add("");
  stream.Add("bc");
  EXPECT_EQ(stream.Finish(), Sm3("abc"));
  EXPECT_EQ(stream.Finish(), Sm3(""));  // begins anew
}

}  // namespace
}  // namespace xuncha
