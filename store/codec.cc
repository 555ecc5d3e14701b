// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"

#include <fmt/format.h>
#define ZDICT_STATIC_LINKING_ONLY  // the trainer whose parameters one may choose
#include <zdict.h>
#define ZSTD_STATIC_LINKING_ONLY  // and how a dictionary's tables are used
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/limits.h"

namespace xuncha {
namespace {

// By itself level 3 saves 3 % of real pages for a third more time. Behind another body it
// saves a half: level 2 remembers too few of its places. Of a dictionary level 4 remembers
// more of them than level 3, and takes no longer.
constexpr int kZstdLevel = 2;
constexpr int kBehindLevel = 3;
constexpr int kDictionaryLevel = 4;
constexpr int kSlowLevel = 19;  // of dictionaries, made once

template <class Context, size_t (*Free)(Context*)>
struct Freed {
  void operator()(Context* context) const { Free(context); }
};
using CCtx = std::unique_ptr<ZSTD_CCtx, Freed<ZSTD_CCtx, ZSTD_freeCCtx>>;
using DCtx = std::unique_ptr<ZSTD_DCtx, Freed<ZSTD_DCtx, ZSTD_freeDCtx>>;
using CDict = std::unique_ptr<ZSTD_CDict, Freed<ZSTD_CDict, ZSTD_freeCDict>>;
using DDict = std::unique_ptr<ZSTD_DDict, Freed<ZSTD_DDict, ZSTD_freeDDict>>;

// A compressor's tables are a megabyte: made once for each thread, not for each
// body, and without a trace of the body before.
ZSTD_CCtx* Compressor() {
  thread_local const CCtx context(ZSTD_createCCtx());
  CHECK(context != nullptr);
  ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kZstdLevel);
  return context.get();
}

ZSTD_DCtx* Decompressor() {
  thread_local const DCtx context(ZSTD_createDCtx());
  CHECK(context != nullptr);
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  return context.get();
}

std::string Joined(std::string_view first, std::string_view second) {
  std::string both;
  both.reserve(first.size() + second.size());
  return both.append(first).append(second);
}

// The body through the compressor as it was set up; false if it did not become
// smaller. The only error there can be is want of memory: then, too, the bytes are
// kept as they are.
bool Compress(ZSTD_CCtx* context, std::string_view raw, std::string& data) {
  data.resize(ZSTD_compressBound(raw.size()));
  const size_t size = ZSTD_compress2(context, data.data(), data.size(), raw.data(), raw.size());
  if (ZSTD_isError(size) || size >= raw.size()) return false;
  data.resize(size);
  data.shrink_to_fit();
  return true;
}

}  // namespace

// ---- dictionaries ---------------------------------------------------------------

struct Dictionary::Digested {
  CDict packing;
  DDict unpacking;
};

Dictionary::Dictionary(std::string_view bytes)
    : digest_(Sha256(bytes)),
      text_(bytes.substr(bytes.size() - std::min(bytes.size(), limits::kDictionaryTextBytes))),
      digested_(std::make_unique<Digested>()) {
  digested_->packing.reset(ZSTD_createCDict(bytes.data(), bytes.size(), kDictionaryLevel));
  digested_->unpacking.reset(ZSTD_createDDict(bytes.data(), bytes.size()));
}

Dictionary::~Dictionary() = default;

// zstd's own choice tries five lengths of segment and packs the samples with each.
// What pages of a site share is whole blocks of template, so that the longest serves
// as well: 68.2 KB against 66.8 of a template site's pages that were not learnt from,
// 8.8 against 9.2 and 111.1 against 111.0 of two others, in a seventh to a ninth of
// the time.
constexpr ZDICT_fastCover_params_t kTrainer = {
    .k = 2'000, .d = 8, .f = 18, .accel = 4, .zParams = {.compressionLevel = kBehindLevel}};

std::string TrainDictionary(const std::vector<std::string_view>& samples, std::string_view text) {
  std::string joined;
  std::vector<size_t> sizes;
  for (const std::string_view sample : samples) {
    joined += sample;
    sizes.push_back(sample.size());
  }
  text = text.substr(0, limits::kDictionaryTextBytes);
  std::string bytes(limits::kDictionaryBytes, '\0');
  const size_t size =
      ZDICT_trainFromBuffer_fastCover(bytes.data(), bytes.size(), joined.data(), sizes.data(),
                                      static_cast<unsigned>(sizes.size()), kTrainer);
  if (ZDICT_isError(size)) return "";
  bytes.resize(size);
  // What stands behind the tables of a dictionary is read on from, whatever it is.
  return bytes.append(text);
}

// ---- packing --------------------------------------------------------------------

PackedBlob PackDictionary(std::string_view bytes) {
  PackedBlob blob{.codec = kCodecZstd, .raw_bytes = bytes.size()};
  ZSTD_CCtx* context = Compressor();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kSlowLevel);
  if (!Compress(context, bytes, blob.data))
    blob = {.codec = kCodecRaw, .raw_bytes = bytes.size(), .data = std::string(bytes)};
  return blob;
}

