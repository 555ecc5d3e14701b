// SPDX-License-Identifier: Apache-2.0
#include "crawler/links.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/script_text.h"

namespace xuncha {
namespace {

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Percent-decoded, as UTF-8, or as the GB18030 that old sites write into queries.
std::string ReadableTarget(std::string_view text) {
  std::string decoded = PercentDecode(text);
  if (!IsValidUtf8(decoded)) {
    Decoded gb = DecodeToUtf8(decoded, Charset::kGb18030);
    decoded = gb.malformed == 0 ? std::move(gb.utf8) : ToValidUtf8(decoded);
  }
  std::replace_if(
      decoded.begin(), decoded.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; },
      ' ');
  return decoded;
}

}  // namespace

bool IsInstitution(std::string_view host) {
  static constexpr std::string_view kEndings[] = {".gov.cn",
                                                  ".edu.cn",
                                                  ".ac.cn",
                                                  ".mil.cn",
                                                  ".gov",
                                                  ".edu",
                                                  ".org.cn",
                                                  ".edu.hk",
                                                  ".ac.uk",
                                                  "w3.org",
                                                  "cnki.net",
                                                  "wanfangdata.com.cn",
                                                  "cqvip.com",
                                                  "doi.org",
                                                  "chsi.com.cn",
                                                  "xinhuanet.com",
                                                  "people.com.cn",
                                                  "news.cn",
                                                  "cctv.com",
                                                  "gmw.cn",
                                                  "xuexi.cn",
                                                  "qstheory.cn",
                                                  "icourse163.org",
                                                  "xuetangx.com",
                                                  "chaoxing.com",
                                                  "qq.com",
                                                  "baidu.com",
                                                  "bdstatic.com",
                                                  "weibo.com",
                                                  "bilibili.com",
                                                  "microsoft.com",
                                                  "adobe.com",
                                                  "mozilla.org",
                                                  "github.com",
                                                  "google.com",
                                                  "jquery.com",
                                                  "cnzz.com",
                                                  "51.la",
                                                  "umeng.com",
                                                  "webofscience.com",
                                                  "sciencedirect.com",
                                                  "springer.com",
                                                  "ieee.org",
                                                  "iso.org",
                                                  "wikipedia.org"};
  for (std::string_view ending : kEndings) {
    if (!host.ends_with(ending)) continue;
    if (host.size() == ending.size() || ending[0] == '.') return true;
    if (host[host.size() - ending.size() - 1] == '.') return true;
  }
  return false;
}

namespace {

// Top-level names sold for next to nothing, and hosts that are only digits.
bool IsCheapHost(std::string_view host) {
  static constexpr std::string_view kCheap[] = {
      "xyz",  "top",  "cc",   "vip",  "icu", "club", "win",  "bet",   "loan",    "online",
      "site", "shop", "work", "pw",   "tk",  "ml",   "ga",   "cf",    "gq",      "fun",
      "live", "buzz", "cyou", "sbs",  "bid", "app",  "link", "click", "monster", "quest",
      "rest", "lol",  "cfd",  "wang", "ltd", "ws",   "la",   "am",    "casino"};
  static constexpr std::string_view kReserved[] = {"example", "test", "invalid"};
  if (host.starts_with('[')) return true;
  std::vector<std::string_view> labels = Split(host, '.');
  if (labels.size() == 4 && std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
        return !label.empty() && label.find_first_not_of("0123456789") == std::string_view::npos;
      })) {
    return true;  // an address
  }
  if (labels.size() > 2 &&
      std::find(std::begin(kReserved), std::end(kReserved), labels.back()) != std::end(kReserved)) {
    labels.pop_back();  // reserved endings stand in for real ones
  }
  if (labels.size() < 2) return false;
  if (std::find(std::begin(kCheap), std::end(kCheap), labels.back()) != std::end(kCheap))
    return true;
  const std::string_view name = labels[labels.size() - 2];
  const auto digits = static_cast<size_t>(
      std::count_if(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }));
  return digits >= 3 && digits * 2 >= name.size();
}

// "report.pdf" of "/upload/report.pdf?x=1" if it is a document's name.
std::string_view DocumentName(std::string_view href) {
  static constexpr std::string_view kTypes[] = {"pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx",
                                                "wps", "et",  "rtf",  "csv", "txt",  "zip", "rar",
                                                "7z",  "gz",  "apk",  "exe", "ofd",  "caj"};
  href = href.substr(0, href.find_first_of("?#"));
  const size_t slash = href.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? href : href.substr(slash + 1);
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  const std::string type = AsciiLower(name.substr(dot + 1));
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes)
             ? name
             : std::string_view();
}

}  // namespace

