// Url: see url.h. One builder serves Parse and Resolve; it appends canonical
// text from left to right, so that a URL that is canonical already costs one
// pass over a byte table.
//
// What is canonical: parsing the text again gives the same text. Percent signs
// that begin no triplet stay as they are, as in browsers, and a triplet behind
// one is not decoded, or a second reading would see a triplet that was not there.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/url.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "base/url_host.h"

namespace xuncha {
namespace {

constexpr size_t kReferenceBytesMax = 4 * limits::kUrlBytesMax;  // dot segments and tabs may go

// ---- bytes ----

enum ByteClass : uint8_t {
  kPathPlain = 1,   // stands in a path as it is
  kQueryPlain = 2,  // stands in a query as it is
  kUnreserved = 4,  // RFC 3986: never needs a triplet
};

// The percent-encode sets are those of the WHATWG URL standard for special
// schemes. '%' is in no class: triplets are looked at.
constexpr std::array<uint8_t, 256> MakeByteClasses() {
  std::array<uint8_t, 256> classes{};
  for (int c = 0x21; c < 0x7f; ++c) {
    const std::string_view not_query = "\"#<>'%", not_path = "\"#<>?^`{}%/\\";
    const auto ch = static_cast<char>(c);
    if (not_query.find(ch) == std::string_view::npos) classes[c] |= kQueryPlain;
    if (not_path.find(ch) == std::string_view::npos) classes[c] |= kPathPlain;
    const bool lower_or_digit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool upper = c >= 'A' && c <= 'Z';
    if (lower_or_digit || upper || ch == '-' || ch == '.' || ch == '_' || ch == '~') {
      classes[c] |= kUnreserved;
    }
  }
  return classes;
}
constexpr std::array<uint8_t, 256> kByteClasses = MakeByteClasses();

bool Is(char c, uint8_t byte_class) {
  return (kByteClasses[static_cast<unsigned char>(c)] & byte_class) != 0;
}

bool IsSlash(char c) { return c == '/' || c == '\\'; }

// The byte of a triplet at text[at], or -1.
int TripletAt(std::string_view text, size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return -1;
  const int high = HexValue(text[at + 1]), low = HexValue(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void AppendTriplet(std::string& out, unsigned char byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const char triplet[] = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  out.append(triplet, 3);
}

// Appends one component: plain bytes as they are, triplets normalised, all else
// encoded.
void AppendEncoded(std::string& out, std::string_view raw, uint8_t plain) {
  const size_t first = out.size();
  for (size_t at = 0; at < raw.size();) {
    size_t end = at;
    while (end < raw.size() && Is(raw[end], plain)) ++end;
    out.append(raw, at, end - at);
    at = end;
    if (at == raw.size()) return;
    const int byte = TripletAt(raw, at);
    if (byte >= 0) {
      const size_t size = out.size() - first;
      const bool behind_stray_percent =
          (size >= 1 && out[out.size() - 1] == '%') || (size >= 2 && out[out.size() - 2] == '%');
      if (Is(static_cast<char>(byte), kUnreserved) && !behind_stray_percent) {
        out += static_cast<char>(byte);
      } else {
        AppendTriplet(out, static_cast<unsigned char>(byte));
      }
      at += 3;
    } else if (raw[at] == '%') {
      out += '%';
      ++at;
    } else {
      AppendTriplet(out, static_cast<unsigned char>(raw[at]));
      ++at;
    }
  }
}

// Appends path segments behind out, which ends with the '/' of a path that began
// at `path`. Dot segments never lead above it.
void AppendPath(std::string& out, size_t path, std::string_view raw) {
  while (true) {
    size_t end = 0;
    while (end < raw.size() && !IsSlash(raw[end])) ++end;
    const bool last = end == raw.size();
    const size_t begin = out.size();
    AppendEncoded(out, raw.substr(0, end), kPathPlain);
    const std::string_view segment = std::string_view(out).substr(begin);
    if (segment == ".") {
      out.resize(begin);
    } else if (segment == "..") {
      out.resize(begin);
      if (begin - 1 > path) out.resize(out.rfind('/', begin - 2) + 1);
    } else if (!last) {
      out += '/';
    }
    if (last) return;
    raw.remove_prefix(end + 1);
  }
}

// ---- references ----

Error Invalid(std::string_view what) { return {Code::kInvalid, "网址：" + std::string(what)}; }

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// WHATWG: C0 controls and blanks at both ends mean nothing.
std::string_view Strip(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  return text;
}

// Length of "scheme:" without the colon, or 0.
size_t SchemeSize(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':') return i;
    const bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alpha && (i == 0 || !(IsAsciiDigit(c) || c == '+' || c == '-' || c == '.'))) return 0;
  }
  return 0;
}

std::string_view SkipSlashes(std::string_view text) {
  while (!text.empty() && IsSlash(text.front())) text.remove_prefix(1);
  return text;
}

struct Pieces {
  std::string_view path, query;
  bool has_query = false;
};

Pieces SplitReference(std::string_view text) {
  text = text.substr(0, text.find('#'));
  const size_t mark = text.find('?');
  if (mark == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, mark), text.substr(mark + 1), true};
}

}  // namespace

