// Prefilter finds many byte strings in a text at once. It is the only place that
// knows Hyperscan, and knows to distrust it: the regex API with every byte
// escaped (the literal API of 5.4.0 loses matches), every return code checked, a
// self-test when it is built, and PlainScan, which needs no Hyperscan, to scan
// again after an error.
//
// Compiled databases are kept in a directory under a name made of version, CPU
// and strings, with a checksum; what does not read back is compiled again.
//
// Immutable after Build; each thread has its own Scratch.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace xuncha {

class Prefilter {
 public:
  class Scratch {
   public:
    Scratch();
    ~Scratch();
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;

   private:
    friend class Prefilter;
    struct Rep;
    std::unique_ptr<Rep> rep_;
  };

  // Receives every place where a string ends. Must not scan again.
  class Sink {
   public:
    virtual ~Sink() = default;
    enum class Next : uint8_t { kContinue, kStop };
    virtual Next Found(uint32_t literal, uint32_t end) = 0;
  };

  struct Options {
    std::string cache_dir;  // empty: not kept
    int fail_with = 0;      // a Hyperscan code that every Scan answers, to test what follows
  };

  // `literals` are distinct and not empty. kSystem if Hyperscan refuses them or
  // fails its self-test.
  static Result<std::unique_ptr<Prefilter>> Build(std::vector<std::string> literals,
                                                  const Options& options);
  ~Prefilter();

  Result<Scratch> NewScratch() const;
  // Reports ends in ascending order. kSystem: some may be missing.
  Status Scan(std::string_view text, Scratch& scratch, Sink& sink) const;
  // The same by a plain walk; slower.
  void PlainScan(std::string_view text, Sink& sink) const;

  const std::vector<std::string>& literals() const { return literals_; }
  bool from_cache() const { return from_cache_; }

 private:
  struct Database;
  Prefilter();
  Status Compile(const Options& options);

  std::vector<std::string> literals_;
  std::unique_ptr<Database> database_;                           // null: no literals
  std::unordered_map<uint32_t, std::vector<uint32_t>> by_head_;  // first bytes -> literals
  int fail_with_ = 0;
  bool from_cache_ = false;
};

}  // namespace xuncha
