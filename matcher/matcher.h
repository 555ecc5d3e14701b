// Matcher finds the patterns of a RuleSet in a page: it normalises
// Document::text (normalise.h), scans each channel with Hyperscan (prefilter.h),
// confirms with RE2 and checksums (confirm.h), and leaves hits ordered by place.
//
// Hyperscan is used through its regex API only, with every literal byte escaped
// (the literal API of 5.4.0 loses matches), and every return code is checked: on
// an error the page is scanned again with RE2 and Limit::kMatcherError recorded.
//
// A Matcher is immutable and shared; each worker has its own Scratch.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/limits.h"
#include "base/record.h"
#include "base/result.h"
#include "rules/rule_set.h"

namespace xuncha {

class Matcher {
 public:
  // What one thread needs to scan: Hyperscan's scratch and reused buffers.
  class Scratch {
   public:
    Scratch();
    ~Scratch();
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;
    struct Rep;
    std::unique_ptr<Rep> rep;
  };

  struct Options {
    std::string cache_dir;  // compiled databases are kept here; empty = not kept
    int scan_fails_with =
        0;  // a Hyperscan code for every scan to answer, to test the way around it
    // CPU time of one page, expressions included; beyond it Limit::kMatchTime.
    int64_t cpu_millis_max = limits::kMatchCpuMillisMax;
  };

  // Compiles, or loads from the cache under version, CPU and rule digest.
  // Borrows `rules`, which must outlive the matcher. kInvalid names the rule
  // that does not compile.
  static Result<std::unique_ptr<Matcher>> Build(const RuleSet& rules, const Options& options);
  ~Matcher();

  Result<Scratch> NewScratch() const;
  // Reads page.document, writes page.hits; on a cap adds to page.limits.
  void Match(Page& page, Scratch& scratch) const;

 private:
  struct Rep;
  explicit Matcher(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
