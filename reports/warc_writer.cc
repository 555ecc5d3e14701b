// Ids are made from what a record is and from the record before it, so that a
// package can be written again, byte for byte, by whoever wants to check it.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "reports/gzip.h"
#include "reports/warc.h"
#include "reports/warc_text.h"
#include "reports/words.h"

namespace xuncha {
namespace {

constexpr std::string_view kResponse = "application/http; msgtype=response";
constexpr std::string_view kRequest = "application/http; msgtype=request";
constexpr std::string_view kFields = "application/warc-fields";
constexpr std::string_view kSamePayload =
    "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
constexpr std::string_view kNotModified =
    "http://netpreserve.org/warc/1.1/revisit/server-not-modified";
constexpr std::string_view kConformsTo =
    "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/";

void Add(std::vector<WarcField>& fields, std::string_view name, std::string value) {
  if (!value.empty()) fields.push_back({std::string(name), std::move(value)});
}

std::string BlockOf(const std::vector<WarcField>& fields) {
  std::string block;
  for (const WarcField& field : fields) {
    // A name is a token: what else stands in it would be read as something else.
    std::string name;
    for (const char c : field.name)
      name += IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '-';
    block += fmt::format("{}: {}\r\n", name, WarcValue(field.value));
  }
  return block;
}

std::string MimeOf(std::string_view head) {
  for (size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    if (!StartsWithIgnoreCase(head.substr(at + 1), "content-type:")) continue;
    std::string_view value = head.substr(at + 14);
    value = Trim(value.substr(0, value.find_first_of(";\r\n")));
    std::string mime;
    for (const char c : value)
      if (c > ' ' && c < 0x7f && c != '"') mime += c;
    return mime.empty() ? "unk" : AsciiLower(mime);
  }
  return "unk";
}

}  // namespace

std::string_view TruncationOf(Limit limit) {
  switch (limit) {
    case Limit::kBodyBytes:
    case Limit::kWireBytes:
    case Limit::kInflateRatio:
      return "length";
    case Limit::kTotalTime:
    case Limit::kLowSpeed:
      return "time";
    case Limit::kTruncated:
      return "disconnect";
    default:
      return "";
  }
}

struct WarcWriter::Rep {
  Rep(Options options_in, ByteSink sink_in)
      : options(std::move(options_in)), sink(std::move(sink_in)) {}

  struct Draft {
    std::string_view type;
    std::string_view content_type;
    Millis date = 0;
    std::vector<WarcField> fields;  // besides those every record has
    std::vector<std::string_view> block;
  };

