// SPDX-License-Identifier: Apache-2.0
#include "crawler/lanes.h"

#include <algorithm>
#include <utility>

namespace xuncha {

bool Track::Waits() const {
  return !held.empty() || std::any_of(queues.begin(), queues.end(),
                                      [](const auto& queue) { return queue.second.size() > 0; });
}

Track* Lanes::Find(const std::string& origin) const {
  auto found = tracks_.find(origin);
  return found == tracks_.end() ? nullptr : found->second.get();
}

Track& Lanes::Add(std::unique_ptr<Track> track) {
  const std::string origin = track->lane.origin();
  return *(tracks_[origin] = std::move(track));
}

void Lanes::Forget(Track& track) {
  if (!track.nights.empty() || track.lane.busy() || track.lane.given_up()) return;
  if (track.scheduled) due_.erase({*track.scheduled, &track});
  if (track.parked) std::erase(addresses_[track.lane.address()].parked, &track);
  const std::string origin = track.lane.origin();
  tracks_.erase(origin);
}

void Lanes::Schedule(Track& track) {
  if (track.lane.busy() || track.parked) return;
  const bool waits = track.Waits();
  if (track.scheduled && (!waits || *track.scheduled != track.lane.due())) {
    due_.erase({*track.scheduled, &track});
    track.scheduled.reset();
  }
  if (!waits || track.scheduled) return;
  track.scheduled = track.lane.due();
  due_.emplace(track.lane.due(), &track);
}

Track* Lanes::Take(Millis now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    Track& track = *due_.begin()->second;
    due_.erase(due_.begin());
    track.scheduled.reset();
    Address& address = addresses_[track.lane.address()];
    if (address.busy < per_address_) return &track;
    track.parked = true;
    address.parked.push_back(&track);
  }
  return nullptr;
}

void Lanes::Start(Track& track) {
  track.gate = track.lane.address();
  ++addresses_[track.gate].busy;
  track.lane.Start();
}

void Lanes::PutBack(Track& track) {
  Schedule(track);
  Unpark(addresses_[track.lane.address()]);
}

void Lanes::End(Track& track) {
  Address& address = addresses_[track.gate];
  CHECK(address.busy > 0);
  --address.busy;
  Unpark(address);
}

// A server with room again is asked by the next in line that still waits for it.
void Lanes::Unpark(Address& address) {
  while (!address.parked.empty() && address.busy < per_address_) {
    Track& next = *address.parked.front();
    address.parked.pop_front();
    next.parked = false;
    Schedule(next);
    if (next.scheduled) return;
  }
}

std::optional<Millis> Lanes::NextDue() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace xuncha
