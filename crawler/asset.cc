// SPDX-License-Identifier: Apache-2.0
#include "crawler/asset.h"

#include <algorithm>
#include <functional>

#include "base/charset.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/extract.h"
#include "crawler/flat.h"
#include "crawler/links.h"
#include "crawler/media.h"

namespace xuncha {
namespace {

bool IsNameChar(char c) {
  return IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Names a script gives to elements: short strings that are one name, and ids and
// classes in selectors.
std::vector<uint32_t> NamesIn(std::string_view script) {
  std::vector<uint32_t> names;
  for (size_t at = 0; at < script.size() && names.size() < limits::kScriptNamesMax; ++at) {
    const char quote = script[at];
    if (quote != '"' && quote != '\'') continue;
    const std::string_view rest = script.substr(at + 1, limits::kScriptNameBytesMax);
    const size_t end = rest.find(quote);
    if (end == std::string_view::npos) continue;
    const std::string_view text = rest.substr(0, end);
    const bool whole = std::all_of(text.begin(), text.end(), IsNameChar);
    for (size_t from = 0; from < text.size();) {
      size_t to = from;
      while (to < text.size() && IsNameChar(text[to])) ++to;
      const bool named = whole || (from > 0 && (text[from - 1] == '#' || text[from - 1] == '.'));
      if (named && to - from > 2) names.push_back(HashStyleName(text.substr(from, to - from), 'n'));
      from = to + 1;
    }
    at += 1 + end;
  }
  SortUnique(names);
  return names;
}

// Markup that says something to a visitor, or leads him somewhere.
bool Says(std::string_view text) {
  size_t han = 0, digits = 0;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, &at);
    han += IsHan(c);
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (han >= 2 || digits >= 7) return true;
  }
  return text.find("//") != std::string_view::npos || ContainsIgnoreCase(text, "<script") ||
         ContainsIgnoreCase(text, "<iframe");
}

// Takes the pieces over while there is room for them.
void Take(std::vector<ScriptPiece>& from, std::vector<std::string>& to, size_t& left) {
  for (ScriptPiece& piece : from) {
    if (piece.text.size() > left) {
      left = 0;
      return;
    }
    left -= piece.text.size();
    to.push_back(std::move(piece.text));
  }
}

void ReadScripts(std::string_view text, Asset& asset) {
  struct Layer {
    std::string code;
    int depth;
  };
  ScriptYield& yield = asset.script;
  Variables variables;
  variables.bytes_left = limits::kScriptValueBytesMax;
  std::vector<Layer> layers;
  size_t left = limits::kYieldBytesMax, read = 0;
  std::string written;
  for (size_t next = 0; next <= layers.size(); ++next) {
    const std::string_view code = next == 0 ? text : std::string_view(layers[next - 1].code);
    const int depth = next == 0 ? 0 : layers[next - 1].depth;
    read += code.size();
    if (depth > limits::kDecodeDepthMax || read > 2 * limits::kAssetBytesMax) {
      asset.limits.push_back({Limit::kScriptBytes, "脚本嵌套解码过深"});
      break;
    }
    ScriptReading reading = ReadScript(code, variables);
    yield.facts.Add(reading.facts);
    std::vector<std::string> markup;
    Take(reading.written, markup, left);
    for (const std::string& piece : markup) written += piece;
    Take(reading.titles, yield.titles, left);
    Take(reading.moves, yield.moves, left);
    Take(reading.sources, yield.sources, left);
    if (left == 0) {
      asset.limits.push_back(
          {Limit::kScriptBytes,
           "脚本写出的内容超过 " + std::to_string(limits::kYieldBytesMax) + " 字节"});
      break;
    }
    for (ScriptPiece& piece : reading.code) layers.push_back({std::move(piece.text), depth + 1});
  }
  if (variables.exhausted) asset.limits.push_back({Limit::kScriptBytes, "脚本拼接的文字超过上限"});
  if (Says(written)) yield.written.push_back(std::move(written));
  std::erase_if(yield.titles, [](const std::string& title) { return !Says(title); });
  // In a large script the test of one function and the deed of another are not one act.
  if (text.size() > limits::kScriptFactsBytesMax) yield.facts = {};
  yield.names = NamesIn(text);
}

Digest EffectOf(const ScriptYield& yield) {
  if (!yield.acts()) return Sha256("");
  std::string all;
  for (const auto* list : {&yield.written, &yield.titles, &yield.moves, &yield.sources}) {
    for (const std::string& text : *list) {
      all += text;
      all += '\0';
    }
    all += '\1';
  }
  const ScriptFacts& facts = yield.facts;
  for (const bool fact :
       {facts.sets_title, facts.tests_agent, facts.tests_referrer, facts.names_engine,
        facts.names_spider, facts.moves, facts.packed, facts.writes, facts.disguised_sink,
        facts.hidden_names >= 2, facts.number_names >= 20})
    all += fact ? '1' : '0';
  return Sha256(all);
}

// One tag, through the reader of markup.
class TagSink final : public MarkupSink {
 public:
  explicit TagSink(const std::function<void(const Element&)>& open) : open_(open) {}
  void Open(const Element& element) override { open_(element); }
  void Close() override {}
  void Text(std::string_view, std::string_view) override {}
  void Comment(std::string_view) override {}

