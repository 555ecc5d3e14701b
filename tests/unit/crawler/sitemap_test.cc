// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <zlib.h>

#include "base/charset.h"
#include "base/limits.h"
#include "crawler/robots.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Gzip(std::string_view bytes) {
  std::string out(compressBound(bytes.size()) + 64, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

constexpr std::string_view kUrlset =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset "
    "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
    "<url><loc>http://h.test/a?x=1&amp;y=2</loc><lastmod>2026-01-01</lastmod></url>\n"
    "<url><loc>\n  <![CDATA[http://h.test/b]]>\n</loc></url></urlset>";

TEST(Sitemap, ReadsItsForms) {
  struct Case {
    std::string_view why;
    std::string body;
    std::vector<std::string> urls, nested;
  };
  const Case kCases[] = {
      {"a urlset", std::string(kUrlset), {"http://h.test/a?x=1&y=2", "http://h.test/b"}, {}},
      {"packed", Gzip(kUrlset), {"http://h.test/a?x=1&y=2", "http://h.test/b"}, {}},
      {"an index",
       "<sitemapindex><sitemap><loc>http://h.test/s1.xml</loc></sitemap></sitemapindex>",
       {},
       {"http://h.test/s1.xml"}},
      {"with a name space prefix",
       "<s:urlset><s:url><s:loc>http://h.test/a</s:loc></s:url></s:urlset>",
       {"http://h.test/a"},
       {}},
      {"plain text",
       "http://h.test/a\r\nhttps://h.test/b\n\n",
       {"http://h.test/a", "https://h.test/b"},
       {}},
      {"a text with a mark", "\xEF\xBB\xBFhttp://h.test/a", {"http://h.test/a"}, {}},
      {"UTF-16",
       "\xFF\xFE" + EncodeFromUtf8(kUrlset, Charset::kUtf16le),
       {"http://h.test/a?x=1&y=2", "http://h.test/b"},
       {}},
      {"numeric references",
       "<urlset><url><loc>http://h.test/&#97;&#x4e2d;</loc></url></urlset>",
       {"http://h.test/a中"},
       {}},
      {"a comment is no entry",
       "<urlset><!-- <loc>http://h.test/no</loc> --><url><loc>http://h.test/a</loc></url></urlset>",
       {"http://h.test/a"},
       {}},
      {"cut off in the middle",
       "<urlset><url><loc>http://h.test/a</loc></url><url><loc>http://h.te",
       {"http://h.test/a"},
       {}},
      {"no sitemap: a page",
       "<html><head><title>x</title></head><loc>http://h.test/a</loc></html>",
       {},
       {}},
      {"no sitemap: a text that only begins with a URL",
       "http://h.test/a\nis where to look\n",
       {},
       {}},
      {"nothing", "", {}, {}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    const SitemapUrls urls = ParseSitemap(c.body);
    EXPECT_EQ(urls.urls, c.urls);
    EXPECT_EQ(urls.nested, c.nested);
  }
}

TEST(Sitemap, ExpandsNoEntities) {
  const SitemapUrls urls = ParseSitemap(
      "<!DOCTYPE urlset [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\"><!ENTITY f SYSTEM "
      "\"file:///etc/passwd\">]>"
      "<urlset><url><loc>http://h.test/&b;&f;</loc></url></urlset>");
  EXPECT_THAT(urls.urls, ElementsAre("http://h.test/&b;&f;"));
}

TEST(Sitemap, StopsAtItsCaps) {
  std::string many = "<urlset>";
  for (size_t i = 0; i <= limits::kSitemapUrlsMax; ++i)
    many += "<url><loc>http://h.test/a</loc></url>";
  const SitemapUrls urls = ParseSitemap(many);
  EXPECT_THAT(urls.urls, SizeIs(limits::kSitemapUrlsMax));
  EXPECT_TRUE(urls.truncated);

  const SitemapUrls bomb = ParseSitemap(Gzip(std::string(60 << 20, ' ')));
  EXPECT_THAT(bomb.urls, IsEmpty());
  EXPECT_TRUE(bomb.truncated);

  const std::string packed = Gzip(kUrlset);
  EXPECT_TRUE(ParseSitemap(std::string_view(packed).substr(0, packed.size() / 2)).truncated);
}

}  // namespace
}  // namespace xuncha
