// Sites answers requests out of a directory (the layout stands in server.h).
// Files are read anew for each request, so a test may change them between two
// nights.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "tests/server/server.h"

namespace xuncha {

class Sites {
 public:
  Sites(std::string root, std::map<std::string, std::string> charsets);
  TestServer::Answer Get(const TestServer::Request& request) const;

 private:
  TestServer::Answer File(const TestServer::Request& request, const std::string& file,
                          TestServer::Answer answer) const;
  TestServer::Answer Counted(const TestServer::Request& request, const std::string& file,
                             uint64_t n) const;
  TestServer::Answer Missing(const TestServer::Request& request) const;
  std::string ContentType(const std::string& host, std::string_view file) const;

  std::string root_;
  std::map<std::string, std::string> charsets_;
};

}  // namespace xuncha
