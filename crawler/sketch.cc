// SPDX-License-Identifier: Apache-2.0
#include "crawler/sketch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/extract.h"
#include "crawler/targets.h"

namespace xuncha {
namespace {

// Keeps the least ones, so that what two pages keep of the same set is the same.
void KeepLeast(std::vector<uint32_t>& hashes, size_t most) {
  SortUnique(hashes);
  if (hashes.size() > most) hashes.resize(most);
}

class Sketcher {
 public:
  Sketcher(const PageReading& reading, const Document& document)
      : reading_(reading), document_(document), domain_hashes_(reading.hosts.size()) {}

  PageSketch Make() {
    const std::string_view title = document_.title;
    const std::string_view text = document_.text;
    PageSketch sketch;
    sketch.version = kSketchVersion;
    sketch.title = title.substr(0, Cut(title, limits::kSketchTitleBytesMax));
    sketch.text = document_.simhash;
    sketch.title_writing = WritingOf(title);
    const std::string_view seen = text.substr(document_.visible.begin, document_.visible.size());
    sketch.text_writing = WritingOf(seen.substr(0, Cut(seen, limits::kSketchTextBytesMax)));
    ShapeHashes shape = reading_.shape;
    for (const FoundLink& found : reading_.links) {
      const HostFacts& host = reading_.hosts[found.host];
      if (found.host == 0 || found.where == Where::kComment) continue;
      switch (found.link.kind) {
        case LinkKind::kStyle:
        case LinkKind::kScriptSource:
          shape.Add(Hash64(host.host) ^ Hash64(found.link.url.path()));
          if (found.link.kind == LinkKind::kStyle) break;
          [[fallthrough]];
        case LinkKind::kFrame:
        case LinkKind::kForm:
          if (host.strange()) sketch.domains.push_back(DomainHash(found.host));
          break;
        case LinkKind::kAnchor:
        case LinkKind::kArea:
        case LinkKind::kScript:
          AddAnchor(found, sketch);
          break;
        default:
          break;
      }
    }
    EndBlock(sketch);
    sketch.shape = shape.least();
    KeepLeast(sketch.domains, limits::kSketchDomainsMax);
    KeepLeast(sketch.folders, limits::kSketchFoldersMax);
    std::stable_sort(sketch.blocks.begin(), sketch.blocks.end(),
                     [](const LinkBlock& a, const LinkBlock& b) {
                       return a.hidden != b.hidden ? a.hidden : a.domains > b.domains;
                     });
    if (sketch.blocks.size() > limits::kSketchBlocksMax)
      sketch.blocks.resize(limits::kSketchBlocksMax);
    return sketch;
  }

 private:
  // At most so many bytes, in whole characters.
  static size_t Cut(std::string_view text, size_t bytes) {
    if (text.size() <= bytes) return text.size();
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
    return bytes;
  }
  uint32_t DomainHash(uint32_t host) {
    uint32_t& hash = domain_hashes_[host];
    if (hash == 0) hash = static_cast<uint32_t>(Hash64(reading_.hosts[host].domain)) | 1;
    return hash;
  }

  bool IsHidden(const FoundLink& found) const {
    const bool behind = found.where == Where::kPage && reading_.html_end != kNoSource &&
                        found.source != kNoSource && found.source >= reading_.html_end;
    return behind || found.link.hiding != Hiding::kNone || found.where != Where::kPage;
  }

  void AddAnchor(const FoundLink& found, PageSketch& sketch) {
    const HostFacts& host = reading_.hosts[found.host];
    if (!host.foreign) {
      EndBlock(sketch);
      if (!IsHidden(found) && found.link.kind != LinkKind::kScript) {
        const uint32_t folder = TopFolderHash(host.host, found.link.url.path());
        // Neighbours in a menu or list mostly lead to the same place.
        if (sketch.folders.empty() || sketch.folders.back() != folder)
          sketch.folders.push_back(folder);
      }
      return;
    }
    if (host.institution) return;
    const bool hidden = IsHidden(found);
    if (block_.links > 0 && (hidden != block_.hidden || found.block != hidden_block_))
      EndBlock(sketch);
    block_.hidden = hidden;
    hidden_block_ = found.block;
    ++block_.links;
    const uint32_t domain = DomainHash(found.host);
    sketch.domains.push_back(domain);
    if (block_domains_.empty() || block_domains_.back() != domain) {
      block_domains_.push_back(domain);
      block_.cheap += host.cheap;
    }
  }

  // A single stranger in sight is a vendor's name or a source.
  void EndBlock(PageSketch& sketch) {
    if (block_.links > 0) {
      SortUnique(block_domains_);
      block_.domains = static_cast<uint32_t>(block_domains_.size());
      block_.cheap = std::min(block_.cheap, block_.domains);
      if (block_.hidden || block_.domains >= 2) {
        block_.hash = Hash64({reinterpret_cast<const char*>(block_domains_.data()),
                              block_domains_.size() * sizeof(uint32_t)});
        sketch.blocks.push_back(block_);
      }
    }
    block_ = {};
    block_domains_.clear();
  }

  const PageReading& reading_;
  const Document& document_;
  std::vector<uint32_t> domain_hashes_;  // by host, 0 = not asked yet
  LinkBlock block_;
  int32_t hidden_block_ = -1;
  std::vector<uint32_t> block_domains_;
};

// A new title over the same text. What shares a word with the old title is an
// edit, and a site that changes its name changes it everywhere.
void CompareTitle(const PageSketch& good, Page& page) {
  const PageSketch& now = page.document.sketch;
  if (good.empty() || now.empty() || good.text == 0 || now.text == 0) return;
  if (good.title.empty() || now.title.empty() || TitlesRelated(good.title, now.title)) return;
  if (HammingDistance(good.text, now.text) > limits::kSimilarBitsMax) return;
  page.document.signals.push_back(
      {SignalKind::kTitleReplaced,
       fmt::format("正文与上一正常版本相同，标题由“{}”变为“{}”", good.title, now.title),
       {},
       0});
}

}  // namespace

PageSketch Sketch(const PageReading& reading, const Document& document) {
  return Sketcher(reading, document).Make();
}

void AddComparisons(Page& page) {
  if (!page.document.markup) return;
  const UrlState& known = page.permit.known();
  CompareTitle(known.good, page);
  for (const std::string& said : known.site_signals) {
    const size_t colon = said.find(": ");
    if (colon == std::string::npos) continue;
    if (IsTargetLine(said)) continue;  // NameTargets knows whether the page still links there
    if (const auto kind = SignalByName(std::string_view(said).substr(0, colon)))
      page.document.signals.push_back({*kind, said.substr(colon + 2), {}, 0});
  }
}

}  // namespace xuncha
