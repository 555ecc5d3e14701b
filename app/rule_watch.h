// RuleWatch keeps a long-running process under the law as it stands on disk. The
// main loop calls Poll; when a pack or list has changed, a thread in the
// background loads, compiles and tries the samples, and Poll puts the new engine
// in force. Whoever still holds the old one finishes under it.
//
// What does not load changes nothing: the last good engine stays, and the
// complaint is kept for the operator until the files are good again.
//
// Start, Poll and the accessors on the main thread only; an Engine on any.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <map>
#include <memory>
#include <string>

#include "app/engine.h"
#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

class RuleWatch {
 public:
  enum class Event : uint8_t {
    kNone,      // nothing new, or still loading
    kInForce,   // another engine is in force
    kRefused,   // what is on disk does not load; complaint() says why
    kRestored,  // what is on disk is what is in force again
  };

  // Loads and compiles now; fails as BuildEngine does. Borrows `clock`.
  static Result<std::unique_ptr<RuleWatch>> Start(EngineOptions options, const Clock& clock,
                                                  Millis every = 5'000);
  // Waits for a load that is under way.
  ~RuleWatch();

  // Looks at the files once every `every`; costs no more than their names and
  // times unless one of them has changed.
  Event Poll();

  // Never null. Shared: workers keep the one they began with.
  std::shared_ptr<const Engine> engine() const { return engine_; }
  // Why the files on disk are not in force; empty when they are.
  const std::string& complaint() const { return complaint_; }
  bool loading() const { return load_.valid(); }

 private:
  struct Loaded {
    std::shared_ptr<const Engine> engine;  // null: `complaint`, or nothing new
    std::string complaint;
    Digest text;
  };
  // Of every file: when it was written, and how long it is.
  using Stamps = std::map<std::string, std::pair<int64_t, uint64_t>>;

  RuleWatch(EngineOptions options, const Clock& clock, Millis every)
      : options_(std::move(options)), clock_(clock), every_(every) {}
  Stamps Look() const;
  Event Take(Loaded loaded);
  static Loaded Load(const EngineOptions& options, const Digest& in_force, const Digest& refused);

  const EngineOptions options_;
  const Clock& clock_;
  const Millis every_;
  Millis next_ = 0;
  Stamps stamps_;                         // as of the last load
  std::shared_ptr<const Engine> engine_;  // shared: outlives its replacement in the workers
  Digest text_, refused_;                 // of the sources in force, and of those last refused
  std::string complaint_;
  std::future<Loaded> load_;
};

}  // namespace xuncha