PackedBlob PackWhole(std::string_view raw, const Dictionary* dictionary) {
  CHECK(raw.size() <= limits::kBlobBytesMax);
  PackedBlob blob{.codec = kCodecZstd, .raw_bytes = raw.size()};
  ZSTD_CCtx* context = Compressor();
  if (dictionary != nullptr && dictionary->digested().packing != nullptr) {
    // By itself zstd copies the dictionary's tables for bodies of 16 KB and more: 384 KB each
    // time, which is half of the time a page takes.
    ZSTD_CCtx_setParameter(context, ZSTD_c_forceAttachDict, ZSTD_dictForceAttach);
    ZSTD_CCtx_refCDict(context, dictionary->digested().packing.get());
    blob.codec = kCodecDictionary;
    blob.dictionary = dictionary->digest();
  }
  if (!Compress(context, raw, blob.data))
    blob = {.codec = kCodecRaw, .raw_bytes = raw.size(), .data = std::string(raw)};
  return blob;
}

namespace {

// `data` as what comes behind `before`; false if it did not become smaller.
bool CompressBehind(std::string_view before, std::string_view raw, std::string& data) {
  ZSTD_CCtx* context = Compressor();
  // The window must reach from the end of one to the beginning of the other.
  const int window = std::bit_width(raw.size() + before.size());
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kBehindLevel);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, std::max(window, 10));
  ZSTD_CCtx_refPrefix(context, before.data(), before.size());
  return Compress(context, raw, data);
}

// The difference, or whole if that is smaller or there can be no difference.
PackedBlob PackBehind(std::string_view before, std::string_view raw, PackedBlob difference,
                      const Dictionary* dictionary) {
  if (difference.depth > limits::kSnapshotDepthMax || before.empty() ||
      std::max(raw.size(), before.size()) > limits::kDeltaBytesMax)
    return PackWhole(raw, dictionary);
  difference.raw_bytes = raw.size();
  const bool shrunk = CompressBehind(before, raw, difference.data);
  // A dictionary makes a tenth of a page, so that above half of that it pays to see; nothing
  // else makes less than a quarter.
  const size_t enough = limits::kDeltaShareMin * (dictionary == nullptr ? 1 : 5);
  const size_t share = shrunk ? raw.size() / std::max<size_t>(difference.data.size(), 1) : 0;
  if (share >= enough) return difference;
  PackedBlob whole = PackWhole(raw, dictionary);
  const bool smaller = shrunk && difference.data.size() < whole.data.size();
  return smaller && share >= limits::kDeltaShareMin ? difference : whole;
}

}  // namespace

PackedBlob PackDelta(std::string_view raw, const DeltaBase& base, const Dictionary* dictionary) {
  return PackBehind(base.raw, raw,
                    {.codec = kCodecDelta, .base = base.digest, .depth = base.depth + 1},
                    dictionary);
}

PackedBlob PackText(std::string_view raw, const DeltaBase& page, const Dictionary* dictionary) {
  if (dictionary == nullptr || page.raw.empty()) return PackDelta(raw, page, dictionary);
  return PackBehind(Joined(dictionary->text(), page.raw), raw,
                    {.codec = kCodecText,
                     .dictionary = dictionary->digest(),
                     .base = page.digest,
                     .depth = page.depth + 1},
                    dictionary);
}

std::string PackBody(std::string_view raw, const Dictionary* dictionary) {
  return EncodeRecord(PackWhole(raw, dictionary));
}

// ---- unpacking ------------------------------------------------------------------

namespace {

Result<std::string> Decompress(const PackedBlob& blob, const UnpackWith& with) {
  ZSTD_DCtx* context = Decompressor();
  std::string before;
  if (blob.codec == kCodecDictionary) {
    if (with.dictionary == nullptr) return Error{Code::kDamaged, "packed with a dictionary"};
    ZSTD_DCtx_refDDict(context, with.dictionary->digested().unpacking.get());
  } else if (blob.codec == kCodecText) {
    if (with.dictionary == nullptr) return Error{Code::kDamaged, "packed with a dictionary"};
    before = Joined(with.dictionary->text(), with.base);
    ZSTD_DCtx_refPrefix(context, before.data(), before.size());
  } else if (blob.codec == kCodecDelta) {
    ZSTD_DCtx_refPrefix(context, with.base.data(), with.base.size());
  }
  std::string raw(blob.raw_bytes, '\0');
  const size_t size =
      ZSTD_decompressDCtx(context, raw.data(), raw.size(), blob.data.data(), blob.data.size());
  if (ZSTD_isError(size)) {
    return Error{Code::kDamaged,
                 fmt::format("the body does not unpack: {}", ZSTD_getErrorName(size))};
  }
  raw.resize(size);
  return raw;
}

}  // namespace

Result<std::string> UnpackBody(const PackedBlob& blob, const UnpackWith& with) {
  if (blob.codec > kCodecText) {
    return Error{Code::kNewer,
                 fmt::format("packed by codec {}, which this program does not know", blob.codec)};
  }
  if (blob.raw_bytes > limits::kBlobBytesMax) {
    return Error{Code::kLimit,
                 fmt::format("the body would have {} bytes, more than the {} a store keeps",
                             blob.raw_bytes, limits::kBlobBytesMax)};
  }
  Result<std::string> raw =
      blob.codec == kCodecRaw ? Result<std::string>(blob.data) : Decompress(blob, with);
  if (raw && raw->size() != blob.raw_bytes) {
    return Error{Code::kDamaged,
                 fmt::format("the body has {} bytes instead of {}", raw->size(), blob.raw_bytes)};
  }
  return raw;
}

}  // namespace xuncha
