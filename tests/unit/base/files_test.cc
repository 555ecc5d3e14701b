// Files on a real disk, in a folder of their own.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/digest.h"

namespace xuncha {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FilesTest : public testing::Test {
 protected:
  FilesTest() : folder_(testing::TempDir() + "xuncha-files-" + Hex(RandomBytes(6))) {
    EXPECT_TRUE(MakeDirectories(folder_).ok());
  }
  ~FilesTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string At(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
};

TEST_F(FilesTest, ReadsBackWhatWasWritten) {
  const std::string bytes("a\0\xff图\n", 7);
  ASSERT_TRUE(WriteFileAtomically(At("x"), bytes).ok());
  const Result<std::string> read = ReadFile(At("x"), bytes.size());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, bytes);
  EXPECT_TRUE(FileExists(At("x")));
  EXPECT_FALSE(FileExists(At("y")));
}

TEST_F(FilesTest, ReplacesWholeAndLeavesNothingBeside) {
  ASSERT_TRUE(WriteFileAtomically(At("x"), "old and longer").ok());
  ASSERT_EQ(::chmod(At("x").c_str(), 0600), 0);
  ASSERT_TRUE(WriteFileAtomically(At("x"), "new").ok());
  EXPECT_EQ(*ReadFile(At("x"), 100), "new");
  struct stat facts;
  ASSERT_EQ(::stat(At("x").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u) << "a secret stays a secret";
  EXPECT_THAT(*ListFiles(folder_), ElementsAre("x"));
}

TEST_F(FilesTest, AFailedWriteLeavesTheOldFileAndNothingElse) {
  ASSERT_TRUE(MakeDirectories(At("folder")).ok());
  const Status written = WriteFileAtomically(At("folder"), "x");
  ASSERT_FALSE(written.ok()) << "a folder is not replaced by a file";
  EXPECT_EQ(written.error().code, Code::kInvalid);
  EXPECT_TRUE(std::filesystem::is_directory(At("folder")));
  EXPECT_THAT(*ListFiles(folder_), ElementsAre());
}

TEST_F(FilesTest, NamesThePathAndTheKindOfFailure) {
  const Result<std::string> absent = ReadFile(At("absent"), 10);
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code, Code::kNotFound);
  EXPECT_THAT(absent.error().text, HasSubstr(At("absent")));

  ASSERT_TRUE(WriteFileAtomically(At("x"), "12345").ok());
  const Result<std::string> large = ReadFile(At("x"), 4);
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().code, Code::kLimit);

  const Result<std::string> folder = ReadFile(folder_, 10);
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, Code::kInvalid);

  const Status nowhere = WriteFileAtomically(At("no/such/x"), "x");
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code, Code::kNotFound);

  EXPECT_FALSE(MakeDirectories(At("x") + "/y").ok());
  EXPECT_FALSE(MakeDirectories(At("x")).ok());
  EXPECT_EQ(ListFiles(At("absent")).error().code, Code::kNotFound);
}

TEST_F(FilesTest, APipeDoesNotHoldTheReader) {
  ASSERT_EQ(::mkfifo(At("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(ReadFile(At("pipe"), 10).ok());
}

TEST_F(FilesTest, ListsRegularFilesSortedAndFollowsNoLinks) {
  ASSERT_TRUE(MakeDirectories(At("b/c")).ok());
  ASSERT_TRUE(WriteFileAtomically(At("b/c/2.html"), "").ok());
  ASSERT_TRUE(WriteFileAtomically(At("b/1.html"), "").ok());
  ASSERT_TRUE(WriteFileAtomically(At("a.html"), "").ok());
  ASSERT_EQ(::symlink("/", At("root").c_str()), 0);
  ASSERT_EQ(::symlink("a.html", At("alias.html").c_str()), 0);
  EXPECT_THAT(*ListFiles(folder_), ElementsAre("a.html", "b/1.html", "b/c/2.html"));
  EXPECT_THAT(*ListFiles(folder_ + "/"), ElementsAre("a.html", "b/1.html", "b/c/2.html"));
}

}  // namespace
}  // namespace xuncha
