// Pieces: what stands inside a page to be read in turn, and what the tree lost.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/links.h"
#include "crawler/page_reader.h"

namespace xuncha {

bool LooksLikeTarget(std::string_view text) {
  return !text.empty() && text.size() <= limits::kUrlBytesMax &&
         text.find_first_of(" \t\n\"'<>") == std::string_view::npos &&
         text.find_first_of("./?") != std::string_view::npos &&
         !StartsWithIgnoreCase(text, "javascript:");
}

void AddScriptLink(PageReading& reading, std::string_view target, LinkKind kind, uint32_t source,
                   std::vector<size_t>& indices) {
  FoundLink* link = reading.AddLink(target, kind);
  if (link == nullptr) return;
  link->where = Where::kWritten;
  link->source = source;
  indices.push_back(reading.links.size() - 1);
}

void QueueWritten(PageReading& reading, std::string markup, std::string detail, uint32_t source,
                  int depth, int script) {
  Work& work = reading.queue.emplace_back();
  work.kind = Work::Kind::kMarkup;
  work.owned = std::move(markup);
  work.source = source;
  work.detail = std::move(detail);
  work.where = Where::kWritten;
  work.depth = depth;
  work.script = script;
}

namespace {

// A string that is a whole address.
bool IsWholeAddress(std::string_view text) {
  return (StartsWithIgnoreCase(text, "http://") || StartsWithIgnoreCase(text, "https://") ||
          (text.starts_with("//") && text.size() > 4)) &&
         text.find('.') != std::string_view::npos &&
         text.find_first_of(" \t\n\"'<>\\") == std::string_view::npos;
}

void PutPlain(PageReading& reading, const Work& work, std::string_view text) {
  if (!reading.HasRoom(text.size())) return;
  const Origin origin =
      work.in_body ? Origin{text, work.source, false} : Origin{{}, work.source, true};
  reading.text.Put(Part::kOther, work.zone, work.hiding, work.detail, text, origin);
}

void ReadScriptWork(PageReading& reading, const Work& work, std::string_view text) {
  reading.script_bytes += text.size();
  if (reading.script_bytes > limits::kScriptBytesMax) {
    reading.Hit(Limit::kScriptBytes,
                "脚本超过 " + std::to_string(limits::kScriptBytesMax) + " 字节，其余按文本扫描");
    if (IsWorthReading(text)) PutPlain(reading, work, text);
    return;
  }
  int index = work.script;
  if (index < 0) {
    index = static_cast<int>(reading.scripts.size());
    reading.scripts.emplace_back().where = work.where;
  }
  if (work.in_body) reading.script_texts.push_back(text);
  ScriptReading script = ReadScript(text, reading.variables);
  if (reading.variables.exhausted) {
    reading.Hit(Limit::kScriptBytes,
                "脚本拼接的文字超过 " + std::to_string(limits::kScriptValueBytesMax) + " 字节");
  }
  ScriptSummary& summary = reading.scripts[static_cast<size_t>(index)];
  summary.facts.Add(script.facts);
  const auto place = [&work](size_t offset) {
    return work.in_body ? work.source + static_cast<uint32_t>(offset) : work.source;
  };

  bool any = false;
  TextBuffer& other = reading.text.at(Part::kOther);
  std::string_view last;
  std::vector<std::string_view> written;
  for (const ScriptPiece& piece : script.written) written.push_back(piece.text);
  std::sort(written.begin(), written.end());
  for (const ScriptPiece& piece : script.strings) {
    if (piece.text == last || std::binary_search(written.begin(), written.end(), piece.text))
      continue;
    last = piece.text;
    if (IsDataOfText(piece.text)) {  // a module, or a page, that the script loads
      if (std::optional<std::string> data = ReadDataUrl(piece.text)) {
        Work inner;
        inner.kind = ContainsIgnoreCase(piece.text.substr(0, piece.text.find(',')), "script")
                         ? Work::Kind::kScript
                     : IsMarkup(*data) ? Work::Kind::kMarkup
                                       : Work::Kind::kPlain;
        inner.owned = std::move(*data);
        inner.source = place(piece.offset);
        inner.detail = "data";
        inner.where = work.where;
        inner.depth = work.depth + 1;
        inner.script = index;
        if (!inner.owned.empty()) reading.queue.push_back(std::move(inner));
        continue;
      }
    }
    if (IsWholeAddress(piece.text)) {
      std::vector<size_t> addresses;  // mentioned, not gone to
      AddScriptLink(reading, piece.text, LinkKind::kScript, place(piece.offset), addresses);
    }
    if (!reading.HasRoom(piece.text.size())) break;
    if (!any) other.Begin(ZoneKind::kScript, Hiding::kNone, work.detail);
    any = true;
    other.Owe('\n');
    other.Append(piece.text, {{}, place(piece.offset), true});
  }
  if (any) other.End();

  for (const ScriptPiece& piece : script.moves) {
    if (!LooksLikeTarget(piece.text)) continue;
    AddScriptLink(reading, piece.text, LinkKind::kScript, place(piece.offset), summary.moves);
  }
  for (const ScriptPiece& piece : script.sources) {
    if (!LooksLikeTarget(piece.text)) continue;
    AddScriptLink(reading, piece.text, LinkKind::kScriptSource, place(piece.offset),
                  summary.sources);
  }
  if (!script.written.empty()) {
    std::string markup;
    for (const ScriptPiece& piece : script.written) markup += piece.text;
    QueueWritten(reading, std::move(markup), "document.write", place(script.written.front().offset),
                 work.depth + 1, index);
  }
  for (ScriptPiece& piece : script.code) {
    Work code;
    code.kind = Work::Kind::kScript;
    code.owned = std::move(piece.text);
    code.source = place(piece.offset);
    code.detail = "eval";
    code.where = work.where;
    code.depth = work.depth + 1;
    code.script = index;
    reading.queue.push_back(std::move(code));
  }
}

}  // namespace

void ReadQueue(PageReading& reading) {
  FlatReader flat;
  // Markup that repeats itself inside itself stops at a depth; this stops width.
  size_t bytes = 0;
  while (!reading.queue.empty()) {
    const Work& work = reading.queue.front();
    const std::string_view text = work.owned.empty() ? work.text : std::string_view(work.owned);
    bytes += text.size();
    const bool deep = work.depth > limits::kDecodeDepthMax + 1;
    if (deep || bytes > limits::kTextBytesMax + limits::kScriptBytesMax) {
      if (deep) {
        reading.Hit(Limit::kScriptBytes,
                    "嵌套解码超过 " + std::to_string(limits::kDecodeDepthMax) + " 层");
      }
      PutPlain(reading, work, text);
    } else if (work.kind == Work::Kind::kScript) {
      ReadScriptWork(reading, work, text);
    } else if (work.kind == Work::Kind::kPlain) {
      PutPlain(reading, work, text);
    } else {
      PageReader reader(reading, work);
      flat.Read(text, reader);
    }
    reading.queue.pop_front();
  }
}

void QueueScriptPage(PageReading& reading) {
  Work work;
  work.kind = Work::Kind::kScript;
  work.text = reading.body;
  work.in_body = true;
  work.detail = "script";
  reading.queue.push_back(std::move(work));
}

namespace {

// Passes on what the page's own reading has not seen.
class LostSink final : public MarkupSink {
 public:
  LostSink(PageReading& reading, PageReader& next) : reading_(reading), next_(next) {
    std::sort(reading_.elements.begin(), reading_.elements.end());
    for (Part part : {Part::kHead, Part::kVisible, Part::kHidden, Part::kOther}) {
      for (const SourceRun& run : reading_.text.at(part).runs()) sources_.push_back(run.source);
    }
    for (const Work& work : reading_.queue) sources_.push_back(work.source);
    std::sort(sources_.begin(), sources_.end());
  }