// A URL being written, piece by piece; FromDraft makes it one.
namespace internal {

struct UrlDraft {
  std::string text;
  size_t host = 0, host_size = 0, path = 0, query = 0;
  uint16_t port = 0;
  bool secure = false;
};

}  // namespace internal

namespace {

using internal::UrlDraft;

// Writes scheme, host and port; `raw` begins behind the slashes. Returns what
// follows the authority.
Result<std::string_view> AppendAuthority(UrlDraft& draft, std::string_view raw) {
  const size_t end = std::min(raw.find_first_of("/\\?#"), raw.size());
  std::string_view authority = raw.substr(0, end);
  if (authority.find('@') != std::string_view::npos) {
    return Invalid("含有用户名或密码；只写主机");
  }
  draft.text = draft.secure ? "https://" : "http://";
  draft.host = draft.text.size();
  draft.port = draft.secure ? 443 : 80;
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view port;
  if (colon != std::string_view::npos) {
    port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (!AppendHost(draft.text, authority)) return Invalid("主机名不对；请检查拼写");
  draft.host_size = draft.text.size() - draft.host;
  if (!port.empty()) {
    unsigned value = 0;
    const auto [last, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    if (error != std::errc() || last != port.data() + port.size() || value == 0 || value > 65535) {
      return Invalid("端口不对；须为 1 到 65535");
    }
    if (value != draft.port) {
      draft.port = static_cast<uint16_t>(value);
      draft.text += ':';
      draft.text += std::to_string(value);
    }
  }
  draft.path = draft.text.size();
  return raw.substr(end);
}

void AppendQuery(UrlDraft& draft, const Pieces& pieces) {
  if (!pieces.has_query) return;
  draft.query = draft.text.size();
  draft.text += '?';
  AppendEncoded(draft.text, pieces.query, kQueryPlain);
}

Result<UrlDraft> DraftAbsolute(bool secure, std::string_view behind_scheme) {
  UrlDraft draft;
  draft.secure = secure;
  draft.text.reserve(behind_scheme.size() + 16);
  const Result<std::string_view> rest = AppendAuthority(draft, SkipSlashes(behind_scheme));
  if (!rest) return rest.error();
  Pieces pieces = SplitReference(*rest);
  draft.text += '/';
  if (!pieces.path.empty()) pieces.path.remove_prefix(1);
  AppendPath(draft.text, draft.path, pieces.path);
  AppendQuery(draft, pieces);
  return draft;
}

Result<UrlDraft> DraftRelative(const Url& base, std::string_view reference) {
  if (reference.size() >= 2 && IsSlash(reference[0]) && IsSlash(reference[1])) {
    return DraftAbsolute(base.secure(), reference);
  }
  const std::string_view base_text = base.text();
  const Pieces pieces = SplitReference(reference);
  UrlDraft draft;
  draft.secure = base.secure();
  draft.port = base.port();
  draft.host = static_cast<size_t>(base.host().data() - base_text.data());
  draft.host_size = base.host().size();
  draft.path = static_cast<size_t>(base.path().data() - base_text.data());
  draft.text.reserve(base_text.size() + reference.size() + 8);
  if (pieces.path.empty()) {
    draft.text = base_text.substr(0, draft.path + base.path().size());
    if (pieces.has_query) {
      AppendQuery(draft, pieces);
    } else if (draft.text.size() < base_text.size()) {
      draft.query = draft.text.size();
      draft.text = base_text;
    }
    return draft;
  }
  if (IsSlash(pieces.path[0])) {
    draft.text = base_text.substr(0, draft.path);
    draft.text += '/';
    AppendPath(draft.text, draft.path, pieces.path.substr(1));
  } else {
    draft.text = base_text.substr(0, draft.path + base.path().rfind('/') + 1);
    AppendPath(draft.text, draft.path, pieces.path);
  }
  AppendQuery(draft, pieces);
  return draft;
}

Result<UrlDraft> Draft(const Url* base, std::string_view text) {
  const size_t scheme = SchemeSize(text);
  if (scheme == 0) {
    if (base == nullptr) return Invalid("缺少 http:// 或 https://");
    return DraftRelative(*base, text);
  }
  const bool secure = EqualsIgnoreCase(text.substr(0, scheme), "https");
  if (!secure && !EqualsIgnoreCase(text.substr(0, scheme), "http")) {
    return Invalid("不是 http 或 https；只检查网页");
  }
  text.remove_prefix(scheme + 1);
  // "http:page" is relative to an http page, as browsers have it.
  if (base != nullptr && base->secure() == secure) return DraftRelative(*base, text);
  return DraftAbsolute(secure, text);
}

}  // namespace

Url Url::FromDraft(internal::UrlDraft&& draft) {
  Url url;
  url.host_ = static_cast<uint32_t>(draft.host);
  url.host_size_ = static_cast<uint32_t>(draft.host_size);
  url.path_ = static_cast<uint32_t>(draft.path);
  url.query_ = static_cast<uint32_t>(draft.query);
  url.port_ = draft.port;
  url.secure_ = draft.secure;
  url.text_ = std::move(draft.text);
  return url;
}

Result<Url> Url::Parse(std::string_view text) {
  text = Strip(text);
  if (text.size() > kReferenceBytesMax) return Invalid("太长；最多 2048 字节");
  if (std::any_of(text.begin(), text.end(), IsControl)) {
    return Invalid("含有控制字符；请去掉");
  }
  Result<internal::UrlDraft> draft = Draft(nullptr, text);
  if (!draft) return draft.error();
  if (draft->text.size() > limits::kUrlBytesMax) {
    return Invalid("太长；最多 2048 字节");
  }
  return FromDraft(std::move(*draft));
}

Result<Url> Url::Resolve(const Url& base, std::string_view reference) {
  if (base.empty()) return Parse(reference);
  reference = Strip(reference);
  if (reference.size() > kReferenceBytesMax) {
    return Invalid("太长；最多 2048 字节");
  }
  std::string without_breaks;
  if (reference.find_first_of("\t\n\r") != std::string_view::npos) {
    std::copy_if(reference.begin(), reference.end(), std::back_inserter(without_breaks),
                 [](char c) { return c != '\t' && c != '\n' && c != '\r'; });
    reference = without_breaks;
  }
  Result<internal::UrlDraft> draft = Draft(&base, reference);
  if (!draft) return draft.error();
  if (draft->text.size() > limits::kUrlBytesMax) {
    return Invalid("太长；最多 2048 字节");
  }
  return FromDraft(std::move(*draft));
}

std::string Url::origin() const { return text_.substr(0, path_); }

std::string_view Url::path() const {
  const std::string_view text = text_;
  return text.substr(path_, query_ == 0 ? std::string_view::npos : query_ - path_);
}

std::string_view Url::query() const {
  return query_ == 0 ? std::string_view() : std::string_view(text_).substr(query_ + 1);
}

std::string_view Url::path_and_query() const { return std::string_view(text_).substr(path_); }

bool Url::HostIsAddress() const { return IsAddress(host()); }

std::string PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const int byte = TripletAt(text, at);
    out += byte < 0 ? text[at] : static_cast<char>(byte);
    at += byte < 0 ? 1 : 3;
  }
  return out;
}

std::string PercentEncodeByte(unsigned char byte) {
  std::string out;
  AppendTriplet(out, byte);
  return out;
}

}  // namespace xuncha
