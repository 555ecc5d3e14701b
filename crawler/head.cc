// SPDX-License-Identifier: Apache-2.0
#include "crawler/head.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

// The next header as (name, value), obsolete line folding undone; false at the end.
bool NextHeader(std::string_view raw, size_t* at, std::string_view* name, std::string* value) {
  const auto line_from = [&](size_t from) {
    const size_t end = raw.find('\n', from);
    return raw.substr(from, end == std::string_view::npos ? raw.size() - from : end - from + 1);
  };
  while (*at < raw.size()) {
    const std::string_view line = line_from(*at);
    *at += line.size();
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.starts_with("HTTP/")) continue;
    *name = Trim(line.substr(0, colon));
    *value = Trim(line.substr(colon + 1));
    while (*at < raw.size() && (raw[*at] == ' ' || raw[*at] == '\t')) {
      const std::string_view folded = line_from(*at);
      *at += folded.size();
      *value += ' ';
      *value += Trim(folded);
    }
    return true;
  }
  return false;
}

}  // namespace

Head ReadHead(std::string_view raw) {
  Head head;
  std::string length;  // of the first Content-Length
  bool has_length = false;
  size_t at = 0;
  std::string_view name;
  std::string value;
  const auto is = [&name](std::string_view wanted) { return EqualsIgnoreCase(name, wanted); };
  while (NextHeader(raw, &at, &name, &value)) {
    if (is("Content-Type")) {
      head.content_type = value;
    } else if (is("ETag")) {
      if (head.etag.empty()) head.etag = value;
    } else if (is("Last-Modified")) {
      if (head.last_modified.empty()) head.last_modified = value;
    } else if (is("Retry-After")) {
      if (head.retry_after.empty()) head.retry_after = value;
    } else if (is("Location")) {
      if (!head.has_location) head.location = value;
      head.has_location = true;
    } else if (is("Set-Cookie")) {
      head.sets_cookie = true;
    } else if (is("Content-Encoding")) {
      head.encoded |= !value.empty() && !EqualsIgnoreCase(value, "identity");
      head.codings += (head.codings.empty() ? "" : ", ") + value;
    } else if (is("Transfer-Encoding")) {
      head.chunked |= ContainsIgnoreCase(value, "chunked");
    } else if (is("Content-Length")) {
      for (const std::string_view part : Split(value, ',')) {
        const std::string_view one = Trim(part);
        if (has_length && one != length && head.contradiction.empty())
          head.contradiction =
              "Content-Length " + length + " and " + std::string(one.substr(0, 64));
        if (!has_length) length = one.substr(0, 64);
        has_length = true;
      }
    }
  }
  if (has_length && head.chunked && head.contradiction.empty())
    head.contradiction = "Content-Length " + length + " and Transfer-Encoding chunked";
  return head;
}

Millis RetryAfter(std::string_view value, Millis now) {
  value = Trim(value);
  if (value.empty()) return 0;
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error != std::errc() || seconds > limits::kRetryAfterMillisMax / 1000)
      return limits::kRetryAfterMillisMax;
    return seconds * 1000;
  }
  const Result<Millis> date = ParseHttpDate(value);
  return date ? std::clamp<Millis>(*date - now, 0, limits::kRetryAfterMillisMax) : 0;
}

}  // namespace xuncha