 private:
  const std::function<void(const Element&)>& open_;
};

bool IsScreenSheet(const Element& element) {
  const std::string_view rel = element.Get(Attr::kRel);
  if (!ContainsIgnoreCase(rel, "stylesheet") || ContainsIgnoreCase(rel, "alternate")) return false;
  for (const Attribute& attribute : element.attributes) {
    if (attribute.name == "disabled") return false;
    if (attribute.name == "media" && !Trim(attribute.value).empty() &&
        ReadMedia(attribute.value) != Media::kEverybody)
      return false;
  }
  return true;
}

}  // namespace

bool IsProgram(const Element& element) {
  const std::string_view type = Trim(element.Get(Attr::kType));
  return type.empty() || ContainsIgnoreCase(type, "script") || EqualsIgnoreCase(type, "module");
}

bool ScriptYield::acts() const {
  return !written.empty() || !titles.empty() || !moves.empty() || !sources.empty() ||
         facts.sets_title || facts.moves || facts.writes || facts.packed || facts.disguised_sink ||
         facts.hidden_names >= 2;
}

size_t Asset::bytes() const {
  size_t bytes = sizeof *this + sheet.bytes() + script.names.size() * sizeof(uint32_t);
  for (const auto* list :
       {&script.written, &script.titles, &script.moves, &script.sources, &imports})
    for (const std::string& text : *list) bytes += sizeof text + text.size();
  return bytes;
}

Asset ReadAsset(LinkKind kind, std::string_view body, std::string_view content_type) {
  Asset asset;
  asset.kind = kind;
  asset.body = Sha256(body);
  if (body.size() > limits::kAssetBytesMax) {
    asset.limits.push_back(
        {Limit::kAssets, "文件 " + std::to_string(body.size()) + " 字节，超过上限"});
    asset.effect = asset.body;
    return asset;
  }
  Charset declared = Charset::kUnknown;
  const Decoded decoded = DecodeToUtf8(body, DecideCharset(body, content_type, &declared));
  if (kind == LinkKind::kStyle) {
    asset.sheet.Add(decoded.utf8);
    asset.sheet.Index();
    asset.imports = asset.sheet.imports();
    asset.effect = asset.body;
    if (asset.sheet.cut())
      asset.limits.push_back({Limit::kAssets, "样式规则过多或过于复杂，其余未读取"});
  } else {
    ReadScripts(decoded.utf8, asset);
    asset.effect = EffectOf(asset.script);
  }
  return asset;
}

