// SPDX-License-Identifier: Apache-2.0
#include "crawler/joiner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr std::string_view kNone = "-";

std::optional<Digest> ParseDigest(std::string_view hex) {
  return hex == kNone ? Digest{} : Digest::FromHex(hex);
}

std::string Spell(const Digest& digest) {
  return digest.empty() ? std::string(kNone) : digest.hex();
}

}  // namespace

Joiner::Joiner(Store& store, Frontier& frontier, const Digest& rules)
    : store_(store), frontier_(frontier), rules_(rules) {}

void Joiner::Take(Page page) {
  const UrlState& known = page.permit.known();
  Joining joining;
  const bool joined = page.assets != nullptr || (page.response.not_modified && !page.views.empty());
  if (joined) {
    // It was here before, and comes back with what others got.
  } else if (page.response.not_modified) {
    const List* list = known.assets.empty() ? nullptr : ListOf(known.assets);
    const bool stands = list != nullptr && list->changed && !*list->changed;
    if (list != nullptr && !stands) {
      for (const Listed& entry : list->entries) joining.loads.push_back(entry.load);
      joining.known_list = joining.imports = true;
    }
  } else if (page.response.status != 0 && !page.response.body.empty()) {
    joining.loads = FindLoads(page);
  }
  joining.page = std::move(page);
  if (joining.loads.empty()) {
    ready_.push_back(std::move(joining.page));
    return;
  }
  joining.asked.resize(joining.loads.size());
  const Site* site = &joining.page.permit.site();
  const bool room =
      joining_.size() < limits::kJoiningPagesMax && waiting_[site] < limits::kJoiningPerSiteMax;
  if (Gather(joining, room ? Patience::kWaits : Patience::kHasNone)) {
    if (Finish(joining)) ready_.push_back(std::move(joining.page));
    return;
  }
  ++waiting_[site];
  joining_.push_back(std::move(joining));
}

std::vector<Page> Joiner::Ready() {
  for (auto joining = joining_.begin(); joining != joining_.end();) {
    if (!Gather(*joining, Patience::kWaits)) {
      ++joining;
      continue;
    }
    --waiting_[&joining->page.permit.site()];
    if (Finish(*joining)) ready_.push_back(std::move(joining->page));
    joining = joining_.erase(joining);
  }
  return std::exchange(ready_, {});
}

bool Joiner::Gather(Joining& joining, Patience patience) {
  if (!GatherOnce(joining, patience)) return false;
  if (joining.imports) return true;
  joining.imports = true;
  const size_t own = joining.loads.size();
  for (size_t i = 0; i < own; ++i) {
    if (joining.loads[i].kind != LinkKind::kStyle) continue;
    if (joining.loads.size() >= 2 * limits::kLoadsPerPageMax) break;
    const std::shared_ptr<const Asset> sheet = Read(joining.page.permit.site(), joining.loads[i]);
    if (sheet == nullptr) continue;
    for (Url& url : ImportsOf(*sheet, joining.loads[i].url, limits::kLoadsPerPageMax)) {
      if (joining.loads.size() < 2 * limits::kLoadsPerPageMax)
        joining.loads.push_back({std::move(url), LinkKind::kStyle});
    }
  }
  joining.asked.resize(joining.loads.size());
  return GatherOnce(joining, patience);
}

bool Joiner::GatherOnce(Joining& joining, Patience patience) {
  bool all = true;
  for (size_t i = 0; i < joining.loads.size(); ++i) {
    const Known* known = Ask(joining, i, patience);
    joining.asked[i] = true;
    all &= known != nullptr;
  }
  return all || patience == Patience::kHasNone;
}

// nullptr while it is on its way.
const Joiner::Known* Joiner::Ask(const Joining& joining, size_t load, Patience patience) {
  const Url& url = joining.loads[load].url;
  const std::pair key(&joining.page.permit.site(), url.text());
  if (const auto found = known_.find(key); found != known_.end()) return &found->second;
  const bool asks = !joining.asked[load] && patience == Patience::kWaits;
  const Frontier::Wanted wanted =
      frontier_.Want(joining.page, url, asks ? Frontier::Asked::kNever : Frontier::Asked::kBefore);
  Known known;
  switch (wanted.coming) {
    case Frontier::Coming::kSoon:
      return nullptr;
    case Frontier::Coming::kForeign:
      known.state = Known::State::kForeign;
      break;
    case Frontier::Coming::kNever:
      // What one page could not wait for another one may.
      if (patience == Patience::kHasNone) return nullptr;
      break;
    case Frontier::Coming::kVisited: {
      const UrlState& state = wanted.state;
      known.body = state.body;
      // A server in trouble tonight has not changed what it said before.
      known.state = IsGone(state.status) ? Known::State::kAbsent
                    : state.body.empty() ? Known::State::kLost
                                         : Known::State::kHere;
      break;
    }
  }
  if (known_.size() >= limits::kAssetUrlsMax) known_.clear();
  return &known_.insert_or_assign(key, known).first->second;
}

