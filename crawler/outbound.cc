// SPDX-License-Identifier: Apache-2.0
#include "crawler/outbound.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_set>

#include "base/text.h"
#include "crawler/links.h"
#include "crawler/targets.h"

namespace xuncha {
namespace {

constexpr std::string_view kAgent = "xuncha";  // our product token in robots.txt
constexpr Millis kTryAgain = 86'400'000;       // what could not be judged is looked at each night
// So long what was bad stays so while it cannot be reached: a server may be down for days.
constexpr Millis kBadMax = int64_t{30} * 86'400'000;
// Of the looks of one site, those at what was bad: others must have their turn.
constexpr uint32_t kBadShare = 2;

Millis Later(Millis a, Millis b) { return std::max(a, b); }

std::string AddressOnly(const std::string& remote) {
  const size_t colon = remote.rfind(':');
  return colon == std::string::npos || remote.ends_with(']') ? remote : remote.substr(0, colon);
}

std::string DomainOf(const Url& url) { return RegistrableDomain(url.host()); }

// Names that nobody can register (RFC 2606, 6761, 6762, 7686, 8375, 9476), and the domains
// kept for examples: a page that links there copied one from a manual.
bool IsReserved(std::string_view host) {
  constexpr std::string_view kNames[] = {"alt",         "example",   "example.com", "example.net",
                                         "example.org", "home.arpa", "internal",    "invalid",
                                         "local",       "localhost", "onion",       "test"};
  return std::any_of(std::begin(kNames), std::end(kNames), [host](std::string_view name) {
    return host.ends_with(name) &&
           (host.size() == name.size() || host[host.size() - name.size() - 1] == '.');
  });
}

// The host that a line for officers is about: "parked-target: HOST ...".
std::string HostOfLine(std::string_view line) {
  const size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return "";
  line.remove_prefix(colon + 2);
  return std::string(line.substr(0, line.find(' ')));
}

}  // namespace

// On its way to one target.
struct Outbound::Look {
  enum class Stage : uint8_t { kRobots, kPage, kAsked, kName, kNameAsked, kEnded };
  TargetFacts facts;
  TargetFacts before;
  Url url;  // the page to ask for, once its robots.txt allows
  Stage stage = Stage::kRobots;
  Stage asked = Stage::kRobots;  // of the request that is out
  Millis due = 0;
  Millis delay = 0;
  int steps = 0;   // hosts it was led on to
  int denied = 0;  // answers that there is no such name
  std::vector<Hop> hops;
  std::set<const Site*> sites;  // that wait for it
  std::string domain, address;  // held busy while a request is out
};

// The strangers of one site.
struct Outbound::Links {
  SiteTargets kept;
  std::unordered_set<std::string> known;  // of kept.hosts
  std::unordered_set<std::string> seen;   // hosts of any kind, asked once
  std::map<std::string, LinkTarget> bad;
  std::shared_ptr<const std::vector<LinkTarget>> list;  // of `bad`; null: to be made
  bool learnt = false;                                  // hosts that are not on disk
  bool told_other = false;                              // kept.told has changed
  bool open = false;
  size_t waiting = 0;  // looks
  Millis deadline = 0;
  size_t left_out = 0;
};

Outbound::Outbound(Store& store, const Registry& registry, const Clock& clock, Fetcher& fetcher,
                   Options options)
    : store_(store),
      registry_(registry),
      clock_(clock),
      fetcher_(fetcher),
      options_(std::move(options)),
      rules_(BuiltinOutboundRules()),
      names_(options_.ask_name, [this] { fetcher_.Wake(); }) {}

Outbound::~Outbound() = default;

// ---- whom a site links to ------------------------------------------------------

Outbound::Links& Outbound::LinksOf(const Site& site) {
  std::unique_ptr<Links>& links = links_[&site];
  if (links != nullptr) return *links;
  links = std::make_unique<Links>();
  Result<std::optional<std::string>> note = store_.Note(SiteTargetsNote(site.id));
  if (!note) return Fail(note.error()), *links;
  if (!note->has_value()) return *links;
  Result<SiteTargets> kept = DecodeSiteTargets(**note);
  if (!kept) return Fail(kept.error()), *links;
  links->kept = std::move(*kept);
  for (const LinkedHost& linked : links->kept.hosts) links->known.insert(linked.host);
  for (const std::string& line : links->kept.told) {
    TargetFacts facts = FactsOf(HostOfLine(line));
    if (IsBad(facts.target.verdict)) links->bad[facts.target.host] = std::move(facts.target);
  }
  return *links;
}

// A snapshot that was purged is no evidence any more; the next look brings another.
TargetFacts Outbound::FactsOf(const std::string& host) {
  TargetFacts none;
  none.target.host = host;
  Result<std::optional<std::string>> note = store_.Note(TargetNote(host));
  if (!note) return Fail(note.error()), none;
  if (!note->has_value()) return none;
  Result<TargetFacts> facts = DecodeTarget(**note);
  if (!facts) return Fail(facts.error()), none;
  LinkTarget& target = facts->target;
  if (!target.body.empty()) {
    const Result<bool> there = store_.blobs().Exists(target.body);
    if (!there) return Fail(there.error()), none;
    if (!*there) {
      target.body = {};
      target.exchange = {};
      target.hops.clear();
    }
  }
  return std::move(*facts);
}

// Anybody may come to own it, and nobody else looks after it.
bool Outbound::IsWorthALook(const Url& url) const {
  const std::string_view host = url.host();
  return host.find('.') != std::string_view::npos && !IsInstitution(host) && !rules_.Allows(host) &&
         registry_.Owner(url) == nullptr && (!IsReserved(host) || fetcher_.Maps(url));
}

void Outbound::Note(const Page& page) {
  if (!options_.enabled || page.document.links.empty()) return;
  const Site& site = page.permit.site();
  Links& links = LinksOf(site);
  std::string_view last;
  for (const Link& link : page.document.links) {
    if (link.url.empty() || link.url.host() == last || !LeadsSomewhere(link)) continue;
    last = link.url.host();
    std::string host = TargetHost(link.url);
    if (links.seen.size() >= limits::kTargetHostsMax * 4 || !links.seen.insert(host).second)
      continue;
    if (links.known.contains(host) || !IsWorthALook(link.url)) continue;
    const std::string domain = DomainOf(link.url);
    const bool own = domain == DomainOf(page.permit.url()) ||
                     std::any_of(site.hosts.begin(), site.hosts.end(), [&](std::string_view name) {
                       if (name.starts_with("*.")) name.remove_prefix(2);
                       return RegistrableDomain(name) == domain;
                     });
    if (own) continue;
    if (links.kept.hosts.size() >= limits::kTargetHostsMax) return;
    links.learnt = true;
    links.known.insert(host);
    links.kept.hosts.push_back({std::move(host), link.url.secure(), clock_.Now()});
  }
}

Status Outbound::KeepLinks(const Site& site) {
  const auto found = links_.find(&site);
  if (found == links_.end() || !found->second->learnt) return Ok();
  found->second->learnt = false;
  return store_.PutNote(SiteTargetsNote(site.id), EncodeSiteTargets(found->second->kept));
}

std::shared_ptr<const std::vector<LinkTarget>> Outbound::BadOf(const Site& site) {
  if (!options_.enabled) return nullptr;
  Links& links = LinksOf(site);
  if (links.list == nullptr) {
    std::vector<LinkTarget> list;
    for (const auto& [host, target] : links.bad) {
      if (list.size() < limits::kTargetsBadMax) list.push_back(target);
    }
    links.list = std::make_shared<const std::vector<LinkTarget>>(std::move(list));
  }
  return links.list;
}

// ---- whose turn it is ----------------------------------------------------------

std::optional<int> Outbound::TurnOf(const TargetFacts& facts) const {
  if (facts.run == run_.id) return std::nullopt;
  if (IsBad(facts.target.verdict)) return 0;
  if (facts.run == 0) return 1;
  const Millis age = clock_.Now() - facts.looked;
  // By other rules it might be judged otherwise.
  const bool stale = facts.target.verdict == TargetVerdict::kUnknown || facts.rules != run_.rules;
  if (stale && (age >= kTryAgain || options_.fresh == 0)) return 2;
  if (age >= options_.fresh) return 3;
  return std::nullopt;
}

void Outbound::Open(const Site& site) {
  Links& links = LinksOf(site);
  links.open = true;
  links.deadline = clock_.Monotonic() + options_.site_time;
  struct Turn {
    int order;
    Millis looked;
    const LinkedHost* linked;
    TargetFacts facts;
  };
  std::vector<Turn> turns;
  for (const LinkedHost& linked : links.kept.hosts) {
    TargetFacts facts = FactsOf(linked.host);
    if (IsBad(facts.target.verdict)) {
      links.bad[linked.host] = facts.target;
      links.list = nullptr;
    }
    if (const auto under_way = looks_.find(linked.host); under_way != looks_.end()) {
      under_way->second->sites.insert(&site);
      ++links.waiting;
    } else if (const std::optional<int> order = TurnOf(facts)) {
      turns.push_back({*order, facts.looked, &linked, std::move(facts)});
    }
  }
  std::stable_sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) {
    return std::tie(a.order, a.looked) < std::tie(b.order, b.looked);
  });
  uint32_t taken = 0, bad = 0;
  for (Turn& turn : turns) {
    const bool no_more_bad = turn.order == 0 && bad >= std::max(1u, options_.per_site / kBadShare);
    if (taken >= options_.per_site || begun_ >= options_.per_run || no_more_bad) {
      links.left_out += turn.order < 3;
      continue;
    }
    ++taken;
    ++begun_;
    bad += turn.order == 0;
    Add(site, *turn.linked, std::move(turn.facts));
  }
}

