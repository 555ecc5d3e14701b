// What a rescan has come to, site by site, in a file of the data directory: one
// that was interrupted goes on behind the last site it had finished, if it is
// asked for the same thing of the same nights.
//
// Values and one file; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace xuncha {

// One site, done.
struct RescannedSite {
  std::string site;
  std::string output;  // what was told of it, as printed
  uint64_t urls = 0, visits = 0, texts = 0, text_bytes = 0, missing = 0, outside = 0, left_out = 0;
  std::array<uint64_t, 4> findings{};  // by Severity
  uint64_t standing = 0;               // of them
  uint64_t unknown = 0;                // of them: the store did not have them
  uint64_t added = 0, set_back = 0;    // with --keep
};

class RescanNotes {
 public:
  // `asked`: all that makes a rescan the same one. What was noted of another is
  // nothing; so is a file that cannot be read.
  RescanNotes(std::string path, const Digest& asked);

  const std::vector<RescannedSite>& done() const { return done_; }
  const RescannedSite* Find(std::string_view site) const;
  void Add(RescannedSite site) { done_.push_back(std::move(site)); }
  // Nobody else has the file: the rescan before is over, or the data directory is
  // being worked on by two, and the later one has the word.
  // Writes what was added since the last call.
  Status Save();
  void Remove() const;  // it is finished

 private:
  const std::string path_;
  const Digest asked_;
  std::vector<RescannedSite> done_;
  size_t saved_ = 0;  // of them
};

}  // namespace xuncha
