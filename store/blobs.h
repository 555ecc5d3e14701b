// The embedded form of BlobStore: bodies by the SHA-256 of their raw bytes, in
// the family `blobs`.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/db.h"
#include "store/snapshots.h"
#include "store/store.h"

namespace xuncha {

class EmbeddedBlobs final : public BlobStore {
 public:
  EmbeddedBlobs(Database& database, const Snapshots& snapshots)
      : database_(database), snapshots_(snapshots) {}
  Result<Digest> Put(std::string_view bytes) override;
  Result<std::string> Get(const Digest& digest) const override;
  Result<bool> Exists(const Digest& digest) const override;

 private:
  Database& database_;
  const Snapshots& snapshots_;
};

}  // namespace xuncha
