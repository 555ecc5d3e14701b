// Runs the built program as a child process and collects what it wrote.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace xuncha {

struct Outcome {
  int code = -1;    // exit code; -signal if it was killed
  std::string out;  // stdout
  std::string err;  // stderr
};

// Runs `xuncha` with the arguments and waits.
Outcome RunProgram(const std::vector<std::string>& arguments);
// The same of another program.
Outcome RunOther(const std::string& program, const std::vector<std::string>& arguments);
// Starts it with output thrown away; the caller waits or kills.
pid_t StartProgram(const std::vector<std::string>& arguments);

// A directory of its own under the system's place for temporary files, removed
// with everything in it at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void WriteText(const std::string& path, const std::string& text);

}  // namespace xuncha
