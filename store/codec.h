// How a body is kept: packed by a codec whose number stands beside the bytes.
//
//   0  as it is
//   1  zstd
//   2  zstd with a dictionary of its site: pages of one template share most of it
//   3  zstd of the difference to another body, usually the URL's version before:
//      zstd reads on from that body as if it had just written it
//   4  the same of a page's text to the body it was read from: behind a text of its
//      site, the end of the dictionary, since bodies hold the words and not the rest
//
// The first three are whole: reading them takes nothing but the dictionary. Of the
// others the record names the body before, and its depth is greater than that
// body's, so that no damage can make a chain run in a circle.
//
// Pure; any thread. Workers pack ahead so that the commit only copies.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "store/records.h"

namespace xuncha {

inline constexpr uint32_t kCodecRaw = 0;
inline constexpr uint32_t kCodecZstd = 1;
inline constexpr uint32_t kCodecDictionary = 2;
inline constexpr uint32_t kCodecDelta = 3;
inline constexpr uint32_t kCodecText = 4;

// A site's dictionary, digested once for packing and unpacking: 0.7 MB, and 1 ms
// to make. Never changes; any thread may use it while others do.
class Dictionary {
 public:
  explicit Dictionary(std::string_view bytes);
  ~Dictionary();
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  const Digest& digest() const { return digest_; }  // of its bytes; what blobs name it by
  // Its end, at most limits::kDictionaryTextBytes: in one that was learnt, a text of the site.
  std::string_view text() const { return text_; }
  struct Digested;
  const Digested& digested() const { return *digested_; }

 private:
  Digest digest_;
  std::string text_;
  std::unique_ptr<Digested> digested_;
};

inline bool IsWhole(const PackedBlob& blob) {
  return blob.codec != kCodecDelta && blob.codec != kCodecText;
}
inline bool TakesDictionary(const PackedBlob& blob) {
  return blob.codec == kCodecDictionary || blob.codec == kCodecText;
}

// At most limits::kDictionaryBytes that the samples have in common, and `text`, one page's,
// at their end; empty if zstd finds that they have nothing, or too little is there. The same
// samples give the same bytes.
std::string TrainDictionary(const std::vector<std::string_view>& samples,
                            std::string_view text = "");

// What a difference is to.
struct DeltaBase {
  Digest digest;
  std::string_view raw;
  uint32_t depth = 0;
};

// Whole. Never fails: bytes that do not shrink are kept as they are.
// REQUIRES: raw.size() <= limits::kBlobBytesMax
PackedBlob PackWhole(std::string_view raw, const Dictionary* dictionary);  // nullptr: none
// A dictionary itself: slowly.
PackedBlob PackDictionary(std::string_view bytes);
// As a difference, or whole if that is smaller, if the chain would become longer
// than limits::kSnapshotDepthMax, or a body is larger than limits::kDeltaBytesMax.
PackedBlob PackDelta(std::string_view raw, const DeltaBase& base, const Dictionary* dictionary);
// A page's text as the difference to the page, which stands before it as the base; the rest
// as PackDelta.
PackedBlob PackText(std::string_view raw, const DeltaBase& page, const Dictionary* dictionary);
// A record of the blobs family, whole.
std::string PackBody(std::string_view raw, const Dictionary* dictionary = nullptr);

// What a body is unpacked with, if its record names it.
struct UnpackWith {
  const Dictionary* dictionary = nullptr;
  std::string_view base;
};

// The bytes that were packed. kDamaged; kNewer if the codec is not known here;
// kLimit if they would be more than limits::kBlobBytesMax. That they are the right
// ones is for the caller to check by their digest.
Result<std::string> UnpackBody(const PackedBlob& blob, const UnpackWith& with);

}  // namespace xuncha
