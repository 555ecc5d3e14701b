// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <set>

#include "base/limits.h"
#include "base/text.h"
#include "base/url.h"
#include "store/chain.h"
#include "store/coverage.h"
#include "store/hold.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

Error Wrong(std::string_view what) { return {Code::kInvalid, fmt::format("冻结：{}", what)}; }

// A person's words, of which an order or a letter is told later: none, too many, or
// such that a terminal would take for commands are refused.
Status CheckWords(std::string_view noun, std::string_view words) {
  if (Trim(words).empty()) return Wrong(fmt::format("缺少{}", noun));
  if (words.size() > limits::kHoldTextBytesMax || ToValidUtf8(words) != words)
    return Wrong(fmt::format("{}须为 UTF-8，至多 {} 字节", noun, limits::kHoldTextBytesMax));
  return Ok();
}

// Observations of a run that has ended come no more.
Result<uint64_t> LastEndedRun(const Database& database) {
  const auto key = database.LastKey(Family::kMeta, kRunKeys);
  if (!key) return key.error();
  if (!*key) return uint64_t{0};
  const auto run = GetRecord<Run>(database, Family::kMeta, **key);
  if (!run) return run.error();
  return (*run)->ended != 0 ? (*run)->id : (*run)->id - 1;
}

Result<bool> KnowsSite(const Database& database, std::string_view site) {
  const Result<bool> registered = database.Has(Family::kSites, site);
  if (!registered || *registered) return registered;
  const auto key = database.LastKey(Family::kObservations, SitePrefix(site));
  if (!key) return key.error();
  return key->has_value();
}

// The one site that knows the URL; it may be registered no more.
Result<std::string> SiteOfUrl(const Database& database, std::string_view url) {
  const Result<std::set<std::string>> all = SitesIn(database, Family::kUrls);
  if (!all) return all.error();
  std::vector<std::string> sites;
  for (const std::string& site : *all) {
    const Result<bool> known = database.Has(Family::kUrls, UrlKey(site, url));
    if (!known) return known.error();
    if (*known) sites.push_back(site);
  }
  if (sites.size() == 1) return sites[0];
  return Error{Code::kNotFound, fmt::format("冻结：{}网站有网址 {}；请同时用 --site 指明网站",
                                            sites.empty() ? "没有" : "不止一个", url)};
}

Status CheckScope(const Database& database, Hold& hold) {
  if (hold.site.empty() && hold.url.empty() && hold.incident.empty() && hold.from == 0 &&
      hold.until == 0)
    return Wrong("缺少范围；用 --site、--url、--incident 或 --from、--until 写明");
  if (hold.until != 0 && hold.until <= hold.from)
    return Wrong("止于起始之前；请核对 --from 与 --until");
  if (!hold.incident.empty()) {
    const auto incident =
        GetRecord<Incident>(database, Family::kIncidents, IncidentKey(hold.incident));
    if (!incident) return incident.error();
    if (!*incident) {
      return Error{Code::kNotFound,
                   fmt::format("冻结：没有事件 {}；xuncha incident list 列出", hold.incident)};
    }
    if (hold.site.empty()) hold.site = (*incident)->site;
    if (hold.site != (*incident)->site)
      return Wrong(fmt::format("事件 {} 属于网站 {}", hold.incident, (*incident)->site));
  }
  if (!hold.url.empty()) {
    const Result<Url> url = Url::Parse(hold.url);
    if (!url) return Wrong(url.error().text);
    hold.url = url->text();
    if (hold.site.empty()) {
      Result<std::string> site = SiteOfUrl(database, hold.url);
      if (!site) return site.error();
      hold.site = std::move(*site);
    }
  }
  if (hold.site.empty()) return Ok();
  const Result<bool> known = KnowsSite(database, hold.site);
  if (!known) return known.error();
  if (*known) return Ok();
  return Error{Code::kNotFound, fmt::format("冻结：没有网站 {}；xuncha site list 列出", hold.site)};
}

std::vector<std::string> RefsOf(const Hold& hold) {
  std::vector<std::string> refs = {"hold:" + hold.id()};
  if (!hold.site.empty()) refs.push_back("site:" + hold.site);
  if (!hold.url.empty()) refs.push_back("url:" + hold.url);
  if (!hold.incident.empty()) refs.push_back("incident:" + hold.incident);
  if (hold.from != 0) refs.push_back("from:" + FormatTime(hold.from));
  if (hold.until != 0) refs.push_back("until:" + FormatTime(hold.until));
  if (hold.expires != 0) refs.push_back("expires:" + FormatTime(hold.expires));
  return refs;
}

