// A document that takes its name when it is complete: written beside it under a
// temporary name, flushed to disk, renamed.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  ~OutputFile();  // what was not finished is removed
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void Put(std::string_view text);
  // kSystem names the path and the reason; nothing is left under either name.
  Status Finish();

 private:
  Status Failed() const;

  std::string path_, temporary_;
  std::FILE* file_ = nullptr;
};

}  // namespace xuncha