void Outbound::Add(const Site& site, const LinkedHost& linked, TargetFacts facts) {
  const Result<Url> home =
      Url::Parse(fmt::format("{}://{}/", linked.secure ? "https" : "http", linked.host));
  if (!home) return;  // it came from an address that could be read
  auto look = std::make_unique<Look>();
  look->before = facts;
  look->facts = std::move(facts);
  look->url = *home;
  look->delay = options_.delay;
  look->sites.insert(&site);
  if (!look->facts.address.empty()) servers_.emplace(DomainOf(*home), look->facts.address);
  ++LinksOf(site).waiting;
  looks_.emplace(linked.host, std::move(look));
}

// ---- requests ------------------------------------------------------------------

bool Outbound::MayStart(const Look& look, Millis now) const {
  if (look.due > now) return false;
  if (look.stage == Look::Stage::kName) return true;
  if (look.stage != Look::Stage::kRobots && look.stage != Look::Stage::kPage) return false;
  // Two looks may be led to one page: an answer must find the look that asked.
  if (in_hand_.contains(look.url.text()) || in_hand_.contains(look.url.origin() + "/robots.txt"))
    return false;
  const std::string domain = DomainOf(look.url);
  const auto server = servers_.find(domain);
  for (const std::string& name : {domain, server == servers_.end() ? domain : server->second}) {
    if (busy_.contains(name)) return false;
    if (const auto next = next_.find(name); next != next_.end() && next->second > now) return false;
  }
  return true;
}

