// An archive keeps an answer as it was sent, or as the tool that kept it left it:
// chunks and codings may have been undone under a head that still names them.
// What does not read as chunks, or as the coding named, is taken as it stands.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>

#include "base/coding.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/head.h"
#include "reports/warc.h"
#include "reports/warc_text.h"

namespace xuncha {
namespace {

// Bytes behind the last chunk belong to no chunk, and yet the archive's maker may have
// been shown them: they are read too.
void AddRest(std::string_view rest, Joined& joined) {
  if (rest.starts_with('\r')) rest.remove_prefix(1);
  if (rest.starts_with('\n')) rest.remove_prefix(1);
  joined.body += rest;
  joined.rest = rest.size();
}

}  // namespace

Joined JoinChunks(std::string_view bytes) {
  Joined joined;
  size_t at = 0;
  for (;;) {
    const size_t end = std::min(bytes.find('\n', at), bytes.size());
    std::string_view line = bytes.substr(at, end - at);
    line = Trim(line.substr(0, line.find(';')));
    uint64_t size = 0;
    const auto [last, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    if (end == bytes.size() || line.empty() || error != std::errc() ||
        last != line.data() + line.size()) {
      if (joined.chunked) AddRest(bytes.substr(at), joined);
      return joined;
    }
    at = end + 1;
    joined.chunked = true;
    if (size == 0) {
      joined.whole = true;
      AddRest(bytes.substr(at), joined);
      return joined;
    }
    const std::string_view chunk =
        bytes.substr(at, static_cast<size_t>(std::min<uint64_t>(size, bytes.size() - at)));
    joined.body += chunk;
    at += chunk.size();
    if (chunk.size() < size) return joined;
    if (at < bytes.size() && bytes[at] == '\r') ++at;
    if (at < bytes.size() && bytes[at] == '\n') ++at;
  }
}

namespace {

class Decoding {
 public:
  explicit Decoding(ArchivedAnswer& answer) : answer_(answer) {}

  void Run(std::string_view wire, const std::string& codings) {
    Response& response = answer_.response;
    Result<ContentDecoder> decoder = ContentDecoder::For(codings);
    if (!decoder) {
      Note(Limit::kDecoding, decoder.error().text + "; read as it is");
    } else if (decoder->none()) {
    } else {
      const auto outcome =
          decoder->Add(wire, [&](std::string_view piece) { return Take(piece, wire.size()); });
      if (outcome == ContentDecoder::Outcome::kStopped) return;
      if (outcome == ContentDecoder::Outcome::kBomb)
        return Note(Limit::kInflateRatio, "a layer of the content coding is too large");
      if (outcome == ContentDecoder::Outcome::kGood || !response.body.empty()) {
        response.coding = decoder->name();
        if (outcome == ContentDecoder::Outcome::kBroken)
          Note(Limit::kDecoding, "the content coding breaks");
        if (outcome == ContentDecoder::Outcome::kGood && !decoder->Ended())
          Note(Limit::kDecoding, "the content coding ends early");
        if (decoder->surplus() > 0)
          Note(Limit::kDecoding,
               fmt::format("{} bytes behind the end of the content coding", decoder->surplus()));
        return;
      }
      // Undone already: no first byte of a coding, but text.
      const bool text = !wire.empty() && (wire[0] == '<' || wire.starts_with("\xef\xbb\xbf"));
      if (!text) Note(Limit::kDecoding, "does not decode; read as it is");
    }
    Take(wire, wire.size());
  }

 private:
  void Note(Limit limit, std::string detail) {
    answer_.limits.push_back({limit, std::move(detail)});
    if (answer_.response.error.empty()) answer_.response.error = answer_.limits.back().detail;
  }
  bool Take(std::string_view piece, size_t wire) {
    std::string& body = answer_.response.body;
    const size_t room = limits::kBodyBytesMax - body.size();
    body += piece.substr(0, room);
    if (body.size() > limits::kInflateRatioFrom && wire > 0 &&
        body.size() / wire > limits::kInflateRatioMax) {
      Note(Limit::kInflateRatio, fmt::format("{} bytes became {}", wire, body.size()));
      return false;
    }
    if (piece.size() > room) {
      Note(Limit::kBodyBytes, fmt::format("cut at {} bytes", body.size()));
      return false;
    }
    return true;
  }

  ArchivedAnswer& answer_;
};

}  // namespace

// By what stands there: the field that should say so, anybody may leave out.
bool IsHttpResponse(const WarcRecord& record) {
  return (record.type == "response" || record.type == "revisit") &&
         record.block.starts_with("HTTP/");
}

// No answer, but what a tool took from one, without a head.
static ArchivedAnswer ReadBare(const WarcRecord& record, const Url& url) {
  ArchivedAnswer answer;
  Response& response = answer.response;
  response.status = 200;
  response.started = response.asked = record.date;
  response.final_url = url;
  response.content_type = record.content_type;
  response.wire_bytes = record.block.size();
  Decoding(answer).Run(record.block, "");
  return answer;
}

Result<ArchivedAnswer> ReadArchivedAnswer(const WarcRecord& record) {
  const Result<Url> url = Url::Parse(record.target_uri);
  if (!url) return url.error();
  if (record.type == "resource" || record.type == "conversion") return ReadBare(record, *url);
  const uint16_t status = StatusOf(record.block);
  if (status == 0) return Error{Code::kInvalid, "no HTTP answer"};
  size_t body = EndOfHead(record.block);
  ArchivedAnswer answer;
  Response& response = answer.response;
  if (body == std::string::npos || body > limits::kHeaderBytesMax) {
    answer.limits.push_back({body == std::string::npos ? Limit::kTruncated : Limit::kHeaderBytes,
                             "the head of the archived answer has no end"});
    body = std::min<size_t>(record.block.size(), limits::kHeaderBytesMax);
  }
  response.status = status;
  response.headers = record.block.substr(0, body);
  response.started = response.asked = record.date;
  response.final_url = *url;
  if (const std::string* address = record.Field("WARC-IP-Address"))
    response.remote_address = WarcValue(*address);
  const Head head = ReadHead(response.headers);
  response.content_type = head.content_type;
  response.etag = head.etag;
  response.last_modified = head.last_modified;
  if (!head.contradiction.empty()) answer.limits.push_back({Limit::kFraming, head.contradiction});
  if (const std::string* cut = record.Field("WARC-Truncated")) {
    answer.limits.push_back({EqualsIgnoreCase(*cut, "length") ? Limit::kBodyBytes
                             : EqualsIgnoreCase(*cut, "time") ? Limit::kTotalTime
                                                              : Limit::kTruncated,
                             "WARC-Truncated: " + WarcValue(cut->substr(0, 64))});
  }

  std::string_view wire = std::string_view(record.block).substr(body);
  Joined joined;
  if (head.chunked) {
    joined = JoinChunks(wire);
    if (joined.chunked) wire = joined.body;
    if (joined.chunked && !joined.whole)
      answer.limits.push_back({Limit::kTruncated, "the chunks have no end"});
    if (joined.rest > 0) {
      answer.limits.push_back(
          {Limit::kFraming, fmt::format("{} bytes behind the last chunk", joined.rest)});
    }
  }
  response.wire_bytes = wire.size();
  Decoding(answer).Run(wire, head.codings);
  return answer;
}

}  // namespace xuncha
