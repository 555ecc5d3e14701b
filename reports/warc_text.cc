// SPDX-License-Identifier: Apache-2.0
#include "reports/warc_text.h"

#include <fmt/format.h>

#include <chrono>

#include "base/text.h"
#include "base/url.h"

namespace xuncha {
namespace {

struct Civil {
  int year, hour, minute, second, millis;
  unsigned month, day;
};

Civil CivilOf(Millis time) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(time)};
  const auto days = floor<std::chrono::days>(at);
  const year_month_day date(days);
  const hh_mm_ss<milliseconds> clock(at - days);
  return {.year = static_cast<int>(date.year()),
          .hour = static_cast<int>(clock.hours().count()),
          .minute = static_cast<int>(clock.minutes().count()),
          .second = static_cast<int>(clock.seconds().count()),
          .millis = static_cast<int>(clock.subseconds().count()),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day())};
}

// Digits text[at, at + count) as a number; -1 if there are none.
int Number(std::string_view text, size_t at, size_t count) {
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool IsControl(unsigned char c) { return c < 0x20 || c == 0x7f; }

}  // namespace

std::string WarcDate(Millis time) {
  const Civil c = CivilOf(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year, c.month, c.day, c.hour,
                     c.minute, c.second, c.millis);
}

std::string CdxTime(Millis time) {
  const Civil c = CivilOf(time);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}{:03}", c.year, c.month, c.day, c.hour,
                     c.minute, c.second, c.millis);
}

Millis ParseWarcDate(std::string_view text) {
  using namespace std::chrono;
  if (text.size() < 20 || text.size() > 30 || text.back() != 'Z' || text[4] != '-' ||
      text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return 0;
  const int y = Number(text, 0, 4), mo = Number(text, 5, 2), d = Number(text, 8, 2);
  const int h = Number(text, 11, 2), mi = Number(text, 14, 2), s = Number(text, 17, 2);
  if (y < 0 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60) return 0;
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (!date.ok()) return 0;
  Millis fraction = 0;
  if (text.size() > 20) {
    const std::string_view digits = text.substr(20, text.size() - 21);
    if (text[19] != '.' || digits.empty() || Number(digits, 0, digits.size()) < 0) return 0;
    for (size_t i = 0; i < 3; ++i)
      fraction = fraction * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  }
  const Millis days = sys_days(date).time_since_epoch().count();
  return ((days * 24 + h) * 60 + mi) * 60'000 + Millis{s} * 1000 + fraction;
}

std::string WarcValue(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t good = ValidUtf8Prefix(text.substr(at));
    for (const char c : text.substr(at, good)) {
      const auto byte = static_cast<unsigned char>(c);
      if (IsControl(byte)) {
        out += PercentEncodeByte(byte);
      } else {
        out += c;
      }
    }
    at += good;
    if (at < text.size()) out += PercentEncodeByte(static_cast<unsigned char>(text[at++]));
  }
  return out;
}

std::string WarcUri(std::string_view uri) {
  std::string out;
  for (const char c : uri) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsControl(byte) || byte >= 0x80 || c == ' ' || c == '<' || c == '>' || c == '"') {
      out += PercentEncodeByte(byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string WarcId(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += fmt::format("{}:{}", part.size(), part);
  std::string hex = Sha256(all).hex().substr(0, 32);
  hex[12] = '8';
  hex[16] = "89ab"[(hex[16] <= '9' ? hex[16] - '0' : hex[16] - 'a' + 10) & 3];
  return fmt::format("<urn:uuid:{}-{}-{}-{}-{}>", hex.substr(0, 8), hex.substr(8, 4),
                     hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
}

std::string WarcDigest(const Digest& digest) { return "sha256:" + digest.hex(); }

std::string AddressOf(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::string(address);
  address = address.substr(0, colon);
  if (address.size() > 2 && address.front() == '[') address = address.substr(1, address.size() - 2);
  return std::string(address);
}

ArchivedHead HeadBefore(std::string_view head, uint64_t body_bytes, bool undone) {
  const uint16_t status = StatusOf(head);
  const bool bodiless = status == 204 || status == 304 || (status >= 100 && status < 200);
  const std::string length = std::to_string(body_bytes);
  const auto name_of = [](std::string_view line) { return Trim(line.substr(0, line.find(':'))); };
  const auto lines = [head](auto&& visit) {
    for (size_t at = 0; at < head.size();) {
      const size_t end = head.find('\n', at);
      const size_t size = end == std::string_view::npos ? head.size() - at : end + 1 - at;
      const std::string_view line = head.substr(at, size);
      if (Trim(line).empty()) return;
      visit(line, at != 0 && line.front() != ' ' && line.front() != '\t');
      at += size;
    }
  };

  size_t fields = 0, lengths = 0;
  bool lies = false;
  lines([&](std::string_view line, bool is_field) {
    if (!is_field) return;
    ++fields;
    const std::string_view name = name_of(line);
    lies |= EqualsIgnoreCase(name, "Transfer-Encoding");
    lies |= undone && EqualsIgnoreCase(name, "Content-Encoding");
    if (!EqualsIgnoreCase(name, "Content-Length")) return;
    ++lengths;
    lies |= Trim(line.substr(line.find(':') + 1)) != length;
  });
  // Without any field there are readers that take the body for one.
  lies |= lengths > 1 || fields == 0;

  ArchivedHead out{.changed = lies};
  lines([&](std::string_view line, bool is_field) {
    const std::string_view name = name_of(line);
    if (lies && is_field &&
        (EqualsIgnoreCase(name, "Transfer-Encoding") || EqualsIgnoreCase(name, "Content-Length") ||
         (undone && EqualsIgnoreCase(name, "Content-Encoding"))))
      out.text += "X-Archive-Orig-";
    out.text += line;
    if (!line.ends_with('\n')) out.text += "\r\n";
  });
  if (lies && !bodiless) out.text += "Content-Length: " + length + "\r\n";
  out.text += "\r\n";
  return out;
}

uint16_t StatusOf(std::string_view head) {
  if (!head.starts_with("HTTP/")) return 0;
  const size_t blank = head.find(' ');
  if (blank == std::string_view::npos) return 0;
  const int status = Number(head, blank + 1, 3);
  return status < 100 ? 0 : static_cast<uint16_t>(status);
}

size_t EndOfHead(std::string_view message) {
  for (size_t at = 0; at < message.size();) {
    const size_t end = message.find('\n', at);
    if (end == std::string_view::npos) break;
    const std::string_view line = message.substr(at, end - at);
    at = end + 1;
    if (line.empty() || line == "\r") return at;
  }
  return std::string_view::npos;
}

}  // namespace xuncha
