// SPDX-License-Identifier: Apache-2.0
#include "crawler/site_facts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr uint32_t kNoTemplate = UINT32_MAX;
constexpr double kSameTemplate = 0.5;    // pages of one template differ in classes of their content
constexpr double kKeptTemplate = 0.7;    // the same page a night later: a redesign leaves less
constexpr double kOtherTemplate = 0.25;  // a sub-site in the house style shares sheets and menu
constexpr size_t kShapeFeaturesMin = 4;  // fewer classes and sheets are no template to compare
constexpr size_t kTemplateFoldersMax = 8;
constexpr uint32_t kMirrorPagesMin = 5;   // of one random folder; a stray download page is alone
constexpr uint32_t kMassPagesMin = 20;    // overnight; editors publish a handful
constexpr uint32_t kOldPagesMin = 5;      // of a site that is known well enough to call things new
constexpr uint32_t kBlockPagesMin = 5;    // an editor pastes a block into one or two pages
constexpr uint32_t kStrangersMin = 3;     // one or two are a source, a vendor, a partner
constexpr uint32_t kWritingPagesMin = 3;  // so many pages make it a language of the site

bool Has(const std::vector<uint32_t>& sorted, uint32_t value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

bool Has(const PageSketch& sketch, const LinkBlock& block) {
  return std::any_of(sketch.blocks.begin(), sketch.blocks.end(),
                     [&block](const LinkBlock& other) { return other.hash == block.hash; });
}

uint32_t FolderOf(const Url& url) { return TopFolderHash(url.host(), url.path()); }

std::string_view LastSegment(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool HasRandomName(const Url& url) {
  const std::string_view folder = TopFolderOf(url.path());
  return (folder.size() > 2 && IsRandomName(folder.substr(1, folder.size() - 2))) ||
         IsRandomName(LastSegment(url.path()));
}

// The page is made as its last good version was, so what is new in it was put in.
bool KeptTemplate(const SitePage& page) {
  return !page.good.empty() && SharedShape(page.now, page.good) >= kKeptTemplate;
}

// Of writings only those that no Chinese college takes for granted.
bool IsForeign(Writing writing) {
  return writing != Writing::kNone && writing != Writing::kHan && writing != Writing::kLatin;
}

}  // namespace

uint32_t SiteFacts::TemplateOf(const PageSketch& sketch) const {
  uint32_t best = kNoTemplate;
  double most = kSameTemplate;
  for (uint32_t i = 0; i < templates_.size(); ++i) {
    const bool bare = sketch.shape.size() < kShapeFeaturesMin &&
                      templates_[i].leader.shape.size() < kShapeFeaturesMin;
    const double shared = bare ? 1 : SharedShape(sketch, templates_[i].leader);
    if (shared < most || (shared == most && best != kNoTemplate)) continue;
    most = shared;
    best = i;
  }
  return best;
}

void SiteFacts::Add(const SitePage& page) {
  const PageSketch& now = page.now;
  ++pages_;
  const bool home = page.url == home_;
  const uint32_t folder_hash = FolderOf(page.url);
  if (!page.good.empty()) {
    ++old_pages_;
    ++old_writings_[static_cast<size_t>(page.good.title_writing)];
  }

  uint32_t index = TemplateOf(now);
  if (index == kNoTemplate && templates_.size() < limits::kSiteTemplatesMax) {
    index = static_cast<uint32_t>(templates_.size());
    templates_.emplace_back().leader.shape = now.shape;
  }
  truncated_ |= index == kNoTemplate;
  if (index != kNoTemplate) {
    Template& one = templates_[index];
    ++one.pages;
    one.old_pages += !page.good.empty();
    one.has_home |= home;
    ++one.writings[static_cast<size_t>(now.title_writing)];
    const bool listed =
        std::find(one.folders.begin(), one.folders.end(), folder_hash) != one.folders.end();
    if (!listed && one.folders.size() < kTemplateFoldersMax) one.folders.push_back(folder_hash);
  }

  const auto folder_at = [this](uint32_t hash) -> Folder* {
    if (const auto found = folders_.find(hash); found != folders_.end()) return &found->second;
    if (folders_.size() >= limits::kSiteFoldersMax) {
      truncated_ = true;
      return nullptr;
    }
    return &folders_[hash];
  };
  if (Folder* folder = folder_at(folder_hash)) {
    ++folder->pages;
    folder->fresh += page.fresh && page.good.empty();
    folder->random += HasRandomName(page.url);
    if (folder->path.empty()) folder->path = TopFolderOf(page.url.path());
  }
  for (const uint32_t hash : now.folders) {
    if (hash == folder_hash) continue;
    if (Folder* folder = folder_at(hash)) {
      ++folder->linked;
      folder->linked_by_home |= home;
    }
  }

  const auto count_domain = [&](uint32_t hash, auto count) {
    auto found = domains_.find(hash);
    if (found == domains_.end()) {
      if (domains_.size() >= limits::kSiteDomainsMax) {
        truncated_ = true;
        return;
      }
      found = domains_.emplace(hash, Domain{.folder = folder_hash}).first;
    }
    count(found->second);
  };
  for (const uint32_t hash : now.domains) {
    count_domain(hash, [folder_hash](Domain& domain) {
      ++domain.pages;
      domain.elsewhere |= domain.folder != folder_hash;
    });
  }
  for (const uint32_t hash : page.good.domains)
    count_domain(hash, [](Domain& domain) { domain.known = true; });

  const auto block_at = [this](uint64_t hash) -> Block* {
    if (const auto found = blocks_.find(hash); found != blocks_.end()) return &found->second;
    if (blocks_.size() >= limits::kSiteBlocksMax) {
      truncated_ = true;
      return nullptr;
    }
    return &blocks_[hash];
  };
  const bool kept = KeptTemplate(page);
  for (const LinkBlock& one : now.blocks) {
    Block* block = block_at(one.hash);
    if (block == nullptr) continue;
    if (block->pages == 0) block->of_template = index;
    ++block->pages;
    block->several |= block->of_template != index;
    block->fresh += kept && !Has(page.good, one);
  }
  for (const LinkBlock& one : page.good.blocks) {
    if (Block* block = block_at(one.hash)) block->known = true;
  }
}

bool SiteFacts::IsOrphan(const Folder& folder) const {
  return folder.path.size() > 1 && folder.linked <= 1 && !folder.linked_by_home &&
         (home_.empty() || folder.path != TopFolderOf(home_.path()));
}

bool SiteFacts::IsMain(const Template& one) const {
  return one.has_home || std::any_of(one.folders.begin(), one.folders.end(), [this](uint32_t hash) {
           const auto found = folders_.find(hash);
           return found != folders_.end() && !IsOrphan(found->second);
         });
}

bool SiteFacts::IsBreak(uint32_t index) const {
  if (index == kNoTemplate || IsMain(templates_[index])) return false;
  bool any_main = false;
  for (const Template& other : templates_) {
    if (!IsMain(other)) continue;
    any_main = true;
    if (SharedShape(other.leader, templates_[index].leader) >= kOtherTemplate) return false;
  }
  return any_main;
}

std::vector<Signal> SiteFacts::Of(const SitePage& page) const {
  std::vector<Signal> signals;
  const auto add = [&signals](SignalKind kind, std::string detail, uint32_t count) {
    signals.push_back({kind, std::move(detail), {}, count});
  };
  const uint32_t index = TemplateOf(page.now);
  const auto folder_found = folders_.find(FolderOf(page.url));
  if (index == kNoTemplate || folder_found == folders_.end()) return signals;
  const Template& own = templates_[index];
  const Folder& folder = folder_found->second;
  const bool orphan = IsOrphan(folder);
  const bool other_template = IsBreak(index);
  const bool random = HasRandomName(page.url);

  if (orphan && other_template && random && folder.pages >= kMirrorPagesMin &&
      folder.random * 2 >= folder.pages) {
    add(SignalKind::kOrphanMirror,
        fmt::format("目录 {} 有 {} 个页面，本站其他页面仅 {} 个链接到它", folder.path, folder.pages,
                    folder.linked),
        folder.pages);
  }
  const Writing writing = page.now.title_writing;
  if (IsForeign(writing) && (orphan || other_template || random)) {
    uint32_t used = old_writings_[static_cast<size_t>(writing)];
    for (uint32_t i = 0; i < templates_.size(); ++i) {
      if (i != index && IsMain(templates_[i]))
        used += templates_[i].writings[static_cast<size_t>(writing)];
    }
    if (used < kWritingPagesMin) {
      add(SignalKind::kForeignLanguage,
          fmt::format("标题为{}，本站其他页面不用", WritingText(writing)), 0);
    }
  }
  const auto strangers = [&](auto counts) {
    return static_cast<uint32_t>(
        std::count_if(page.now.domains.begin(), page.now.domains.end(), [&](uint32_t hash) {
          const auto found = domains_.find(hash);
          return found != domains_.end() && counts(hash, found->second);
        }));
  };
  if (other_template) {
    const uint32_t lone =
        strangers([](uint32_t, const Domain& domain) { return !domain.elsewhere; });
    if (lone >= kStrangersMin) {
      add(SignalKind::kLoneDomains,
          fmt::format("有 {} 个外部域名，本站其他目录的页面都不链接", lone), lone);
    }
  }
  for (const LinkBlock& one : page.now.blocks) {
    const auto found = blocks_.find(one.hash);
    if (found == blocks_.end()) continue;
    const Block& block = found->second;
    // In sight of everybody on most pages it is an edit of the template.
    const bool few = block.pages * 2 < (block.several ? pages_ : own.pages);
    const bool put_in =
        !block.known && block.fresh >= kBlockPagesMin && (one.hidden || (few && one.domains >= 2));
    const bool cheap = one.hidden && few && block.pages >= kBlockPagesMin && one.domains >= 2 &&
                       one.cheap * 2 >= one.domains;
    if (!put_in && !cheap) continue;
    add(SignalKind::kRepeatedBlock,
        fmt::format("{}{} 条链接、{} 个外部域名的区块，在 {} 个页面上相同",
                    put_in ? "新出现的" : "", one.links, one.domains, block.pages),
        block.pages);
    break;
  }
  if (old_pages_ >= kOldPagesMin) {
    if (page.fresh && page.good.empty() && folder.fresh == folder.pages &&
        folder.pages >= kMassPagesMin && folder.path.size() > 1 && own.old_pages == 0) {
      add(SignalKind::kMassNewPages,
          fmt::format("目录 {} 一夜之间出现 {} 个页面", folder.path, folder.pages), folder.pages);
    }
    if (KeptTemplate(page)) {
      const uint32_t fresh = strangers([&](uint32_t hash, const Domain& domain) {
        const bool edit_of_template = domain.pages * 2 >= pages_;
        return !edit_of_template && !domain.known && !Has(page.good.domains, hash);
      });
      if (fresh >= kStrangersMin) {
        add(SignalKind::kNewDomains,
            fmt::format("比上一正常版本多出 {} 个本站从未链接过的外部域名", fresh), fresh);
      }
    }
  }
  if (other_template && !signals.empty()) {
    add(SignalKind::kTemplateBreak,
        fmt::format("与首页及栏目页的模板几乎没有共同之处（同模板 {} 页）", own.pages), own.pages);
  }
  return signals;
}

}  // namespace xuncha