Status Outbound::Tend(size_t room) {
  const Millis now = clock_.Monotonic();
  for (const auto& [host, answer] : names_.Answers()) {
    if (const auto look = looks_.find(host); look != looks_.end())
      NameAnswered(*look->second, answer);
  }
  for (auto& [host, look] : looks_) {
    if (!MayStart(*look, now)) continue;
    if (look->stage == Look::Stage::kName) {
      look->stage = Look::Stage::kNameAsked;
      names_.Ask(std::string(host));
    } else if (room > 0 && requests_ < limits::kTargetsAtOnceMax) {
      const size_t before = requests_;
      Start(*look);
      room -= requests_ - before;
    }
  }
  CloseSites(now);
  std::erase_if(looks_, [](const auto& entry) {
    return entry.second->stage == Look::Stage::kEnded ||
           (entry.second->sites.empty() && entry.second->stage != Look::Stage::kAsked);
  });
  return health_;
}

void Outbound::Start(Look& look) {
  const std::string origin = look.url.origin();
  const auto robots = robots_.find(origin);
  if (robots == robots_.end()) {
    const Result<Url> url = Url::Parse(origin + "/robots.txt");
    CHECK(url.ok());
    look.asked = Look::Stage::kRobots;
    return Send(look, *url);
  }
  if (!robots->second.Allows(look.url)) return Leave(look, "robots.txt 不允许访问首页");
  if (robots->second.crawl_delay() > limits::kTargetCrawlDelayMillisMax)
    return Leave(look, "robots.txt 要求的间隔过长");
  look.delay = Later(options_.delay, robots->second.crawl_delay());
  look.asked = Look::Stage::kPage;
  Send(look, look.url);
}

