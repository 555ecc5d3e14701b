// Style sheets, scripts and icons of the desk, built in and served under a name that
// holds their digest, so that a browser may keep them for ever.
//
// Immutable; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/embedded.h"

namespace xuncha {

class Assets {
 public:
  struct Asset {
    std::string_view type;
    std::string_view bytes;
    std::string path;  // "/assets/desk.1f3c5a77.css"
  };
  // REQUIRES: the end of each name is one that has a type here.
  explicit Assets(std::span<const EmbeddedFile> files);

  const Asset* ByName(std::string_view name) const;  // "desk.css"; nullptr if there is none
  const Asset* ByPath(std::string_view path) const;  // exactly; nullptr if there is none

 private:
  std::map<std::string, Asset, std::less<>> by_name_;
};

}  // namespace xuncha
