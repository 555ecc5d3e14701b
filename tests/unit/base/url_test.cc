// Url against the examples of RFC 3986 and the odd spellings browsers accept.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/url.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/limits.h"

namespace xuncha {
namespace {

Url Make(std::string_view text) {
  const Result<Url> url = Url::Parse(text);
  EXPECT_TRUE(url.ok()) << text;
  return url ? *url : Url();
}

TEST(UrlTest, ResolvesTheExamplesOfRfc3986) {
  struct Case {
    std::string_view reference, want;
  };
  // Section 5.4. Fragments are dropped; "g:h" is another scheme and refused
  // below; "http:g" follows the browsers' (and the RFC's own backward
  // compatible) reading.
  constexpr Case kCases[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/../x", "http://a/b/c/g"},
      {"http:g", "http://a/b/c/g"},
  };
  const Url base = Make("http://a/b/c/d;p?q");
  for (const auto& [reference, want] : kCases) {
    SCOPED_TRACE(reference);
    const Result<Url> url = Url::Resolve(base, reference);
    ASSERT_TRUE(url.ok());
    EXPECT_EQ(url->text(), want);
  }
}

TEST(UrlTest, ResolvesAsBrowsersDo) {
  struct Case {
    std::string_view why, reference, want;
  };
  constexpr Case kCases[] = {
      {"backslashes are slashes", "\\a\\b", "https://www.campus.test/a/b"},
      {"two backslashes begin a host", "\\\\other.test\\x", "https://other.test/x"},
      {"mixed slashes begin a host", "/\\other.test/x", "https://other.test/x"},
      {"too many slashes", "////other.test/x", "https://other.test/x"},
      {"scheme with one slash is relative to the same scheme", "https:/x",
       "https://www.campus.test/x"},
      {"the other scheme without slashes names a host", "http:other.test/x", "http://other.test/x"},
      {"line breaks and tabs inside vanish", "n\te\nw\r/1.htm",
       "https://www.campus.test/news/new/1.htm"},
      {"blanks at the ends vanish", "  x.htm \n", "https://www.campus.test/news/x.htm"},
      {"a blank inside is encoded", "a b.htm", "https://www.campus.test/news/a%20b.htm"},
      {"Han is encoded as UTF-8", "图片.htm?名=值",
       "https://www.campus.test/news/%E5%9B%BE%E7%89%87.htm?%E5%90%8D=%E5%80%BC"},
      {"a backslash in the query stays", "x?a\\b", "https://www.campus.test/news/x?a\\b"},
      {"an encoded dot is a dot", "%2e%2E/x", "https://www.campus.test/x"},
      {"a half encoded dot too", ".%2e/x", "https://www.campus.test/x"},
      {"other control bytes are encoded",
       "a\x01"
       "b",
       "https://www.campus.test/news/a%01b"},
      {"a colon after a digit is no scheme", "12:30", "https://www.campus.test/news/12:30"},
      {"empty segments stay", "/a//b", "https://www.campus.test/a//b"},
      {"climbing out of an empty segment", "/a//../b", "https://www.campus.test/a/b"},
      {"an empty query is a query", "x?", "https://www.campus.test/news/x?"},
      {"scheme in capitals", "HTTPS://WWW.Campus.TEST/X", "https://www.campus.test/X"},
  };
  const Url base = Make("https://www.campus.test/news/index.htm?p=1");
  for (const auto& [why, reference, want] : kCases) {
    SCOPED_TRACE(why);
    const Result<Url> url = Url::Resolve(base, reference);
    ASSERT_TRUE(url.ok()) << url.error().text;
    EXPECT_EQ(url->text(), want);
  }
}

TEST(UrlTest, RefusesWhatIsNoWebPage) {
  struct Case {
    std::string_view why, reference;
  };
  constexpr Case kCases[] = {
      {"script", "javascript:void(0)"},
      {"script in capitals behind a tab", "\tJavaScript:alert(1)"},
      {"mail", "mailto:x@campus.test"},
      {"data", "data:text/html,x"},
      {"another scheme, RFC 3986 g:h", "g:h"},
      {"file", "file:///etc/passwd"},
      {"user and password", "http://user:pass@campus.test/"},
      {"user alone, as in phishing", "http://www.bank.test@other.test/"},
      {"empty user", "http://@campus.test/"},
      {"no host", "http://"},
      {"no host but a port", "http://:80/"},
      {"port not a number", "http://campus.test:8o/"},
      {"port too large", "http://campus.test:65536/"},
      {"port zero", "http://campus.test:0/"},
      {"blank in the host", "http://campus .test/"},
      {"encoded slash in the host", "http://campus%2ftest/"},
      {"encoded NUL in the host", "http://campus%00.test/"},
      {"empty label", "http://www..campus.test/"},
      {"leading dot", "http://.campus.test/"},
      {"IPv4 part too large", "http://1.2.3.256/"},
      {"five IPv4 parts", "http://1.2.3.4.5/"},
      {"IPv4 with a word in it", "http://a.2.3.4/"},
      {"IPv4 octal with a nine", "http://09.1.1.1/"},
      {"IPv4 above 32 bits", "http://4294967296/"},
      {"open bracket", "http://[::1/"},
      {"IPv6 with a zone", "http://[fe80::1%25eth0]/"},
      {"junk behind the bracket", "http://[::1]x/"},
      {"A-label that decodes to nothing", "http://xn--a.test/"},
  };
  const Url base = Make("http://www.campus.test/");
  for (const auto& [why, reference] : kCases) {
    SCOPED_TRACE(why);
    const Result<Url> url = Url::Resolve(base, reference);
    ASSERT_FALSE(url.ok()) << url->text();
    EXPECT_EQ(url.error().code, Code::kInvalid);
    EXPECT_NE(url.error().text.find("；"), std::string::npos) << "says what to do";
  }
}

TEST(UrlTest, WritesHostsInOneForm) {
  struct Case {
    std::string_view why, host, want;
  };
  constexpr Case kCases[] = {
      {"capitals", "WWW.Campus.TEST", "www.campus.test"},
      {"the root's dot", "www.campus.test.", "www.campus.test"},
      {"underscore, as live hosts have", "old_site.campus.test", "old_site.campus.test"},
      {"percent triplets", "%77ww.campus.test", "www.campus.test"},
      {"one number", "2130706433", "127.0.0.1"},
      {"hexadecimal and missing parts", "0x7f.1", "127.0.0.1"},
      {"octal", "0177.0.0.01", "127.0.0.1"},
      {"hexadecimal whole", "0x7F000001", "127.0.0.1"},
      {"nothing behind 0x is zero", "0x.0x.0", "0.0.0.0"},
      {"trailing dot on an address", "127.0.0.1.", "127.0.0.1"},
      {"full-width digits", "１２７．０．０．１", "127.0.0.1"},
      {"ideographic full stop", "www。campus。test", "www.campus.test"},
      {"Han labels", "图书馆.campus.test", "xn--1jq52s681d.campus.test"},
      {"Han labels in triplets", "%E5%9B%BE%E4%B9%A6%E9%A6%86.campus.test",
       "xn--1jq52s681d.campus.test"},
      {"A-label in capitals", "XN--1JQ52S681D.campus.test", "xn--1jq52s681d.campus.test"},
      {"sharp s is kept apart from ss",
       "stra\xc3\x9f"
       "e.test",
       "xn--strae-oqa.test"},
      {"IPv6 longest form", "[0:0:0:0:0:0:0:1]", "[::1]"},
      {"IPv6 first of two equal runs", "[1:0:0:2:0:0:3:4]", "[1::2:0:0:3:4]"},
      {"IPv6 lone zero stays", "[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"},
      {"IPv6 with IPv4 tail", "[::FFFF:127.0.0.1]", "[::ffff:7f00:1]"},
      {"IPv6 nothing", "[::]", "[::]"},
      {"IPv6 zeros at the end", "[1:2::]", "[1:2::]"},
  };
  for (const auto& [why, host, want] : kCases) {
    SCOPED_TRACE(why);
    const Result<Url> url = Url::Parse("http://" + std::string(host) + "/");
    ASSERT_TRUE(url.ok()) << url.error().text;
    EXPECT_EQ(url->host(), want);
  }
}

TEST(UrlTest, NormalisesPercentTriplets) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"unreserved is decoded", "/%41%7e%2D", "/A~-"},
      {"reserved stays encoded, capital digits", "/a%2fb%3fc", "/a%2Fb%3Fc"},
      {"UTF-8 stays encoded", "/%e5%9b%be", "/%E5%9B%BE"},
      {"GBK bytes stay as they are", "/?q=%b2%a9", "/?q=%B2%A9"},
      {"stray percent stays", "/100%", "/100%"},
      {"stray percent before letters", "/100%zz", "/100%zz"},
      {"no triplet is born by decoding", "/%%34%31", "/%%341"},
      {"double encoding is not undone", "/%2541", "/%2541"},
      {"markup is encoded", "/<a>\"`{}^", "/%3Ca%3E%22%60%7B%7D%5E"},
      {"quotes in the query are encoded", "/?a='\"<>", "/?a=%27%22%3C%3E"},
      {"braces in the query stay", "/?{a}|^`", "/?{a}|^`"},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    const Url url = Make("http://campus.test" + std::string(in));
    EXPECT_EQ(url.path_and_query(), want);
    EXPECT_EQ(Make(url.text()).text(), url.text()) << "canonical text parses to itself";
  }
}