const Joiner::Known& Joiner::Of(const Site& site, std::string_view url) const {
  static const Known kUnknown;
  const auto found = known_.find(std::pair(&site, std::string(url)));
  return found == known_.end() ? kUnknown : found->second;
}

bool Joiner::Finish(Joining& joining) {
  Page& page = joining.page;
  const UrlState& known = page.permit.known();
  List* list = known.assets.empty() ? nullptr : ListOf(known.assets);
  if (joining.known_list) {
    if (list == nullptr) return true;
    if (!list->changed) list->changed = Changed(page.permit.site(), *list);
    if (!*list->changed) return true;
    frontier_.Distrust(known.assets);
    return !frontier_.AskAgain(page);
  }
  Assemble(joining);
  // With the same body it loads the same URLs.
  if (known.rules == rules_ && known.last_run != 0)
    page.assets_changed =
        list == nullptr ? !page.asset_list.empty() : Changed(page.permit.site(), *list);
  return true;
}

void Joiner::Assemble(Joining& joining) {
  Page& page = joining.page;
  const Site& site = page.permit.site();
  page.assets = xuncha::Assemble(joining.loads, [&](const Load& load) { return Read(site, load); });
  std::string_view first;
  size_t lost = 0;
  for (const PageAssets::Entry& entry : page.assets->entries) {
    const Known& known = Of(site, entry.url);
    if (known.state == Known::State::kForeign) continue;
    if (known.state == Known::State::kLost ||
        (known.state == Known::State::kHere && entry.asset == nullptr)) {
      if (lost++ == 0) first = entry.url;
    }
    page.asset_list +=
        fmt::format("{} {} {} {}\n", LinkKindName(entry.kind),
                    Spell(entry.asset == nullptr ? Digest{} : entry.asset->body),
                    Spell(entry.asset == nullptr ? Digest{} : entry.asset->effect), entry.url);
  }
  if (lost > 0) {
    page.limits.push_back(
        {Limit::kAssets, lost == 1 ? std::string(first) : fmt::format("{} 等 {} 个", first, lost)});
  }
}

// The asset of tonight; nullptr if there is none.
std::shared_ptr<const Asset> Joiner::Read(const Site& site, const Load& load) {
  const Known& known = Of(site, load.url.text());
  if (known.state != Known::State::kHere) return nullptr;
  const Key key{load.kind, known.body};
  if (const auto found = cache_.find(key); found != cache_.end()) return found->second;
  const Result<std::string> body = store_.blobs().Get(known.body);
  if (!body) return nullptr;  // recorded as lost
  auto asset = std::make_shared<const Asset>(ReadAsset(load.kind, *body, ""));
  cache_bytes_ += asset->bytes();
  cache_[key] = asset;
  oldest_.push_back(key);
  while (cache_bytes_ > limits::kAssetCacheBytesMax && oldest_.size() > 1) {
    const auto old = cache_.find(oldest_.front());
    cache_bytes_ -= old->second->bytes();
    cache_.erase(old);
    oldest_.pop_front();
  }
  return asset;
}

Digest Joiner::EffectOf(const Site& site, const Load& load) {
  const std::shared_ptr<const Asset> asset = Read(site, load);
  return asset == nullptr ? Digest{} : asset->effect;
}

// Whether what the list names does something else tonight. What could not be
// fetched is taken to be as it was.
bool Joiner::Changed(const Site& site, const List& list) {
  return std::any_of(list.entries.begin(), list.entries.end(), [&](const Listed& entry) {
    switch (const Known& known = Of(site, entry.load.url.text()); known.state) {
      case Known::State::kHere:
        return known.body != entry.body && EffectOf(site, entry.load) != entry.effect;
      case Known::State::kAbsent:
        return !entry.body.empty();
      case Known::State::kForeign:
      case Known::State::kLost:
        return false;
    }
    return false;
  });
}

// nullptr if it cannot be read; then the page counts as judged without.
Joiner::List* Joiner::ListOf(const Digest& digest) {
  if (const auto found = lists_.find(digest); found != lists_.end()) return &found->second;
  const Result<std::string> text = store_.blobs().Get(digest);
  if (!text) return nullptr;
  List list;
  for (const std::string_view line : Split(*text, '\n')) {
    const std::vector<std::string_view> parts = Split(line, ' ');
    if (parts.size() != 4) continue;
    const std::optional<Digest> body = ParseDigest(parts[1]), effect = ParseDigest(parts[2]);
    Result<Url> url = Url::Parse(parts[3]);
    if (!body || !effect || !url) continue;
    const LinkKind kind =
        parts[0] == LinkKindName(LinkKind::kStyle) ? LinkKind::kStyle : LinkKind::kScriptSource;
    list.entries.push_back({{std::move(*url), kind}, *body, *effect});
  }
  if (lists_.size() >= limits::kAssetListsMax) lists_.clear();
  return &lists_.emplace(digest, std::move(list)).first->second;
}

}  // namespace xuncha
