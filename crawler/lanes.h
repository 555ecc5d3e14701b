// Lanes are all lanes of a run: which of them may be used next, and how many
// transfers each server bears at the moment. Virtual hosts share a server, so
// beside the pause of each lane there is a cap for each address; a lane that is
// due while its server has its fill is parked until a transfer there ends.
//
// Main thread only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "crawler/lane.h"
#include "crawler/waiting.h"

namespace xuncha {

class Night;

// A lane and what waits for it: one queue for each site that uses it.
struct Track {
  Track(const Url& any, Lane::Pace pace) : lane(any, pace) {}

  bool Waits() const;
  // The site whose turn it is; sites that share a host take turns. REQUIRES: nights is not empty.
  Night& NextNight() { return *nights[turn++ % nights.size()]; }

  Lane lane;
  std::map<const Night*, Waiting> queues;
  std::vector<Night*> nights;  // of `queues`, in the order they came

  // A page that the lane is to fetch as others, and as whom still, the next first.
  struct Held {
    Page page;
    std::deque<Visitor> due;
  };
  std::deque<Held> held;                 // comes before the queues, the first first
  std::array<int, kVisitors> refused{};  // views refused in a row, by visitor

 private:
  friend class Lanes;
  size_t turn = 0;
  std::optional<Millis> scheduled;  // its key in Lanes::due_
  bool parked = false;
  std::string gate;  // the address its transfer is counted under
};

class Lanes {
 public:
  explicit Lanes(size_t per_address) : per_address_(per_address) {}

  // nullptr if there is none.
  Track* Find(const std::string& origin) const;
  Track& Add(std::unique_ptr<Track> track);
  // Drops a lane nobody uses; what must outlive it is in the notes. One that was
  // given up stays, for it must not be tried again.
  void Forget(Track& track);

  // To be called whenever what waits, or when the lane is due, may have changed.
  void Schedule(Track& track);
  // A lane that is due, something waits for, and whose server has room; nullptr if
  // there is none. It must then be started, or put back.
  Track* Take(Millis now);
  void Start(Track& track);
  void PutBack(Track& track);
  // After Lane::End.
  void End(Track& track);
  // When the next lane is due, if one is.
  std::optional<Millis> NextDue() const;

 private:
  struct Address {
    size_t busy = 0;
    std::deque<Track*> parked;
  };
  void Unpark(Address& address);

  const size_t per_address_;
  std::map<std::string, std::unique_ptr<Track>, std::less<>> tracks_;  // by origin
  std::set<std::pair<Millis, Track*>> due_;
  std::map<std::string, Address> addresses_;  // by politeness key
};

}  // namespace xuncha
