// SPDX-License-Identifier: Apache-2.0
#include "console/templates.h"

#include <ctemplate/template.h>
#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary.h>
#include <fmt/format.h>

#include "base/text.h"

namespace xuncha {
namespace {

constexpr std::string_view kEscape = "{{%AUTOESCAPE context=\"HTML\"}}";

ctemplate::TemplateString Bytes(std::string_view text) { return {text.data(), text.size()}; }

std::string KeyOf(Language language, std::string_view name) {
  return fmt::format("{}/{}", language == Language::kEnglish ? "en" : "zh", name);
}

// The template with words and assets put in; what is missing is added to `missing`.
std::string PutIn(std::string_view name, std::string_view text, Language language,
                  const Catalogue& catalogue, const Assets& assets, std::string& missing) {
  std::string out;
  const auto complain = [&](std::string_view what, std::string_view which) {
    missing += fmt::format("{}: {} {}\n", name, what, which);
  };
  while (true) {
    const size_t open = text.find("{{");
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const size_t close = text.find("}}", open);
    if (close == std::string_view::npos) {
      complain("unclosed marker", text.substr(open, 20));
      return out;
    }
    const std::string_view marker = text.substr(open + 2, close - open - 2);
    if (marker.starts_with('@')) {
      const std::string* word = catalogue.Find(language, marker.substr(1));
      if (word == nullptr) complain("no word", marker.substr(1));
      if (word != nullptr) out += EscapeHtml(*word);
    } else if (marker.starts_with("asset:")) {
      const Assets::Asset* asset = assets.ByName(marker.substr(6));
      if (asset == nullptr) complain("no asset", marker.substr(6));
      if (asset != nullptr) out += asset->path;
    } else if (marker.starts_with('%') || marker.find(':') != std::string_view::npos) {
      // A pragma or a modifier could take the escaping back.
      complain("marker not allowed:", marker);
    } else {
      out += text.substr(open, close + 2 - open);
    }
    text.remove_prefix(close + 2);
  }
}

void Transfer(const Fields& fields, Language language, ctemplate::TemplateDictionary& into) {
  for (const auto& [name, value] : fields.values()) into.SetValue(Bytes(name), Bytes(value));
  for (const Fields::Child& child : fields.children()) {
    ctemplate::TemplateDictionary* inner = nullptr;
    if (child.template_name.empty()) {
      inner = into.AddSectionDictionary(Bytes(child.name));
    } else {
      inner = into.AddIncludeDictionary(Bytes(child.name));
      inner->SetFilename(Bytes(KeyOf(language, child.template_name)));
    }
    Transfer(child.one.front(), language, *inner);
  }
}

}  // namespace

struct Templates::Rep {
  // Compiled at start and then frozen; the library locks what it must.
  mutable ctemplate::TemplateCache cache;
};

Templates::Templates(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Templates::~Templates() = default;

Result<std::unique_ptr<Templates>> Templates::Compile(std::span<const EmbeddedFile> files,
                                                      const Catalogue& catalogue,
                                                      const Assets& assets) {
  auto rep = std::make_unique<Rep>();
  std::string wrong;
  for (const Language language : {Language::kChinese, Language::kEnglish}) {
    for (const EmbeddedFile& file : files) {
      std::string text(kEscape);
      text += PutIn(file.name, file.bytes, language, catalogue, assets, wrong);
      if (!rep->cache.StringToTemplateCache(Bytes(KeyOf(language, file.name)), Bytes(text),
                                            ctemplate::STRIP_BLANK_LINES)) {
        wrong += fmt::format("{}: does not compile, see what was said before\n", file.name);
      }
    }
  }
  if (!wrong.empty()) return Error{Code::kInvalid, wrong};
  rep->cache.Freeze();
  return std::unique_ptr<Templates>(new Templates(std::move(rep)));
}

std::string Templates::Fill(Language language, std::string_view name, const Fields& fields) const {
  ctemplate::TemplateDictionary dictionary("page");
  Transfer(fields, language, dictionary);
  std::string out;
  const bool filled = rep_->cache.ExpandNoLoad(
      Bytes(KeyOf(language, name)), ctemplate::STRIP_BLANK_LINES, &dictionary, nullptr, &out);
  CHECK(filled);
  return out;
}

}  // namespace xuncha
