// SPDX-License-Identifier: Apache-2.0
#include "base/coding.h"

#include <brotli/decode.h>
#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "base/freed.h"
#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr size_t kPieceBytes = 16 << 10;
constexpr int kWindowLogMax = 23;  // 8 MB, what RFC 9659 asks a browser for

// Makes room in `out`, lets `step` write there and cuts off what it did not.
template <class Step>
Decoder::State Into(std::string& out, size_t room, const Step& step) {
  const size_t before = out.size();
  out.resize(before + room);
  size_t left = room;
  const Decoder::State state = step(out.data() + before, left);
  out.resize(before + room - left);
  return state;
}

class ZlibDecoder final : public Decoder {
 public:
  enum class Kind : uint8_t { kGzip, kDeflate };
  explicit ZlibDecoder(Kind kind) : kind_(kind) {}
  ~ZlibDecoder() override {
    if (open_) inflateEnd(&stream_);
  }
  ZlibDecoder(const ZlibDecoder&) = delete;
  ZlibDecoder& operator=(const ZlibDecoder&) = delete;

  State Step(std::string_view& in, std::string& out, size_t room) override {
    if (!open_) {
      // Of deflate, the first two bytes tell whether there is a header.
      const size_t wanted = kind_ == Kind::kGzip ? 0 : 2 - std::min<size_t>(2, head_.size());
      head_ += in.substr(0, wanted);
      in.remove_prefix(std::min(in.size(), wanted));
      if (kind_ == Kind::kDeflate && head_.size() < 2) return State::kHungry;
      Open();
    }
    if (!head_.empty()) {
      std::string_view head = head_;
      const State state = Inflate(head, out, room);
      const size_t used = head_.size() - head.size();
      head_.erase(0, used);
      if (state != State::kHungry || room == 0) return state;
    }
    return Inflate(in, out, room);
  }

 private:
  void Open() {
    int window = 15 + 16;  // gzip
    if (kind_ == Kind::kDeflate) {
      const auto a = static_cast<unsigned char>(head_[0]), b = static_cast<unsigned char>(head_[1]);
      window = (a & 15) == 8 && ((a << 8) | b) % 31 == 0 ? 15 : -15;
    }
    CHECK(inflateInit2(&stream_, window) == Z_OK);
    open_ = true;
  }

  State Inflate(std::string_view& in, std::string& out, size_t room) {
    return Into(out, room, [&](char* to, size_t& left) {
      stream_.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(in.data()));
      stream_.avail_in = static_cast<unsigned>(std::min<size_t>(in.size(), 1 << 30));
      stream_.next_out = reinterpret_cast<unsigned char*>(to);
      stream_.avail_out = static_cast<unsigned>(left);
      const unsigned given = stream_.avail_in;
      const int code = inflate(&stream_, Z_NO_FLUSH);
      in.remove_prefix(given - stream_.avail_in);
      left = stream_.avail_out;
      if (code == Z_STREAM_END) return State::kEnd;
      if (code != Z_OK && code != Z_BUF_ERROR) return State::kBroken;
      return left == 0 ? State::kFull : State::kHungry;
    });
  }

  const Kind kind_;
  z_stream stream_{};
  bool open_ = false;
  std::string head_;
};

class BrotliDecoder final : public Decoder {
 public:
  State Step(std::string_view& in, std::string& out, size_t room) override {
    return Into(out, room, [&](char* to, size_t& left) {
      const auto* next_in = reinterpret_cast<const uint8_t*>(in.data());
      size_t in_left = in.size();
      auto* next_out = reinterpret_cast<uint8_t*>(to);
      const BrotliDecoderResult result = BrotliDecoderDecompressStream(
          state_.get(), &in_left, &next_in, &left, &next_out, nullptr);
      in.remove_prefix(in.size() - in_left);
      switch (result) {
        case BROTLI_DECODER_RESULT_SUCCESS:
          return State::kEnd;
        case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
          return State::kHungry;
        case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
          return State::kFull;
        default:
          return State::kBroken;
      }
    });
  }

 private:
  std::unique_ptr<BrotliDecoderState, Freed<BrotliDecoderDestroyInstance>> state_{
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)};
};

