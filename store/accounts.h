// Accounts: who may sit at the officers' desk and what each may do, and the sessions of
// those who are signed in. A password is kept as its Argon2id hash, a session's token
// as its SHA-256.
//
// Reads: any thread. Writes: main thread; each is an entry of the audit chain in
// the same batch.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace xuncha {

class AuditChain;
class Database;

class Accounts {
 public:
  Accounts(Database& database, AuditChain& chain);  // borrows both

 private:
  Database& database_;
  AuditChain& chain_;
};

}  // namespace xuncha
