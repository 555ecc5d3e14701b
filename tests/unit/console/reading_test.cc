// What clients send, well and badly.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/reading.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "console/totp.h"
#include "console/words.h"

namespace xuncha {
namespace {

TEST(ReadTarget, TakesPathsAndRefusesWhatIsAmbiguous) {
  struct Case {
    std::string_view why, target, want;  // want empty: refused
  };
  constexpr Case kCases[] = {
      {"the first page", "/", "/"},
      {"parts", "/incident/9c1e", "/incident/9c1e"},
      {"an encoded letter", "/inc%69dent", "/incident"},
      {"Chinese", "/%E9%A1%B5", "/页"},
      {"a plus is a plus", "/a+b", "/a+b"},
      {"nothing", "", ""},
      {"an absolute address", "http://localhost/", ""},
      {"the star of OPTIONS", "*", ""},
      {"half a triplet", "/%4", ""},
      {"no digits", "/%zz", ""},
      {"NUL", "/a%00b", ""},
      {"a line end", "/a%0ab", ""},
      {"DEL", "/a%7fb", ""},
      {"no UTF-8", "/%ff", ""},
      {"an overlong slash", "/a%c0%afb", ""},
      {"an encoded slash", "/a%2fb", ""},
      {"a backslash", "/a%5cb", ""},
      {"up", "/../etc/passwd", ""},
      {"up, encoded", "/%2e%2e/etc/passwd", ""},
      {"up, half encoded", "/a/.%2e/b", ""},
      {"here", "/./a", ""},
      {"two slashes", "//a", ""},
      {"a slash at the end", "/a/", ""},
  };
  for (const auto& [why, target, want] : kCases) {
    SCOPED_TRACE(why);
    const Result<Target> read = ReadTarget(target);
    EXPECT_EQ(read.ok() ? read->path : "", want);
  }
}

TEST(ReadForm, TakesFieldsAndRefusesWhatIsNone) {
  const Result<Values> form = ReadForm("a=1&b=x+y%0D%0Az&a=2&empty=&flag&=v");
  ASSERT_TRUE(form.ok());
  EXPECT_EQ(form->count("a"), 2u);
  EXPECT_EQ(form->find("b")->second, "x y\nz");
  EXPECT_EQ(form->find("empty")->second, "");
  EXPECT_EQ(form->find("flag")->second, "");
  for (const std::string_view bad : {"a=%", "a=%0", "a=%00", "a=%01", "a=%ff", "%ff=1", "a%0a=1"}) {
    SCOPED_TRACE(bad);
    EXPECT_FALSE(ReadForm(bad).ok());
  }
  EXPECT_FALSE(ReadForm("a=" + std::string(limits::kDeskFieldBytesMax + 1, 'x')).ok());
  std::string many;
  for (size_t i = 0; i <= limits::kDeskFieldsMax; ++i) many += "a=&";
  EXPECT_FALSE(ReadForm(many).ok());
}

TEST(ReadMultipart, TakesFieldsAndFiles) {
  constexpr std::string_view kType = "multipart/form-data; boundary=\"xx\"";
  const std::string body =
      "--xx\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n"
      "--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../etc/p\x01.png\"\r\n"
      "Content-Type: image/png\r\n\r\n\x89PNG\r\n--x\r\n"
      "--xx\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n"
      "--xx--\r\n";
  const Result<Multipart> form = ReadMultipart(body, kType);
  ASSERT_TRUE(form.ok()) << form.error().text;
  EXPECT_EQ(form->form.find("csrf")->second, "abc");
  ASSERT_EQ(form->uploads.size(), 1u);
  EXPECT_EQ(form->uploads[0].field, "file");
  EXPECT_EQ(form->uploads[0].name, "p\\x01.png");
  EXPECT_EQ(form->uploads[0].bytes, "\x89PNG\r\n--x");
}

TEST(ReadMultipart, RefusesWhatIsBroken) {
  constexpr std::string_view kType = "multipart/form-data; boundary=xx";
  const std::string head = "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
  struct Case {
    std::string_view why;
    std::string body;
    std::string_view type = "multipart/form-data; boundary=xx";
  };
  const Case kCases[] = {
      {"no boundary", head + "v\r\n--xx--", "multipart/form-data"},
      {"an empty boundary", head, "multipart/form-data; boundary="},
      {"a long boundary", head,
       "multipart/form-data; boundary="
       "0123456789012345678901234567890123456789012345678901234567890123456789012"},
      {"nothing", ""},
      {"something before", "hello\r\n" + head + "v\r\n--xx--"},
      {"no end", head + "v"},
      {"no end of the last", head + "v\r\n--xx"},
      {"a head that does not end", "--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n"},
      {"a part without a name", "--xx\r\nContent-Disposition: form-data\r\n\r\nv\r\n--xx--"},
      {"a part without a disposition", "--xx\r\nX: y\r\n\r\nv\r\n--xx--"},
      {"two dispositions",
       "--xx\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; "
       "name=b\r\n\r\nv\r\n--xx--"},
      {"a value with NUL", head + std::string("a\0b", 3) + "\r\n--xx--"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    EXPECT_FALSE(ReadMultipart(c.body, c.type).ok());
  }
  // Every beginning of a good one is refused or read, and nothing else happens.
  const std::string good = head + "v\r\n--xx--\r\n";
  for (size_t size = 0; size < good.size(); ++size)
    (void)ReadMultipart(std::string_view(good).substr(0, size), kType).ok();
  EXPECT_TRUE(ReadMultipart(good, kType).ok());
}

TEST(ReadCookies, TakesWhatIsPlainAndNeitherOfTwo) {
  const auto cookies = ReadCookies("session=abc; lang=en;;=x; bad=\"q\"; twice=1; twice=2; a=b=c");
  EXPECT_EQ(cookies.size(), 3u);
  EXPECT_EQ(cookies.at("session"), "abc");
  EXPECT_EQ(cookies.at("lang"), "en");
  EXPECT_EQ(cookies.at("a"), "b=c");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += fmt::format("c{}=1; ", i);
  EXPECT_LE(ReadCookies(many).size(), 50u);
}

TEST(HostOf, LeavesThePortAwayAndTakesNoOddities) {
  EXPECT_EQ(HostOf("Localhost:8080"), "localhost");
  EXPECT_EQ(HostOf("[::1]:8080"), "[::1]");
  EXPECT_EQ(HostOf("desk.example.test"), "desk.example.test");
  for (const std::string_view bad : {"", "a b", "a:b", "[::1", "a:123456", "a@b", "a/b", "a\"b"}) {
    SCOPED_TRACE(bad);
    EXPECT_EQ(HostOf(bad), "");
  }
}

TEST(Totp, MakesTheCodesOfTheRfc) {
  // RFC 6238, appendix B, the rows of SHA-1; eight digits.
  const std::string secret = "12345678901234567890";
  struct Case {
    uint64_t seconds;
    std::string_view code;
  };
  constexpr Case kCases[] = {{59, "94287082"},
                             {1'111'111'109, "07081804"},
                             {1'111'111'111, "14050471"},
                             {1'234'567'890, "89005924"},
                             {2'000'000'000, "69279037"},
                             {20'000'000'000, "65353130"}};
  for (const auto& [seconds, code] : kCases) EXPECT_EQ(Hotp(secret, seconds / 30, 8), code);
}

TEST(Totp, TakesTheStepBesideAndNoneTwice) {
  const std::string secret = "12345678901234567890";
  const Millis now = 1'234'567'890'000;
  const uint64_t step = static_cast<uint64_t>(now / kTotpStep);
  EXPECT_EQ(TotpStepOf(secret, Hotp(secret, step, 6), now, 0), step);
  EXPECT_EQ(TotpStepOf(secret, Hotp(secret, step - 1, 6), now, 0), step - 1);
  EXPECT_EQ(TotpStepOf(secret, Hotp(secret, step + 1, 6), now, 0), step + 1);
  EXPECT_EQ(TotpStepOf(secret, Hotp(secret, step - 2, 6), now, 0), std::nullopt);
  EXPECT_EQ(TotpStepOf(secret, Hotp(secret, step, 6), now, step), std::nullopt) << "used";
  EXPECT_EQ(TotpStepOf(secret, "", now, 0), std::nullopt);
}

TEST(Base32, IsWhatAuthenticatorsRead) {
  // RFC 4648, section 10, without padding.
  EXPECT_EQ(Base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(Base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(UnBase32("MZXW6YTBOI"), "foobar");
  EXPECT_EQ(UnBase32("mz"), std::nullopt);
}

TEST(Catalogue, RefusesALineThatIsNone) {
  const auto read = [](std::string_view text) {
    const EmbeddedFile file{.name = "w.txt", .bytes = text};
    return Catalogue::Read({&file, 1});
  };
  const auto good = read("# c\n\na.b = 甲 | A\n");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good->Find(Language::kEnglish, "a.b"), "A");
  EXPECT_EQ(good->Find(Language::kEnglish, "a.c"), nullptr);
  for (const std::string_view bad : {"a = 甲", "a | b", "a = 甲 | ", "a = 甲 | A\na = 乙 | B"}) {
    SCOPED_TRACE(bad);
    EXPECT_FALSE(read(bad).ok());
  }
}

}  // namespace
}  // namespace xuncha
