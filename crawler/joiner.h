// Joiner joins a page with the style sheets and scripts of its site that it loads,
// before it is examined: they decide what of it is seen, and what is written into it.
//
// What a page loads is fetched like any other URL of the site, once per run, only
// sooner; what is of another site is not fetched. A page waits here until what it
// loads is on disk, and pages of one template load the same, so only the first ones
// do. What does not come is recorded on the page as a limit.
//
// A page that has not changed is judged again if what it loads has. The store keeps
// with each page the digest of its asset list (FORMAT.md), so that this is known
// without a body, and costs nothing if no asset has a new body. An asset with a new
// body that does to pages what the old one did (a counter, a date) changes nothing.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crawler/asset.h"
#include "crawler/frontier.h"
#include "store/store.h"

namespace xuncha {

class Joiner {
 public:
  // Borrows both. `rules`: pages judged under others are read in any case.
  Joiner(Store& store, Frontier& frontier, const Digest& rules);

  // Takes a page that arrived.
  void Take(Page page);
  // Pages that now have all they load, or will not get it.
  std::vector<Page> Ready();
  // Pages that wait.
  size_t size() const { return joining_.size(); }

 private:
  // How a URL stands tonight.
  struct Known {
    enum class State : uint8_t { kHere, kAbsent, kForeign, kLost } state = State::kLost;
    Digest body;
  };
  // A page, and what it loads.
  struct Joining {
    Page page;
    std::vector<Load> loads;
    std::vector<bool> asked;  // of loads
    bool imports = false;     // those of its sheets are among the loads
    bool known_list = false;  // the loads are those of its list, for it was not sent again
  };
  // One line of an asset list.
  struct Listed {
    Load load;
    Digest body, effect;  // empty: it was judged without
  };
  struct List {
    std::vector<Listed> entries;
    std::optional<bool> changed;  // once it is known tonight
  };
  enum class Patience : uint8_t { kWaits, kHasNone };

  // Asks for what the page loads. True if all is known.
  bool Gather(Joining& joining, Patience patience);
  bool GatherOnce(Joining& joining, Patience patience);
  const Known* Ask(const Joining& joining, size_t load, Patience patience);
  // True if the page goes on; false if it was asked for again.
  bool Finish(Joining& joining);
  void Assemble(Joining& joining);
  const Known& Of(const Site& site, std::string_view url) const;
  std::shared_ptr<const Asset> Read(const Site& site, const Load& load);
  Digest EffectOf(const Site& site, const Load& load);
  List* ListOf(const Digest& digest);
  bool Changed(const Site& site, const List& list);

  Store& store_;
  Frontier& frontier_;
  const Digest rules_;
  std::deque<Joining> joining_;
  std::vector<Page> ready_;
  std::map<const Site*, size_t> waiting_;  // of joining_
  // By the site that asks, for what is foreign to one may be another's own, and the URL.
  std::map<std::pair<const Site*, std::string>, Known> known_;
  std::map<Digest, List> lists_;
  using Key = std::pair<LinkKind, Digest>;
  std::map<Key, std::shared_ptr<const Asset>> cache_;
  std::deque<Key> oldest_;  // of cache_
  size_t cache_bytes_ = 0;
};

}  // namespace xuncha