std::optional<RefreshTarget> ReadRefresh(std::string_view content) {
  content = Trim(content);
  RefreshTarget target;
  const auto [end, error] =
      std::from_chars(content.data(), content.data() + content.size(), target.seconds);
  if (error == std::errc()) content.remove_prefix(static_cast<size_t>(end - content.data()));
  content = Trim(content);
  if (content.empty()) return std::nullopt;
  while (!content.empty() &&
         (content[0] == ';' || content[0] == ',' || content[0] == ' ' || content[0] == '.')) {
    content.remove_prefix(1);
  }
  content = Trim(content);
  if (StartsWithIgnoreCase(content, "url")) {
    const std::string_view rest = Trim(content.substr(3));
    if (rest.starts_with('=')) content = Trim(rest.substr(1));
  }
  if (!content.empty() && (content[0] == '"' || content[0] == '\'')) {
    const char quote = content[0];
    content.remove_prefix(1);
    content = content.substr(0, content.find(quote));
  }
  content = Trim(content);
  if (content.empty()) return std::nullopt;
  target.url = std::string(content.substr(0, limits::kUrlBytesMax));
  return target;
}

std::optional<std::string> ReadDataUrl(std::string_view url) {
  if (!StartsWithIgnoreCase(url, "data:")) return std::nullopt;
  const size_t comma = url.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view type = url.substr(5, comma - 5);
  const bool textual = type.empty() || type.starts_with(';') ||
                       StartsWithIgnoreCase(type, "text/") || ContainsIgnoreCase(type, "xml") ||
                       ContainsIgnoreCase(type, "html") || ContainsIgnoreCase(type, "script");
  if (!textual) return std::nullopt;
  std::string text = PercentDecode(url.substr(comma + 1));
  if (ContainsIgnoreCase(type, "base64")) {
    std::optional<std::string> decoded = DecodeBase64(text);
    if (!decoded) return std::nullopt;
    text = std::move(*decoded);
  }
  return IsValidUtf8(text) ? text : ToValidUtf8(text);
}

void ReadHeaders(PageReading& reading, const Page& page) {
  const std::string_view headers = page.response.headers;
  size_t at = 0;
  while (at < headers.size()) {
    const size_t end = std::min(headers.find('\n', at), headers.size());
    const std::string_view line = Trim(headers.substr(at, end - at));
    at = end + 1;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || StartsWithIgnoreCase(line, "HTTP/"))
      continue;
    const std::string name = AsciiLower(line.substr(0, colon));
    std::string_view value = Trim(line.substr(colon + 1));
    if (value.empty()) continue;
    const std::string readable = ReadableTarget(value);
    if (name == "refresh") {
      if (std::optional<RefreshTarget> refresh = ReadRefresh(readable)) {
        if (reading.AddLink(refresh->url, LinkKind::kHeaderRefresh) != nullptr) {
          reading.refreshes.push_back({reading.links.size() - 1, refresh->seconds, true});
        }
      }
    } else if (name == "link") {
      for (size_t open = 0; (open = value.find('<', open)) != std::string_view::npos;) {
        const size_t close = value.find('>', open);
        if (close == std::string_view::npos) break;
        const std::string_view parameters = value.substr(close, value.find('<', close) - close);
        const bool asset = ContainsIgnoreCase(parameters, "preload") ||
                           ContainsIgnoreCase(parameters, "preconnect") ||
                           ContainsIgnoreCase(parameters, "stylesheet");
        if (!asset)
          reading.AddLink(value.substr(open + 1, close - open - 1), LinkKind::kHeaderLink);
        open = close;
      }
    }
    const bool lead = name == "refresh" || name == "location" || name == "content-disposition";
    const bool speaks = !IsAscii(readable) && (name.starts_with("x-") || name == "link" || lead);
    if (lead || speaks) {
      reading.text.Put(Part::kOther, ZoneKind::kHeader, Hiding::kNone, name, readable,
                       {{}, 0, true});
    }
  }
  for (const Hop& hop : page.response.hops) reading.AddLink(hop.to, LinkKind::kRedirect);
}

namespace {

// The query's bytes in the page's charset, as a browser sends them.
std::string EncodeQuery(std::string_view href, Charset charset) {
  const size_t fragment = href.find('#');
  href = href.substr(0, fragment);
  const size_t mark = href.find('?');
  if (mark == std::string_view::npos || charset == Charset::kUtf8 || charset == Charset::kUtf16le ||
      charset == Charset::kUtf16be || IsAscii(href.substr(mark))) {
    return std::string(href);
  }
  std::string out(href.substr(0, mark));
  for (char c : EncodeFromUtf8(href.substr(mark), charset)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      out += PercentEncodeByte(byte);
    }
  }
  return out;
}

