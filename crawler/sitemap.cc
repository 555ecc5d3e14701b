// A sitemap is read flat, from one <loc> to the next, and never as a tree: the
// answer is the same for every sitemap that sitemaps.org allows, a document type
// or an entity has nothing to act on, and memory is bounded by the URLs taken
// whatever fifty megabytes of brackets may hold.
//
// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <algorithm>

#include "base/charset.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/references.h"
#include "crawler/robots.h"

namespace xuncha {
namespace {

bool IsGzip(std::string_view body) { return body.starts_with("\x1F\x8B\x08"); }

// What of a gzip stream can be read, up to `bytes_max`.
std::string Gunzip(std::string_view packed, size_t bytes_max, bool* truncated) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) {
    *truncated = true;
    return {};
  }
  std::string out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int state = Z_OK;
  while (state == Z_OK && out.size() < bytes_max) {
    const size_t before = out.size();
    out.resize(std::min(bytes_max, before + (1 << 16)));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (out.size() == before && state == Z_OK && stream.avail_in == 0) break;
  }
  *truncated = state != Z_STREAM_END;
  inflateEnd(&stream);
  return out;
}

// The character data that begins at `at`, up to the next tag; CDATA is taken
// whole. Empty if it does not end: half a URL is another URL.
std::string CharacterData(std::string_view text, size_t at) {
  at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
  constexpr std::string_view kCdata = "<![CDATA[";
  const bool cdata = text.substr(at).starts_with(kCdata);
  if (cdata) at += kCdata.size();
  // A URL of the longest kind, every byte an entity, ends within this.
  const std::string_view rest = text.substr(at, limits::kUrlBytesMax * 6);
  const size_t end = cdata ? rest.find("]]>") : rest.find('<');
  if (end == std::string_view::npos) return {};
  const std::string_view data = Trim(rest.substr(0, end));
  return cdata ? std::string(data) : DecodeReferences(data, true);
}

// Local name of the tag at text[at] == '<': "loc" of "<sm:loc lang=...>".
std::string_view LocalName(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at + 1, 64);
  std::string_view name = rest.substr(0, rest.find_first_of(" \t\r\n/>"));
  const size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

void ReadXml(std::string_view text, SitemapUrls& urls) {
  bool nested = false;  // inside <sitemap>, not <url>
  for (size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    if (text.substr(at).starts_with("<!--")) {
      at = text.find("-->", at);
      if (at == std::string_view::npos) return;
      continue;
    }
    const std::string_view name = LocalName(text, at);
    if (name == "sitemap" || name == "sitemapindex") nested = true;
    if (name == "url" || name == "urlset") nested = false;
    if (name != "loc") continue;
    const size_t close = text.find('>', at);
    if (close == std::string_view::npos) return;
    std::string url = CharacterData(text, close + 1);
    at = close;
    if (url.empty() || url.size() > limits::kUrlBytesMax) continue;
    std::vector<std::string>& list = nested ? urls.nested : urls.urls;
    if (urls.urls.size() + urls.nested.size() >= limits::kSitemapUrlsMax) {
      urls.truncated = true;
      return;
    }
    list.push_back(std::move(url));
  }
}

void ReadLines(std::string_view text, SitemapUrls& urls) {
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.size() > limits::kUrlBytesMax) continue;
    // A text of which one line is no URL is a text, and not a sitemap.
    if (!StartsWithIgnoreCase(line, "http://") && !StartsWithIgnoreCase(line, "https://")) {
      urls.urls.clear();
      return;
    }
    if (urls.urls.size() >= limits::kSitemapUrlsMax) {
      urls.truncated = true;
      return;
    }
    urls.urls.emplace_back(line);
  }
}

}  // namespace

SitemapUrls ParseSitemap(std::string_view body) {
  SitemapUrls urls;
  std::string unpacked;
  if (IsGzip(body)) {
    unpacked = Gunzip(body, limits::kSitemapBytesMax, &urls.truncated);
    body = unpacked;
  }
  if (body.size() > limits::kSitemapBytesMax) {
    body = body.substr(0, limits::kSitemapBytesMax);
    urls.truncated = true;
  }
  size_t mark = 0;
  std::string decoded;
  const Charset charset = CharsetByBom(body, &mark);
  if (charset == Charset::kUtf16le || charset == Charset::kUtf16be) {
    decoded = DecodeToUtf8(body, charset).utf8;
    body = decoded;
  } else {
    body.remove_prefix(mark);
  }

  // An ordinary page is no sitemap: the root decides, and stands near the top.
  const std::string_view head = body.substr(0, 4096);
  if (head.find("urlset") != std::string_view::npos ||
      head.find("sitemapindex") != std::string_view::npos) {
    if (Trim(head).starts_with('<')) ReadXml(body, urls);
  } else {
    ReadLines(body, urls);
  }
  return urls;
}

}  // namespace xuncha
