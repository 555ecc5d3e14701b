// The catalogue: every word an officer reads on a page, in Chinese and in English,
// under one key. The files words/*.txt hold it, a line each:
//
//   today.title = 今日 | Today
//
// A sentence may hold {NAME}s, which the caller replaces, or {{NAME}}s of the template
// it stands in.
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
#include "base/result.h"
#include "console/web.h"

namespace xuncha {

class Catalogue {
 public:
  // kInvalid, with file and line: a line that is none, a key twice, a language empty.
  static Result<Catalogue> Read(std::span<const EmbeddedFile> files);

  // nullptr if there is none.
  const std::string* Find(Language language, std::string_view key) const;
  bool Has(std::string_view key) const { return Find(Language::kChinese, key) != nullptr; }

 private:
  struct Word {
    std::string chinese, english;
  };
  std::map<std::string, Word, std::less<>> words_;
};

}  // namespace xuncha
