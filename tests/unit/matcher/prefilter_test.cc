// The prefilter: its two scans agree, and its cache is trusted only when whole.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/prefilter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"

namespace xuncha {
namespace {

class Collect final : public Prefilter::Sink {
 public:
  Next Found(uint32_t literal, uint32_t end) override {
    found.emplace_back(literal, end);
    return Next::kContinue;
  }
  std::vector<std::pair<uint32_t, uint32_t>> found;
};

std::vector<std::pair<uint32_t, uint32_t>> Scan(const Prefilter& prefilter, std::string_view text) {
  Result<Prefilter::Scratch> scratch = prefilter.NewScratch();
  EXPECT_TRUE(scratch.ok());
  Collect sink;
  EXPECT_TRUE(prefilter.Scan(text, *scratch, sink).ok());
  std::sort(sink.found.begin(), sink.found.end());
  return sink.found;
}

TEST(PrefilterTest, FindsWhatTheLiteralApiLoses) {
  const std::string run(34, 'd');
  auto built = Prefilter::Build({"xt>" + run, "123", "\x01\xff\n", "."}, {});
  ASSERT_TRUE(built.ok());
  const std::string text = "xt>" + run + "123.\x01\xff\n";
  EXPECT_EQ(Scan(**built, text).size(), 4u);
  Collect plain;
  (*built)->PlainScan(text, plain);
  std::sort(plain.found.begin(), plain.found.end());
  EXPECT_EQ(plain.found, Scan(**built, text));
}

class CacheTest : public ::testing::Test {
 protected:
  CacheTest()
      : directory_(std::filesystem::temp_directory_path() /
                   ("xuncha-cache-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(directory_);
  }
  ~CacheTest() override { std::filesystem::remove_all(directory_); }
  std::unique_ptr<Prefilter> Build(std::vector<std::string> literals) {
    auto built = Prefilter::Build(std::move(literals), {directory_.string(), 0});
    EXPECT_TRUE(built.ok());
    return built.ok() ? std::move(*built) : nullptr;
  }
  std::string OnlyFile() const {
    const auto files = ListFiles(directory_.string());
    EXPECT_TRUE(files.ok() && files->size() == 1);
    return (directory_ / (*files)[0]).string();
  }
  std::filesystem::path directory_;
};

TEST_F(CacheTest, ASecondBuildReadsWhatTheFirstWrote) {
  EXPECT_FALSE(Build({"博彩", "abc"})->from_cache());
  const auto second = Build({"博彩", "abc"});
  EXPECT_TRUE(second->from_cache());
  EXPECT_EQ(Scan(*second, "博彩abc").size(), 2u);
  EXPECT_FALSE(Build({"博彩", "abd"})->from_cache()) << "other strings, other name";
}

TEST_F(CacheTest, ADamagedFileIsCompiledAgain) {
  struct Case {
    std::string_view why;
    void (*damage)(std::string&);
  };
  const Case kCases[] = {
      {"a flipped bit", [](std::string& bytes) { bytes[bytes.size() / 2] ^= 1; }},
      {"cut short", [](std::string& bytes) { bytes.resize(bytes.size() / 2); }},
      {"empty", [](std::string& bytes) { bytes.clear(); }},
      {"another format", [](std::string& bytes) { bytes[0] = 'y'; }},
  };
  for (const auto& [why, damage] : kCases) {
    SCOPED_TRACE(why);
    Build({"博彩"});
    const std::string path = OnlyFile();
    Result<std::string> bytes = ReadFile(path, 64 << 20);
    ASSERT_TRUE(bytes.ok());
    damage(*bytes);
    ASSERT_TRUE(WriteFileAtomically(path, *bytes).ok());
    const auto again = Build({"博彩"});
    EXPECT_FALSE(again->from_cache());
    EXPECT_EQ(Scan(*again, "博彩").size(), 1u);
    EXPECT_TRUE(Build({"博彩"})->from_cache()) << "and written anew";
  }
}

TEST_F(CacheTest, ADirectoryThatCannotBeWrittenCostsOnlyTime) {
  auto built = Prefilter::Build({"博彩"}, {"/proc/none", 0});
  ASSERT_TRUE(built.ok());
  EXPECT_EQ(Scan(**built, "博彩").size(), 1u);
}

}  // namespace
}  // namespace xuncha
