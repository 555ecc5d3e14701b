// Zones being written: text with white space collapsed as a browser shows it, and
// for every byte the place it came from.
//
// A page is written into four buffers at once (head, visible, hidden, other), for
// hidden blocks stand in the middle of visible text but are zones of their own;
// at the end they become one Document::text.
//
// One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "crawler/markup.h"
#include "crawler/references.h"

namespace xuncha {

// Where text comes from: a stretch of the body, or, generated, one place of it.
struct Origin {
  std::string_view raw;  // empty for generated text
  uint32_t source = 0;   // of raw in the body, or the place text was generated from
  bool generated = false;
};

// Kinds of text counted on the way, for signals.
struct SpellingCount {
  uint32_t numeric = 0;  // characters spelled as numeric references
  uint32_t bytes = 0;    // of text
};

class TextBuffer {
 public:
  // Begins a zone and ends the one before. An empty zone leaves no trace. When
  // there are too many the last one goes on instead: names are lost, no text.
  void Begin(ZoneKind kind, Hiding hiding, std::string_view detail);
  void End();
  bool open() const { return open_; }

  // Appends text, white space collapsed. Returns the bytes it added, which begin
  // at last_begin(); 0 if there was only white space, which is then owed.
  size_t Append(std::string_view text, const Origin& origin);
  // Owes a separator if a zone is open: '\n' wins over '\t' wins over ' '.
  void Owe(char separator) {
    if (!open_) return;
    if (separator == '\n' || owed_ == 0 || (separator == '\t' && owed_ == ' ')) owed_ = separator;
  }
  bool overflown() const { return overflown_; }
  size_t last_begin() const { return last_begin_; }

  const std::string& text() const { return text_; }
  const SpellingCount& spelling() const { return spelling_; }
  std::vector<Zone>& zones() { return zones_; }
  const std::vector<SourceRun>& runs() const { return runs_; }
  size_t size() const { return text_.size(); }

 private:
  void AddRun(uint32_t source, bool generated);

  std::string text_;
  std::vector<SourceRun> runs_;
  std::vector<Zone> zones_;
  std::vector<Alignment> alignment_;
  Zone zone_;
  SpellingCount spelling_;
  size_t last_begin_ = 0;
  char owed_ = 0;
  bool open_ = false;
  bool overflown_ = false;
};

enum class Part : uint8_t { kHead, kVisible, kHidden, kOther };
inline constexpr int kParts = 4;

class PageText {
 public:
  TextBuffer& at(Part part) { return parts_[static_cast<size_t>(part)]; }
  const TextBuffer& at(Part part) const { return parts_[static_cast<size_t>(part)]; }
  // Bytes of all parts.
  size_t size() const;
  bool overflown() const;  // limits::kZonesMax was hit
  // A zone of one piece of text.
  void Put(Part part, ZoneKind kind, Hiding hiding, std::string_view detail, std::string_view text,
           const Origin& origin);

  // Writes text, zones, runs and the visible span into `document`. Returns where
  // each part begins in Document::text.
  std::array<uint32_t, kParts> Finish(Document& document);

 private:
  std::array<TextBuffer, kParts> parts_;
};

}  // namespace xuncha