  size_t text_bytes() const { return text_bytes_; }

  void Open(const Element& element) override {
    const bool lost =
        !std::binary_search(reading_.elements.begin(), reading_.elements.end(), element.source);
    open_.push_back({element.tag, lost});
    if (lost) next_.Open(element);
  }
  void Close() override {
    if (open_.back().lost) next_.Close();
    open_.pop_back();
  }
  void Text(std::string_view text, std::string_view raw) override {
    if (text.find_first_not_of(" \t\r\n\f") == std::string_view::npos) return;
    // Scripts and style sheets that were seen have left no text behind.
    const bool program =
        !open_.empty() && (open_.back().tag == Tag::kStyle || open_.back().tag == Tag::kScript);
    if ((program && !open_.back().lost) || Seen(raw)) return;
    text_bytes_ += text.size();
    next_.Text(text, raw);
  }
  void Comment(std::string_view raw) override {
    if (!Seen(raw)) next_.Comment(raw);
  }

 private:
  // Whether anything read came from this stretch of the body.
  bool Seen(std::string_view raw) const {
    const uint32_t begin = reading_.SourceOf(raw);
    const auto found = std::lower_bound(sources_.begin(), sources_.end(), begin);
    return found != sources_.end() && *found < begin + raw.size();
  }

  PageReading& reading_;
  PageReader& next_;
  std::vector<uint32_t> sources_;
  struct Level {
    Tag tag;
    bool lost;
  };
  std::vector<Level> open_;
  size_t text_bytes_ = 0;
};

}  // namespace

size_t ReadLost(PageReading& reading) {
  Work work;
  work.text = reading.body;
  work.in_body = true;
  work.zone = ZoneKind::kHidden;
  work.detail = "树外内容";
  work.where = Where::kLost;
  work.depth = 1;
  PageReader reader(reading, work);
  LostSink sink(reading, reader);
  FlatReader flat;
  flat.Read(reading.body, sink);
  return sink.text_bytes();
}

}  // namespace xuncha
