// WACZ 1.1.1: a web archive with its index, its list of pages and the hash of every
// part, in one zip file whose members are stored as they are; and wacz-auth 0.1.0, the
// anonymous signature over all of it.
//
// Writing streams: the file is the only large thing, and memory holds the index and
// the list of pages. Whatever an institution adds (its own signature, a timestamp,
// proofs, papers) goes under evidence/, so that signedData stays pure.
//
// The verifier shares no code with the writer but hashing, and takes no word of the
// file for granted: a viewer is not a verifier (it replays tampered pages).
//
// Main thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "proof/signing.h"
#include "reports/warc.h"

namespace xuncha {

// ---- writing ----------------------------------------------------------------

// A capture by which a reader enters the archive.
struct WaczPage {
  std::string url;  // as in the capture
  Millis time = 0;  // of the capture: Exchange::started
  std::string title;
  std::string text;  // to be searched; may be empty
};

struct WaczFile {
  std::string path;  // inside the package
  uint64_t bytes = 0;
  Digest digest;
  Digest sm3;
};

class WaczWriter {
 public:
  struct Options {
    std::string title, description;
    std::string software;  // "xuncha 0.1.0"
    Millis created = 0;
    std::vector<WarcField> about;     // more lines of the warcinfo record
    const SigningKey* key = nullptr;  // ECDSA P-384; nullptr: the package is not signed
  };
  struct Summary {
    std::vector<WaczFile> files;  // every member, in the order written
    Digest datapackage;           // what the signature is over
    uint64_t bytes = 0;           // of the package
    uint64_t captures = 0, pages = 0;
  };

  // kSystem; kInvalid if the key is of another kind. Nothing stands at `path` until
  // Finish.
  static Result<std::unique_ptr<WaczWriter>> Create(const std::string& path, Options options);
  ~WaczWriter();
  WaczWriter(const WaczWriter&) = delete;
  WaczWriter& operator=(const WaczWriter&) = delete;

  Result<WrittenCapture> AddCapture(const Capture& capture);
  Result<WarcPlace> AddResource(std::string_view uri, std::string_view mime, Millis time,
                                std::string_view bytes);
  Status AddPage(WaczPage page);
  // `name` lies outside archive/, indexes/ and pages/: "evidence/manifest-sha256.txt".
  // Ends the archive, whose index and pages are then written: REQUIRES that no capture,
  // resource or page follows. kInvalid if the
  // name cannot be one, or is taken.
  Status AddFile(std::string_view name, std::string_view bytes);
  Status AddFile(std::string_view name, const ByteSource& bytes);
  // What stands in the package so far; of the archive once it has ended.
  const std::vector<WaczFile>& files() const;
  // REQUIRES: called once, last. kInvalid if there is no capture.
  Result<Summary> Finish();

 private:
  struct Rep;
  explicit WaczWriter(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// The key under which an index sorts a URL: "cn,edu,example)/path?query".
std::string Surt(std::string_view url);

// ---- reading ----------------------------------------------------------------

// The members of a package. Doubled or climbing names, members that overlap or are
// encrypted, and lists longer than limits are refused when it is opened.
class WaczReader {
 public:
  // kNotFound, kSystem, kDamaged, kLimit.
  static Result<WaczReader> Open(const std::string& path);
  WaczReader(WaczReader&&) noexcept;
  ~WaczReader();

  struct Member {
    std::string path;
    uint64_t bytes = 0;   // of its content
    uint64_t offset = 0;  // where that begins in the file
    uint64_t stored = 0;  // bytes there
    uint32_t crc = 0;
    bool packed = false;  // deflated; else as it is
  };
  const std::vector<Member>& members() const;       // in the order of the file
  const Member* Find(std::string_view path) const;  // nullptr
  // A member's content; the reader must outlive the source. kDamaged at its end if
  // length or CRC is another one.
  ByteSource Source(const Member& member) const;
  // A part of a member that is stored as it is.
  ByteSource Part(const Member& member, uint64_t from, uint64_t count) const;
  // kLimit if it is longer.
  Result<std::string> Read(const Member& member, size_t most) const;
  // What stands in the zip beside its members' content and is not as the writer above
  // leaves it: gaps, times, attributes. Empty if all is.
  const std::vector<std::string>& oddities() const;

 private:
  struct Rep;
  explicit WaczReader(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

struct WaczReport {
  // Each in Chinese, with the member first: "archive/data.warc.gz：……". Empty: whole.
  std::vector<std::string> problems;
  bool signed_ok = false;  // there is a signature and it holds
  std::string signature;  // what it says, in Chinese: "匿名签名有效，公钥 ab12…", "未签名"
  std::string public_key;  // SubjectPublicKeyInfo, base64; empty: not signed
  Digest datapackage;      // of datapackage.json
  std::string software;    // that claims to have written it
  std::string created;     // likewise, as it stands there
  uint64_t members = 0, bytes = 0, records = 0, captures = 0, pages = 0;
  bool ok() const { return problems.empty(); }
};
// Everything that can be tested without a key of ours or a network: the zip and its
// CRCs, required and unlisted members, each resource's hash and size, the order of the
// index and that each line opens a record of its URI, time and payload, that each page
// is indexed, datapackage-digest.json, signedData and its signature. Tokens of time
// authorities and everything under evidence/ are only hashed here. An error is one of
// opening; a package that is no package is a report with problems.
Result<WaczReport> VerifyWacz(const std::string& path);

}  // namespace xuncha
