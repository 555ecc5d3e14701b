// Groups are read by RFC 9309 section 2.2: every group that names our product
// token is merged; "*" speaks only where none does; the longest matching pattern
// decides and Allow wins a tie.
//
// A pattern is matched piece by piece between its stars, leftmost first, with
// memmem: prefix matching needs no backtracking, so a hostile file costs at most
// rules x URL length.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/robots.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

bool IsUnreserved(unsigned char c) {
  return IsAsciiAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Section 2.2.2: both sides are brought to one form before they are compared.
// Unreserved characters are plain, all others of the path are triplets; in the
// query, ":" and "/" mean the same either way.
std::string Comparable(std::string_view path) {
  std::string out;
  bool in_query = false;
  for (size_t i = 0; i < path.size(); ++i) {
    auto c = static_cast<unsigned char>(path[i]);
    if (c == '%' && i + 2 < path.size() && HexValue(path[i + 1]) >= 0 &&
        HexValue(path[i + 2]) >= 0) {
      const auto byte =
          static_cast<unsigned char>(HexValue(path[i + 1]) * 16 + HexValue(path[i + 2]));
      i += 2;
      const bool plain = IsUnreserved(byte) || (in_query && (byte == ':' || byte == '/'));
      if (plain) {
        out.push_back(static_cast<char>(byte));
      } else {
        out += PercentEncodeByte(byte);
      }
    } else if (c <= ' ' || c >= 0x7F) {
      out += PercentEncodeByte(c);
    } else {
      in_query = in_query || c == '?';
      out.push_back(static_cast<char>(c));
    }
  }
  return out;
}

// Whether a prefix of `path` (all of it, if the pattern ends in "$") matches.
bool Matches(std::string_view pattern, std::string_view path) {
  const bool anchored = pattern.ends_with('$');
  if (anchored) pattern.remove_suffix(1);
  size_t star = pattern.find('*');
  std::string_view piece = pattern.substr(0, star);
  if (!path.starts_with(piece)) return false;
  if (star == std::string_view::npos) return !anchored || path.size() == piece.size();
  path.remove_prefix(piece.size());
  while (true) {
    pattern.remove_prefix(star + 1);
    star = pattern.find('*');
    piece = pattern.substr(0, star);
    if (star == std::string_view::npos && anchored) return path.ends_with(piece);
    if (!piece.empty()) {
      const void* at = memmem(path.data(), path.size(), piece.data(), piece.size());
      if (at == nullptr) return false;
      path.remove_prefix(static_cast<size_t>(static_cast<const char*>(at) - path.data()) +
                         piece.size());
    }
    if (star == std::string_view::npos) return true;
  }
}

// The product token that a user-agent line begins with: "xuncha" of "xuncha/1.0".
std::string_view TokenOf(std::string_view value) {
  if (value.starts_with('*')) return "*";
  size_t size = 0;
  while (size < value.size() && ((value[size] | 0x20) >= 'a' && (value[size] | 0x20) <= 'z'))
    ++size;
  while (size < value.size() && (IsAsciiAlnum(static_cast<unsigned char>(value[size])) ||
                                 value[size] == '_' || value[size] == '-')) {
    ++size;
  }
  return value.substr(0, size);
}

Millis ParseDelay(std::string_view value) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc() || !(seconds > 0)) return 0;
  constexpr double kDay = 86'400;  // beyond a day there is one request a night anyway
  return static_cast<Millis>(std::min(seconds, kDay) * 1000);
}

}  // namespace

Robots Robots::Parse(std::string_view text, std::string_view agent) {
  text = text.substr(0, limits::kRobotsBytesMax);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);

  Robots ours, everyones;                // rules of the groups that name us, and of "*"
  bool named = false;                    // some group names us
  bool for_us = false, for_all = false;  // the group being read
  bool in_agents = false;                // the line before was a user-agent line too
  std::vector<std::string> sitemaps;

  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = Trim(line.substr(0, line.find('#')));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string key = AsciiLower(Trim(line.substr(0, colon)));
    const std::string_view value = Trim(line.substr(colon + 1));

    if (key == "user-agent") {
      if (!in_agents) for_us = for_all = false;
      in_agents = true;
      const std::string_view token = TokenOf(value);
      if (token == "*") for_all = true;
      if (EqualsIgnoreCase(token, agent)) for_us = named = true;
    } else if (key == "allow" || key == "disallow") {
      in_agents = false;
      const bool is_path = value.starts_with('/') || value.starts_with('*');
      if (!is_path || value.size() > limits::kUrlBytesMax) continue;
      for (Robots* group : {for_us ? &ours : nullptr, for_all ? &everyones : nullptr}) {
        if (group == nullptr || group->lines_.size() >= limits::kRobotsRulesMax) continue;
        group->lines_.push_back({Comparable(value), key == "allow"});
      }
    } else if (key == "crawl-delay") {
      const Millis delay = ParseDelay(value);
      if (for_us) ours.crawl_delay_ = std::max(ours.crawl_delay_, delay);
      if (for_all) everyones.crawl_delay_ = std::max(everyones.crawl_delay_, delay);
    } else if (key == "sitemap") {
      if (sitemaps.size() < static_cast<size_t>(limits::kSitemapsPerSiteMax))
        sitemaps.emplace_back(value);
    }
  }
  Robots robots = named ? std::move(ours) : std::move(everyones);
  robots.sitemaps_ = std::move(sitemaps);
  return robots;
}

Robots Robots::DisallowAll() {
  Robots robots;
  robots.nothing_ = true;
  return robots;
}

bool Robots::Allows(const Url& url) const {
  if (url.path_and_query() == "/robots.txt") return true;
  if (nothing_) return false;
  if (lines_.empty()) return true;
  const std::string path = Comparable(url.path_and_query());
  size_t longest = 0;
  bool allowed = true;
  for (const Line& line : lines_) {
    if (line.pattern.size() < longest || (line.pattern.size() == longest && allowed)) continue;
    if (!Matches(line.pattern, path)) continue;
    longest = line.pattern.size();
    allowed = line.allow;
  }
  return allowed;
}

}  // namespace xuncha