class ZstdDecoder final : public Decoder {
 public:
  bool GoesOn() const override { return true; }
  ZstdDecoder() {
    CHECK(ZSTD_isError(
              ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLogMax)) == 0);
  }
  State Step(std::string_view& in, std::string& out, size_t room) override {
    return Into(out, room, [&](char* to, size_t& left) {
      ZSTD_inBuffer input{in.data(), in.size(), 0};
      ZSTD_outBuffer output{to, left, 0};
      const size_t more = ZSTD_decompressStream(context_.get(), &output, &input);
      in.remove_prefix(input.pos);
      left -= output.pos;
      if (ZSTD_isError(more)) return State::kBroken;
      if (more == 0) return State::kEnd;
      return left == 0 ? State::kFull : State::kHungry;
    });
  }

 private:
  std::unique_ptr<ZSTD_DCtx, Freed<ZSTD_freeDCtx>> context_{ZSTD_createDCtx()};
};

}  // namespace

std::unique_ptr<Decoder> NewDecoder(std::string_view coding) {
  if (EqualsIgnoreCase(coding, "gzip") || EqualsIgnoreCase(coding, "x-gzip"))
    return std::make_unique<ZlibDecoder>(ZlibDecoder::Kind::kGzip);
  if (EqualsIgnoreCase(coding, "deflate"))
    return std::make_unique<ZlibDecoder>(ZlibDecoder::Kind::kDeflate);
  if (EqualsIgnoreCase(coding, "br")) return std::make_unique<BrotliDecoder>();
  if (EqualsIgnoreCase(coding, "zstd")) return std::make_unique<ZstdDecoder>();
  return nullptr;
}

Result<ContentDecoder> ContentDecoder::For(std::string_view codings) {
  ContentDecoder made;
  for (std::string_view coding : Split(codings, ',')) {
    coding = Trim(coding);
    if (coding.empty() || EqualsIgnoreCase(coding, "identity")) continue;
    if (made.layers_.size() == static_cast<size_t>(limits::kCodingsMax))
      return Error{Code::kLimit, fmt::format("more than {} content codings", limits::kCodingsMax)};
    std::unique_ptr<Decoder> decoder = NewDecoder(coding);
    if (decoder == nullptr)
      return Error{Code::kInvalid, fmt::format("content coding \"{}\" is not known",
                                               Neutralise(coding.substr(0, 64)))};
    made.layers_.push_back({.decoder = std::move(decoder)});
    made.name_ += (made.name_.empty() ? "" : ", ") + AsciiLower(coding);
  }
  std::reverse(made.layers_.begin(), made.layers_.end());  // applied last, undone first
  return made;
}

ContentDecoder::Outcome ContentDecoder::Add(std::string_view bytes, const Take& take) {
  any_ |= !bytes.empty();
  return Feed(0, bytes, take);
}

ContentDecoder::Outcome ContentDecoder::Feed(size_t at, std::string_view bytes, const Take& take) {
  if (at == layers_.size())
    return bytes.empty() || take(bytes) ? Outcome::kGood : Outcome::kStopped;
  Layer& layer = layers_[at];
  const bool last = at + 1 == layers_.size();
  std::string piece;
  while (!layer.ended || (layer.decoder->GoesOn() && !bytes.empty())) {
    piece.clear();
    const Decoder::State state = layer.decoder->Step(bytes, piece, kPieceBytes);
    layer.ended = state == Decoder::State::kEnd;
    layer.made += piece.size();
    // What the last one makes is the caller's to stop.
    if (!last && layer.made > limits::kCodingBytesMax) return Outcome::kBomb;
    if (const Outcome outcome = Feed(at + 1, piece, take); outcome != Outcome::kGood)
      return outcome;
    if (state == Decoder::State::kBroken) return Outcome::kBroken;
    if (state == Decoder::State::kHungry) return Outcome::kGood;
  }
  surplus_ += bytes.size() - static_cast<size_t>(std::ranges::count(bytes, '\0'));
  return Outcome::kGood;
}

bool ContentDecoder::Ended() const {
  return !any_ || std::ranges::all_of(layers_, [](const Layer& layer) { return layer.ended; });
}

}  // namespace xuncha
