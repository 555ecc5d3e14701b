// One gzip member, streamed out.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "reports/warc.h"

namespace xuncha {

class GzipMember {
 public:
  // Borrows the sink.
  explicit GzipMember(const ByteSink& sink);
  ~GzipMember();
  GzipMember(const GzipMember&) = delete;
  GzipMember& operator=(const GzipMember&) = delete;

  Status Add(std::string_view bytes);
  Status Finish();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// What is inside one or more gzip members. kDamaged where they break or are cut off.
ByteSource Gunzipped(ByteSource source);

// The checksum of zip members; begins with 0.
uint32_t Crc32(uint32_t crc, std::string_view bytes);

}  // namespace xuncha
