// What the parts of an evidence package tell one another: a line of its list, a
// file of it, and what the papers say of all lines together.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "proof/chain.h"
#include "reports/evidence.h"

namespace xuncha {

// One line of 电子数据清单.
struct EvidenceItem {
  uint64_t number = 0;
  std::string name;      // title, or what it is
  std::string category;  // 网页, 跳转应答, 其他访客所得, 截图, 复查记录
  std::string format;    // "text/html"
  uint64_t bytes = 0;
  Digest sha256, sm3;  // of the payload as archived; none: nothing was received
  std::string url;
  std::string server;  // "10.1.2.3:80"
  Millis time = 0;
  std::string record;  // "<urn:uuid:...>"
  std::string place;   // member of the package
  std::string remark;
};

// A member of the package with both digests.
struct EvidenceFile {
  std::string path;
  uint64_t bytes = 0;
  Digest sha256, sm3;
};

// What the captures have in common, for 提取过程说明.
struct EvidenceTally {
  uint64_t items = 0, captures = 0, revisits = 0, unchanged = 0, unanswered = 0, pictures = 0;
  uint64_t decoded = 0, joined = 0, cut = 0;       // captures whose body is not as it was sent
  std::map<std::string, uint64_t> servers;         // address -> captures; bounded
  std::map<std::string, uint64_t> names;           // what name servers said, and what was tried
  std::map<std::string, uint64_t> tls;             // version, cipher, error -> captures
  std::map<std::string, uint64_t> redirects;       // "status from → to"
  std::map<std::string, uint64_t> limits;          // reasons why something was not read whole
  std::map<std::string, uint64_t> rules, configs;  // digests -> observations, runs
  static constexpr size_t kKept = 200;             // of each; a paper lists no more
  // Counts `what` in `of`, as long as there is room.
  static void Count(std::map<std::string, uint64_t>& of, const std::string& what) {
    if (what.empty()) return;
    if (of.size() < kKept || of.contains(what)) ++of[what];
  }
};

// The entries of the audit chain that concern a package, each with its proof.
struct EvidenceCustody {
  std::vector<AuditEntry> entries;
  uint64_t left_out = 0;  // older ones, beyond limits::kExportEntriesMax
  std::string proofs;     // a line each
};
Result<EvidenceCustody> GatherCustody(Store& store, const EvidenceOrder& order);

// Texts as papers show them: one line, no control characters, and identifiers of
// citizens masked unless the approval says otherwise.
class EvidenceText {
 public:
  explicit EvidenceText(const EvidenceExport& record) : unmasked_(record.unmasked) {}
  std::string Plain(std::string_view text) const;
  std::string Html(std::string_view text) const;
  // Of texts that we put together: ids and digests in them, hexadecimal words of 16 or
  // 64 digits with a letter among them, are nobody's number and stay whole.
  std::string Own(std::string_view text) const;
  std::string OwnHtml(std::string_view text) const;

 private:
  bool unmasked_;
};

std::string FormatUtc(Millis time);  // "2026-11-22 01:00:00.000"

// ---- the lists ------------------------------------------------------------------

// 电子数据清单 as it grows, in two files of its own beside the package; they are gone
// when the object is.
class EvidenceList {
 public:
  // `beside`: path of the package.
  explicit EvidenceList(const std::string& beside, Millis now);
  ~EvidenceList();
  EvidenceList(const EvidenceList&) = delete;
  EvidenceList& operator=(const EvidenceList&) = delete;

  void Add(const EvidenceItem& item);
  // kSystem if either could not be written whole.
  Status Finish();
  const std::string& csv() const { return csv_path_; }
  const std::string& xlsx() const { return xlsx_path_; }

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
  std::string csv_path_, xlsx_path_;
};

// ---- the papers -----------------------------------------------------------------

struct EvidencePaper {
  std::string_view name;  // without extension
  std::string html;
};
struct PaperFacts {
  const EvidenceOrder* order = nullptr;
  const EvidenceTally* tally = nullptr;
  const EvidenceCustody* custody = nullptr;
  std::vector<EvidenceFile> files;  // of the package so far
  std::vector<std::string> notes;   // what could not be added
  bool stamped = false;             // the manifest will carry a timestamp
  bool pictures = false;            // pages were drawn
};
std::vector<EvidencePaper> MakePapers(const PaperFacts& facts);
std::string MakeReadme(const PaperFacts& facts);

}  // namespace xuncha