std::optional<uint64_t> NumberOf(std::string_view id) {
  if (id.starts_with('H') || id.starts_with('h')) id.remove_prefix(1);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string Hold::id() const { return fmt::format("H{}", number); }

HoldBook::HoldBook(Database& database, AuditChain& chain) : database_(database), chain_(chain) {}

Result<Hold> HoldBook::Place(Hold hold, Millis now) {
  for (const auto& [noun, words] :
       {std::pair{"经办人（--by）", &hold.by}, std::pair{"理由（--reason）", &hold.reason},
        std::pair{"依据的文书号（--reference）", &hold.reference}}) {
    if (Status fit = CheckWords(noun, *words); !fit) return fit.error();
  }
  if (hold.expires != 0 && hold.expires <= now) return Wrong("到期时间（--expires）已经过去");
  if (Status fit = CheckScope(database_, hold); !fit) return fit.error();
  size_t in_force = 0;
  hold.number = 1;
  const Status counted = Each([&](const Hold& other) {
    in_force += other.InForce(now) ? 1 : 0;
    hold.number = other.number + 1;
    return true;
  });
  if (!counted) return counted.error();
  if (in_force >= limits::kHoldsMax) {
    return Error{
        Code::kLimit,
        fmt::format("冻结：已有 {} 项有效，不能更多；解除用不着的，或按网站冻结", in_force)};
  }
  const Result<uint64_t> ended = LastEndedRun(database_);
  if (!ended) return ended.error();
  hold.placed = now;
  hold.covered_run = *ended;
  const Result<CoverageTally> tally = TallyOf(database_, hold);
  if (!tally) return tally.error();
  hold.covered = tally->observations;
  hold.covered_root = tally->root;
  Batch batch(database_);
  PutRecord(batch, Family::kHolds, HoldKey(hold.number), hold);
  Deed deed{
      .kind = "hold-place",
      .actor = hold.by,
      .what = fmt::format("{}（{}）；涵盖 {} 条观测", hold.reason, hold.reference, hold.covered),
      .refs = RefsOf(hold)};
  deed.refs.push_back("covered:" + hold.covered_root.hex());
  if (Status appended = chain_.Append(batch, deed); !appended) return appended.error();
  if (Status put = batch.Commit(); !put) return put.error();
  return hold;
}

Result<Hold> HoldBook::Lift(std::string_view id, const Release& release, Millis now) {
  Result<Hold> hold = ById(id);
  if (!hold) return hold;
  for (const auto& [noun, words] : {std::pair{"经办人（--by）", &release.by},
                                    std::pair{"批准人（--approved-by）", &release.approved_by},
                                    std::pair{"理由（--reason）", &release.reason}}) {
    if (Status fit = CheckWords(noun, *words); !fit) return fit.error();
  }
  if (Trim(release.by) == Trim(release.approved_by))
    return Wrong("经办人与批准人是同一人；解除冻结须另一人批准");
  if (hold->released != 0) {
    return Error{Code::kConflict, fmt::format("冻结 {}：已于 {} 由 {} 解除", hold->id(),
                                              FormatTime(hold->released), hold->released_by)};
  }
  hold->released = now;
  hold->released_by = release.by;
  hold->approved_by = release.approved_by;
  hold->release_reason = release.reason;
  Batch batch(database_);
  PutRecord(batch, Family::kHolds, HoldKey(hold->number), *hold);
  Deed deed{
      .kind = "hold-release", .actor = release.by, .what = release.reason, .refs = RefsOf(*hold)};
  deed.refs.push_back("approved-by:" + release.approved_by);
  if (Status appended = chain_.Append(batch, deed); !appended) return appended.error();
  if (Status put = batch.Commit(); !put) return put.error();
  return hold;
}

Result<Hold> HoldBook::ById(std::string_view id) const {
  const std::optional<uint64_t> number = NumberOf(id);
  auto hold =
      number ? GetRecord<Hold>(database_, Family::kHolds, HoldKey(*number)) : std::optional<Hold>();
  if (!hold) return hold.error();
  if (!*hold) {
    return Error{Code::kNotFound, fmt::format("没有冻结 {}；xuncha store hold list 列出", id)};
  }
  (*hold)->number = *number;
  return std::move(**hold);
}

Status HoldBook::Each(const std::function<bool(const Hold&)>& visit) const {
  return database_.Scan(
      Family::kHolds, "", [&](std::string_view key, std::string_view payload) -> Result<bool> {
        auto hold = DecodeStored<Hold>(Family::kHolds, key, payload);
        if (!hold) return hold.error();
        if (key.size() != 8) {
          return UnreadableRecord(Family::kHolds, key, {Code::kDamaged, "not the key of a hold"});
        }
        hold->number = FromBigEndian(key);
        return visit(*hold);
      });
}

}  // namespace xuncha