std::vector<Load> FindLoads(const Page& page) {
  const std::string_view body = page.response.body;
  if (SniffType(body, page.response.content_type) != "html") return {};
  // Tags are ASCII in every charset but UTF-16.
  if (body.substr(0, 64).find('\0') == std::string_view::npos)
    return FindLoads(page, ScanRaw(body), body);
  Charset declared = Charset::kUnknown;
  const Decoded decoded =
      DecodeToUtf8(body, DecideCharset(body, page.response.content_type, &declared));
  return FindLoads(page, ScanRaw(decoded.utf8), decoded.utf8);
}

std::vector<Load> FindLoads(const Page& page, const RawScan& scan, std::string_view markup) {
  std::vector<Load> loads;
  Url base = BodyUrl(page);
  bool based = false;
  const std::function<void(const Element&)> open = [&](const Element& element) {
    std::string_view href;
    LinkKind kind = LinkKind::kStyle;
    if (element.tag == Tag::kBase && !based) {
      Result<Url> url = Url::Resolve(base, Trim(element.Get(Attr::kHref)));
      based = !element.Get(Attr::kHref).empty();
      if (url) base = std::move(*url);
    } else if (element.tag == Tag::kLink && IsScreenSheet(element)) {
      href = Trim(element.Get(Attr::kHref));
    } else if (element.tag == Tag::kScript && IsProgram(element)) {
      href = Trim(element.Get(Attr::kSrc));
      kind = LinkKind::kScriptSource;
    }
    if (href.empty() || href.size() > limits::kUrlBytesMax) return;
    Result<Url> url = Url::Resolve(base, href);
    if (!url) return;
    const bool twice = std::any_of(loads.begin(), loads.end(), [&](const Load& load) {
      return load.kind == kind && load.url == *url;
    });
    if (!twice) loads.push_back({std::move(*url), kind});
  };
  TagSink sink(open);
  FlatReader reader;
  for (const std::string_view tag : scan.loads) {
    const auto at = static_cast<size_t>(tag.data() - markup.data());
    // The last that begins at or before the tag.
    auto span = std::upper_bound(scan.noscripts.begin(), scan.noscripts.end(), at,
                                 [](size_t place, const auto& one) { return place < one.first; });
    const bool noscript = span != scan.noscripts.begin() && at < (--span)->second;
    if (!noscript) reader.Read(tag, sink);
    if (loads.size() == limits::kLoadsPerPageMax) break;
  }
  return loads;
}

const PageAssets::Entry* PageAssets::Find(std::string_view url, LinkKind kind) const {
  for (const Entry& entry : entries) {
    if (entry.kind == kind && entry.url == url) return &entry;
  }
  return nullptr;
}

std::vector<Url> ImportsOf(const Asset& sheet, const Url& url, size_t count) {
  std::vector<Url> urls;
  for (size_t i = 0; i < std::min(count, sheet.imports.size()); ++i) {
    if (Result<Url> found = Url::Resolve(url, sheet.imports[i])) urls.push_back(std::move(*found));
  }
  return urls;
}

std::shared_ptr<const PageAssets> Assemble(const std::vector<Load>& loads,
                                           const AssetSource& source) {
  auto assets = std::make_shared<PageAssets>();
  // Each sheet may name many sheets, and each page many of those: as many are looked at
  // as are fetched.
  size_t imports_left = limits::kLoadsPerPageMax;
  for (const Load& load : loads) {
    PageAssets::Entry entry{.url = load.url.text(), .kind = load.kind, .asset = source(load)};
    if (entry.asset != nullptr) {
      const size_t looked = std::min(imports_left, entry.asset->imports.size());
      assets->left_out += entry.asset->imports.size() - looked;
      imports_left -= looked;
      for (const Url& import : ImportsOf(*entry.asset, load.url, looked)) {
        entry.imports.push_back(import.text());
        if (assets->Find(import.text(), LinkKind::kStyle) != nullptr) continue;
        assets->entries.push_back({.url = import.text(),
                                   .kind = LinkKind::kStyle,
                                   .asset = source({import, LinkKind::kStyle})});
      }
    }
    if (assets->Find(entry.url, entry.kind) == nullptr) assets->entries.push_back(std::move(entry));
  }
  return assets;
}

}  // namespace xuncha
