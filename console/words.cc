// SPDX-License-Identifier: Apache-2.0
#include "console/words.h"

#include <fmt/format.h>

#include "base/text.h"

namespace xuncha {

Result<Catalogue> Catalogue::Read(std::span<const EmbeddedFile> files) {
  Catalogue catalogue;
  for (const EmbeddedFile& file : files) {
    int number = 0;
    for (const std::string_view raw : Split(file.bytes, '\n')) {
      ++number;
      const std::string_view line = Trim(raw);
      if (line.empty() || line.starts_with('#')) continue;
      const auto wrong = [&](std::string_view what) {
        return Error{Code::kInvalid, fmt::format("{}:{}: {}", file.name, number, what)};
      };
      const size_t equals = line.find(" = ");
      const size_t bar = line.find(" | ", equals == std::string_view::npos ? 0 : equals);
      if (equals == std::string_view::npos || bar == std::string_view::npos)
        return wrong("no line of the form “key = 中文 | English”");
      const std::string_view key = Trim(line.substr(0, equals));
      Word word{.chinese = std::string(Trim(line.substr(equals + 3, bar - equals - 3))),
                .english = std::string(Trim(line.substr(bar + 3)))};
      if (key.empty() || word.chinese.empty() || word.english.empty())
        return wrong("key or language is empty");
      if (!catalogue.words_.emplace(key, std::move(word)).second)
        return wrong(fmt::format("{} stands twice", key));
    }
  }
  return catalogue;
}

const std::string* Catalogue::Find(Language language, std::string_view key) const {
  const auto found = words_.find(key);
  if (found == words_.end()) return nullptr;
  return language == Language::kEnglish ? &found->second.english : &found->second.chinese;
}

}  // namespace xuncha
