// Joining: the page's site takes part in what the page says. Its style sheets decide
// what is seen, and what its scripts would write, set or move is read as a piece of
// the page, in zones of its own that name the script.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/limits.h"
#include "crawler/links.h"
#include "crawler/page_reader.h"

namespace xuncha {
namespace {

void HitLimits(PageReading& reading, const PageAssets::Entry& entry) {
  for (const LimitHit& hit : entry.asset->limits)
    reading.Hit(hit.limit, entry.url + "：" + hit.detail);
}

void PutTitles(PageReading& reading, const PageAssets::Entry& entry, uint32_t source) {
  for (const std::string& title : entry.asset->script.titles) {
    reading.text.Put(Part::kOther, ZoneKind::kScript, Hiding::kNone, "document.title " + entry.url,
                     title, {{}, source, true});
  }
}

void AddTargets(PageReading& reading, const std::vector<std::string>& targets, LinkKind kind,
                uint32_t source, std::vector<size_t>& indices) {
  for (const std::string& target : targets) {
    if (LooksLikeTarget(target)) AddScriptLink(reading, target, kind, source, indices);
  }
}

void JoinScript(PageReading& reading, const PageAssets::Entry& entry, uint32_t source) {
  const ScriptYield& yield = entry.asset->script;
  if (!yield.names.empty()) reading.script_names.emplace_back(yield.names);
  if (!yield.acts()) return;
  const auto index = static_cast<int>(reading.scripts.size());
  ScriptSummary summary;
  summary.facts = yield.facts;
  AddTargets(reading, yield.moves, LinkKind::kScript, source, summary.moves);
  AddTargets(reading, yield.sources, LinkKind::kScriptSource, source, summary.sources);
  reading.scripts.push_back(std::move(summary));
  PutTitles(reading, entry, source);
  for (const std::string& written : yield.written) {
    QueueWritten(reading, written, "document.write " + entry.url, source, 1, index);
  }
}

}  // namespace

void JoinSheets(PageReading& reading, const Page& page, const RawScan& scan) {
  const std::vector<Load> loads = FindLoads(page, scan, reading.body);
  if (reading.assets != nullptr && loads.size() == limits::kLoadsPerPageMax) {
    reading.Hit(Limit::kAssets, "样式表和脚本超过 " + std::to_string(loads.size()) + " 个");
  } else if (scan.loads_cut) {
    reading.Hit(Limit::kAssets, "样式表和脚本的标签过多，或不完整");
  }
  if (reading.assets != nullptr && reading.assets->left_out > 0) {
    reading.Hit(Limit::kAssets, "样式表引入的样式表超过上限，" +
                                    std::to_string(reading.assets->left_out) + " 个未读取");
  }
  for (const Load& load : loads) {
    if (load.kind != LinkKind::kStyle) continue;
    const PageAssets::Entry* entry =
        reading.assets == nullptr ? nullptr : reading.assets->Find(load.url.text(), load.kind);
    if (entry == nullptr || entry->asset == nullptr) {
      reading.unknown_styles = true;
      continue;
    }
    for (const std::string& import : entry->imports) {
      const PageAssets::Entry* imported = reading.assets->Find(import, LinkKind::kStyle);
      if (imported != nullptr && imported->asset != nullptr)
        reading.cascade.Add(imported->asset->sheet, Cascade::Contents::kAsked);
    }
    reading.cascade.Add(entry->asset->sheet, Cascade::Contents::kAsked);
    HitLimits(reading, *entry);
  }
}

void JoinScripts(PageReading& reading, const Page& page) {
  if (reading.assets == nullptr) return;
  Url base = BodyUrl(page);
  if (!reading.base.empty()) {
    if (Result<Url> resolved = Url::Resolve(base, reading.base)) base = std::move(*resolved);
  }
  std::vector<const PageAssets::Entry*> joined;
  for (const FoundScript& found : reading.script_sources) {
    const std::string href = reading.links[found.link].link.href;
    const uint32_t source = reading.links[found.link].source;
    const Result<Url> url = Url::Resolve(base, href);
    if (!url) continue;
    const PageAssets::Entry* entry = reading.assets->Find(url->text(), LinkKind::kScriptSource);
    // The tree has a script where the tags alone showed none.
    if (entry == nullptr && found.program && url->host() == base.host())
      reading.Hit(Limit::kAssets, url->text());
    if (entry == nullptr || entry->asset == nullptr ||
        std::find(joined.begin(), joined.end(), entry) != joined.end())
      continue;
    joined.push_back(entry);
    JoinScript(reading, *entry, source == kNoSource ? 0 : source);
    HitLimits(reading, *entry);
  }
}

}  // namespace xuncha
