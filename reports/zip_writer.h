// A zip file of members stored as they are, written from front to back; sizes and
// checksums, which are known only behind a member, are put into its header then.
// ZIP64 throughout where a figure needs it.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "proof/sm3.h"
#include "reports/wacz.h"

namespace xuncha {

class ZipWriter {
 public:
  // Written beside `path` and given its name by Finish. Members carry `time`.
  ZipWriter(const std::string& path, Millis time);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  // One member at a time.
  Status Begin(std::string_view name);
  Status Add(std::string_view bytes);
  Status End();
  bool open() const { return open_; }
  const std::vector<WaczFile>& files() const { return files_; }
  // kSystem names the path; nothing is left under either name then.
  Result<uint64_t> Finish();

 private:
  Status Put(std::string_view bytes);
  Status Failed();

  struct Entry {
    uint64_t offset = 0;
    uint32_t crc = 0;
  };
  std::string path_, temporary_;
  std::FILE* file_ = nullptr;
  uint32_t stamp_ = 0;
  uint64_t at_ = 0;
  bool open_ = false;
  Sha256Stream hash_;
  Sm3Stream sm3_;
  std::vector<WaczFile> files_;
  std::vector<Entry> entries_;
};

// A zip of a few small members, in the oldest form of the format: office programs refuse
// documents with the larger fields. REQUIRES: less than 4 GB in all.
struct SmallFile {
  std::string_view name;
  std::string bytes;
};
std::string SmallZip(const std::vector<SmallFile>& files, Millis time);

}  // namespace xuncha
