// The evidence package (证据包): what was captured of an incident, a site or a URL,
// put together so that it stands alone in another house. A WACZ holds the captures
// as they were received; its folder evidence/ holds the papers an officer signs, the
// lists, the custody log with its proofs, and what is needed to check all of it
// with a shell, sha256sum and openssl.
//
// A package says what it does not prove, declares every alteration, and shows no
// identifier of a citizen in its papers unless the approval says so; the captures
// are never altered.
//
// The same store, request, key and clock give the same bytes, but for signatures
// and what other programs make (PDF, pictures, timestamps).
//
// Main thread. Memory is bounded by limits::kExport...; bodies are read one at a time.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/record.h"
#include "base/result.h"
#include "proof/chain.h"
#include "proof/signing.h"
#include "store/store.h"

namespace xuncha {

// ---- what is asked for --------------------------------------------------------

// An incident, a site, or a URL; the last two may be restricted in time.
struct EvidenceScope {
  std::string incident;  // id; a unique prefix is enough
  std::string site;
  std::string url;
  Millis from = 0, until = 0;  // of observations, [from, until); 0: not restricted
};

// An observation that belongs to the package, without what it holds.
struct EvidencePlace {
  std::string site, url;
  uint64_t run = 0;
  bool outside = false;  // not of the scope: it holds what one in the scope refers to
};

// What there is to export, before a byte is written.
struct EvidenceSurvey {
  EvidenceScope scope;  // the incident's id in full
  std::optional<Incident> incident;
  std::vector<EvidencePlace> places;  // in the order they are exported
  std::vector<StoredFinding> findings;
  std::vector<Site> sites;  // of the places; one that is no longer registered has its id alone
  std::map<uint64_t, Run> runs;
  Millis first = 0, last = 0;  // of the observations

  std::vector<std::string> Refs() const;  // of the scope, as the audit chain names it
  std::string Text() const;               // likewise, in Chinese
};

// kNotFound if nothing is stored under the scope; kLimit if it is more than one
// package may hold; kInvalid if the scope names nothing or too much.
Result<EvidenceSurvey> SurveyEvidence(Store& store, const EvidenceScope& scope);

// ---- what is written ----------------------------------------------------------

// Where and with what the export is made; for the papers.
struct EvidenceMaker {
  std::string unit;      // who certifies; empty: a line to be filled in
  std::string software;  // "xuncha 0.1.0"
  std::string build;     // SHA-256 of the program, hexadecimal
  std::string host;      // name of the machine
  std::string system;    // "Debian GNU/Linux 12 (bookworm), Linux 6.1.0 x86_64"
  std::string clock;     // where the machine's time comes from, as far as it is known
};

// What other programs and services do. Each may be empty: then that part is left out
// and the papers say so. An error is told in the papers, and stops nothing.
struct EvidenceServices {
  std::function<Result<std::string>(const std::string& html)> print;    // to PDF
  std::function<Result<std::string>(const std::string& html)> picture;  // to PNG, no network
  std::function<Result<std::string>(const std::string& data)> stamp;    // RFC 3161 reply, checked
  std::string no_browser;  // why the first two are empty; none given: there is no browser
  // Observations done of all; returning false stops the export.
  std::function<bool(uint64_t done, uint64_t all)> progress;
};

struct EvidenceOrder {
  const EvidenceSurvey* survey = nullptr;
  EvidenceExport record;
  EvidenceMaker maker;
  Checkpoint checkpoint;            // of the audit chain, with the record's entries in it
  const SigningKey* key = nullptr;  // a P-384 key signs the WACZ as such, too
  const SigningKey* sm2 = nullptr;  // signs the SM3 sums, too; nullptr: nobody does
  Millis now = 0;
};

struct EvidenceMade {
  uint64_t items = 0;              // lines of the list
  uint64_t bytes = 0;              // of the package
  Digest manifest;                 // of evidence/manifest-sha256.txt
  std::vector<std::string> notes;  // what could not be added, and why; Chinese
};

// Writes the package to `path`; nothing stands there until it is whole. kConflict if
// it was stopped.
Result<EvidenceMade> WriteEvidence(Store& store, const EvidenceOrder& order,
                                   const EvidenceServices& services, const std::string& path);

// ---- names inside the package ---------------------------------------------------

namespace evidence {
inline constexpr std::string_view kReadme = "evidence/README.txt";
inline constexpr std::string_view kCertificate = "evidence/01-电子证明文件";
inline constexpr std::string_view kList = "evidence/02-电子数据清单";
inline constexpr std::string_view kProcess = "evidence/03-提取过程说明";
inline constexpr std::string_view kNotProven = "evidence/04-不能证明的事项";
inline constexpr std::string_view kReceipt = "evidence/05-交接回执";
inline constexpr std::string_view kCustody = "evidence/06-保管链";
inline constexpr std::string_view kProofs = "evidence/custody/entries.jsonl";
inline constexpr std::string_view kCheckpointText = "evidence/custody/checkpoint.txt";
inline constexpr std::string_view kCheckpointSignature = "evidence/custody/checkpoint.sig";
inline constexpr std::string_view kCheckpointStamp = "evidence/custody/checkpoint.tsr";
inline constexpr std::string_view kPublicKey = "evidence/installation.pub";
inline constexpr std::string_view kVerify = "evidence/verify.sh";
inline constexpr std::string_view kManifest = "evidence/manifest-sha256.txt";
inline constexpr std::string_view kManifestSm3 = "evidence/manifest-sm3.txt";
inline constexpr std::string_view kManifestSignature = "evidence/manifest.sig";
inline constexpr std::string_view kSm2Key = "evidence/installation-sm2.pub";
inline constexpr std::string_view kSm2Signature = "evidence/manifest-sm3.sig";
inline constexpr std::string_view kManifestStamp = "evidence/manifest.tsr";
inline constexpr std::string_view kArchive = "archive/data.warc.gz";
}  // namespace evidence

}  // namespace xuncha