bool HasOtherScheme(std::string_view href) {
  if (href.substr(0, 12).find(':') == std::string_view::npos ||
      StartsWithIgnoreCase(href, "http")) {
    return false;
  }
  for (std::string_view scheme : {"javascript:", "mailto:", "tel:", "data:", "about:", "sms:",
                                  "ftp:", "file:", "weixin:", "tencent:", "blob:", "vbscript:"}) {
    if (StartsWithIgnoreCase(href, scheme)) return true;
  }
  return false;
}

}  // namespace

const Url& BodyUrl(const Page& page) {
  return page.response.final_url.empty() ? page.permit.url() : page.response.final_url;
}

void ResolveLinks(PageReading& reading, const Page& page, Charset charset) {
  reading.hosts.clear();
  reading.hosts.emplace_back();  // 0: none
  Url base = BodyUrl(page);
  if (!reading.base.empty()) {
    if (Result<Url> resolved = Url::Resolve(base, reading.base)) base = std::move(*resolved);
  }
  const Url& own = BodyUrl(page);
  reading.own_domain = own.empty() ? "" : RegistrableDomain(own.host());
  Seen seen;
  for (size_t i = 0; i < reading.links.size(); ++i) {
    FoundLink& found = reading.links[i];
    const std::string_view href = found.link.href;
    if (HasOtherScheme(href)) continue;
    const uint32_t first = seen.Insert(href, static_cast<uint32_t>(i));
    if (first != i) {
      found.link.url = reading.links[first].link.url;
      found.host = reading.links[first].host;
      continue;
    }
    Result<Url> url =
        IsAscii(href) ? Url::Resolve(base, href) : Url::Resolve(base, EncodeQuery(href, charset));
    if (!url) continue;
    found.link.url = std::move(*url);
    found.host = HostOf(reading, page, found.link.url);
  }
}

uint32_t HostOf(PageReading& reading, const Page& page, const Url& url) {
  if (url.empty()) return 0;
  const std::string_view host = url.host();
  for (size_t i = reading.hosts.size();
       i-- > 1 && reading.hosts.size() - i < limits::kHostsComparedMax;) {
    if (reading.hosts[i].host == host) return static_cast<uint32_t>(i);
  }
  HostFacts facts;
  facts.host = std::string(host);
  facts.domain = RegistrableDomain(host);
  facts.foreign = facts.domain != reading.own_domain;
  if (facts.foreign && page.permit.valid()) {
    for (const std::string& registered : page.permit.site().hosts) {
      std::string_view name = registered;
      if (name.starts_with("*.")) name.remove_prefix(2);
      if (host == name || (host.ends_with(name) && host[host.size() - name.size() - 1] == '.')) {
        facts.foreign = false;
      }
    }
  }
  facts.institution = IsInstitution(host);
  facts.cheap = IsCheapHost(host);
  reading.hosts.push_back(std::move(facts));
  return static_cast<uint32_t>(reading.hosts.size() - 1);
}

void PutTargets(PageReading& reading) {
  TextBuffer& other = reading.text.at(Part::kOther);
  other.Begin(ZoneKind::kHref, Hiding::kNone, "");
  Seen seen;
  for (const FoundLink& found : reading.links) {
    if (found.host == 0 || found.link.kind == LinkKind::kImage ||
        found.link.kind == LinkKind::kStyle) {
      continue;
    }
    const bool foreign = reading.hosts[found.host].foreign;
    const std::string_view target = found.link.href;
    if (!foreign && IsAscii(target) && target.find('%') == std::string_view::npos) continue;
    std::string readable = ReadableTarget(target);
    if (!foreign && IsAscii(readable)) continue;
    if (!seen.Add(target)) continue;
    if (!reading.HasRoom(readable.size())) break;
    const bool placed = found.source != kNoSource;
    other.Owe('\n');
    other.Append(readable, {{}, placed ? found.source : 0, true});
  }
  other.End();
  Seen documents;
  other.Begin(ZoneKind::kAttachment, Hiding::kNone, "");
  for (const FoundLink& found : reading.links) {
    if (found.link.kind != LinkKind::kAnchor) continue;
    const std::string_view name = DocumentName(found.link.href);
    if (name.empty() || !documents.Add(found.link.href)) continue;
    std::string line = ReadableTarget(name);
    if (found.words) {
      line += ' ';
      line += std::string_view(reading.text.at(found.part).text())
                  .substr(found.link.text.begin, found.link.text.size());
    }
    if (reading.text.size() + line.size() > limits::kTextBytesMax) break;
    other.Owe('\n');
    other.Append(line, {{}, found.source == kNoSource ? 0 : found.source, true});
  }
  other.End();
}

}  // namespace xuncha
