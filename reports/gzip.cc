// SPDX-License-Identifier: Apache-2.0
#include "reports/gzip.h"

#include <zlib.h>

#include <array>
#include <utility>

#include "base/coding.h"

namespace xuncha {

struct GzipMember::Rep {
  explicit Rep(const ByteSink& sink_in) : sink(sink_in) {
    // Without a gz_header zlib writes no time and no name: same bytes in, same bytes out.
    CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                       Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~Rep() { deflateEnd(&stream); }
  Rep(const Rep&) = delete;
  Rep& operator=(const Rep&) = delete;

  Status Run(int flush) {
    int code = Z_OK;
    do {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<unsigned>(buffer.size());
      code = deflate(&stream, flush);
      CHECK(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
      const size_t made = buffer.size() - stream.avail_out;
      if (made == 0) continue;
      if (Status put = sink({reinterpret_cast<const char*>(buffer.data()), made}); !put) return put;
    } while (stream.avail_out == 0 || (flush == Z_FINISH && code != Z_STREAM_END));
    return Ok();
  }

  const ByteSink& sink;
  z_stream stream{};
  std::array<unsigned char, 64 << 10> buffer;
};

GzipMember::GzipMember(const ByteSink& sink) : rep_(std::make_unique<Rep>(sink)) {}
GzipMember::~GzipMember() = default;

Status GzipMember::Add(std::string_view bytes) {
  constexpr size_t kPiece = 1 << 30;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    rep_->stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data()));
    rep_->stream.avail_in = static_cast<unsigned>(piece.size());
    if (Status run = rep_->Run(Z_NO_FLUSH); !run) return run;
    bytes.remove_prefix(piece.size());
  }
  return Ok();
}

Status GzipMember::Finish() { return rep_->Run(Z_FINISH); }

ByteSource Gunzipped(ByteSource source) {
  struct State {
    ByteSource source;
    std::unique_ptr<Decoder> decoder;
    std::string held;
    std::string_view in;
  };
  // shared_ptr: a std::function must be copyable.
  auto state = std::make_shared<State>();
  state->source = std::move(source);
  return [state](size_t most) -> Result<std::string> {
    std::string out;
    while (out.empty()) {
      if (state->in.empty()) {
        Result<std::string> piece = state->source(most);
        if (!piece) return piece;
        if (piece->empty()) {
          if (state->decoder != nullptr) return Error{Code::kDamaged, "gzip: cut off"};
          return out;
        }
        state->held = std::move(*piece);
        state->in = state->held;
      }
      if (state->decoder == nullptr) state->decoder = NewDecoder("gzip");
      const Decoder::State step = state->decoder->Step(state->in, out, most);
      if (step == Decoder::State::kBroken) return Error{Code::kDamaged, "gzip: does not decode"};
      if (step == Decoder::State::kEnd) state->decoder = nullptr;
    }
    return out;
  };
}

uint32_t Crc32(uint32_t crc, std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

}  // namespace xuncha
