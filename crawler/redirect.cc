// SPDX-License-Identifier: Apache-2.0
#include "crawler/redirect.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

// Servers send Location in whatever bytes the page is in; browsers percent-encode
// them as they are, so that the server gets back what it sent.
std::string AsAscii(std::string_view location) {
  std::string text;
  for (const char c : location.substr(0, limits::kUrlBytesMax + 1)) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      text += PercentEncodeByte(static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text;
}

bool HasForeignScheme(std::string_view location) {
  const size_t colon = location.find_first_of(":/?#");
  if (colon == std::string_view::npos || location[colon] != ':') return false;
  const std::string scheme = AsciiLower(Trim(location.substr(0, colon)));
  return scheme != "http" && scheme != "https";
}

std::string_view Name(Refusal why) {
  switch (why) {
    case Refusal::kRobots:
      return "robots";
    case Refusal::kUnsafe:
      return "unsafe";
    case Refusal::kNone:
    case Refusal::kUnregistered:
    case Refusal::kScope:
    case Refusal::kPort:
      return "scope";
  }
  return "scope";
}

}  // namespace

bool Trail::IsRedirect(uint16_t status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Trail::Step Trail::Next(const Permit& permit, const Turn& turn, const Registry& registry,
                        const std::function<bool(const Site&, const Url&)>& robots, int hops_max) {
  Step step;
  step.hop.from = permit.url().text();
  step.hop.status = turn.status;
  const std::string location = AsAscii(turn.location);
  const Result<Url> target = Url::Resolve(permit.url(), location);
  if (!target) {
    step.hop.to = location;
    step.hop.refused = HasForeignScheme(location) ? "scheme" : "url";
    return step;
  }
  step.hop.to = target->text();

  if (seen_.size() > static_cast<size_t>(hops_max)) {
    step.hop.refused = "limit";
    step.limit = {Limit::kRedirects, "stopped after " + std::to_string(hops_max) + " redirects"};
    return step;
  }
  const bool again = std::find(seen_.begin(), seen_.end(), target->text()) != seen_.end();
  // A cookie wall sends the visitor round once to see whether the cookie comes back.
  if (again && (repeated_ || !turn.sets_cookie)) {
    step.hop.refused = "loop";
    step.limit = {Limit::kRedirectLoop, "comes back to " + target->text()};
    return step;
  }
  Refusal why = Refusal::kNone;
  const bool disallowed = robots && robots(permit.site(), *target);
  step.permit = registry.AllowHop(permit, *target, disallowed, &why);
  if (!step.permit.valid()) {
    step.hop.refused = Name(why);
    return step;
  }
  repeated_ |= again;
  seen_.push_back(target->text());
  step.hop.followed = true;
  return step;
}

}  // namespace xuncha
