// The law changes on disk while the program runs.
//
// SPDX-License-Identifier: Apache-2.0
#include "app/rule_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>

#include "base/files.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using Event = RuleWatch::Event;

std::string Pack(std::string_view word) {
  return "[pack]\nkind = \"gambling\"\nclause = 6\ntitle = \"赌博\"\nbasis = \"责任书 "
         "四（六）\"\n\n"
         "[[rule]]\nid = \"gambling.t\"\nstrength = \"weak\"\nany = [\"" +
         std::string(word) + "\"]\nbecause = \"测试\"\nexamples = [\"" + std::string(word) +
         "\"]\n";
}

class RuleWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "rule_watch_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    options_.sources = {directory_ + "/packs", directory_ + "/lists"};
    Write("packs/a.toml", Pack("真人视讯下注"));
    Result<std::unique_ptr<RuleWatch>> watch = RuleWatch::Start(options_, clock_, 1'000);
    ASSERT_TRUE(watch.ok()) << watch.error().text;
    watch_ = std::move(*watch);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // Files are told apart by time and size; each write here differs in time.
  void Write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = directory_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    ASSERT_TRUE(WriteFileAtomically(path.string(), text).ok());
    stamp_ += std::chrono::seconds(2);
    std::filesystem::last_write_time(path, stamp_);
  }

  // What the next look leads to, when its load is done.
  Event Next() {
    clock_.Advance(1'000);
    Event event = watch_->Poll();
    while (watch_->loading()) {
      std::this_thread::yield();
      event = watch_->Poll();
    }
    return event;
  }
  std::string Word() const { return watch_->engine()->rules.patterns[0].text; }

  std::string directory_;
  std::filesystem::file_time_type stamp_ = std::filesystem::file_time_type::clock::now();
  EngineOptions options_;
  FakeClock clock_;
  std::unique_ptr<RuleWatch> watch_;
};

TEST_F(RuleWatchTest, AGoodChangeComesIntoForceAndOldWorkFinishesUnderTheOldLaw) {
  EXPECT_EQ(Next(), Event::kNone);
  const std::shared_ptr<const Engine> old = watch_->engine();
  Write("packs/a.toml", Pack("百家乐开户"));
  EXPECT_EQ(Next(), Event::kInForce);
  EXPECT_EQ(Word(), "百家乐开户");
  EXPECT_EQ(old->rules.patterns[0].text, "真人视讯下注");
  EXPECT_TRUE(old->matcher->NewScratch().ok());
  EXPECT_EQ(Next(), Event::kNone);
}

TEST_F(RuleWatchTest, AnImportedListIsAChange) {
  Write("lists/l.toml",
        "[pack]\nkind = \"custom\"\nclause = 5\ntitle = \"词表\"\nbasis = \"b\"\n"
        "hint_only = true\n[[rule]]\nid = \"custom.l\"\nstrength = \"weak\"\n"
        "any = [\"云溪暗号\"]\nbecause = \"b\"\nexamples = [\"云溪暗号\"]\n");
  EXPECT_EQ(Next(), Event::kInForce);
  EXPECT_EQ(watch_->engine()->rules.packs.size(), 2u);
  std::filesystem::remove(directory_ + "/lists/l.toml");
  EXPECT_EQ(Next(), Event::kInForce);
  EXPECT_EQ(watch_->engine()->rules.packs.size(), 1u);
}

TEST_F(RuleWatchTest, ABrokenChangeIsRefusedOnceAndTheLastGoodStays) {
  const std::shared_ptr<const Engine> good = watch_->engine();
  Write("packs/a.toml", "[pack\n");
  EXPECT_EQ(Next(), Event::kRefused);
  EXPECT_EQ(watch_->engine(), good);
  EXPECT_THAT(watch_->complaint(), HasSubstr("a.toml:1:"));
  EXPECT_EQ(Next(), Event::kNone);
  EXPECT_THAT(watch_->complaint(), HasSubstr("a.toml:1:"));  // kept until it is good again

  Write("packs/a.toml", Pack("真人视讯下注"));  // changed back
  EXPECT_EQ(Next(), Event::kRestored);
  EXPECT_EQ(watch_->engine(), good);
  EXPECT_EQ(watch_->complaint(), "");
}

TEST_F(RuleWatchTest, AFailingSampleIsABrokenChange) {
  std::string pack = Pack("真人视讯下注");
  pack.replace(pack.rfind("真人视讯下注"), std::string("真人视讯下注").size(), "天气晴好");
  Write("packs/a.toml", pack);
  EXPECT_EQ(Next(), Event::kRefused);
  EXPECT_THAT(watch_->complaint(), HasSubstr("样例 examples 没有命中"));
}

TEST_F(RuleWatchTest, AFileThatVanishesIsWaitedFor) {
  Write("packs/b.toml", "not read: the directory has it, then not");
  std::filesystem::remove(directory_ + "/packs/b.toml");
  EXPECT_EQ(Next(), Event::kNone);  // gone before it was looked at
  // With no pack left there is nothing to load; it may be in the middle of being
  // replaced, so the files are read again at every look.
  std::filesystem::remove(directory_ + "/packs/a.toml");
  EXPECT_EQ(Next(), Event::kRefused);
  EXPECT_EQ(Word(), "真人视讯下注");
  Write("packs/a.toml", Pack("百家乐开户"));
  EXPECT_EQ(Next(), Event::kInForce);
  EXPECT_EQ(watch_->complaint(), "");
}

TEST_F(RuleWatchTest, ATouchedFileIsNoChange) {
  const std::shared_ptr<const Engine> same = watch_->engine();
  Write("packs/a.toml", Pack("真人视讯下注"));
  EXPECT_EQ(Next(), Event::kNone);
  EXPECT_EQ(watch_->engine(), same);
}

}  // namespace
}  // namespace xuncha
