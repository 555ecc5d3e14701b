// SPDX-License-Identifier: Apache-2.0
#include "console/large_bodies.h"

#include <utility>

#include "base/limits_desk.h"
#include "console/limits_bodies.h"

namespace xuncha {
namespace {

size_t Of(const std::map<std::string, size_t>& counts, const std::string& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

LargeBodies::Place::Place(LargeBodies* places, std::string link, std::string address)
    : places_(places), link_(std::move(link)), address_(std::move(address)) {}
LargeBodies::Place::Place(Place&& other) noexcept { *this = std::move(other); }
LargeBodies::Place& LargeBodies::Place::operator=(Place&& other) noexcept {
  std::swap(places_, other.places_);
  std::swap(link_, other.link_);
  std::swap(address_, other.address_);
  return *this;
}
LargeBodies::Place::~Place() {
  if (places_ != nullptr) places_->Leave(link_, address_);
}

std::optional<LargeBodies::Place> LargeBodies::Take(std::string link, std::string address) {
  const std::lock_guard lock(mutex_);
  if (all_ >= limits::kDeskLargeBodiesMax ||
      Of(links_, link) >= limits::kDeskLargeBodiesPerLinkMax ||
      Of(addresses_, address) >= limits::kDeskLargeBodiesPerAddressMax)
    return std::nullopt;
  ++all_;
  ++links_[link];
  ++addresses_[address];
  return Place(this, std::move(link), std::move(address));
}

void LargeBodies::Leave(const std::string& link, const std::string& address) {
  const std::lock_guard lock(mutex_);
  --all_;
  if (--links_[link] == 0) links_.erase(link);
  if (--addresses_[address] == 0) addresses_.erase(address);
}

}  // namespace xuncha