void Outbound::Send(Look& look, const Url& url) {
  Refusal why = Refusal::kNone;
  Permit permit = registry_.AllowOutside(url, Disallows(url), &why);
  if (!permit.valid())
    return Leave(look, fmt::format("不在可访问的范围内（{}）", RefusalName(why)));
  look.domain = DomainOf(url);
  const auto server = servers_.find(look.domain);
  look.address = server == servers_.end() ? look.domain : server->second;
  busy_.insert(look.domain);
  busy_.insert(look.address);
  look.stage = Look::Stage::kAsked;
  in_hand_[url.text()] = &look;
  ++requests_;
  Fetcher::Ask ask;
  ask.total_max = options_.request_time;
  ask.body_max =
      look.asked == Look::Stage::kRobots ? limits::kRobotsBytesMax : limits::kTargetBodyBytesMax;
  fetcher_.Start(std::move(permit), std::move(ask));
}

bool Outbound::Disallows(const Url& url) const {
  // What forbids must be read, wherever it stands.
  if (url.path_and_query() == "/robots.txt") return false;
  const auto robots = robots_.find(url.origin());
  return robots == robots_.end() || !robots->second.Allows(url);
}

Outbound::Look& Outbound::LookOf(const Page& page) {
  const auto found = in_hand_.find(page.permit.url().text());
  CHECK(found != in_hand_.end());
  return *found->second;
}

// ---- answers -------------------------------------------------------------------

bool Outbound::Arrived(const Page& page) {
  Look& look = LookOf(page);
  --requests_;
  busy_.erase(look.domain);
  busy_.erase(look.address);
  const Response& response = page.response;
  if (!response.remote_address.empty()) {
    look.address = AddressOnly(response.remote_address);
    servers_[look.domain] = look.address;
    if (look.steps == 0) look.facts.address = look.address;
  }
  next_[look.domain] = next_[look.address] = clock_.Monotonic() + look.delay;
  if (look.asked == Look::Stage::kPage && response.status != 0) {
    look.hops.insert(look.hops.end(), response.hops.begin(), response.hops.end());
    const bool led_on = !response.hops.empty() && !response.hops.back().followed;
    if (!led_on) return true;
  }
  in_hand_.erase(page.permit.url().text());
  if (response.status == 0) {
    NotReached(look, page);
  } else if (look.asked == Look::Stage::kRobots) {
    RobotsCame(look, page);
  } else if (const Result<Url> to = Url::Parse(response.hops.back().to);
             to && to->origin() != look.url.origin()) {
    GoOn(look, *to);
  } else {
    Leave(look, fmt::format("首页转向 {}，不能跟随", Neutralise(response.hops.back().to)));
  }
  return false;
}

// By RFC 9309 2.3.1: a file is read, none allows all, a server in trouble forbids all.
void Outbound::RobotsCame(Look& look, const Page& page) {
  const uint16_t status = page.response.status;
  if (status >= 500 || status == 429) return Leave(look, "robots.txt 未能取得");
  const bool is_file = status >= 200 && status < 300;
  robots_[look.url.origin()] = is_file ? Robots::Parse(page.response.body, kAgent) : Robots();
  look.stage = Look::Stage::kPage;
}