  Result<WarcPlace> Write(const Draft& draft) {
    Sha256Stream hash;
    uint64_t length = 0;
    for (const std::string_view part : draft.block) {
      hash.Add(part);
      length += part.size();
    }
    const std::string block_digest = WarcDigest(hash.Finish());
    const std::string date = WarcDate(draft.date);
    WarcPlace place{.offset = written};
    place.id = WarcId({last_id, draft.type, date, block_digest, std::to_string(written)});
    std::string head =
        fmt::format("WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: {}\r\nWARC-Date: {}\r\n",
                    draft.type, place.id, date);
    for (const auto& [name, value] : draft.fields)
      head += fmt::format("{}: {}\r\n", name, WarcValue(value));
    if (draft.type != "warcinfo") head += fmt::format("WARC-Warcinfo-ID: {}\r\n", info_id);
    head += fmt::format("WARC-Block-Digest: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                        block_digest, WarcValue(draft.content_type), length);

    const ByteSink counted = [&](std::string_view bytes) {
      hash.Add(bytes);
      written += bytes.size();
      return sink(bytes);
    };
    GzipMember member(counted);
    if (Status put = member.Add(head); !put) return put.error();
    for (const std::string_view part : draft.block) {
      if (Status put = member.Add(part); !put) return put.error();
    }
    if (Status put = member.Add("\r\n\r\n"); !put) return put.error();
    if (Status put = member.Finish(); !put) return put.error();
    place.length = written - place.offset;
    place.digest = hash.Finish();
    last_id = place.id;
    return place;
  }

  Status Begin() {
    if (!info_id.empty()) return Ok();
    std::vector<WarcField> about;
    xuncha::Add(about, "software", options.software);
    xuncha::Add(about, "format", "WARC File Format 1.1");
    xuncha::Add(about, "conformsTo", std::string(kConformsTo));
    about.insert(about.end(), options.description.begin(), options.description.end());
    const std::string block = BlockOf(about);
    Draft draft{.type = "warcinfo", .content_type = kFields, .date = options.created};
    xuncha::Add(draft.fields, "WARC-Filename", options.filename);
    draft.block = {block};
    const Result<WarcPlace> place = Write(draft);
    if (!place) return place.error();
    info_id = place->id;
    return Ok();
  }

  // What was said of the host's name, once for the whole file, as of when it was asked.
  Result<std::string> Names(const Capture& capture) {
    const Digest& digest = capture.exchange->names.digest;
    if (digest.empty() || capture.names.empty()) return std::string();
    const auto known = chains.find(digest);
    if (known != chains.end()) return known->second;
    const Result<Url> url = Url::Parse(capture.exchange->url);
    if (!url) return std::string();
    Draft draft{.type = "resource",
                .content_type = "text/dns",
                .date = TimeOfAnswer(capture.names, capture.exchange->started)};
    xuncha::Add(draft.fields, "WARC-Target-URI", fmt::format("dns:{}", url->host()));
    draft.block = {capture.names};
    const Result<WarcPlace> place = Write(draft);
    if (!place) return place.error();
    return chains.emplace(digest, place->id).first->second;
  }

  // Certificates once for the whole file.
  Result<std::string> Certificates(const Capture& capture) {
    const Digest& chain = capture.exchange->tls.chain;
    if (chain.empty() || capture.certificates.empty()) return std::string();
    const auto known = chains.find(chain);
    if (known != chains.end()) return known->second;
    Draft draft{.type = "resource",
                .content_type = "application/x-pem-file",
                .date = capture.exchange->started};
    xuncha::Add(draft.fields, "WARC-Target-URI", "urn:x-tls-certificates:sha256:" + chain.hex());
    draft.block = {capture.certificates};
    const Result<WarcPlace> place = Write(draft);
    if (!place) return place.error();
    return chains.emplace(chain, place->id).first->second;
  }

  std::string Details(const Capture& capture, const ArchivedHead& head, bool undone,
                      const std::string& chain_id, const std::string& names_id) const {
    const Exchange& exchange = *capture.exchange;
    std::vector<WarcField> lines = capture.details;
    const auto add = [&lines](std::string_view name, std::string value) {
      xuncha::Add(lines, name, std::move(value));
    };
    add("remoteAddress", exchange.remote_address);
    add("localAddress", exchange.local_address);
    add("addressesTried", Join(exchange.addresses, " "));
    if (!exchange.names.digest.empty()) add("nameAnswer", WarcDigest(exchange.names.digest));
    add("nameAnswerRecord", names_id);
    if (exchange.tls.used) {
      add("tlsVersion", exchange.tls.version);
      add("tlsCipher", exchange.tls.cipher);
      add("tlsVerification", exchange.tls.error.empty() ? "ok" : exchange.tls.error);
      if (!exchange.tls.chain.empty()) add("tlsCertificates", WarcDigest(exchange.tls.chain));
      add("tlsCertificatesRecord", chain_id);
    }
    const Timing& t = exchange.timing;
    add("millisecondsFromStart",
        fmt::format("resolved={} connected={} secured={} sent={} firstByte={} ended={}", t.resolved,
                    t.connected, t.secured, t.sent, t.first_byte, t.ended));
    add("bodyBytesOnTheWire", std::to_string(exchange.wire_bytes));
    if (!exchange.coding.empty())
      add("contentCoding", exchange.coding + (undone ? ", undone here" : ", as received"));
    if (!exchange.coded.empty()) add("bodyOnTheWire", WarcDigest(exchange.coded));
    add("head", head.changed
                    ? "changed: Transfer-Encoding, Content-Encoding and Content-Length as received "
                      "are called X-Archive-Orig-..."
                    : "as received");
    if (head.changed) add("headOnTheWire", WarcDigest(Sha256(exchange.headers)));
    add("trailers", exchange.trailers);
    return BlockOf(lines);
  }

  Result<WrittenCapture> Add(const Capture& capture) {
    CHECK(capture.exchange != nullptr);
    const Exchange& exchange = *capture.exchange;
    if (StatusOf(exchange.headers) == 0) {
      return Error{Code::kInvalid,
                   fmt::format("{}: no HTTP answer to archive", Neutralise(exchange.url))};
    }
    if (!StartsWithIgnoreCase(exchange.url, "http://") &&
        !StartsWithIgnoreCase(exchange.url, "https://")) {
      return Error{Code::kInvalid,
                   fmt::format("\"{}\": no URL to archive under", Neutralise(exchange.url))};
    }
    if (Status begun = Begin(); !begun) return begun.error();
    const Result<std::string> chain_id = Certificates(capture);
    if (!chain_id) return chain_id.error();
    const Result<std::string> names_id = Names(capture);
    if (!names_id) return names_id.error();

    const bool undone = !exchange.coding.empty() && !capture.coded;
    const ArchivedHead head = HeadBefore(exchange.headers, capture.body.size(), undone);
    WrittenCapture out;
    out.payload = Sha256(capture.body);
    out.mime = MimeOf(exchange.headers);
    out.status = StatusOf(exchange.headers);

    std::vector<WarcField> fields;
    const std::string uri = WarcUri(exchange.url);
    xuncha::Add(fields, "WARC-Target-URI", uri);
    xuncha::Add(fields, "WARC-IP-Address", AddressOf(exchange.remote_address));
    Draft response{.content_type = kResponse, .date = exchange.started, .fields = fields};
    xuncha::Add(response.fields, "WARC-Payload-Digest", WarcDigest(out.payload));
    if (exchange.cut) {
      xuncha::Add(response.fields, "WARC-Truncated",
                  capture.truncated.empty() ? "unspecified" : std::string(capture.truncated));
    }
    const auto earlier = payloads.find(out.payload);
    const bool known = earlier != payloads.end() && !exchange.cut && !capture.body.empty();
    const bool not_modified = out.status == 304;
    out.revisit = known || not_modified;
    if (out.revisit) {
      response.type = "revisit";
      xuncha::Add(response.fields, "WARC-Profile",
                  std::string(not_modified ? kNotModified : kSamePayload));
      if (known) {
        xuncha::Add(response.fields, "WARC-Refers-To", earlier->second.id);
        xuncha::Add(response.fields, "WARC-Refers-To-Target-URI", earlier->second.uri);
        xuncha::Add(response.fields, "WARC-Refers-To-Date", WarcDate(earlier->second.date));
      }
      response.block = {head.text};
    } else {
      response.type = "response";
      response.block = {head.text, capture.body};
    }
    Result<WarcPlace> place = Write(response);
    if (!place) return place.error();
    out.response = std::move(*place);
    if (!out.revisit && !exchange.cut && !capture.body.empty())
      payloads.emplace(out.payload, Payload{out.response.id, uri, exchange.started});

    if (!exchange.request.empty()) {
      Draft request{.type = "request", .content_type = kRequest, .date = exchange.started};
      request.fields = fields;
      xuncha::Add(request.fields, "WARC-Concurrent-To", out.response.id);
      request.block = {exchange.request};
      if (place = Write(request); !place) return place.error();
      out.request = std::move(*place);
    }

    const std::string details = Details(capture, head, undone, *chain_id, *names_id);
    Draft metadata{.type = "metadata", .content_type = kFields, .date = exchange.started};
    metadata.fields = std::move(fields);
    xuncha::Add(metadata.fields, "WARC-Refers-To", out.response.id);
    metadata.block = {details};
    if (place = Write(metadata); !place) return place.error();
    out.metadata = std::move(*place);
    return out;
  }

  struct Payload {
    std::string id, uri;
    Millis date = 0;
  };

  const Options options;
  const ByteSink sink;
  uint64_t written = 0;
  std::string info_id, last_id;
  std::map<Digest, Payload> payloads;
  std::map<Digest, std::string> chains;  // certificates and answers about names -> record
};

WarcWriter::WarcWriter(Options options, ByteSink sink)
    : rep_(std::make_unique<Rep>(std::move(options), std::move(sink))) {}
WarcWriter::~WarcWriter() = default;

Result<WrittenCapture> WarcWriter::Add(const Capture& capture) { return rep_->Add(capture); }

Result<WarcPlace> WarcWriter::AddResource(std::string_view uri, std::string_view mime, Millis time,
                                          std::string_view bytes) {
  if (Status begun = rep_->Begin(); !begun) return begun.error();
  Rep::Draft draft{.type = "resource", .content_type = mime, .date = time};
  xuncha::Add(draft.fields, "WARC-Target-URI", WarcUri(uri));
  draft.block = {bytes};
  return rep_->Write(draft);
}

uint64_t WarcWriter::bytes() const { return rep_->written; }

}  // namespace xuncha