TEST(UrlTest, CanonicalTextParsesToItselfForOddInputs) {
  // All short strings over an alphabet of the bytes the rules turn on.
  constexpr std::string_view kBytes = "%2e5/.\\?";
  std::string tail;
  for (size_t i = 0;
       i < kBytes.size() * kBytes.size() * kBytes.size() * kBytes.size() * kBytes.size(); ++i) {
    tail.clear();
    for (size_t left = i, n = 0; n < 5; ++n, left /= kBytes.size())
      tail += kBytes[left % kBytes.size()];
    const Result<Url> once = Url::Parse("http://a.test/b/" + tail);
    ASSERT_TRUE(once.ok()) << tail;
    const Result<Url> twice = Url::Parse(once->text());
    ASSERT_TRUE(twice.ok()) << tail;
    ASSERT_EQ(once->text(), twice->text()) << tail;
    ASSERT_EQ(once->path(), twice->path()) << tail;
    ASSERT_EQ(once->query(), twice->query()) << tail;
  }
}

TEST(UrlTest, GivesItsParts) {
  const Url url = Make("HTTPS://Lib.Campus.Test:8443/a/b.aspx?id=7&x#top");
  EXPECT_EQ(url.text(), "https://lib.campus.test:8443/a/b.aspx?id=7&x");
  EXPECT_TRUE(url.secure());
  EXPECT_EQ(url.scheme(), "https");
  EXPECT_EQ(url.host(), "lib.campus.test");
  EXPECT_EQ(url.port(), 8443);
  EXPECT_EQ(url.origin(), "https://lib.campus.test:8443");
  EXPECT_EQ(url.path(), "/a/b.aspx");
  EXPECT_EQ(url.query(), "id=7&x");
  EXPECT_EQ(url.path_and_query(), "/a/b.aspx?id=7&x");
  EXPECT_FALSE(url.HostIsAddress());
}

