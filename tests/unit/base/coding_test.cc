// SPDX-License-Identifier: Apache-2.0
#include "base/coding.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "base/limits.h"

namespace xuncha {
namespace {

using Outcome = ContentDecoder::Outcome;

std::string Gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

// A gzip stream of `megabytes` MB: stored blocks that hold nothing.
std::string EmptyBlocks(size_t megabytes) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  const std::string_view block("\0\0\0\xff\xff", 5);
  while (out.size() < megabytes << 20) out += block;
  return out;
}

struct Read {
  Outcome outcome;
  std::string text;
  bool ended;
  uint64_t surplus;
};

Read Decode(std::string_view codings, std::string_view bytes, size_t piece) {
  Result<ContentDecoder> decoder = ContentDecoder::For(codings);
  EXPECT_TRUE(decoder.ok());
  Read read{Outcome::kGood, "", false, 0};
  for (size_t at = 0; at < bytes.size() && read.outcome == Outcome::kGood; at += piece) {
    read.outcome = decoder->Add(bytes.substr(at, piece), [&read](std::string_view more) {
      read.text += more;
      return true;
    });
  }
  read.ended = decoder->Ended();
  read.surplus = decoder->surplus();
  return read;
}

TEST(CodingTest, ReadsToTheEndOfWhatBrowsersShow) {
  const std::string skipped = std::string("\x50\x2a\x4d\x18\x04\0\0\0abcd", 12);
  struct Case {
    std::string_view why;
    std::string_view coding;
    std::string bytes;
    std::string_view text;
    Outcome outcome = Outcome::kGood;
    bool ended = true;
    uint64_t surplus = 0;
  };
  const Case kCases[] = {
      {"one frame", "zstd", Zstd("page"), "page"},
      {"frames behind one another are one body", "zstd", Zstd("one ") + Zstd("two"), "one two"},
      {"a frame to be skipped comes first", "zstd", skipped + Zstd("offer"), "offer"},
      {"a frame to be skipped comes last", "zstd", Zstd("page") + skipped, "page"},
      {"the second frame ends early", "zstd", Zstd("one ") + Zstd("two").substr(0, 9), "one ",
       Outcome::kGood, false},
      {"what follows a frame is none", "zstd", Zstd("page") + "garbage", "page", Outcome::kBroken,
       false},
      {"a second member is not shown, and is told", "gzip", Gzip("one") + Gzip("two"), "one",
       Outcome::kGood, true, 1},
      {"zeros pad", "gzip", Gzip("one") + std::string(512, '\0'), "one"},
      {"two layers", "gzip, zstd", Zstd(Gzip("page")), "page"},
  };
  for (const Case& c : kCases) {
    for (const size_t piece : {size_t{1}, size_t{7}, c.bytes.size()}) {
      SCOPED_TRACE(c.why);
      SCOPED_TRACE(piece);
      const Read read = Decode(c.coding, c.bytes, piece);
      EXPECT_EQ(read.outcome, c.outcome);
      EXPECT_EQ(read.text, c.text);
      EXPECT_EQ(read.ended, c.ended);
      EXPECT_EQ(read.surplus > 0, c.surplus > 0);
    }
  }
}

TEST(CodingTest, StopsLayersThatMakeNothingButLayers) {
  const std::string bomb = Gzip(EmptyBlocks((limits::kCodingBytesMax >> 20) + 1));
  ASSERT_LT(bomb.size(), 1u << 20);
  const Read read = Decode("gzip, gzip", bomb, bomb.size());
  EXPECT_EQ(read.outcome, Outcome::kBomb);
  EXPECT_EQ(read.text, "");
  EXPECT_EQ(ContentDecoder::For("gzip, gzip, gzip").error().code, Code::kLimit);
}

}  // namespace
}  // namespace xuncha
