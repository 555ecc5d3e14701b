// Exports: which evidence was handed out, on whose letter, by whom and with whose
// approval. One person exports and another approves; both stand in the audit chain
// before a byte of the package is written, so that there is no package without its
// entries. What became of it is added when it is whole, or has failed.
//
// Reads: any thread. Writes: main thread; each is an entry of the audit chain in
// the same batch.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace xuncha {

class AuditChain;
class Database;

struct EvidenceExport {
  uint64_t number = 0;
  Millis begun = 0;
  std::string reference;              // number of the authority's letter (调证法律文书编号)
  std::string authority;              // whose letter it is
  std::vector<std::string> officers;  // of the authority, who take it
  std::string by, approved_by;
  std::string approval;            // what the approver said to it
  std::vector<std::string> scope;  // refs of the audit chain: "incident:...", "site:...", "url:..."
  Millis from = 0, until = 0;      // of observations, [from, until); 0: not restricted
  bool unmasked = false;           // documents show identifiers of citizens whole
  std::string hold;                // id of the hold on what was exported; empty: none
  // Of the package, once it is whole.
  Millis ended = 0;
  uint64_t items = 0, bytes = 0;
  Digest package;       // of the file
  Digest manifest;      // of the list in it that is signed
  std::string failure;  // why there is no package

  std::string id() const;  // "E12"
};

// What Begin asks of a record, but for what is found out on the way: whoever places a
// hold for it asks before.
Status CheckExport(const EvidenceExport& record);

class ExportBook {
 public:
  ExportBook(Database& database, AuditChain& chain) : database_(database), chain_(chain) {}

  // Puts the approval and the export on record; number and begun are filled in.
  // kInvalid if the letter's number, the authority, two officers, either person or the
  // scope is missing, or one person is both.
  Result<EvidenceExport> Begin(EvidenceExport record, Millis now);
  // What became of it: Begin's record with the last fields filled in.
  Status End(const EvidenceExport& record, Millis now);
  // By number. Returning false stops.
  Status Each(const std::function<bool(const EvidenceExport&)>& visit) const;

 private:
  Database& database_;
  AuditChain& chain_;
};

}  // namespace xuncha