TEST(UrlTest, DropsTheDefaultPortOnly) {
  EXPECT_EQ(Make("http://campus.test:80").text(), "http://campus.test/");
  EXPECT_EQ(Make("http://campus.test:").text(), "http://campus.test/");
  EXPECT_EQ(Make("https://campus.test:443/").text(), "https://campus.test/");
  EXPECT_EQ(Make("http://campus.test:443/").text(), "http://campus.test:443/");
  EXPECT_EQ(Make("http://campus.test:00080/").text(), "http://campus.test/");
  EXPECT_EQ(Make("https://campus.test").port(), 443);
}

TEST(UrlTest, KeepsThePortOfTheBase) {
  const Result<Url> url = Url::Resolve(Make("http://10.1.2.3:8080/a/"), "b?c");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->text(), "http://10.1.2.3:8080/a/b?c");
  EXPECT_EQ(url->port(), 8080);
  EXPECT_EQ(url->host(), "10.1.2.3");
  EXPECT_EQ(url->query(), "c");
  EXPECT_TRUE(url->HostIsAddress());
}

TEST(UrlTest, KnowsAddresses) {
  EXPECT_TRUE(Make("http://[::1]/").HostIsAddress());
  EXPECT_TRUE(Make("http://0x7f.1/").HostIsAddress());
  EXPECT_FALSE(Make("http://360.campus.test/").HostIsAddress());
}

