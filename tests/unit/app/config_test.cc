// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "app/case_policy.h"
#include "base/files.h"

namespace xuncha {
namespace {

TEST(Config, TheWrittenDefaultReadsBackAsTheDefault) {
  const Result<Config> empty = ReadConfig("", "xuncha.toml");
  const Result<Config> written = ReadConfig(DefaultConfigText(), "xuncha.toml");
  ASSERT_TRUE(empty.ok()) << empty.error().text;
  ASSERT_TRUE(written.ok()) << written.error().text;
  EXPECT_EQ(empty->budget.time, written->budget.time);
  EXPECT_EQ(empty->user_agent, written->user_agent);
  EXPECT_EQ(empty->budget.delay_min, 200);
  EXPECT_EQ(empty->budget.bytes, uint64_t{2} << 30);
  EXPECT_EQ(empty->fail_on, Severity::kLow);
}

TEST(Config, ErrorsNamePlaceAndRemedy) {
  struct Case {
    std::string_view why, text, want;
  };
  constexpr Case kCases[] = {
      {"unknown key with its nearest", "[crawl]\ninflght = 3\n",
       "c.toml:2:1: 没有“inflght”这一项（[crawl] 之下），是否指“inflight”"},
      {"unknown section", "[crawler]\ndepth = 3\n", "是否指“crawl”"},
      {"a number where a length of time belongs", "[crawl]\ndelay_min = 3\n",
       "c.toml:2:13: delay_min 须为带单位的文字"},
      {"a length of time without unit", "[crawl]\ndelay_min = \"3\"\n",
       "要写单位：ms, s, min, h, d"},
      {"a size in a unit of time", "[crawl]\nbytes = \"3 min\"\n", "要写单位：B, KB, MB, GB"},
      {"kept shorter than the law allows", "[retention]\nroutine = \"60 d\"\n",
       "c.toml:2:11: routine 60 天太短：网络安全法第二十三条"},
      {"findings go before what has none", "[retention]\nfindings = \"200 d\"\n",
       "[retention] 有发现的记录留存 200 天，短于无发现的 366 天"},
      {"kept for ever", "[retention]\nfindings = \"99999 d\"\n", "冻结"},
      {"out of range", "[crawl]\ninflight = 0\n", "须为 1 至 256"},
      {"no days to repair in", "[cases]\ndays_high = 0\n", "须为 1 至 60"},
      {"a term for a kind nobody knows", "[cases]\ndays_of_kind = { casino = 1 }\n",
       "“casino”不是类别"},
      {"a report later than the law asks", "[cases]\nreport_within = \"48 h\"\n", "不超过 24 h"},
      {"an unknown severity", "[report]\nfail_on = \"worst\"\n", "hint、low、medium 或 high"},
      {"a resolve entry of three parts", "[crawl]\nresolve = [\"a:80:127.0.0.1\"]\n",
       "主机:端口:地址:端口"},
      {"a resolve entry whose port is no number", "[crawl]\nresolve = [\"::127.0.0.1:x\"]\n",
       "主机:端口:地址:端口"},
      {"a name server by its name", "[crawl]\nname_servers = [\"dns.example\"]\n", "IPv4 地址"},
      {"a name server whose port is none", "[crawl]\nname_servers = [\"192.0.2.53:0\"]\n",
       "IPv4 地址"},
      {"a header smuggled into the agent", "[crawl]\nuser_agent = \"a\\r\\nX: b\"\n", "控制字符"},
      {"not TOML", "[crawl\n", "c.toml:1"},
  };
  for (const auto& [why, text, want] : kCases) {
    SCOPED_TRACE(why);
    const Result<Config> config = ReadConfig(text, "c.toml");
    ASSERT_FALSE(config.ok());
    EXPECT_EQ(config.error().code, Code::kInvalid);
    EXPECT_NE(config.error().text.find(want), std::string::npos) << config.error().text;
  }
}

TEST(Config, CasesGoByTheTableOfHolidaysBuiltInAndTheInstitutionsOwn) {
  const std::string folder = ::testing::TempDir() + "case_policy-" + std::to_string(::getpid());
  ASSERT_TRUE(MakeDirectories(folder).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/own.txt", "year 2027\noff 2027-01-01\n").ok());
  Result<Config> config =
      ReadConfig("[cases]\ndays_of_kind = { gambling = 2 }\nholidays = \"own.txt\"\n", "c.toml");
  ASSERT_TRUE(config.ok()) << config.error().text;
  const Result<CasePolicy> policy = CasePolicyOf(*config, folder);
  ASSERT_TRUE(policy.ok()) << policy.error().text;
  EXPECT_EQ(policy->DaysFor("gambling", Severity::kHigh), 2u);
  EXPECT_EQ(policy->DaysFor("porn", Severity::kHigh), 1u);
  EXPECT_TRUE(policy->calendar.Knows(2026) && policy->calendar.Knows(2027));
  EXPECT_FALSE(policy->calendar.IsWorkingDay(*ParseTime("2026-10-07"))) << "a Wednesday";
  EXPECT_TRUE(policy->calendar.IsWorkingDay(*ParseTime("2026-10-10"))) << "a Saturday";
  config->holidays = "absent.txt";
  EXPECT_FALSE(CasePolicyOf(*config, folder).ok());
}

TEST(Config, AllErrorsAreReportedAtOnce) {
  const Result<Config> config = ReadConfig("[crawl]\na = 1\nb = 2\n", "c.toml");
  ASSERT_FALSE(config.ok());
  EXPECT_NE(config.error().text.find("c.toml:2"), std::string::npos);
  EXPECT_NE(config.error().text.find("c.toml:3"), std::string::npos);
}

TEST(Config, OneLengthOfTimeMayBeSpeltInTwoWays) {
  const Result<Config> one = ReadConfig("[crawl]\ntime = \"1 h\"\n", "c.toml");
  const Result<Config> same = ReadConfig("# a comment\n[crawl]\ntime = \"60min\"\n", "c.toml");
  const Result<Config> other = ReadConfig("[crawl]\ntime = \"2 h\"\n", "c.toml");
  ASSERT_TRUE(one.ok() && same.ok() && other.ok());
  EXPECT_EQ(one->budget.time, same->budget.time);
  EXPECT_NE(one->budget.time, other->budget.time);
}

TEST(Config, ReadsChannelsAndQuietHours) {
  const Result<Config> config = ReadConfig(
      "[tell]\nconsole = \"https://desk.example.test/\"\nquiet = \"21:30-06:05\"\n"
      "run_every = \"8 d\"\nowners = \"mail\"\n"
      "[[tell.channel]]\nname = \"mail\"\nkind = \"mail\"\nserver = \"smtps://mail.test:465\"\n"
      "from = \"x@y.test\"\nto = [\"a@b.test\"]\ntopics = [\"night\"]\n"
      "[[tell.channel]]\nname = \"duty\"\nkind = \"feishu\"\nsecret_file = \"s\"\n",
      "c.toml");
  ASSERT_TRUE(config.ok()) << config.error().text;
  const TellPolicy& tell = config->tell;
  EXPECT_EQ(tell.console, "https://desk.example.test");
  EXPECT_EQ(tell.quiet_from, 21 * 60 + 30);
  EXPECT_EQ(tell.quiet_until, 6 * 60 + 5);
  EXPECT_EQ(tell.run_every, 8 * 86'400'000);
  ASSERT_EQ(tell.channels.size(), 2u);
  EXPECT_EQ(tell.channels[0].to, std::vector<std::string>{"a@b.test"});
  EXPECT_EQ(tell.channels[1].kind, ChannelKind::kFeishu);
}

TEST(Config, MistakesInChannelsAreNamed) {
  struct Case {
    std::string_view why, text, want;
  };
  const Case cases[] = {
      {"a password where everybody reads",
       "[[tell.channel]]\nname = \"a\"\nkind = \"mail\"\npassword = \"x\"\n", "secret_file"},
      {"an unknown kind", "[[tell.channel]]\nname = \"a\"\nkind = \"weixin\"\n", "wecom"},
      {"no kind", "[[tell.channel]]\nname = \"a\"\n", "kind"},
      {"an unknown word", "[[tell.channel]]\nname = \"a\"\nkind = \"wecom\"\nsecretfile = \"x\"\n",
       "secret_file"},
      {"no table of its own", "[tell]\nchannel = \"mail\"\n", "[[tell.channel]]"},
      {"hours of a strange day", "[tell]\nquiet = \"22:00-25:00\"\n", "22:00-07:00"},
      {"owners' channel is not there", "[tell]\nowners = \"mail\"\n", "owners"},
      {"a desk that is no address", "[tell]\nconsole = \"desk\"\n", "https://"},
      {"two of one name",
       "[[tell.channel]]\nname = \"a\"\nkind = \"wecom\"\nsecret_file = \"x\"\n"
       "[[tell.channel]]\nname = \"a\"\nkind = \"wecom\"\nsecret_file = \"x\"\n",
       "两个通道"},
  };
  for (const auto& [why, text, want] : cases) {
    SCOPED_TRACE(why);
    const Result<Config> config = ReadConfig(text, "c.toml");
    ASSERT_FALSE(config.ok());
    EXPECT_NE(config.error().text.find(want), std::string::npos) << config.error().text;
  }
}

}  // namespace
}  // namespace xuncha
