// Templates: pages/*.tpl, built in, compiled once for each language. Every value is
// escaped by ctemplate for the place it stands in (text, attribute, URL), and no
// template can switch that off: the engine puts the pragma that asks for it before each.
//
// In a template stand, besides ctemplate's own markers,
//   {{@today.title}}       a word of the catalogue
//   {{asset:desk.css}}     the path of an asset
// both put in when the template is compiled; a missing one fails there, at start.
//
// Immutable; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/embedded.h"
#include "base/result.h"
#include "console/assets.h"
#include "console/web.h"
#include "console/words.h"

namespace xuncha {

class Templates {
 public:
  // kInvalid: every complaint, a line each.
  static Result<std::unique_ptr<Templates>> Compile(std::span<const EmbeddedFile> files,
                                                    const Catalogue& catalogue,
                                                    const Assets& assets);
  ~Templates();

  // REQUIRES: there is such a template ("today.tpl").
  std::string Fill(Language language, std::string_view name, const Fields& fields) const;

 private:
  struct Rep;
  explicit Templates(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace xuncha
