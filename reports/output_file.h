// A document that takes its name when it is complete: written beside it under a
// temporary name, flushed to disk, renamed. "-" is the standard output.
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

  Status Ready() const;  // kSystem if it cannot be created, which Finish tells too
  void Put(std::string_view text);
  // kSystem names the path and the reason; nothing is left under either name.
  Status Finish();

 private:
  Status Failed() const;

  std::string path_, temporary_;  // the latter is empty for the standard output
  std::FILE* file_ = nullptr;
};

}  // namespace xuncha
