// SPDX-License-Identifier: Apache-2.0
#include "store/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

Error Unreadable(const Digest& digest, Code code, std::string text) {
  return UnreadableRecord(Family::kBlobs, digest.view(), {code, std::move(text)});
}

// Why a link of a chain cannot be one; empty if it can. `behind` is the difference
// that names it.
std::string_view WrongLink(const PackedBlob& link, const PackedBlob* behind) {
  const bool whole = IsWhole(link);
  if (!whole && (link.depth == 0 || link.depth > limits::kSnapshotDepthMax))
    return "a chain of that depth is not written";
  if (!whole && link.base.empty()) return "a difference that names no body";
  if (behind == nullptr) return "";
  if (!whole && link.depth >= behind->depth) return "a chain that does not come to an end";
  if (link.raw_bytes > limits::kDeltaBytesMax) return "a difference to a body that is too large";
  return "";
}

}  // namespace

// ---- reading --------------------------------------------------------------------

Result<Snapshots::Chain> Snapshots::Follow(const Digest& digest) const {
  Chain chain;
  size_t packed = 0;
  for (Digest at = digest;; at = chain.links.back().base) {
    const bool first = chain.links.empty();
    Result<std::optional<PackedBlob>> link =
        GetRecord<PackedBlob>(database_, Family::kBlobs, at.view());
    if (!link && (first || link.error().code == Code::kSystem)) return link.error();
    if (!link) {
      return Unreadable(digest, link.error().code,
                        fmt::format("kept as a difference, and body {}, which it begins from, "
                                    "cannot be read",
                                    at.hex()));
    }
    if (!*link && first) {
      return Error{
          Code::kNotFound,
          fmt::format("store: no body {}; it was never kept, or was purged", digest.hex())};
    }
    if (!*link) {
      return Unreadable(digest, Code::kDamaged,
                        fmt::format("kept as a difference, and body {}, which it begins from, is "
                                    "not there",
                                    at.hex()));
    }
    const std::string_view wrong = WrongLink(**link, first ? nullptr : &chain.links.back());
    packed += (*link)->data.size();
    if (!wrong.empty() || (!first && packed > limits::kChainBytesMax)) {
      return Unreadable(digest, Code::kDamaged,
                        wrong.empty() ? "a chain that is too large" : std::string(wrong));
    }
    chain.links.push_back(std::move(**link));
    if (IsWhole(chain.links.back())) return chain;
  }
}

Result<std::string> Snapshots::Restore(const Digest& digest, const Chain& chain,
                                       const Dictionary* at_hand) const {
  std::string raw;
  for (auto link = chain.links.rbegin(); link != chain.links.rend(); ++link) {
    std::shared_ptr<const Dictionary> read;
    const Dictionary* dictionary = at_hand;
    if (TakesDictionary(*link) && (at_hand == nullptr || at_hand->digest() != link->dictionary)) {
      Result<std::shared_ptr<const Dictionary>> found = ReadDictionary(link->dictionary);
      if (!found) return Unreadable(digest, found.error().code, found.error().text);
      read = std::move(*found);
      dictionary = read.get();
    }
    Result<std::string> next = UnpackBody(*link, {.dictionary = dictionary, .base = raw});
    if (!next) return Unreadable(digest, next.error().code, next.error().text);
    raw = std::move(*next);
  }
  return raw;
}

Result<std::string> Snapshots::Get(const Digest& digest) const {
  const Result<Chain> chain = Follow(digest);
  if (!chain) return chain.error();
  Result<std::string> raw = Restore(digest, *chain, nullptr);
  if (raw && Sha256(*raw) != digest)
    return Unreadable(digest, Code::kDamaged, "the body does not have this digest");
  return raw;
}

Result<std::shared_ptr<const Dictionary>> Snapshots::ReadDictionary(const Digest& digest) const {
  const auto known = [&digest](const auto& one) { return one->digest() == digest; };
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(cached_.begin(), cached_.end(), known);
    if (found != cached_.end()) {
      std::rotate(cached_.begin(), found, found + 1);
      return cached_.front();
    }
  }
  const auto record =
      GetRecord<PackedBlob>(database_, Family::kDictionaries, DictionaryKey(digest.view()));
  if (!record) return record.error();
  if (!*record) {
    return Error{Code::kDamaged,
                 fmt::format("packed with dictionary {}, which is not there", digest.hex())};
  }
  const Result<std::string> bytes = UnpackBody(**record, {});
  if (!bytes) return bytes.error();
  auto dictionary = std::make_shared<const Dictionary>(*bytes);
  if (dictionary->digest() != digest) {
    return Error{Code::kDamaged, fmt::format("packed with dictionary {}, whose bytes do not have "
                                             "this digest",
                                             digest.hex())};
  }
  const std::lock_guard lock(mutex_);
  if (std::none_of(cached_.begin(), cached_.end(), known)) {
    cached_.insert(cached_.begin(), dictionary);
    if (cached_.size() > limits::kDictionariesCachedMax) cached_.pop_back();
  }
  return dictionary;
}

// ---- packing --------------------------------------------------------------------

Snapshots::Packed Snapshots::Pack(const ToPack& body) const {
  const Result<bool> there = database_.Has(Family::kBlobs, body.digest.view());
  if (there && *there) return {};
  std::optional<PackedBlob> packed = Difference(body);
  if (body.page != nullptr && (!packed || IsWhole(*packed)))
    packed = PackText(body.raw, *body.page, body.dictionary);
  if (!packed) packed = PackWhole(body.raw, body.dictionary);
  return {.record = EncodeRecord(*packed), .depth = packed->depth};
}

