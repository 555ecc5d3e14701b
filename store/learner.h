// Learner gives each site the dictionary its bodies are packed with (codec.h).
//
// A site is learnt from once there are enough bodies of it: in the middle of its
// first night if it is large, when it has been read if it is small, never if it is
// tiny. The bodies it was learnt from are then packed again, so that the first
// night is as small as the others.
//
// A dictionary has a promise: what it made of bodies of the site that it had not
// learnt from. It has stopped paying when the whole bodies kept since have taken
// so many bytes more than promised that two new ones would have paid for
// themselves: the site has got another template. That costs nothing to know, and a
// site that merely grows more colourful is not learnt again each night, since each
// attempt renews the promise. Old dictionaries stay as long as a body names them.
//
// Learning takes a tenth of a second, so it has a thread of its own, one and never more, which
// reads the store and writes nothing. Neither the main loop nor the workers wait;
// what was learnt is put on disk at the next commit. If the process ends first,
// nothing is lost but the lesson.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <future>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "store/db.h"
#include "store/snapshots.h"

namespace xuncha {

// What a site's bodies taught.
struct Lesson {
  std::string site;
  bool enough = false;    // else there were too few of them, and nothing follows
  std::string bytes;      // a new dictionary; empty: it is not worth having
  PackedBlob packed;      // the same as it is kept
  uint64_t promised = 0;  // bytes that a million will take from now on
  std::vector<std::pair<Digest, PackedBlob>> repacked;  // to take the place of those there
};
// Reads the store; any thread.
Lesson Learn(const Database& database, const Snapshots& snapshots, std::string_view site);

class Learner {
 public:
  Learner(Database& database, Snapshots& snapshots) : database_(database), snapshots_(snapshots) {}
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;

  // Adds to the batch what its whole bodies tell of the site's dictionary.
  Status Weigh(Batch& batch, std::string_view site, const WholeBodies& kept);
  // All of the site has been read.
  void SiteRead(std::string_view site);
  // Takes what was learnt, and begins with what is due. One batch and fsync for each lesson.
  Status Tend();
  // The same until nothing is due: waits, but not for ever.
  Status Settle();

 private:
  void Due(std::string_view site);
  Status Take();

  Database& database_;
  Snapshots& snapshots_;
  std::map<std::string, uint64_t, std::less<>>
      untaught_;  // whole bodies of sites never learnt from
  std::deque<std::string> due_;
  std::string learning_;        // the site of lesson_
  std::future<Lesson> lesson_;  // valid: the thread is at work, or done
};

}  // namespace xuncha
