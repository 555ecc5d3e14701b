// A page may take several requests: one for each redirect followed, one more
// where TLS could not be verified, one more where the content encoding could not
// be undone. Transport sends them; which is sent next, and what of all of it
// becomes the page, is decided here.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/fetch.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <utility>

#include "crawler/head.h"
#include "crawler/redirect.h"
#include "crawler/transport.h"

namespace xuncha {
namespace {

using Answer = Transport::Answer;
using Outcome = Transport::Outcome;

// A page on its way.
struct Visit {
  Page page;
  Fetcher::Ask ask;
  Permit permit;  // of the request under way: the page's own, or a hop's
  std::optional<Trail> trail;
  std::optional<Response> before_hop;  // the redirect that led to the request under way
  Millis began = 0;                    // monotonic
  Millis asked = 0;                    // wall clock, of the request under way
  bool conditional = false;            // the request under way carries validators
  bool raw = false;                    // it asks for the body as it is
  std::string tls_error;               // it goes without verification, for this reason

  void Note(Limit limit, std::string detail) { page.limits.push_back({limit, std::move(detail)}); }
};

// A validator came from a server once; it goes back only if it fits on a header line.
bool FitsOnALine(std::string_view value) {
  for (const char c : value)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return !value.empty();
}

// A redirect's own exchange. What befell its body is nobody's concern, but is said.
Exchange WithBody(const Response& response) {
  Exchange exchange = ExchangeOf(response);
  exchange.body = response.body.substr(0, limits::kHopBodyBytesMax);
  exchange.cut |= exchange.body.size() < response.body.size();
  if (!exchange.body.empty()) exchange.body_digest = Sha256(exchange.body);
  return exchange;
}

}  // namespace

struct Fetcher::Rep {
  Rep(const Registry& registry_in, const Clock& clock_in, Options options_in, RobotsQuery robots_in)
      : registry(registry_in),
        clock(clock_in),
        options(std::move(options_in)),
        robots(std::move(robots_in)),
        inflight_max(options.inflight_max == 0 ? limits::kInflightMax : options.inflight_max),
        names(options.ask_host),
        transport(options) {}

  void Start(Permit permit, Ask ask);
  void Send(Visit& visit);
  std::vector<std::string> Validators(Visit& visit) const;
  const AddressPolicy& PolicyOf(const Site& site, const Url& url);
  std::string MappedAddress(const Url& url) const;
  void Take(Visit& visit, Answer answer);
  bool AskedAgain(Visit& visit, const Answer& answer);
  bool FollowedOn(Visit& visit, const Answer& answer, const Head& head);
  void Conclude(Visit& visit, Answer answer, const Head& head);
  void ConcludeBeforeHop(Visit& visit);
  void Deliver(Visit& visit);

