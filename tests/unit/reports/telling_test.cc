// What is said to people, and how each service wants it said.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/files.h"
#include "base/hmac.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "proof/signing.h"
#include "reports/channel.h"
#include "reports/mail.h"
#include "reports/message.h"
#include "reports/robots.h"

namespace xuncha {
namespace {

using Outcome = AttemptEnd::Outcome;
using testing::HasSubstr;
using testing::Not;

constexpr Millis kNow = 1'767'225'600'000;  // Thu, 01 Jan 2026 08:00 +0800
constexpr Millis kMinute = 60'000, kHour = 60 * kMinute;

// ---- messages ----

NightNews Night(size_t kinds = 2) {
  NightNews news;
  news.run = {.id = 7, .started = kNow - 4 * kHour, .ended = kNow};
  news.run.totals.sites = 12;
  news.run.totals.pages = 3456;
  news.run.totals.failed = 23;
  news.fresh["gambling"] = {0, 0, 1, 2};
  for (size_t i = 1; i < kinds; ++i) news.fresh[fmt::format("kind-{:03}", i)] = {0, 3, 0, 0};
  news.reopened = 1;
  news.waiting = 9;
  return news;
}

TEST(Message, TellsANightInCounts) {
  const Delivery message = NightMessage(Night(1), "https://desk.example.test");
  const std::string text = RenderMessage(message, Dress::kWhole, 10'000);
  EXPECT_EQ(text,
            "【巡查】巡查完成，新事件 3 件，其中高级 2 件\n\n"
            "第 7 次巡查：01-01 04:00 至 01-01 08:00\n"
            "网站 12 个，页面 3456 个，其中 23 个未能检查\n"
            "新事件 3 件：\n"
            "  赌博：高 2、中 1\n"
            "结案后再次出现 1 件\n"
            "待处理共 9 件\n"
            "详情：https://desk.example.test/\n");
  EXPECT_FALSE(message.urgent);
  EXPECT_THAT(RenderMessage(NightMessage(Night(1), ""), Dress::kBody, 10'000),
              HasSubstr("请登录巡查控制台"));
}

TEST(Message, KeepsWithinAnySizeAndSaysHowMuchIsMissing) {
  Delivery message = NightMessage(Night(150), "https://desk.example.test");
  const std::string whole = RenderMessage(message, Dress::kWhole, 1 << 20);
  EXPECT_THAT(whole, Not(HasSubstr("还有")));
  for (size_t most : {2'500, 2'048, 700, 300, 60, 10, 1}) {
    SCOPED_TRACE(most);
    const std::string text = RenderMessage(message, Dress::kWhole, most);
    EXPECT_LE(text.size(), most);
    EXPECT_TRUE(IsValidUtf8(text));
    if (most < 300) continue;
    EXPECT_THAT(text, HasSubstr("项，见控制台"));
    EXPECT_THAT(text, HasSubstr("详情：https://desk.example.test/")) << "where to read on stays";
    // What is shown and what is counted make the whole.
    size_t shown = 0;
    for (const std::string_view line : Split(text, '\n')) shown += line.starts_with("  ") ? 1 : 0;
    const size_t at = text.find("还有 ") + std::string_view("还有 ").size();
    const size_t more = std::stoul(text.substr(at));
    EXPECT_EQ(shown + more + 2, 150u + 4u) << "two lines before the kinds, two behind";
  }
}

TEST(Message, ADigestDropsWholePartsOnlyWhenTheirLinesAreGone) {
  Delivery message = NightMessage(Night(30), "https://desk.example.test");
  for (int i = 0; i < 9; ++i) message.parts.push_back(message.parts[0]);
  const std::string text = RenderMessage(message, Dress::kWhole, 600);
  EXPECT_LE(text.size(), 600u);
  EXPECT_THAT(text, HasSubstr("条消息，见控制台"));
  EXPECT_THAT(text, HasSubstr("【巡查】10 条消息"));
}

TEST(Message, SaysNothingOfTheViolationOrOfCitizens) {
  // Names come from a form that somebody filled in.
  const std::string site =
      "站点<at user_id=\"all\">\r\nBcc: x@y.test\u202e 110101199003070011 [a](http://b)";
  const CaseLine one{.incident = "9c1e0000",
                     .site = site,
                     .kind = "gambling",
                     .severity = Severity::kHigh,
                     .at = kNow - 50 * kHour};
  for (const Delivery& message :
       {OverdueMessage({one}, kNow, ""), ClockMessage(one, kNow, ""),
        NoticeMessage({.id = "2026-1", .unit = site, .site_name = site, .site = site}, "L")}) {
    const std::string text = RenderMessage(message, Dress::kWhole, 10'000);
    EXPECT_THAT(text, Not(HasSubstr("110101199003070011")));
    EXPECT_THAT(text, Not(HasSubstr("<at")));
    EXPECT_THAT(text, Not(HasSubstr("x@y")));
    EXPECT_THAT(text, Not(HasSubstr("\r")));
    EXPECT_THAT(text, Not(HasSubstr("\u202e")));
    EXPECT_THAT(text, Not(HasSubstr("](")));
    EXPECT_THAT(message.subject, Not(HasSubstr("\n")));
  }
}

TEST(Message, CountsTheDaysOverdueAsPapersDo) {
  const CaseLine one{.incident = "9c1e", .site = "s", .kind = "gambling", .at = kNow - 50 * kHour};
  EXPECT_THAT(RenderMessage(OverdueMessage({one}, kNow, ""), Dress::kBody, 10'000),
              HasSubstr("已过 3 天"))
      << "a day that has begun counts";
}

TEST(Message, TheClockTellsHowMuchIsLeftAndEachStageOnce) {
  const CaseLine one{.incident = "9c1e", .site = "s", .kind = "gambling", .at = kNow + 5 * kHour};
  const Delivery six = ClockMessage(one, kNow, "");
  EXPECT_TRUE(six.urgent);
  EXPECT_THAT(six.subject, HasSubstr("还剩 5 小时 0 分"));
  EXPECT_EQ(six.key, ClockMessage(one, kNow + kHour, "").key);
  EXPECT_NE(six.key, ClockMessage(one, kNow + 4 * kHour + kMinute, "").key);
  EXPECT_THAT(ClockMessage(one, kNow + 6 * kHour, "").subject, HasSubstr("已过"));
}

TEST(Message, ANoticeHasItsLinkInTheTextAndNotInItsParts) {
  const Delivery message = NoticeMessage({.id = "2026-12",
                                          .printed = "网信整改〔2026〕12号",
                                          .title = "整改通知书",
                                          .institution = "信息中心",
                                          .unit = "图书馆",
                                          .site_name = "图书馆网站",
                                          .site = "lib.example.test",
                                          .incident = "9c1e",
                                          .kind = "gambling",
                                          .findings = 3,
                                          .deadline = kNow},
                                         "https://desk.example.test/o/0123");
  EXPECT_THAT(RenderMessage(message, Dress::kBody, 10'000),
              HasSubstr("https://desk.example.test/o/0123\n信息中心"));
  for (const MessagePart& part : message.parts) {
    EXPECT_THAT(part.closing, Not(HasSubstr("0123")));
    for (const std::string& line : part.lines) EXPECT_THAT(line, Not(HasSubstr("0123")));
  }
  EXPECT_TRUE(message.alone);
}

// ---- mail ----

TellChannel MailChannel() {
  return {.name = "mail",
          .kind = ChannelKind::kMail,
          .server = "smtp://mail.example.test:587",
          .from = "xuncha@example.test",
          .to = {"duty@example.test"}};
}

TEST(Mail, NothingFromOutsideBeginsAHeader) {
  Delivery message = TestMessage(kNow);
  message.to = {"duty@example.test"};
  message.message_id = "<1@example.test>";
  message.subject = "结果\r\nBcc: evil@example.test\r\n\r\nbody";
  const MailDrop drop = MailOf(MailChannel(), {}, message, kNow);
  const std::string head = drop.text.substr(0, drop.text.find("\r\n\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("evil")));
  for (const std::string_view line : Split(head, '\n')) {
    EXPECT_LE(line.size(), 77u) << line;  // the CR is one
    EXPECT_TRUE(line.starts_with(" ") || line.find(": ") != std::string_view::npos) << line;
  }
  for (const char c : drop.text) ASSERT_GT(static_cast<signed char>(c), 0) << "ASCII all through";
  EXPECT_EQ(drop.text.find("\n\n"), std::string::npos);
  EXPECT_THAT(head, HasSubstr("Date: Thu, 01 Jan 2026 08:00:00 +0800"));
}

TEST(Mail, WordsAreEncodedWithoutTearingCharacters) {
  EXPECT_EQ(EncodedWords("plain"), "plain");
  EXPECT_EQ(EncodedWords("巡查"), "=?UTF-8?B?5beh5p+l?=");
  EXPECT_THAT(EncodedWords("=?UTF-8?B?x?="), HasSubstr("=?UTF-8?B?"));
  std::string text, back;
  for (int i = 0; i < 40; ++i) text += i % 3 == 0 ? "𠮷" : i % 3 == 1 ? "查" : "a";
  const std::string words = EncodedWords(text);
  for (const std::string_view word : Split(words, '\n')) {
    const std::string_view bare = Trim(word);
    EXPECT_LE(bare.size(), 75u);
    ASSERT_TRUE(bare.starts_with("=?UTF-8?B?") && bare.ends_with("?="));
    const Result<std::string> bytes = FromBase64(bare.substr(10, bare.size() - 12));
    ASSERT_TRUE(bytes.ok());
    EXPECT_TRUE(IsValidUtf8(*bytes)) << "each word stands by itself";
    back += *bytes;
  }
  EXPECT_EQ(back, text);
}

TEST(Mail, AddressesAreTakenStrictly) {
  for (const char* good : {"a@b.test", "first.last+tag@mail.example.test", "x_1@b-c.d"})
    EXPECT_TRUE(IsMailAddress(good)) << good;
  for (const std::string& bad :
       {std::string("a"), std::string("@b.test"), std::string("a@"), std::string("a b@c.test"),
        std::string("a@b.test\r\nRCPT TO:<c@d>"), std::string("<a@b.test>"), std::string("a@b..c"),
        std::string("a@-b.test"), std::string("a..b@c.test"), std::string("值班@b.test"),
        std::string("a@b.test,c@d.test"), std::string("-x@b.test"), std::string("a\0@b.test", 9),
        std::string("\"a b\"@c.test"), std::string(65, 'a') + "@b.test"})
    EXPECT_FALSE(IsMailAddress(bad)) << bad;
}

TEST(Mail, AnswersMeanWhatTheySay) {
  struct Case {
    std::string_view why;
    CourierAnswer answer;
    Outcome want;
  };
  const Case cases[] = {
      {"taken", {.code = 250, .body = "250 queued"}, Outcome::kTaken},
      {"greylisted", {.code = 451, .failure = "x"}, Outcome::kLater},
      {"closing", {.code = 421, .failure = "x"}, Outcome::kLater},
      {"no such user", {.code = 550, .failure = "x"}, Outcome::kRefused},
      {"content refused", {.code = 554, .failure = "x"}, Outcome::kRefused},
      {"wrong password", {.code = 535, .failure = "x", .sign_in = true}, Outcome::kLater},
      {"must sign in", {.code = 530, .failure = "x"}, Outcome::kLater},
      {"no answer", {.code = 0, .failure = "timeout"}, Outcome::kLater},
      {"went away behind the text", {.code = 354, .failure = "closed"}, Outcome::kLater},
  };
  for (const Case& c : cases) EXPECT_EQ(EndOfMail(c.answer).outcome, c.want) << c.why;
}

// ---- robots ----

TEST(Robots, SignAsTheServicesDo) {
  // RFC 4231, case 2.
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(Hex(HmacSha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  const Delivery message = TestMessage(kNow);
  const ChannelSecret secret{.url = "https://robot.example.test/send?access_token=t",
                             .secret = "SEC000"};
  // echo -en '1767225600000\nSEC000' | openssl dgst -sha256 -hmac SEC000 -binary | base64
  EXPECT_EQ(PostOf({.kind = ChannelKind::kDingTalk}, secret, message, kNow).url,
            "https://robot.example.test/send?access_token=t&timestamp=1767225600000&sign="
            "pRoqrOyFgXEMcTsJnqTrOjuqh%2FElYUxsIW4hM5jEP4Q%3D");
  // openssl dgst -sha256 -hmac $'1767225600\nSEC000' -binary /dev/null | base64
  const Result<Node> body =
      ParseJson(PostOf({.kind = ChannelKind::kFeishu}, secret, message, kNow).body, "body");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->Find("timestamp")->string, "1767225600");
  EXPECT_EQ(body->Find("sign")->string, "ShQlpAA0bH8bUgDvynm9/YWV3Se48jvYuHG6V6PoM54=");
}

TEST(Robots, NeverSayMoreThanTheServiceTakes) {
  NightNews news = Night(limits::kMessageLinesMax);
  Delivery message = NightMessage(news, "https://desk.example.test");
  // Quotes double in JSON.
  for (std::string& line : message.parts[0].lines) line += std::string(600, '"');
  for (int i = 0; i < 5; ++i) message.parts.push_back(message.parts[0]);
  const ChannelSecret secret{.url = "https://r.example.test/x", .secret = "s"};
  const std::pair<ChannelKind, size_t> caps[] = {
      {ChannelKind::kDingTalk, limits::kDingTalkBodyBytesMax},
      {ChannelKind::kFeishu, limits::kFeishuBodyBytesMax},
      {ChannelKind::kWebhook, limits::kWebhookBodyBytesMax}};
  for (const auto& [kind, most] : caps) {
    const HttpPost post = PostOf({.kind = kind}, secret, message, kNow);
    EXPECT_LE(post.body.size(), most) << ChannelKindName(kind);
    EXPECT_GT(post.body.size(), most / 2) << ChannelKindName(kind);
    EXPECT_TRUE(ParseJson(post.body, "body").ok());
  }
  const Result<Node> body =
      ParseJson(PostOf({.kind = ChannelKind::kWeCom}, secret, message, kNow).body, "body");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->Find("msgtype")->string, "markdown");
  const std::string& content = body->Find("markdown")->Find("content")->string;
  EXPECT_LE(content.size(), limits::kWeComMarkdownBytesMax);
  EXPECT_THAT(content, HasSubstr("见控制台"));
}

TEST(Robots, OnlyAClearYesIsAYes) {
  struct Case {
    std::string_view why;
    ChannelKind kind;
    CourierAnswer answer;
    Outcome want;
    Millis pause;
  };
  using enum ChannelKind;
  const Case cases[] = {
      {"yes", kWeCom, {200, R"({"errcode":0,"errmsg":"ok"})"}, Outcome::kTaken, 0},
      {"too often", kWeCom, {200, R"({"errcode":45009})"}, Outcome::kLater, kMinute},
      {"too often", kDingTalk, {200, R"({"errcode":130101})"}, Outcome::kLater, 10 * kMinute},
      {"wrong sign", kDingTalk, {200, R"({"errcode":310000})"}, Outcome::kLater, 0},
      {"yes", kFeishu, {200, R"({"code":0,"msg":"success"})"}, Outcome::kTaken, 0},
      {"yes, of old", kFeishu, {200, R"({"StatusCode":0})"}, Outcome::kTaken, 0},
      {"too often", kFeishu, {200, R"({"code":11232})"}, Outcome::kLater, kMinute},
      {"a yes under an error", kWeCom, {500, R"({"errcode":0})"}, Outcome::kLater, 0},
      {"no code", kWeCom, {200, "{}"}, Outcome::kLater, 0},
      {"no number", kWeCom, {200, R"({"errcode":"0"})"}, Outcome::kLater, 0},
      {"no JSON", kFeishu, {200, "<html>"}, Outcome::kLater, 0},
      {"nothing", kDingTalk, {200, ""}, Outcome::kLater, 0},
      {"cut off", kWeCom, {200, R"({"errcode":0,)", "transfer closed"}, Outcome::kLater, 0},
      {"asked to wait", kFeishu, {429, "slow"}, Outcome::kLater, kMinute},
      {"a redirect", kWebhook, {302, ""}, Outcome::kLater, 0},
      {"taken", kWebhook, {204, ""}, Outcome::kTaken, 0},
      {"gone for good", kWebhook, {410, ""}, Outcome::kRefused, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(fmt::format("{} {}", ChannelKindName(c.kind), c.why));
    const AttemptEnd end = EndOfPost(c.kind, c.answer);
    EXPECT_EQ(end.outcome, c.want);
    EXPECT_EQ(end.pause, c.pause);
  }
}

// ---- channels ----

TEST(TellChannels, KeepToEachServicesPace) {
  struct Case {
    std::string_view why;
    ChannelKind kind;
    std::vector<uint64_t> recent;
    Millis paused_until, want;
  };
  const auto uses = [](size_t count, Millis first, Millis step) {
    std::vector<uint64_t> times;
    for (size_t i = 0; i < count; ++i)
      times.push_back(static_cast<uint64_t>(first + static_cast<Millis>(i) * step));
    return times;
  };
  constexpr Millis kTen = kNow + 10 * kMinute;  // no full or half hour
  const Case cases[] = {
      {"never used", ChannelKind::kWeCom, {}, 0, kTen},
      {"nineteen this minute", ChannelKind::kWeCom, uses(19, kTen - 20'000, 1'000), 0, kTen},
      {"twenty this minute", ChannelKind::kWeCom, uses(20, kTen - 20'000, 1'000), 0, kTen + 40'000},
      {"twenty, and told to wait", ChannelKind::kDingTalk, uses(20, kTen - 20'000, 1'000),
       kTen + 600'000, kTen + 600'000},
      {"five this second", ChannelKind::kFeishu, uses(5, kTen - 500, 100), 0, kTen + 500},
      {"four this second", ChannelKind::kFeishu, uses(4, kTen - 500, 100), 0, kTen},
      {"a hundred this minute", ChannelKind::kFeishu, uses(100, kTen - 50'000, 500), 0,
       kTen + 10'000},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(EarliestUse(c.kind, {.recent = c.recent, .paused_until = c.paused_until}, kTen),
              c.want);
  }
  EXPECT_EQ(EarliestUse(ChannelKind::kFeishu, {}, kNow + 5'000), kNow + kMinute) << "full hour";
  EXPECT_EQ(EarliestUse(ChannelKind::kFeishu, {}, kNow + 30 * kMinute), kNow + 31 * kMinute);
  EXPECT_EQ(EarliestUse(ChannelKind::kWeCom, {}, kNow), kNow);
}

TEST(TellChannels, QuietHoursEndWhenTheySay) {
  struct Case {
    std::string_view why;
    int from, until;
    Millis now, want;
  };
  constexpr Millis kMidnight = kNow - 8 * kHour;  // in Shanghai
  const Case cases[] = {
      {"none", 0, 0, kMidnight, kMidnight},
      {"over midnight, before it", 22 * 60, 7 * 60, kMidnight - kHour, kMidnight + 7 * kHour},
      {"over midnight, behind it", 22 * 60, 7 * 60, kMidnight + kHour, kMidnight + 7 * kHour},
      {"the last minute", 22 * 60, 7 * 60, kMidnight + 7 * kHour - 1, kMidnight + 7 * kHour},
      {"just over", 22 * 60, 7 * 60, kMidnight + 7 * kHour, kMidnight + 7 * kHour},
      {"by day", 12 * 60, 14 * 60, kMidnight + 13 * kHour, kMidnight + 14 * kHour},
      {"by day, outside", 12 * 60, 14 * 60, kMidnight + 15 * kHour, kMidnight + 15 * kHour},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const TellPolicy policy{.quiet_from = c.from, .quiet_until = c.until};
    EXPECT_EQ(policy.QuietUntil(c.now), c.want);
  }
}

TEST(TellChannels, WrongOnesAreNamed) {
  struct Case {
    std::string_view why;
    void (*spoil)(TellChannel&);
    std::string_view says;
  };
  const Case cases[] = {
      {"a name for people", [](TellChannel& c) { c.name = "邮件"; }, "name"},
      {"no protocol", [](TellChannel& c) { c.server = "mail.example.test"; }, "smtp://"},
      {"a password in the address", [](TellChannel& c) { c.server = "smtp://u:p@mail.test"; },
       "secret_file"},
      {"a path", [](TellChannel& c) { c.server = "smtp://mail.test/x"; }, "主机与端口"},
      {"plain to another machine", [](TellChannel& c) { c.plain = true; }, "本机"},
      {"no sender", [](TellChannel& c) { c.from = ""; }, "from"},
      {"a header in an addressee", [](TellChannel& c) { c.to = {"a@b.c\r\nBcc: d@e.f"}; }, "to"},
      {"a user without a password", [](TellChannel& c) { c.user = "u"; }, "secret_file"},
      {"an unknown topic", [](TellChannel& c) { c.topics = {"nihgt"}; }, "是否指“night”"},
      {"a robot without its address",
       [](TellChannel& c) { c = {.name = "r", .kind = ChannelKind::kWeCom}; }, "secret_file"},
      {"a robot with a mail server", [](TellChannel& c) { c.kind = ChannelKind::kFeishu; },
       "只有 kind"},
  };
  EXPECT_EQ(WrongWith(MailChannel()), "");
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    TellChannel channel = MailChannel();
    c.spoil(channel);
    EXPECT_THAT(WrongWith(channel), HasSubstr(std::string(c.says)));
  }
  TellPolicy policy{.channels = {MailChannel(), MailChannel()}};
  EXPECT_THAT(WrongWith(policy), HasSubstr("两个通道"));
  policy = {.owners = "nobody", .channels = {MailChannel()}};
  EXPECT_THAT(WrongWith(policy), HasSubstr("owners"));
  policy.owners = "mail";
  EXPECT_THAT(WrongWith(policy), HasSubstr("console"));
}

TEST(TellChannels, SecretsOthersMayReadAreRefusedAndNeverQuoted) {
  std::string folder = testing::TempDir() + "/xuncha_secret_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string file = folder + "/robot.secret";
  const TellChannel channel{
      .name = "r", .kind = ChannelKind::kDingTalk, .secret_file = "robot.secret"};
  struct Case {
    std::string_view why, text;
    mode_t mode;
    std::string_view says;
  };
  const Case cases[] = {
      {"good", "url = \"https://r.test/x?k=HUSH\"\nsecret = \"HUSH\"\n", 0600, ""},
      {"readable", "url = \"https://r.test/x?k=HUSH\"\nsecret = \"HUSH\"\n", 0644, "chmod 600"},
      {"not TOML", "HUSH HUSH\n", 0600, "TOML"},
      {"another word", "pass = \"HUSH\"\n", 0600, "password、url、secret"},
      {"in the clear", "url = \"http://r.test/x?k=HUSH\"\nsecret = \"HUSH\"\n", 0600, "https://"},
      {"unsigned", "url = \"https://r.test/x?k=HUSH\"\n", 0600, "签名"},
      {"a header", "url = \"https://r.test/x\\r\\nHUSH: 1\"\nsecret = \"s\"\n", 0600, "https://"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    ASSERT_TRUE(WriteFileAtomically(file, c.text).ok());
    ASSERT_EQ(chmod(file.c_str(), c.mode), 0);
    const Result<ChannelSecret> secret = ReadSecret(channel, folder);
    EXPECT_EQ(secret.ok(), c.says.empty());
    if (secret) continue;
    EXPECT_THAT(secret.error().text, HasSubstr(std::string(c.says)));
    EXPECT_THAT(secret.error().text, Not(HasSubstr("HUSH")));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace xuncha
