// WARC 1.1 (ISO 28500:2017): web archives, written and read.
//
// The writer makes one gzip member per record and remembers where each begins, so
// that a reader may open a record by itself. Nothing it is given can end a header
// line early: control characters are percent-encoded before they are written. The
// same captures with the same time give the same bytes, record ids included.
//
// libcurl joins chunks, and the store keeps bodies with their content coding
// undone. An HTTP head that no longer tells the truth about the body that follows
// is changed in three fields and no more: what Transfer-Encoding, Content-Encoding
// and Content-Length were goes on as X-Archive-Orig-…, and the true length takes
// their place. The metadata record says so for each capture, and names the SHA-256
// of the body as it was sent.
//
// The reader takes what others write too: WARC 1.0, bracketed URIs, gzip per record,
// one gzip around all, none at all. Whatever a file says of its own lengths is held
// against limits before it costs memory.
//
// One thread per writer and reader.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/record.h"
#include "base/result.h"

namespace xuncha {

// Takes the next bytes; what it says goes back to the caller of the writer.
using ByteSink = std::function<Status(std::string_view)>;
// Up to `most` of the next bytes; none at the end.
using ByteSource = std::function<Result<std::string>(size_t most)>;

ByteSource SourceOfBytes(std::string_view bytes);  // borrowed
// kNotFound, kSystem. The source owns the open file.
Result<ByteSource> SourceOfFile(const std::string& path);

struct WarcField {
  std::string name, value;
  friend bool operator==(const WarcField&, const WarcField&) = default;
};

// ---- writing ----------------------------------------------------------------

// One exchange to put on record. All is borrowed for the call.
struct Capture {
  const Exchange* exchange = nullptr;
  std::string_view body;           // as kept; empty if there is none; of a 304 what it confirms
  bool coded = false;              // `body` is as it was sent, its content coding not undone
  std::string_view certificates;   // PEM, of exchange->tls.chain; empty: not kept
  std::string_view names;          // text/dns, of exchange->names; empty: not kept
  std::string_view truncated;      // if exchange->cut: "length", "time", "disconnect"; else
                                   // "unspecified" is written
  std::vector<WarcField> details;  // more lines of the metadata record: {"visitor", "spider"}
};
// What WARC-Truncated says of a cap; empty if the cap does not cut a body.
std::string_view TruncationOf(Limit limit);

// Where a record lies in the file, and what it is called.
struct WarcPlace {
  uint64_t offset = 0, length = 0;  // of its gzip member; length 0: it was not written
  std::string id;                   // "<urn:uuid:...>"
  Digest digest;                    // SHA-256 of the member
};

struct WrittenCapture {
  WarcPlace response, request, metadata;  // request: only if it is known
  bool revisit = false;                   // the payload stands in an earlier record of the file
  Digest payload;                         // SHA-256 of the payload as written
  std::string mime;                       // without parameters; "unk" if none was said
  uint16_t status = 0;
};

class WarcWriter {
 public:
  struct Options {
    std::string filename;                // "data.warc.gz"
    std::string software;                // "xuncha 0.1.0"
    std::vector<WarcField> description;  // more lines of the warcinfo record
    Millis created = 0;
  };
  WarcWriter(Options options, ByteSink sink);
  ~WarcWriter();
  WarcWriter(const WarcWriter&) = delete;
  WarcWriter& operator=(const WarcWriter&) = delete;

  // Response (or revisit), request and metadata. The warcinfo record goes before the
  // first. kInvalid if the exchange has no answer or its URL is none; else the sink's error.
  Result<WrittenCapture> Add(const Capture& capture);
  // A file that belongs to the archive and came over no wire: "urn:screenshot:https://...".
  Result<WarcPlace> AddResource(std::string_view uri, std::string_view mime, Millis time,
                                std::string_view bytes);
  uint64_t bytes() const;  // written so far

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// ---- reading ----------------------------------------------------------------

struct WarcRecord {
  std::string version;     // "1.1"
  std::string type;        // "response", "revisit", ...; any word
  std::string id;          // with its brackets
  std::string target_uri;  // without brackets
  std::string content_type;
  Millis date = 0;                // 0 if it cannot be read
  std::vector<WarcField> fields;  // all, as they stand there
  std::string block;
  uint64_t block_bytes = 0;    // what Content-Length says; more than block.size() if it was skipped
  uint64_t offset = 0;         // of the record in the file; of its gzip member if it has one
  uint64_t length = 0;         // likewise; 0 if one gzip member holds several records
  std::string digest_problem;  // a digest it carries is another one; empty if none is, or unknown

  const std::string* Field(std::string_view name) const;  // nullptr if absent; case as in the file
                                                          // does not matter
};

class WarcReader {
 public:
  explicit WarcReader(ByteSource source);
  ~WarcReader();
  WarcReader(WarcReader&&) noexcept;

  // Nothing at the end of the file. kDamaged or kLimit, naming the place, where no
  // further record can be found; what came before stays good, and the next call says
  // the end.
  Result<std::optional<WarcRecord>> Next();
  // What was wrong and did not end the reading, at most limits::kWarcComplaintsMax.
  const std::vector<std::string>& complaints() const;
  uint64_t records() const;
  uint64_t bytes() const;  // of the file, read so far

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// An archived answer, read as the fetcher would have handed it over: chunks joined,
// content coding undone, both within limits; `limits` names what was cut short.
// Of a resource or a conversion the block is the body. kInvalid if any other block is
// no HTTP answer, or the URI is none of ours.
struct ArchivedAnswer {
  Response response;
  std::vector<LimitHit> limits;
};
Result<ArchivedAnswer> ReadArchivedAnswer(const WarcRecord& record);
bool IsHttpResponse(const WarcRecord& record);

}  // namespace xuncha
