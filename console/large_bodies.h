// The places for requests with files. A body is held whole, so there are few; and who fills
// one slowly keeps it long, so no link, and nobody's address, has them all.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace xuncha {

class LargeBodies {
 public:
  // One of them; given back when it is let go. The places outlive it. Moved, not copied.
  class Place {
   public:
    Place() = default;  // none
    Place(LargeBodies* places, std::string link, std::string address);
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place();

   private:
    LargeBodies* places_ = nullptr;  // borrowed; nullptr: none
    std::string link_, address_;
  };

  // Nothing if all limits::kDeskLargeBodiesMax are taken, or the link or the address has as
  // many as one may have.
  std::optional<Place> Take(std::string link, std::string address);

 private:
  void Leave(const std::string& link, const std::string& address);

  std::mutex mutex_;  // of all below
  size_t all_ = 0;
  std::map<std::string, size_t> links_, addresses_;  // of those that have any
};

}  // namespace xuncha