std::optional<Url> Outbound::LeadsOnTo(const Page& page) const {
  const Span visible = page.document.visible;
  const std::string_view text =
      std::string_view(page.document.text).substr(visible.begin, visible.size());
  if (CountCodePoints(text) >= rules_.thin) return std::nullopt;
  for (const Link& link : page.document.links) {
    const bool refresh =
        link.kind == LinkKind::kMetaRefresh || link.kind == LinkKind::kHeaderRefresh;
    if (refresh && !link.url.empty() && link.url.origin() != page.permit.url().origin())
      return link.url;
  }
  return std::nullopt;
}

void Outbound::GoOn(Look& look, const Url& url) {
  if (++look.steps > limits::kTargetStepsMax) return Leave(look, "转向次数过多");
  if (!IsWorthALook(url)) {
    look.facts.target.verdict = TargetVerdict::kFine;
    look.facts.target.findings.clear();
    look.facts.target.body = {};
    look.facts.target.why = fmt::format("转到 {}", url.host());
    look.facts.confirmed = clock_.Now();
    return Conclude(look);
  }
  look.url = url;
  look.stage = Look::Stage::kRobots;
}

void Outbound::Examined(const Page& page) {
  Look& look = LookOf(page);
  in_hand_.erase(page.permit.url().text());
  if (const std::optional<Url> to = LeadsOnTo(page)) {
    look.hops.push_back(
        {.from = look.url.text(), .to = to->text(), .status = page.response.status});
    return GoOn(look, *to);
  }
  JudgeTarget(page, rules_, look.facts);
  LinkTarget& target = look.facts.target;
  if (target.verdict == TargetVerdict::kUnknown) return Leave(look, std::move(target.why));
  target.url = look.url.text();
  target.status = page.response.status;
  target.hops = look.hops;
  target.exchange = ExchangeOf(page.response);
  target.body = {};
  if (IsBad(target.verdict)) {
    if (Status kept = KeepBytes(target, page); !kept) Fail(kept.error());
  }
  look.facts.confirmed = clock_.Now();
  Conclude(look);
}

void Outbound::NotReached(Look& look, const Page& page) {
  if (look.steps == 0 && Has(page.limits, Limit::kResolve)) {
    look.stage = Look::Stage::kName;
    look.due = 0;
    return;
  }
  std::string why = page.response.error;
  if (!page.limits.empty()) why = LimitText(page.limits.front().limit);
  Leave(look, why.empty() ? "未能连接" : std::move(why));
}

void Outbound::NameAnswered(Look& look, NameAnswer answer) {
  if (look.stage != Look::Stage::kNameAsked) return;
  if (answer == NameAnswer::kExists) return Leave(look, "域名存在，主机名未能解析");
  if (answer == NameAnswer::kUnknown) return Leave(look, "域名解析未得到答复");
  if (++look.denied < 2) {
    look.stage = Look::Stage::kName;
    look.due = clock_.Monotonic() + options_.name_again;
    return;
  }
  LinkTarget& target = look.facts.target;
  const std::string host = target.host;
  target = {.host = host,
            .url = look.url.text(),
            .verdict = TargetVerdict::kExpired,
            .why = "两次查询均答复没有这个域名，同时其上级域名可以查到"};
  look.facts.confirmed = clock_.Now();
  Conclude(look);
}

// ---- conclusions ---------------------------------------------------------------

// Nobody is called fine for not being reached, and what was bad stays so for a while.
void Outbound::Leave(Look& look, std::string why) {
  const Millis confirmed = look.before.confirmed;
  const std::string address = look.facts.address;
  look.facts = look.before;
  look.facts.address = address;
  const bool stands = IsBad(look.before.target.verdict) && clock_.Now() - confirmed < kBadMax;
  if (!stands) {
    const std::string host = look.before.target.host;
    look.facts.target = {.host = host, .url = look.url.text(), .why = std::move(why)};
  }
  Conclude(look);
}

