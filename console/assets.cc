// SPDX-License-Identifier: Apache-2.0
#include "console/assets.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/result.h"

namespace xuncha {
namespace {

constexpr std::string_view kPrefix = "/assets/";

std::string_view TypeOf(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "";
}

}  // namespace

Assets::Assets(std::span<const EmbeddedFile> files) {
  for (const EmbeddedFile& file : files) {
    const std::string_view type = TypeOf(file.name);
    CHECK(!type.empty());
    const size_t dot = file.name.rfind('.');
    by_name_.emplace(
        file.name,
        Asset{.type = type,
              .bytes = file.bytes,
              .path = fmt::format("{}{}.{}{}", kPrefix, file.name.substr(0, dot),
                                  Sha256(file.bytes).hex().substr(0, 16), file.name.substr(dot))});
  }
}

const Assets::Asset* Assets::ByName(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

const Assets::Asset* Assets::ByPath(std::string_view path) const {
  if (!path.starts_with(kPrefix)) return nullptr;
  for (const auto& [name, asset] : by_name_) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

}  // namespace xuncha
