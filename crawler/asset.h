// Assets: the style sheets and scripts of a site, read once and joined to every
// page that loads them.
//
// Of a sheet its rules are kept; of a script only what it would do to a page: the
// markup and titles it writes, where it moves visitors, what it loads in turn, and
// whom it looks at before. A library does nothing of the kind and leaves nothing.
//
// Immutable once read, and shared by threads.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "crawler/script.h"
#include "crawler/style.h"

namespace xuncha {

// What a script would do to a page that loads it.
struct ScriptYield {
  ScriptFacts facts;
  std::vector<std::string> written;  // markup, in order
  std::vector<std::string> titles;
  std::vector<std::string> moves;
  std::vector<std::string> sources;
  // Names in its strings, by HashStyleName(name, 'n'), ascending: a hidden block that
  // the script knows by name is there to be opened.
  std::vector<uint32_t> names;
  bool acts() const;  // anything besides names
};

struct Asset {
  LinkKind kind = LinkKind::kStyle;  // or kScriptSource
  StyleSheet sheet;
  std::vector<std::string> imports;  // as the sheet writes them
  ScriptYield script;
  Digest body;
  Digest effect;  // of what it does to pages: two versions with the same one do the same
  std::vector<LimitHit> limits;
  size_t bytes() const;  // of memory, about
};

// Reads what a page loads as `kind`, whatever the server calls it.
Asset ReadAsset(LinkKind kind, std::string_view body, std::string_view content_type);

// What a page loads, as its tags say.
struct Load {
  Url url;
  LinkKind kind = LinkKind::kStyle;
};
struct RawScan;
// Whether a <script> with these attributes is run.
bool IsProgram(const Element& element);
// Style sheets for the screen and scripts, in the order of the page, each once.
std::vector<Load> FindLoads(const Page& page);
std::vector<Load> FindLoads(const Page& page, const RawScan& scan, std::string_view markup);

// The assets of one page.
struct PageAssets {
  struct Entry {
    std::string url;
    LinkKind kind = LinkKind::kStyle;
    std::shared_ptr<const Asset> asset;  // shared by pages; nullptr: there is none
    std::vector<std::string> imports;    // URLs of entries, one level
  };
  std::vector<Entry> entries;
  size_t left_out = 0;  // imports over the cap, not looked at

  const Entry* Find(std::string_view url, LinkKind kind) const;
};
// Finds the asset of a load, or nullptr.
using AssetSource = std::function<std::shared_ptr<const Asset>(const Load&)>;
// What the page loads, and one level of what its sheets import, up to a cap.
std::shared_ptr<const PageAssets> Assemble(const std::vector<Load>& loads,
                                           const AssetSource& source);
// What the first `count` imports of a sheet at `url` lead to.
std::vector<Url> ImportsOf(const Asset& sheet, const Url& url, size_t count);

}  // namespace xuncha
