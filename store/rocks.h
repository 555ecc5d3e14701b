// What the files behind the door share of RocksDB: its headers, which no other
// file of the project includes, and an open database. Only db.cc, sweep.cc and
// backup.cc include this one.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/metadata.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/backup_engine.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/db.h"

namespace xuncha {

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// RocksDB's word as ours, with what to do.
Error FromRocks(const rocksdb::Status& status, const std::string& directory);

// A log that keeps nothing: a reader must not write into a directory.
class SilentLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

// An Env is asked for everything: files, time, threads.
struct Disk {
  rocksdb::Env* env = nullptr;
};

struct Database::Rep {
  std::string directory;
  bool read_only = false;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;  // the default family, then ours in order

  ~Rep();
  rocksdb::ColumnFamilyHandle* Handle(Family family) const;
  Error Failed(const rocksdb::Status& status) const;
};

}  // namespace xuncha
