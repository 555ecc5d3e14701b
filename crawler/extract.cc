// SPDX-License-Identifier: Apache-2.0
#include "crawler/extract.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/flat.h"
#include "crawler/links.h"
#include "crawler/page_reader.h"
#include "crawler/references.h"
#include "crawler/sheet_text.h"
#include "crawler/signals.h"
#include "crawler/sketch.h"
#include "crawler/tree.h"

namespace xuncha {
namespace {

// The tree's memory is kept from page to page; each thread has its own, and
// nothing of it outlives the call.
Arena& ThreadArena() {
  static thread_local Arena arena;
  return arena;
}

std::string_view UnreadText(std::string_view type) {
  if (type == "pdf") return "PDF 文档";
  if (type == "office") return "办公文档";
  if (type == "zip") return "压缩包";
  if (type == "image") return "图片";
  if (type == "media") return "音视频";
  return "二进制文件";
}

// Limits of the fetch that mean the body, or what belongs to it, is not whole.
bool IsShort(Limit limit) {
  switch (limit) {
    case Limit::kBodyBytes:
    case Limit::kWireBytes:
    case Limit::kInflateRatio:
    case Limit::kTotalTime:
    case Limit::kLowSpeed:
    case Limit::kTruncated:
    case Limit::kDecoding:
    case Limit::kAssets:
      return true;
    default:
      return false;
  }
}

// Text after the last </html> is an afterthought only if the page is before it.
uint32_t HtmlEnd(const RawScan& scan, std::string_view body) {
  if (scan.html_end == std::string_view::npos || scan.html_end < body.size() / 2) return kNoSource;
  return static_cast<uint32_t>(scan.html_end);
}

void HitDepth(PageReading& reading) {
  reading.Hit(Limit::kTreeDepth, "嵌套超过 " + std::to_string(limits::kTreeDepthMax) + " 层");
}

void ReadFlat(PageReading& reading) {
  PageReader reader(reading);
  FlatReader flat;
  flat.Read(reading.body, reader);
  if (flat.too_deep()) HitDepth(reading);
}

// In XML a document type names texts of its own, which browsers show wherever the name
// stands. Each is read by itself; that together they may say more is told as a limit.
void ReadEntities(PageReading& reading, std::string_view content_type) {
  constexpr std::string_view kEntity = "<!ENTITY";
  const std::string_view body = reading.body;
  size_t at = body.find(kEntity);
  if (at == std::string_view::npos) return;
  if (ContainsIgnoreCase(content_type, "xml") ||
      StartsWithIgnoreCase(Trim(body.substr(0, 256)), "<?xml"))
    reading.Hit(Limit::kDecoding, "文档类型声明中定义了实体");
  for (; at != std::string_view::npos; at = body.find(kEntity, at)) {
    at += kEntity.size();
    const size_t open = body.find_first_of("\"'>", at);
    if (open == std::string_view::npos || body[open] == '>') continue;
    const size_t close = body.find(body[open], open + 1);
    if (close == std::string_view::npos) return;
    Work& work = reading.queue.emplace_back();
    work.kind = Work::Kind::kMarkup;
    work.text = body.substr(open + 1, close - open - 1);
    work.source = static_cast<uint32_t>(open + 1);
    work.in_body = true;
    work.zone = ZoneKind::kComment;
    work.detail = "entity";
    work.where = Where::kComment;
    work.depth = 1;
    at = close + 1;
  }
}

void ReadMarkup(PageReading& reading, const Page& page, PageFacts& facts) {
  const std::string_view body = reading.body;
  const RawScan scan = ScanRaw(body);
  JoinSheets(reading, page, scan);
  reading.links.reserve(std::min(scan.anchors + 16, limits::kLinksPerPageMax));
  reading.elements.reserve(body.size() / 32);
  reading.html_end = HtmlEnd(scan, body);
  for (const auto& [begin, end] : scan.noscripts) {
    reading.noscripts.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
  }
  for (std::string_view css : scan.styles) {
    const auto place = static_cast<uint32_t>(css.data() - body.data());
    if (!reading.InNoscript(place)) {
      reading.AddSheet(css, place, true);
      continue;
    }
    // For visitors without scripts: what it hides and shows there does not count here.
    for (CssContent& words : ReadSheetText(css).words) {
      words.offset += place;
      reading.css_contents.push_back(std::move(words));
    }
  }
  reading.sheet.Index();
  reading.cascade.Add(reading.sheet, Cascade::Contents::kIgnored);  // they are known already

  bool flat = true;
  if (body.size() > limits::kTreeBytesMax) {
    reading.Hit(Limit::kTreeBytes, "正文 " + std::to_string(body.size()) + " 字节");
  } else {
    PageReader reader(reading);
    const TreeResult tree = ReadTree(body, ThreadArena(), reader);
    switch (tree.end) {
      case TreeEnd::kDone:
        flat = false;
        break;
      case TreeEnd::kMemory:
        reading.Hit(Limit::kTreeMemory, "标记展开后超过内存上限");
        break;
      case TreeEnd::kTime:
        reading.Hit(Limit::kTreeTime, "标记解析超过时间上限");
        break;
    }
    if (tree.too_deep) HitDepth(reading);
  }
  if (flat) {
    ReadFlat(reading);
  } else if (scan.anchors > reading.anchors || scan.frameset) {
    const size_t links = reading.links.size();
    facts.lost_text = ReadLost(reading);
    for (size_t i = links; i < reading.links.size(); ++i) {
      facts.lost_links += reading.links[i].where == Where::kLost;
    }
  }
}

// Plain text, and XML, which has no tree here: its text is what counts.
void ReadText(PageReading& reading) {
  TextBuffer& visible = reading.text.at(Part::kVisible);
  visible.Begin(ZoneKind::kText, Hiding::kNone, "");
  size_t at = 0;
  while (at < reading.body.size()) {
    if (at >= limits::kTextBytesMax) {
      reading.Hit(Limit::kTextBytes, "文字超过 " + std::to_string(limits::kTextBytesMax) + " 字节");
      break;
    }
    const size_t end = std::min(reading.body.find('\n', at), reading.body.size());
    const std::string_view line = reading.body.substr(at, end - at);
    visible.Append(line, {line, static_cast<uint32_t>(at), false});
    visible.Owe('\n');
    at = end + 1;
  }
  visible.End();
}

void ReadStyle(PageReading& reading) {
  reading.sheet.Add(reading.body);
  if (reading.sheet.cut()) reading.HitStyles();
  reading.css_contents = reading.sheet.contents();
  for (const std::string& target : reading.sheet.imports())
    reading.AddLink(target, LinkKind::kStyle);
}

// A text set one character to a line, as blocks or beside one another as floats, is read
// by eyes as one: so it is put down once more as one.
void PutColumns(PageReading& reading) {
  constexpr size_t kLinesMin = 12;  // menus set upright are shorter, or say a name
  const TextBuffer& visible = reading.text.at(Part::kVisible);
  const std::string_view text = visible.text();
  std::string joined;
  size_t lines = 0, begin = 0;
  const auto end = [&] {
    if (lines >= kLinesMin) {
      const std::vector<SourceRun>& runs = visible.runs();
      const auto after =
          std::upper_bound(runs.begin(), runs.end(), begin,
                           [](size_t place, const SourceRun& run) { return place < run.text; });
      reading.text.Put(Part::kOther, ZoneKind::kText, Hiding::kNone, "column", joined,
                       {{}, after == runs.begin() ? 0 : std::prev(after)->source, true});
    }
    joined.clear();
    lines = 0;
  };
  for (size_t at = 0; at < text.size();) {
    const size_t stop = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, stop - at);
    size_t one = 0;
    if (!line.empty()) NextCodePoint(line, &one);
    if (one == line.size()) {
      if (lines == 0) begin = at;
      ++lines;
      joined += line;
    } else {
      end();
    }
    at = stop + 1;
  }
  end();
}

void Finish(PageReading& reading, PageFacts& facts, Page& page) {
  Document& document = page.document;
  PutColumns(reading);
  for (const CssContent& content : reading.css_contents) {
    reading.text.Put(Part::kHidden, ZoneKind::kHidden, Hiding::kNone, "css content", content.text,
                     {{}, static_cast<uint32_t>(content.offset), true});
  }
  ReadHeaders(reading, page);
  ResolveLinks(reading, page, document.charset);
  PutTargets(reading);
  if (reading.text.overflown()) {
    reading.Hit(Limit::kZones,
                "区域超过 " + std::to_string(limits::kZonesMax / kParts) + " 个，其余合并");
  }
  const std::array<uint32_t, kParts> begins = reading.text.Finish(document);
  document.title = reading.title;
  FindSignals(reading, facts, begins, page);
  const std::string_view text = document.text;
  document.simhash = SimHash(text.substr(document.visible.begin, document.visible.size()));
  if (document.markup) document.sketch = Sketch(reading, document);
  document.links.reserve(reading.links.size());
  for (FoundLink& found : reading.links) {
    if (found.internal) continue;
    if (found.words) {
      const uint32_t begin = begins[static_cast<size_t>(found.part)];
      found.link.text.begin += begin;
      found.link.text.end += begin;
    }
    document.links.push_back(std::move(found.link));
  }
  for (LimitHit& hit : reading.limits) page.limits.push_back(std::move(hit));
}

}  // namespace

