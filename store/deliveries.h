// Deliveries: the messages to people, those that wait and what became of those that went.
//
// Reads: any thread. Writes: main thread; each is an entry of the audit chain in
// the same batch.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace xuncha {

class AuditChain;
class Database;

class Deliveries {
 public:
  Deliveries(Database& database, AuditChain& chain);  // borrows both

 private:
  Database& database_;
  AuditChain& chain_;
};

}  // namespace xuncha
