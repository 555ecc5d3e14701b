// Snapshots are the bodies of observations, kept small: each one once, whole with
// its site's dictionary when it is first seen, and after that as the difference to
// the URL's version before (codec.h). This file knows what a packed body hangs on.
//
// A chain is at most limits::kSnapshotDepthMax differences long. Whatever stands in
// the way of a difference - a body before that cannot be read, a chain that is
// long enough, another page altogether - makes a whole body, never a failure.
//
// Reading and packing: any thread, all at once. What is marked so: the main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "store/codec.h"
#include "store/db.h"

namespace xuncha {

class Snapshots {
 public:
  explicit Snapshots(Database& database) : database_(database) {}
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  // ---- any thread ----

  // The bytes, held against the digest. kNotFound; kDamaged if anything they hang on
  // is missing or damaged.
  Result<std::string> Get(const Digest& digest) const;

  struct ToPack {
    Digest digest;  // of `raw`
    std::string_view raw;
    Digest before;                           // the URL's version before; empty: none
    const Dictionary* dictionary = nullptr;  // of its site, if it has one
    // Of a text: the page it was read from, if that is kept beside it. The next best to a
    // difference to the version before.
    const DeltaBase* page = nullptr;
  };
  struct Packed {
    std::string record;  // as Page::packed_body holds it; empty if the store has the body
    uint32_t depth = 0;
  };
  Packed Pack(const ToPack& body) const;

  // kDamaged if it is not there.
  Result<std::shared_ptr<const Dictionary>> ReadDictionary(const Digest& digest) const;

  // What bodies are kept as. Keys are hashes, so the first are as good as a draw.
  struct Composition {
    struct Part {
      uint64_t bodies = 0;
      uint64_t bytes = 0;  // packed
    };
    Part alone, with_dictionary, differences;
    uint64_t raw_bytes = 0;  // of all three
    bool drawn = false;      // there are more
    uint64_t bodies() const { return alone.bodies + with_dictionary.bodies + differences.bodies; }
  };
  Result<Composition> Compose(uint64_t bodies_max) const;

  // Adds to the batch the same body as a whole one, packed with the dictionary its chain
  // began with; nothing if it is whole already. Before a body is removed, whatever is a
  // difference to it is rewritten so. Differences that hang on it stand. kNotFound;
  // kDamaged.
  Status RewriteWhole(Batch& batch, const Digest& digest) const;

  // ---- main thread ----

  // What to pack the site's bodies with; null if it has none. Read once between two
  // calls of Leave. What cannot be read counts as none: `store verify` tells of it.
  std::shared_ptr<const Dictionary> DictionaryOf(std::string_view site);
  // Nobody works on the site any more.
  void Leave(std::string_view site);

 private:
  struct Chain {
    std::vector<PackedBlob> links;  // the body asked for first, the whole one last
  };
  Result<Chain> Follow(const Digest& digest) const;
  std::optional<PackedBlob> Difference(const ToPack& body) const;
  Result<std::string> Restore(const Digest& digest, const Chain& chain,
                              const Dictionary* at_hand) const;

  Database& database_;
  std::map<std::string, std::shared_ptr<const Dictionary>, std::less<>> of_sites_;
  mutable std::mutex mutex_;
  // Last used first; guarded by mutex_. A worker finds its site's on its page, and
  // comes here only for bodies packed with an older one.
  mutable std::vector<std::shared_ptr<const Dictionary>> cached_;
};

// What a commit keeps. `packed` may be empty.
struct BodyToKeep {
  Digest digest;
  std::string_view raw;
  std::string_view packed;
  const Dictionary* dictionary = nullptr;
};
// Adds the body to the batch unless it is there, and hands over what was added. What a
// worker packed is held against the store once more: the body before, or the dictionary,
// may be gone by now, and then this one is kept whole, or without it.
Result<std::optional<PackedBlob>> KeepBody(Batch& batch, const BodyToKeep& body);

// Whether what was packed ahead can be read when the batch is on the disk: what it hangs on
// may be gone by now.
Result<bool> Stands(const Batch& batch, const PackedBlob& blob);

// The whole ones among the bodies of a commit that were packed with this dictionary,
// or with none if it is empty.
struct WholeBodies {
  Digest dictionary;
  uint64_t bodies = 0;
  uint64_t raw_bytes = 0;
  uint64_t packed_bytes = 0;
  void Count(const PackedBlob& blob);
};

}  // namespace xuncha