void Outbound::Conclude(Look& look) {
  TargetFacts& facts = look.facts;
  look.stage = Look::Stage::kEnded;
  facts.run = run_.id;
  facts.looked = clock_.Now();
  facts.rules = run_.rules;
  if (!IsBad(facts.target.verdict)) {
    facts.target.exchange = {};
    for (Hop& hop : facts.target.hops) hop.exchange = {};
  }
  if (Status kept = store_.PutNote(TargetNote(facts.target.host), EncodeTarget(facts)); !kept)
    Fail(kept.error());
  for (const Site* site : look.sites) {
    Links& links = *links_.at(site);
    CHECK(links.waiting > 0);
    --links.waiting;
    links.list = nullptr;
    if (IsBad(facts.target.verdict)) {
      links.bad[facts.target.host] = facts.target;
    } else {
      links.bad.erase(facts.target.host);
    }
  }
  look.sites.clear();
}

// What an officer is to see again, before anything refers to it.
Status Outbound::KeepBytes(LinkTarget& target, const Page& page) {
  const auto put = [this](const std::string& bytes) -> Status {
    if (bytes.empty()) return Ok();
    const Result<Digest> kept = store_.blobs().Put(bytes);
    return kept ? Ok() : Status(kept.error());
  };
  if (Status body = put(page.response.body); !body) return body;
  if (!page.response.body.empty()) target.body = Sha256(page.response.body);
  if (Status chain = put(target.exchange.tls.certificates); !chain) return chain;
  if (Status names = put(target.exchange.names.text); !names) return names;
  for (const Hop& hop : target.hops) {
    if (Status names = put(hop.exchange.names.text); !names) return names;
    if (Status chain = put(hop.exchange.tls.certificates); !chain) return chain;
    if (Status body = put(hop.exchange.body); !body) return body;
  }
  return Ok();
}

// ---- sites ---------------------------------------------------------------------

void Outbound::CloseSites(Millis now) {
  for (auto& [site, links] : links_) {
    if (!links->open || (links->waiting > 0 && now < links->deadline)) continue;
    links->open = false;
    links->left_out += links->waiting;
    links->waiting = 0;
    for (auto& [host, look] : looks_) look->sites.erase(site);
    std::vector<std::string> lines;
    for (const LinkTarget& target : *BadOf(*site)) {
      for (std::string& line : TargetLines(target)) lines.push_back(std::move(line));
    }
    std::sort(lines.begin(), lines.end());
    links->told_other = lines != links->kept.told;
    links->kept.told = std::move(lines);
    done_.push_back({site, links->told_other, links->left_out});
  }
}

void Outbound::Told(const Site& site) {
  const auto found = links_.find(&site);
  if (found == links_.end()) return;
  found->second->learnt |= found->second->told_other;
  if (Status kept = KeepLinks(site); !kept) Fail(kept.error());
  links_.erase(found);
}

Millis Outbound::Patience() const {
  constexpr Millis kLong = 60'000;
  const Millis now = clock_.Monotonic();
  Millis patience = kLong;
  for (const auto& [site, links] : links_) {
    if (links->open) patience = std::min(patience, Later(0, links->deadline - now));
  }
  for (const auto& [host, look] : looks_) {
    const bool waits = look->stage == Look::Stage::kRobots || look->stage == Look::Stage::kPage ||
                       look->stage == Look::Stage::kName;
    if (!waits) continue;
    Millis due = look->due;
    const std::string domain = DomainOf(look->url);
    for (const std::string& name : {domain, look->address}) {
      if (const auto next = next_.find(name); next != next_.end()) due = Later(due, next->second);
      // Its answer wakes us.
      if (busy_.contains(name)) due = Later(due, now + kLong);
    }
    patience = std::min(patience, Later(0, due - now));
  }
  return requests_ >= limits::kTargetsAtOnceMax ? kLong : patience;
}

}  // namespace xuncha