TEST(UrlTest, ParseRefusesControlCharactersAndRelativeText) {
  EXPECT_FALSE(Url::Parse("http://campus.test/a\nb").ok());
  EXPECT_FALSE(Url::Parse("http://campus.test/a\x7f").ok());
  EXPECT_FALSE(Url::Parse("www.campus.test").ok());
  EXPECT_FALSE(Url::Parse("").ok());
  EXPECT_EQ(Make(" http://campus.test\t").text(), "http://campus.test/");
}

TEST(UrlTest, MeasuresTheCanonicalText) {
  const std::string start = "http://campus.test/";
  const std::string fits(limits::kUrlBytesMax - start.size(), 'a');
  EXPECT_TRUE(Url::Parse(start + fits).ok());
  EXPECT_FALSE(Url::Parse(start + fits + "a").ok());
  EXPECT_FALSE(Url::Parse(start + std::string(700, '<')).ok())
      << "encoding makes it three times longer";
  EXPECT_FALSE(Url::Parse(start + std::string(1 << 20, 'a')).ok());
}

TEST(UrlTest, EmptyUrlIsHarmless) {
  const Url url;
  EXPECT_TRUE(url.empty());
  EXPECT_EQ(url.host(), "");
  EXPECT_EQ(url.path(), "");
  EXPECT_EQ(url.query(), "");
  EXPECT_EQ(url.origin(), "");
  EXPECT_EQ(FoldSession(url), url);
  EXPECT_EQ(UrlTemplate(url), "");
  EXPECT_EQ(Make("http://campus.test/x"), *Url::Resolve(url, "http://campus.test/x"));
}

TEST(RegistrableDomainTest, FollowsThePublicSuffixList) {
  struct Case {
    std::string_view why, host, want;
  };
  constexpr Case kCases[] = {
      {"edu.cn is a suffix", "www.lib.example.edu.cn", "example.edu.cn"},
      {"com.cn is a suffix", "a.b.example.com.cn", "example.com.cn"},
      {"plain", "a.example.com", "example.com"},
      {"already registrable", "example.edu.cn", "example.edu.cn"},
      {"a suffix itself", "edu.cn", "edu.cn"},
      {"address", "10.1.2.3", "10.1.2.3"},
      {"IPv6", "[::1]", "[::1]"},
      {"one label", "localhost", "localhost"},
      {"unknown ending", "a.b.campus.test", "campus.test"},
      {"capitals", "WWW.Example.Edu.CN", "example.edu.cn"},
      {"nothing", "", ""},
  };
  for (const auto& [why, host, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(RegistrableDomain(host), want);
  }
}

TEST(PercentTest, DecodesAndEncodes) {
  EXPECT_EQ(PercentDecode("%E5%9b%bE%2"), "图%2");
  EXPECT_EQ(PercentDecode("%zz%"), "%zz%");
  EXPECT_EQ(PercentDecode("%00").size(), 1u);
  EXPECT_EQ(PercentEncodeByte(0xe5), "%E5");
}

}  // namespace
}  // namespace xuncha
