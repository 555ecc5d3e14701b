// Session is one call of the program: where its data is, how it speaks, and the
// parts a command asks for, built when first asked for and handed down. Nothing
// in it is global; main owns it.
//
// Data goes to stdout, messages to stderr.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli.h"
#include "app/config.h"
#include "app/engine.h"
#include "app/version.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace xuncha {

// The severity from which findings make a command exit with 1: as given, or as configured.
Result<Severity> FailOn(const Arguments& arguments, const Config& config);
// kNotFound, with the id that may have been meant.
Error NoSuchSite(std::string_view id, const std::vector<Site>& sites);
// Text from a page as it may stand on a terminal: on one line, identifiers masked.
std::string Shown(std::string_view text);

class Session {
 public:
  // Borrows `stop`, which a signal handler sets.
  Session(const Arguments& arguments, const std::atomic<bool>& stop);
  ~Session();

  const Clock& clock() const { return clock_; }
  const std::atomic<bool>& stop() const { return stop_; }
  const std::string& data_dir() const { return data_dir_; }
  bool quiet() const { return quiet_; }
  bool terminal() const { return terminal_; }  // stderr is one
  bool colour() const { return colour_; }      // stdout is one, and NO_COLOR is unset

  // xuncha.toml of the data directory; the defaults if there is none.
  Result<Config> ReadConfiguration() const;
  // For writing; makes the store of a new installation. kNotFound says to run
  // `xuncha init`; kDamaged if there was a store and it is gone.
  Result<std::unique_ptr<Store>> OpenStore() const;
  // For reading: beside a crawl, on a disk that cannot be written, and without
  // touching what may be damaged. kNotFound too if there is no store yet.
  Result<std::unique_ptr<Store>> ReadStore() const;
  const std::string& user() const { return user_; }  // who runs the program
  // Packs as configured and the lists of the data directory; samples are checked
  // once per rule-set and remembered in the cache.
  Result<std::unique_ptr<Engine>> BuildEngine(const Config& config) const;
  EngineOptions RuleOptions(const Config& config) const;
  // Where imported lists are kept; empty without a data directory.
  std::string ListsDirectory() const;

  void Out(std::string_view text);        // stdout; what is lost is told by Flush
  Status Flush();                         // kSystem if anything for stdout was lost
  void Say(std::string_view text) const;  // stderr, unless quiet; a line
  // stderr, as it is. What cannot be written there is lost, and that is all.
  static void Show(std::string_view text);
  bool reader_gone() const;            // whoever read stdout has enough, as `head` does
  int Fail(const Error& error) const;  // stderr; returns the exit code that fits

 private:
  Status CheckDataDirectory() const;

  const std::atomic<bool>& stop_;
  SystemClock clock_;
  std::string data_dir_;
  std::string user_;
  bool quiet_ = false, terminal_ = false, colour_ = false;
  int lost_ = 0;  // errno of the first write to stdout that failed
};

}  // namespace xuncha
