// Casework: an incident on its way from the first verdict to its end. Who has it in
// hand, notices to the owner with their terms, suppressions.
//
// Reads: any thread. Writes: main thread; each is an entry of the audit chain in
// the same batch.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace xuncha {

class AuditChain;
class Database;

class Casework {
 public:
  Casework(Database& database, AuditChain& chain);  // borrows both

 private:
  Database& database_;
  AuditChain& chain_;
};

}  // namespace xuncha
