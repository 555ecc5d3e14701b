// SPDX-License-Identifier: Apache-2.0
#include "crawler/zones.h"

#include <algorithm>

#include "base/limits.h"

namespace xuncha {
namespace {

// White space as HTML knows it, and NUL, which browsers drop.
inline bool IsSpace(unsigned char c) {
  return c <= ' ' && (c == ' ' || (c >= 9 && c <= 13) || c == 0);
}

}  // namespace

void TextBuffer::Begin(ZoneKind kind, Hiding hiding, std::string_view detail) {
  End();
  if (zones_.size() >= limits::kZonesMax / kParts) {
    zone_ = std::move(zones_.back());
    zones_.pop_back();
    owed_ = '\n';
    open_ = overflown_ = true;
    return;
  }
  if (!text_.empty()) text_.push_back('\n');
  zone_.kind = kind;
  zone_.hiding = hiding;
  zone_.detail.assign(detail);
  zone_.text.begin = zone_.text.end = static_cast<uint32_t>(text_.size());
  open_ = true;
}

void TextBuffer::End() {
  owed_ = 0;
  if (!open_) return;
  open_ = false;
  zone_.text.end = static_cast<uint32_t>(text_.size());
  if (!zone_.text.empty()) {
    zones_.push_back(std::move(zone_));
  } else if (!text_.empty()) {
    text_.pop_back();  // the separator Begin wrote
  }
}

void TextBuffer::AddRun(uint32_t source, bool generated) {
  const auto text = static_cast<uint32_t>(text_.size());
  if (!runs_.empty()) {
    SourceRun& last = runs_.back();
    if (last.generated == generated &&
        (generated ? last.source == source : source - last.source == text - last.text)) {
      return;
    }
    if (last.text == text) {
      last.source = source;
      last.generated = generated;
      return;
    }
  }
  if (runs_.capacity() == 0) runs_.reserve(256);
  runs_.push_back({text, source, generated});
}

size_t TextBuffer::Append(std::string_view text, const Origin& origin) {
  if (origin.generated) {
    alignment_.assign(1, {0, 0});
  } else {
    Align(text, origin.raw, alignment_);
  }
  size_t entry = 0;  // of alignment_, the one that holds `at`
  size_t at = 0;
  size_t added = 0;
  while (at < text.size()) {
    if (IsSpace(static_cast<unsigned char>(text[at]))) {
      if (text[at] != 0) Owe(' ');
      ++at;
      continue;
    }
    // A stretch that stands as it is: up to white space that is no single blank.
    size_t end = at + 1;
    while (end < text.size()) {
      const auto c = static_cast<unsigned char>(text[end]);
      if (c > ' ') {
        ++end;
      } else if (c == ' ' && end + 1 < text.size() &&
                 static_cast<unsigned char>(text[end + 1]) > ' ') {
        end += 2;
      } else if (IsSpace(c)) {
        break;
      } else {
        ++end;
      }
    }
    if (owed_ != 0 && text_.size() > zone_.text.begin) text_.push_back(owed_);
    owed_ = 0;
    if (added == 0) last_begin_ = text_.size();
    while (at < end) {
      while (entry + 1 < alignment_.size() && alignment_[entry + 1].text <= at) ++entry;
      const Alignment& here = alignment_.empty() ? Alignment{} : alignment_[entry];
      const size_t stop =
          entry + 1 < alignment_.size() ? std::min<size_t>(alignment_[entry + 1].text, end) : end;
      if (origin.generated) {
        AddRun(origin.source, true);
      } else {
        AddRun(origin.source + here.source +
                   static_cast<uint32_t>(at - std::min<size_t>(here.text, at)),
               false);
      }
      spelling_.numeric += here.numeric && here.text == at;
      text_.append(text, at, stop - at);
      added += stop - at;
      at = stop;
    }
  }
  spelling_.bytes += static_cast<uint32_t>(added);
  return added;
}

size_t PageText::size() const {
  size_t total = 0;
  for (const TextBuffer& part : parts_) total += part.size();
  return total;
}

bool PageText::overflown() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const TextBuffer& part) { return part.overflown(); });
}

void PageText::Put(Part part, ZoneKind kind, Hiding hiding, std::string_view detail,
                   std::string_view text, const Origin& origin) {
  TextBuffer& buffer = at(part);
  buffer.Begin(kind, hiding, detail);
  buffer.Append(text, origin);
  buffer.End();
}

std::array<uint32_t, kParts> PageText::Finish(Document& document) {
  std::array<uint32_t, kParts> begins{};
  size_t bytes = 0, zones = 0, runs = 0;
  for (TextBuffer& part : parts_) {
    part.End();
    bytes += part.size() + 1;
    zones += part.zones().size();
    runs += part.runs().size();
  }
  document.text.clear();
  document.text.reserve(bytes);
  document.zones.clear();
  document.zones.reserve(zones);
  document.runs.clear();
  document.runs.reserve(runs);
  for (int i = 0; i < kParts; ++i) {
    TextBuffer& part = parts_[i];
    if (!part.text().empty() && !document.text.empty()) document.text.push_back('\n');
    const auto begin = static_cast<uint32_t>(document.text.size());
    begins[i] = begin;
    document.text += part.text();
    for (Zone& zone : part.zones()) {
      zone.text.begin += begin;
      zone.text.end += begin;
      document.zones.push_back(std::move(zone));
    }
    for (const SourceRun& run : part.runs()) {
      document.runs.push_back({run.text + begin, run.source, run.generated});
    }
    if (static_cast<Part>(i) == Part::kVisible) {
      document.visible = {begin, static_cast<uint32_t>(document.text.size())};
    }
  }
  return begins;
}

}  // namespace xuncha
