// SPDX-License-Identifier: Apache-2.0
#include "store/blobs.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "store/codec.h"

namespace xuncha {

Result<Digest> EmbeddedBlobs::Put(std::string_view bytes) {
  if (bytes.size() > limits::kBlobBytesMax) {
    return Error{Code::kLimit,
                 fmt::format("store: a body of {} bytes is more than the {} a store keeps",
                             bytes.size(), limits::kBlobBytesMax)};
  }
  const Digest digest = Sha256(bytes);
  const Result<bool> there = Exists(digest);
  if (!there) return there.error();
  if (*there) return digest;
  Batch batch(database_);
  batch.Put(Family::kBlobs, digest.view(), PackBody(bytes));
  if (Status put = batch.Commit(); !put) return put.error();
  return digest;
}

Result<std::string> EmbeddedBlobs::Get(const Digest& digest) const {
  return snapshots_.Get(digest);
}

Result<bool> EmbeddedBlobs::Exists(const Digest& digest) const {
  return database_.Has(Family::kBlobs, digest.view());
}

}  // namespace xuncha
