// Content codings undone: gzip, deflate (with and without its zlib header, as servers
// send both), br and zstd, up to limits::kCodingsMax of them over one another.
//
// What comes out goes to the caller in small pieces, so that a bomb costs no more
// than the caller takes. A coding that stops before its own end is told apart from one
// that is whole: the bytes so far are good, and something is missing.
//
// Any thread; one thread per decoder.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace xuncha {

// One layer.
class Decoder {
 public:
  enum class State : uint8_t {
    kHungry,  // all of the input is used up
    kFull,    // `room` is, or nearly; call again
    kEnd,     // the coding says it is over
    kBroken,  // the bytes are not of this coding
  };
  virtual ~Decoder() = default;
  // Whether input behind the end is of it too: zstd is frames, one after the other.
  virtual bool GoesOn() const { return false; }
  // Uses up the beginning of `in` and appends at most `room` bytes to `out`.
  virtual State Step(std::string_view& in, std::string& out, size_t room) = 0;
};
// "gzip", "x-gzip", "deflate", "br", "zstd", in any case; nullptr for others.
std::unique_ptr<Decoder> NewDecoder(std::string_view coding);

class ContentDecoder {
 public:
  // kBomb: a layer made more than limits::kCodingBytesMax for the next.
  enum class Outcome : uint8_t { kGood, kStopped, kBroken, kBomb };
  using Take = std::function<bool(std::string_view)>;

  // Of a Content-Encoding header: "gzip", "deflate, gzip" (in the order applied);
  // "identity" is none. kInvalid if one is not known, kLimit if they are too many.
  static Result<ContentDecoder> For(std::string_view codings);

  // kStopped: `take` said no more.
  Outcome Add(std::string_view bytes, const Take& take);
  // Whether every layer has come to its own end, or nothing came at all.
  bool Ended() const;
  // Bytes behind the end of a coding, which are of nothing; zeros, which pad, apart.
  uint64_t surplus() const { return surplus_; }
  bool none() const { return layers_.empty(); }
  const std::string& name() const { return name_; }  // "gzip"

 private:
  struct Layer {
    std::unique_ptr<Decoder> decoder;
    bool ended = false;
    uint64_t made = 0;  // bytes
  };
  Outcome Feed(size_t layer, std::string_view bytes, const Take& take);

  std::string name_;
  std::vector<Layer> layers_;  // outermost first
  uint64_t surplus_ = 0;
  bool any_ = false;
};

}  // namespace xuncha