bool IsUnreadable(std::string_view type) {
  return type == "pdf" || type == "office" || type == "zip" || type == "image" || type == "media" ||
         type == "binary";
}

void Extract(Page& page) {
  const Response& response = page.response;
  page.document = Document();
  PageReading reading;
  reading.assets = page.assets.get();
  reading.variables.bytes_left = limits::kScriptValueBytesMax;
  PageFacts facts;

  const std::string_view type = SniffType(response.body, response.content_type);
  if (IsUnreadable(type)) {
    const std::string_view path =
        response.final_url.empty() ? std::string_view() : response.final_url.path();
    const std::string name = PercentDecode(
        path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1));
    if (IsValidUtf8(name)) {
      reading.text.Put(Part::kOther, ZoneKind::kAttachment, Hiding::kNone, "", name, {{}, 0, true});
    }
    Finish(reading, facts, page);
    page.limits.push_back({Limit::kUnreadType, std::string(UnreadText(type))});
    page.checked = Checked::kFailed;
    return;
  }

  Document& document = page.document;
  document.charset = DecideCharset(response.body, response.content_type, &document.declared);
  Decoded decoded = DecodeToUtf8(response.body, document.charset);
  facts.ascii = std::find_if(response.body.begin(), response.body.end(), [](char c) {
                  return static_cast<unsigned char>(c) >= 0x80;
                }) == response.body.end();
  ClampReferences(decoded.utf8);
  reading.body = decoded.utf8;
  document.markup = type == "html" || type == "xml";
  if (type == "html") {
    ReadMarkup(reading, page, facts);
    JoinScripts(reading, page);
    ReadEntities(reading, response.content_type);
  } else if (type == "xml") {
    ReadFlat(reading);
    ReadEntities(reading, response.content_type);
  } else if (type == "script") {
    QueueScriptPage(reading);
  } else if (type == "style") {
    ReadStyle(reading);
  } else {
    ReadText(reading);
  }
  ReadQueue(reading);
  const bool whole = reading.limits.empty() &&
                     std::none_of(page.limits.begin(), page.limits.end(),
                                  [](const LimitHit& hit) { return IsShort(hit.limit); });
  Finish(reading, facts, page);
  page.checked = whole && reading.limits.empty() ? Checked::kFull : Checked::kFlat;
}

}  // namespace xuncha
