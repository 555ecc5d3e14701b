// SPDX-License-Identifier: Apache-2.0
#include "base/url_host.h"

#include <arpa/inet.h>
#include <libpsl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/idn.h"
#include "base/text.h"
#include "base/url.h"

namespace xuncha {
namespace {

constexpr size_t kHostBytesMax = 253;  // RFC 1035

bool IsHostByte(char c) {
  return (c >= 'a' && c <= 'z') || IsAsciiDigit(c) || c == '-' || c == '.' || c == '_';
}

// A part of a WHATWG IPv4 number; nullopt if it is none. Saturates.
std::optional<uint64_t> Ipv4Number(std::string_view part) {
  unsigned base = 10;
  if (part.size() >= 2 && part[0] == '0' && (part[1] == 'x' || part[1] == 'X')) {
    part.remove_prefix(2);
    base = 16;
  } else if (part.size() >= 2 && part[0] == '0') {
    part.remove_prefix(1);
    base = 8;
  } else if (part.empty()) {
    return std::nullopt;
  }
  uint64_t value = 0;
  for (const char c : part) {
    const int digit = HexValue(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return std::nullopt;
    value = std::min<uint64_t>(value * base + static_cast<unsigned>(digit), uint64_t{1} << 40);
  }
  return value;
}

bool EndsInNumber(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.empty()) return false;
  return std::all_of(last.begin(), last.end(), IsAsciiDigit) ||
         (StartsWithIgnoreCase(last, "0x") && Ipv4Number(last).has_value());
}

std::optional<std::string> CanonicalIpv4(std::string_view host) {
  const std::vector<std::string_view> parts = Split(host, '.');
  if (parts.size() > 4) return std::nullopt;
  uint64_t address = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::optional<uint64_t> number = Ipv4Number(parts[i]);
    if (!number) return std::nullopt;
    if (i + 1 == parts.size()) {
      if (*number >= uint64_t{1} << (8 * (5 - parts.size()))) return std::nullopt;
      address += *number;
    } else {
      if (*number > 255) return std::nullopt;
      address += *number << (8 * (3 - i));
    }
  }
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += std::to_string(address >> shift & 255);
    if (shift > 0) out += '.';
  }
  return out;
}

// RFC 5952 without the mixed form, as the WHATWG serialiser.
std::optional<std::string> CanonicalIpv6(std::string_view inner) {
  if (inner.size() > 45) return std::nullopt;
  std::array<uint8_t, 16> bytes;
  if (::inet_pton(AF_INET6, std::string(inner).c_str(), bytes.data()) != 1) return std::nullopt;
  std::array<unsigned, 8> words;
  for (size_t i = 0; i < 8; ++i) words[i] = bytes[2 * i] * 256u + bytes[2 * i + 1];
  size_t zeros_at = 8, zeros = 1;  // the first longest run of at least two
  for (size_t i = 0; i < 8; ++i) {
    size_t end = i;
    while (end < 8 && words[end] == 0) ++end;
    if (end - i > zeros) {
      zeros_at = i;
      zeros = end - i;
    }
  }
  std::string out = "[";
  for (size_t i = 0; i < 8;) {
    if (i == zeros_at) {
      out += "::";
      i += zeros;
      continue;
    }
    if (out.back() != '[' && out.back() != ':') out += ':';
    char digits[4];
    const auto written = std::to_chars(digits, digits + 4, words[i], 16);
    out.append(digits, written.ptr);
    ++i;
  }
  return out + "]";
}

}  // namespace

bool AppendHost(std::string& out, std::string_view raw) {
  const size_t begin = out.size();
  if (raw.starts_with('[')) {
    if (!raw.ends_with(']')) return false;
    const auto address = CanonicalIpv6(raw.substr(1, raw.size() - 2));
    if (!address) return false;
    out += *address;
    return true;
  }
  if (raw.empty()) return false;
  if (std::all_of(raw.begin(), raw.end(), IsHostByte)) {
    out += raw;
  } else {
    out += AsciiLower(PercentDecode(raw));
  }
  // The root's own dot: the same name to DNS, and a way past scope if it stayed.
  if (out.size() > begin && out.back() == '.') out.pop_back();
  std::string_view host = std::string_view(out).substr(begin);
  const bool ascii = std::all_of(host.begin(), host.end(),
                                 [](char c) { return static_cast<signed char>(c) >= 0; });
  if (!ascii || host.starts_with("xn--") || host.find(".xn--") != std::string_view::npos) {
    const Result<std::string> mapped = DomainToAscii(host);
    if (!mapped) return false;
    out.resize(begin);
    out += *mapped;
    if (out.size() > begin && out.back() == '.') out.pop_back();
    host = std::string_view(out).substr(begin);
  }
  if (host.empty() || host.size() > kHostBytesMax || host.front() == '.' ||
      host.find("..") != std::string_view::npos || host.back() == '.') {
    return false;
  }
  // Names outside letters, digits, hyphen, dot and underscore reach no server.
  if (!std::all_of(host.begin(), host.end(), IsHostByte)) return false;
  if (EndsInNumber(host)) {
    const auto address = CanonicalIpv4(host);
    if (!address) return false;
    out.resize(begin);
    out += *address;
  }
  return true;
}

bool IsAddress(std::string_view host) { return host.starts_with('[') || EndsInNumber(host); }

std::string RegistrableDomain(std::string_view host) {
  if (IsAddress(host)) return std::string(host);
  const std::string name = AsciiLower(host);
  // The list built into the library; it lives as long as the program.
  const char* domain = psl_registrable_domain(psl_builtin(), name.c_str());
  return domain == nullptr ? name : domain;
}

}  // namespace xuncha
