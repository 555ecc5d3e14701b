// SPDX-License-Identifier: Apache-2.0
#include "app/rescan_notes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/files.h"

namespace xuncha {
namespace {

class RescanNotesTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  void TearDown() override { std::filesystem::remove(path_); }

  const std::string path_ = ::testing::TempDir() + "rescan-" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name() + "-" +
                            std::to_string(::getpid()) + ".jsonl";
  const Digest asked_ = Sha256("asked");
};

TEST_F(RescanNotesTest, TheSameQuestionGoesOnBehindTheLastSite) {
  RescanNotes first(path_, asked_);
  EXPECT_TRUE(first.done().empty());
  first.Add({.site = "a.test",
             .output = "{\"site\":\"a.test\"}\n“引号”\n",
             .texts = 7,
             .findings = {0, 1, 2, 3},
             .added = 4});
  ASSERT_TRUE(first.Save().ok());
  const RescanNotes second(path_, asked_);
  ASSERT_EQ(second.done().size(), 1u);
  const RescannedSite* site = second.Find("a.test");
  ASSERT_NE(site, nullptr);
  EXPECT_EQ(site->output, first.done()[0].output);
  EXPECT_EQ(site->texts, 7u);
  EXPECT_EQ(site->findings, (std::array<uint64_t, 4>{0, 1, 2, 3}));
  EXPECT_EQ(site->added, 4u);
  EXPECT_EQ(second.Find("b.test"), nullptr);
  second.Remove();
  EXPECT_TRUE(RescanNotes(path_, asked_).done().empty());
}

TEST_F(RescanNotesTest, WhatIsWrittenIsNotWrittenAgain) {
  RescanNotes notes(path_, asked_);
  notes.Add({.site = "a.test", .output = "a\n"});
  ASSERT_TRUE(notes.Save().ok());
  const std::string first = *ReadFile(path_, 1 << 20);
  // Were it all written anew, this would be mended.
  ASSERT_TRUE(WriteFileAtomically(path_, first + "x").ok());
  notes.Add({.site = "b.test", .output = "b\n"});
  ASSERT_TRUE(notes.Save().ok());
  EXPECT_TRUE((*ReadFile(path_, 1 << 20)).starts_with(first + "x"));

  // One that goes on begins with a file that is whole.
  RescanNotes next(path_, asked_);
  EXPECT_EQ(next.done().size(), 1u) << "up to what cannot be read";
  next.Add({.site = "b.test"});
  ASSERT_TRUE(next.Save().ok());
  next.Add({.site = "c.test"});
  ASSERT_TRUE(next.Save().ok());
  EXPECT_EQ(RescanNotes(path_, asked_).done().size(), 3u);
}

TEST_F(RescanNotesTest, AnotherQuestionBeginsAnew) {
  RescanNotes first(path_, asked_);
  first.Add({.site = "a.test"});
  ASSERT_TRUE(first.Save().ok());
  EXPECT_TRUE(RescanNotes(path_, Sha256("other rules")).done().empty());
}

TEST_F(RescanNotesTest, WhatCannotBeReadIsNothing) {
  RescanNotes whole(path_, asked_);
  whole.Add({.site = "a.test", .texts = 1});
  whole.Add({.site = "b.test", .texts = 2});
  ASSERT_TRUE(whole.Save().ok());
  const std::string text = *ReadFile(path_, 1 << 20);
  struct Case {
    std::string_view why;
    std::string text;
    size_t want;
  };
  const Case cases[] = {
      {"cut within a line", text.substr(0, text.size() - 9), 1},
      {"no site", text.substr(0, text.find('\n') + 1) + "{}\n", 0},
      {"figures of another type",
       text.substr(0, text.find('\n') + 1) + "{\"site\":\"a.test\",\"texts\":\"x\",\"high\":-1}\n",
       1},
      {"not ours", "\x01\x02", 0},
      {"empty", "", 0}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.why);
    ASSERT_TRUE(WriteFileAtomically(path_, one.text).ok());
    EXPECT_EQ(RescanNotes(path_, asked_).done().size(), one.want);
  }
}

}  // namespace
}  // namespace xuncha
