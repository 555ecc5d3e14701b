// Browser runs Chromium, where it is installed, as a program of its own to make PDFs
// of our papers and pictures of stored pages. Stored pages are hostile: they are drawn
// without scripts, inside a frame that may do nothing, in a network namespace without
// a network, with Chromium's own sandbox on, as a user who owns nothing, within a
// time, a memory and an output limit. Where one of the protections cannot be had,
// nothing is drawn, and the error says which.
//
// Any thread, which must not end before the call does: the program's end is tied to it.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xuncha {

// A picture (PNG) of a page, whose HTML is UTF-8 and hostile; or a paper of ours as PDF.
enum class DrawKind : uint8_t { kPicture, kPaper };
// Whether the bytes begin as what was to be made.
bool IsDrawn(DrawKind kind, std::string_view bytes);

class Browser {
 public:
  // The first of the names browsers are installed under; nullopt if there is none.
  static std::optional<Browser> Find();
  explicit Browser(std::string program) : program_(std::move(program)) {}

  // kConflict if it was stopped.
  Result<std::string> Draw(DrawKind kind, const std::string& html,
                           const std::stop_token& stop = {}) const;

 private:
  Result<std::string> Run(const std::string& html, const std::string& output_option,
                          const std::string& output, const std::stop_token& stop) const;
  std::string program_;
};

}  // namespace xuncha