// To the version before; nothing if that cannot be read, or its chain is long enough.
std::optional<PackedBlob> Snapshots::Difference(const ToPack& body) const {
  if (body.before.empty()) return std::nullopt;
  const Result<Chain> chain = Follow(body.before);
  if (!chain) return std::nullopt;
  // The greatest depth there may be: a link that was made whole later has less.
  const uint32_t depth = chain->links.front().depth;
  if (depth >= limits::kSnapshotDepthMax) return std::nullopt;
  // Its digest is not asked for here: a body that is restored wrongly is so each time,
  // and the difference to it is right all the same.
  const Result<std::string> before = Restore(body.before, *chain, body.dictionary);
  if (!before) return std::nullopt;
  return PackDelta(body.raw, {.digest = body.before, .raw = *before, .depth = depth},
                   body.dictionary);
}

Result<bool> Stands(const Batch& batch, const PackedBlob& blob) {
  if (TakesDictionary(blob)) {
    const Result<bool> there =
        batch.Has(Family::kDictionaries, DictionaryKey(blob.dictionary.view()));
    if (!there || !*there) return there;
  }
  if (IsWhole(blob)) return true;
  const auto base = GetRecord<PackedBlob>(batch, Family::kBlobs, blob.base.view());
  if (!base) return base.error();
  return base->has_value() && (IsWhole(**base) || (*base)->depth < blob.depth);
}

Result<std::optional<PackedBlob>> KeepBody(Batch& batch, const BodyToKeep& body) {
  const Result<bool> there = batch.Has(Family::kBlobs, body.digest.view());
  if (!there) return there.error();
  if (*there) return std::optional<PackedBlob>();
  if (!body.packed.empty()) {
    Result<PackedBlob> packed = DecodeRecord<PackedBlob>(body.packed);
    if (!packed) return packed.error();
    const Result<bool> stands = Stands(batch, *packed);
    if (!stands) return stands.error();
    if (*stands) {
      batch.Put(Family::kBlobs, body.digest.view(), std::string(body.packed));
      return std::optional<PackedBlob>(std::move(*packed));
    }
  }
  PackedBlob whole = PackWhole(body.raw, body.dictionary);
  const Result<bool> stands = Stands(batch, whole);
  if (!stands) return stands.error();
  if (!*stands) whole = PackWhole(body.raw, nullptr);
  PutRecord(batch, Family::kBlobs, body.digest.view(), whole);
  return std::optional<PackedBlob>(std::move(whole));
}

void WholeBodies::Count(const PackedBlob& blob) {
  const bool with_it =
      dictionary.empty() ? blob.codec == kCodecZstd : blob.codec == kCodecDictionary;
  if (!with_it || blob.dictionary != dictionary) return;
  ++bodies;
  raw_bytes += blob.raw_bytes;
  packed_bytes += blob.data.size();
}

Result<Snapshots::Composition> Snapshots::Compose(uint64_t bodies_max) const {
  Composition all;
  const Status scanned = database_.Scan(
      Family::kBlobs, "", [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const auto blob = DecodeStored<PackedBlob>(Family::kBlobs, key, payload);
        if (!blob) return blob.error();
        all.drawn = all.bodies() == bodies_max;
        if (all.drawn) return false;
        Composition::Part& part = !IsWhole(*blob)                   ? all.differences
                                  : blob->codec == kCodecDictionary ? all.with_dictionary
                                                                    : all.alone;
        ++part.bodies;
        part.bytes += payload.size();
        all.raw_bytes += blob->raw_bytes;
        return true;
      });
  if (!scanned) return scanned.error();
  return all;
}

// ---- removing -------------------------------------------------------------------

Status Snapshots::RewriteWhole(Batch& batch, const Digest& digest) const {
  const Result<Chain> chain = Follow(digest);
  if (!chain) return chain.error();
  if (IsWhole(chain->links.front())) return Ok();
  const Result<std::string> raw = Get(digest);
  if (!raw) return raw.error();
  const PackedBlob& whole = chain->links.back();
  std::shared_ptr<const Dictionary> dictionary;
  if (whole.codec == kCodecDictionary) {
    Result<std::shared_ptr<const Dictionary>> read = ReadDictionary(whole.dictionary);
    if (!read) return read.error();
    dictionary = std::move(*read);
  }
  PutRecord(batch, Family::kBlobs, digest.view(), PackWhole(*raw, dictionary.get()));
  return Ok();
}

// ---- dictionaries of sites --------------------------------------------------------

std::shared_ptr<const Dictionary> Snapshots::DictionaryOf(std::string_view site) {
  const auto known = of_sites_.find(site);
  if (known != of_sites_.end()) return known->second;
  std::shared_ptr<const Dictionary> dictionary;
  const auto record =
      GetRecord<SiteDictionary>(database_, Family::kDictionaries, SiteDictionaryKey(site));
  if (record && *record && !(*record)->dictionary.empty()) {
    Result<std::shared_ptr<const Dictionary>> read = ReadDictionary((*record)->dictionary);
    if (read) dictionary = std::move(*read);
  }
  return of_sites_.emplace(site, std::move(dictionary)).first->second;
}

void Snapshots::Leave(std::string_view site) {
  const auto known = of_sites_.find(site);
  if (known != of_sites_.end()) of_sites_.erase(known);
}

}  // namespace xuncha
