// SPDX-License-Identifier: Apache-2.0
#include "crawler/lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr std::string_view kAgent = "xuncha";  // our product token in robots.txt

bool Has(const Page& page, std::initializer_list<Limit> any) {
  return std::any_of(page.limits.begin(), page.limits.end(), [&](const LimitHit& hit) {
    return std::find(any.begin(), any.end(), hit.limit) != any.end();
  });
}

bool IsRefusal(uint16_t status) { return status == 429 || status == 503; }

std::string AddressOnly(const std::string& remote) {
  const size_t colon = remote.rfind(':');
  return colon == std::string::npos || remote.ends_with(']') ? remote : remote.substr(0, colon);
}

// The number at the start of `text`, which is moved behind it and one blank.
Millis TakeNumber(std::string_view& text) {
  Millis number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return 0;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);
  return number;
}

}  // namespace

Lane::Lane(const Url& any, Pace pace) : origin_(any.origin()), pace_(pace) {
  Result<Url> robots = Url::Parse(origin_ + "/robots.txt");
  CHECK(robots.ok());
  robots_url_ = std::move(*robots);
  address_ = std::string(any.host());
}

void Lane::Start() {
  CHECK(!busy_);
  busy_ = true;
}

Lane::Outcome Lane::End(const Page& page, Millis now, Millis delay_min) {
  CHECK(busy_);
  busy_ = false;
  const Response& response = page.response;
  if (!response.remote_address.empty()) address_ = AddressOnly(response.remote_address);

  const Millis strain = response.first_byte < limits::kStrainedMillis ? 0 : response.first_byte;
  const Millis pause = std::max(
      {delay_min, robots_.crawl_delay(), std::min(strain, limits::kAdaptiveDelayMillisMax)});
  due_ = now + pause;

  if (IsRefusal(response.status)) {
    const int doublings = std::min(refused_++, 20);
    const Millis first = response.retry_after > 0 ? response.retry_after : pace_.backoff_first;
    const Millis sleep = std::min(first << doublings, limits::kBackoffMillisMax);
    sleep_until_ = now + std::max(sleep, pause);
    due_ = sleep_until_;
    return Outcome::kRefused;
  }
  if (response.status == 0) {
    // What policy or protocol forbids will be forbidden again.
    if (Has(page, {Limit::kAddressPolicy, Limit::kRedirects, Limit::kRedirectLoop,
                   Limit::kRedirectScope, Limit::kHeaderBytes})) {
      return Outcome::kAnswered;
    }
    if (!Has(page, {Limit::kConnect, Limit::kConnectTime, Limit::kResolve})) return Outcome::kRetry;
    ++dead_;
    due_ = now + std::max(pause, pace_.retry_wait);
    return Outcome::kDead;
  }
  dead_ = refused_ = 0;
  sleep_until_ = 0;
  const bool transient = response.status == 500 || response.status == 502 ||
                         response.status == 504 || response.status == 408;
  return transient ? Outcome::kRetry : Outcome::kAnswered;
}

std::optional<Ending> Lane::given_up() const {
  if (dead_ >= limits::kLaneFailuresMax) return Ending::kUnreachable;
  if (refused_ >= limits::kLaneFailuresMax) return Ending::kRefused;
  return std::nullopt;
}

void Lane::LearnRobots(const Response& response, Millis wall) {
  knows_robots_ = true;
  robots_fetched_ = wall;
  const uint16_t status = response.status;
  const bool answered = status >= 200 && status < 500 && status != 429;
  if (!answered) {
    if (robots_unreachable_since_ == 0) robots_unreachable_since_ = wall;
  } else {
    robots_unreachable_since_ = 0;
    if (status < 300) {
      robots_body_ = response.body.substr(0, limits::kRobotsBytesMax);
    } else if (status != 304) {
      robots_body_.clear();
    }
  }
  Read();
}

void Lane::Read() {
  const Millis unreachable =
      robots_unreachable_since_ == 0 ? 0 : robots_fetched_ - robots_unreachable_since_;
  const bool disallow_all =
      robots_unreachable_since_ != 0 && unreachable < limits::kRobotsUnreachableMillisMax;
  robots_ = disallow_all ? Robots::DisallowAll() : Robots::Parse(robots_body_, kAgent);
}

std::string Lane::RobotsNote() const {
  return fmt::format("{} {} {}", robots_fetched_, robots_unreachable_since_, robots_body_);
}

std::string Lane::BackoffNote(Millis now, Millis wall) const {
  if (sleep_until_ <= now) return "";
  return fmt::format("{} {}", wall + (sleep_until_ - now), refused_);
}

void Lane::Restore(std::string_view robots_note, std::string_view backoff_note, Millis now,
                   Millis wall) {
  if (!robots_note.empty()) {
    robots_fetched_ = TakeNumber(robots_note);
    robots_unreachable_since_ = TakeNumber(robots_note);
    robots_body_ = robots_note;
    const Millis age = wall - robots_fetched_;
    // An unreachable file is asked for again each night.
    if (robots_unreachable_since_ == 0 && age >= 0 && age < limits::kRobotsFreshMillis) {
      knows_robots_ = true;
      Read();
    }
  }
  if (!backoff_note.empty()) {
    const Millis until = TakeNumber(backoff_note);
    // A clock that was set back must not put a host to sleep for years.
    if (until > wall && until - wall <= limits::kBackoffMillisMax) {
      sleep_until_ = due_ = now + (until - wall);
      refused_ = static_cast<int>(
          std::clamp<Millis>(TakeNumber(backoff_note) - 1, 0, limits::kLaneFailuresMax - 1));
    }
  }
}

}  // namespace xuncha
