// FoldSession and UrlTemplate: what counts as the same, and what must not.
//
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string_view>

#include "base/url.h"

namespace xuncha {
namespace {

TEST(FoldSessionTest, DropsSessionsAndKeepsPages) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"Java", "/a/list.jsp;jsessionid=1A2B3C?id=7", "/a/list.jsp?id=7"},
      {"Java in capitals", "/a;JSESSIONID=1/b", "/a/b"},
      {"PHP, last parameter", "/x.php?id=7&PHPSESSID=abc", "/x.php?id=7"},
      {"PHP, only parameter", "/x.php?phpsessid=abc", "/x.php"},
      {"ASP, drawn name", "/x.asp?ASPSESSIONIDQQABCDEF=ZZ&id=1", "/x.asp?id=1"},
      {"ASP.NET in the path", "/app/(S(lit3py55t21z5v55vlm25s55))/page.aspx", "/app/page.aspx"},
      {"campaign", "/n/1.htm?utm_source=wx&utm_medium=qr", "/n/1.htm"},
      {"order of the rest is kept", "/x?b=2&gclid=1&a=1", "/x?b=2&a=1"},
      {"sid that was drawn", "/x?sid=9f8e7d6c5b4a39281706f5e4&p=1", "/x?p=1"},
      {"sid that names a column stays", "/x?sid=12", "/x?sid=12"},
      {"s that is a search stays", "/?s=notice", "/?s=notice"},
      {"other matrix parameter stays", "/x;v=2?id=1", "/x;v=2?id=1"},
      {"name that only contains one stays", "/x?mysessionidea=1", "/x?mysessionidea=1"},
      {"parentheses in a name stay", "/a/file(1).htm", "/a/file(1).htm"},
      {"empty query stays", "/x?", "/x?"},
      {"nothing to do", "/info/1021/4059.htm", "/info/1021/4059.htm"},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    const Url url = *Url::Parse("http://campus.test" + std::string(in));
    const Url folded = FoldSession(url);
    EXPECT_EQ(folded.path_and_query(), want);
    EXPECT_EQ(FoldSession(folded), folded) << "folding twice changes nothing";
  }
}

TEST(UrlTemplateTest, TellsShapesApart) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"article of a campus system", "/info/1021/4059.htm", "h.test/info/{n}/{n}.htm"},
      {"another article name", "/2026/0115/c1234a56789/page.htm",
       "h.test/{n}/{n}/c{n}a{n}/page.htm"},
      {"date as a slug", "/2026-01-15/x.html", "h.test/{n}-{n}-{n}/x.html"},
      {"query keys without values, sorted", "/list.jsp?urltype=tree&a2=1&a7=2",
       "h.test/list.jsp?a{n}&urltype"},
      {"digest", "/f/d41d8cd98f00b204e9800998ecf8427e.html", "h.test/f/{x}.html"},
      {"UUID", "/d/123e4567-e89b-12d3-a456-426614174000", "h.test/d/{x}"},
      {"generated mirror path", "/2f3a9/123.html", "h.test/{x}/{n}.html"},
      {"long run of letters", "/qwertyuiopasdfghjklzxcvbnm/", "h.test/{x}/"},
      {"long slug of words stays", "/how-to-borrow-books-from-the-library/",
       "h.test/how-to-borrow-books-from-the-library/"},
      {"Han name", "/%E5%9B%BE%E4%B9%A6/3.htm", "h.test/{x}/{n}.htm"},
      {"home", "/", "h.test/"},
  };
  for (const auto& [why, in, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(UrlTemplate(*Url::Parse("http://h.test" + std::string(in))), want);
  }
}

TEST(UrlTemplateTest, KeepsThePortAndLosesTheScheme) {
  EXPECT_EQ(UrlTemplate(*Url::Parse("https://h.test:8443/7")), "h.test:8443/{n}");
  EXPECT_EQ(UrlTemplate(*Url::Parse("http://h.test/7")),
            UrlTemplate(*Url::Parse("https://h.test/8")));
}

}  // namespace
}  // namespace xuncha
