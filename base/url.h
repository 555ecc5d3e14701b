// Url is an absolute http or https URL in canonical form: lower-case scheme and
// host (IDN as A-labels), default port dropped, dot segments removed, percent
// triplets upper-case with unreserved characters decoded, fragment dropped.
// Two strings that mean the same document are the same Url as far as syntax can
// tell; folding of session parameters is a separate, named step.
//
// The host of a numeric spelling (2130706433, 0x7f.1) is canonicalised as the
// WHATWG URL standard does; policy never judges by this text but by the address
// a socket is opened to.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

namespace internal {
struct UrlDraft;  // a URL being written; url.cc
}

class Url {
 public:
  Url() = default;

  // kInvalid for other schemes, empty hosts, control characters, user
  // information, and more than limits::kUrlBytesMax bytes.
  static Result<Url> Parse(std::string_view text);
  // Resolves a reference (RFC 3986 section 5, with the WHATWG treatment of
  // white space, backslashes and missing slashes) against `base`. Bytes outside
  // ASCII in `reference` are UTF-8 and are percent-encoded.
  static Result<Url> Resolve(const Url& base, std::string_view reference);

  const std::string& text() const { return text_; }  // the whole canonical URL
  bool empty() const { return text_.empty(); }
  bool secure() const { return secure_; }
  std::string_view scheme() const { return secure_ ? "https" : "http"; }
  std::string_view host() const { return std::string_view(text_).substr(host_, host_size_); }
  uint16_t port() const { return port_; }  // always set
  std::string origin() const;              // "https://host" or "http://host:8080"
  std::string_view path() const;           // begins with "/", without the query
  std::string_view query() const;          // without "?"; empty if none
  std::string_view path_and_query() const;
  bool HostIsAddress() const;  // literal IPv4 or [IPv6]

  friend bool operator==(const Url& a, const Url& b) { return a.text_ == b.text_; }
  friend auto operator<=>(const Url& a, const Url& b) { return a.text_ <=> b.text_; }

 private:
  static Url FromDraft(internal::UrlDraft&& draft);

  std::string text_;
  uint32_t host_ = 0, host_size_ = 0, path_ = 0, query_ = 0;  // offsets; query_ 0 = none
  uint16_t port_ = 0;
  bool secure_ = false;
};

// The same URL without known session parameters (;jsessionid=, PHPSESSID, sid,
// ...) and with the tracking ones (utm_*) gone: the key under which the frontier
// remembers it. Order of other parameters is kept, for it can matter.
Url FoldSession(const Url& url);

// The shape of a URL: host, path with runs of digits as "{n}" and long
// hexadecimal or random segments as "{x}", query keys sorted and without values. Budgets
// and novelty stops count by it.
std::string UrlTemplate(const Url& url);

// "example.edu.cn" of "www.lib.example.edu.cn", by the public suffix list
// (libpsl); the host itself for addresses and for names on the list.
std::string RegistrableDomain(std::string_view host);

// Percent-decodes; malformed triplets stay as they are.
std::string PercentDecode(std::string_view text);
std::string PercentEncodeByte(unsigned char byte);

// A piece of a path that no person chose: short hexadecimal with both letters and
// digits, after at most a short prefix.
bool IsRandomName(std::string_view segment);

}  // namespace xuncha