  const Registry& registry;
  const Clock& clock;
  const Options options;
  const RobotsQuery robots;
  const size_t inflight_max;
  std::map<const Site*, AddressPolicy> policies;
  std::map<std::string, AddressPolicy> mapped;  // of strangers' hosts, by address
  std::map<std::string, std::string> bad_tls;   // origin -> what its verification said
  std::map<Visit*, std::unique_ptr<Visit>> visits;
  std::vector<Page> done;
  HostNames names;
  Transport transport;  // last: its requests point into what stands above
};

void Fetcher::Rep::Start(Permit permit, Ask ask) {
  CHECK(permit.valid());
  CHECK(visits.size() < inflight_max);
  auto owned = std::make_unique<Visit>();
  Visit& visit = *owned;
  visit.trail.emplace(permit.url());
  visit.permit = permit;
  visit.page.permit = std::move(permit);
  visit.page.response.started = clock.Now();
  if (ask.body_max == 0) ask.body_max = options.caps.body_bytes;
  if (ask.total_max == 0) ask.total_max = options.caps.total;
  visit.ask = std::move(ask);
  visit.began = clock.Monotonic();
  visits.emplace(&visit, std::move(owned));
  Send(visit);
}

// The address that options.resolve names for the host and port, or nothing.
std::string Fetcher::Rep::MappedAddress(const Url& url) const {
  for (const std::string_view entry : options.resolve) {  // "host:port:address:port"
    const size_t end = entry.rfind(':');
    const size_t port = entry.find(':');
    const size_t address = entry.find(':', port + 1);
    if (address == std::string_view::npos || address >= end) continue;
    const std::string_view host = entry.substr(0, port);
    const std::string_view number = entry.substr(port + 1, address - port - 1);
    if (!host.empty() && host != url.host()) continue;
    if (!number.empty() && number != std::to_string(url.port())) continue;
    std::string mapped_to(entry.substr(address + 1, end - address - 1));
    std::erase_if(mapped_to, [](char c) { return c == '[' || c == ']'; });
    return mapped_to;
  }
  return "";
}

const AddressPolicy& Fetcher::Rep::PolicyOf(const Site& site, const Url& url) {
  // Of a stranger nobody filed an address. Where a test maps its name to one, that one is
  // meant, and no other.
  if (&site == &registry.outside()) {
    const std::string address = MappedAddress(url);
    const auto known = mapped.find(address);
    if (known != mapped.end()) return known->second;
    Result<AddressPolicy> policy =
        AddressPolicy::ForSite(address.empty() ? std::vector<std::string>() : std::vector{address});
    return mapped.emplace(address, policy ? std::move(*policy) : AddressPolicy()).first->second;
  }
  const auto known = policies.find(&site);
  if (known != policies.end()) return known->second;
  // A range nobody can read opens nothing.
  Result<AddressPolicy> policy = AddressPolicy::ForSite(site.address_ranges);
  return policies.emplace(&site, policy ? std::move(*policy) : AddressPolicy()).first->second;
}

// Validators belong to the URL they were given for, and a retry wants the body.
std::vector<std::string> Fetcher::Rep::Validators(Visit& visit) const {
  std::vector<std::string> lines;
  const UrlState& known = visit.permit.known();
  if (visit.ask.conditional && visit.permit.attempt() == 0 && !visit.before_hop && !visit.raw) {
    if (FitsOnALine(known.etag)) lines.push_back("If-None-Match: " + known.etag);
    if (FitsOnALine(known.last_modified))
      lines.push_back("If-Modified-Since: " + known.last_modified);
  }
  visit.conditional = !lines.empty();
  return lines;
}

void Fetcher::Rep::Send(Visit& visit) {
  const Url& url = visit.permit.url();
  visit.asked = clock.Now();
  if (options.ask_host && MappedAddress(url).empty()) names.Ask(url.host(), visit.asked);
  visit.tls_error.clear();
  if (url.secure() && !bad_tls.empty()) {
    if (const auto bad = bad_tls.find(url.origin()); bad != bad_tls.end())
      visit.tls_error = bad->second;
  }
  const std::string& name = visit.ask.user_agent;
  transport.Send({.owner = &visit,
                  .url = url,
                  .policy = &PolicyOf(visit.permit.site(), url),
                  .jar = visit.permit.site().id + "\n" + name,
                  .user_agent = name.empty() ? options.user_agent : name,
                  .referrer = visit.ask.referrer,
                  .headers = Validators(visit),
                  .total_max = visit.ask.total_max,
                  .body_max = visit.ask.body_max,
                  .relaxed = !visit.tls_error.empty(),
                  .raw = visit.raw});
}

void Fetcher::Rep::Take(Visit& visit, Answer answer) {
  answer.response.tls.error = visit.tls_error;
  answer.response.asked = visit.asked;
  if (options.ask_host) answer.response.names = names.Of(visit.permit.url().host());
  if (AskedAgain(visit, answer)) return;
  if (answer.outcome == Outcome::kRefused && visit.before_hop) {
    visit.page.limits.push_back(*answer.limit);
    return ConcludeBeforeHop(visit);
  }
  const Head head = ReadHead(answer.response.headers);
  // What befell the body of a redirect that is followed is nobody's concern.
  if (answer.head_done && FollowedOn(visit, answer, head)) return;
  Conclude(visit, std::move(answer), head);
  Deliver(visit);
}

// The second, labelled attempts.
bool Fetcher::Rep::AskedAgain(Visit& visit, const Answer& answer) {
  if (answer.outcome == Outcome::kTlsFailed && visit.tls_error.empty()) {
    bad_tls[visit.permit.url().origin()] = answer.response.error;
    Send(visit);
    return true;
  }
  // Browsers show a body whose encoding they do not know as it is; so must we see it.
  if (answer.outcome == Outcome::kUndecodable && answer.response.body.empty() && !visit.raw) {
    visit.Note(Limit::kDecoding, answer.response.error + "; read as it is");
    visit.raw = true;
    Send(visit);
    return true;
  }
  return false;
}

// True if a redirect sent the page on its way again.
bool Fetcher::Rep::FollowedOn(Visit& visit, const Answer& answer, const Head& head) {
  const uint16_t status = answer.response.status;
  if (!head.has_location || !Trail::IsRedirect(status)) return false;
  Trail::Step step = visit.trail->Next(
      visit.permit, {.status = status, .location = head.location, .sets_cookie = head.sets_cookie},
      registry, robots, options.caps.redirects);
  if (step.permit.valid()) step.hop.exchange = WithBody(answer.response);
  visit.page.response.hops.push_back(std::move(step.hop));
  if (step.limit) visit.page.limits.push_back(std::move(*step.limit));
  if (!step.permit.valid()) return false;
  visit.before_hop = answer.response;
  visit.permit = std::move(step.permit);
  visit.raw = false;
  Send(visit);
  return true;
}

// The target's address was refused: the redirect itself is what the page has to say.
void Fetcher::Rep::ConcludeBeforeHop(Visit& visit) {
  Hop& hop = visit.page.response.hops.back();
  hop.followed = false;
  hop.refused = "address";
  hop.exchange = {};
  visit.conditional = false;
  Answer answer{.response = std::move(*visit.before_hop), .head_done = true};
  const Head head = ReadHead(answer.response.headers);
  Conclude(visit, std::move(answer), head);
  Deliver(visit);
}

void Fetcher::Rep::Conclude(Visit& visit, Answer answer, const Head& head) {
  Response& response = visit.page.response;
  answer.response.started = response.started;
  answer.response.hops = std::move(response.hops);
  response = std::move(answer.response);
  response.user_agent = visit.ask.user_agent;
  response.referrer = visit.ask.referrer;
  response.content_type = head.content_type;
  response.etag = head.etag;
  response.last_modified = head.last_modified;
  response.retry_after = RetryAfter(head.retry_after, clock.Now());
  if (answer.limit) visit.page.limits.push_back(std::move(*answer.limit));
  if (!head.contradiction.empty()) visit.Note(Limit::kFraming, head.contradiction);
  if (response.status == 304) {
    response.not_modified = visit.conditional;
    if (!visit.conditional) visit.Note(Limit::kProtocol, "304 to an unconditional request");
  } else if (response.status >= 400 && response.status != 404 && response.status != 410) {
    visit.Note(Limit::kStatus, fmt::format("status {}", response.status));
  }
}

void Fetcher::Rep::Deliver(Visit& visit) {
  visit.page.response.elapsed = clock.Monotonic() - visit.began;
  done.push_back(std::move(visit.page));
  visits.erase(&visit);
}

Fetcher::Fetcher(const Registry& registry, const Clock& clock, Options options, RobotsQuery robots)
    : rep_(std::make_unique<Rep>(registry, clock, std::move(options), std::move(robots))) {}
Fetcher::~Fetcher() = default;

void Fetcher::Start(Permit permit, size_t body_max) {
  rep_->Start(std::move(permit), Ask{.body_max = body_max});
}
void Fetcher::Start(Permit permit, Ask ask) { rep_->Start(std::move(permit), std::move(ask)); }
void Fetcher::Push() { rep_->transport.Push(); }
size_t Fetcher::Room() const { return rep_->inflight_max - rep_->visits.size(); }
bool Fetcher::Maps(const Url& url) const { return !rep_->MappedAddress(url).empty(); }
size_t Fetcher::Active() const { return rep_->visits.size(); }

std::vector<Page> Fetcher::Wait(Millis wait) {
  using Steady = std::chrono::steady_clock;  // not the clock given: the wait is a real one
  const Steady::time_point until = Steady::now() + std::chrono::milliseconds(wait);
  while (rep_->done.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
    std::vector<Answer> answers = rep_->transport.Wait(std::max<Millis>(left, 0));
    if (answers.empty()) break;
    for (Answer& answer : answers) {
      Visit& visit = *static_cast<Visit*>(answer.owner);
      rep_->Take(visit, std::move(answer));
    }
  }
  return std::exchange(rep_->done, {});
}

void Fetcher::Wake() { rep_->transport.Wake(); }

}  // namespace xuncha
