// Lists import an institution's own word list into a rule pack. Such lists come
// as text or CSV, in UTF-8 or GB18030, and are full of words that flag half of a
// college's pages (facts: two thirds of clean titles for the longest public one).
// So an imported pack gives hints only, and what would be found everywhere is
// left out and reported with line, column and figure.
//
// The pack remembers in its [imported] table where it came from; that table is no
// part of the law, so importing the same words again judges nothing anew.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace xuncha {

// On how many of so many texts without violations a word was found.
struct Frequency {
  uint64_t texts = 0;
  uint64_t of = 0;
};

// What becomes of words of every day and of those measured to be frequent.
enum class FrequentWords : uint8_t { kLeaveOut, kTake };

struct ListOptions {
  std::string name;             // "list-2026": the last part of the rule's id; a-z, 0-9, "-"
  std::string title;            // 学校自定义词表
  std::string kind = "custom";  // one of Kinds()
  int clause = 10;              // used for kind custom; other kinds have their own
  std::string source;           // the file as the officer named it, for the record
  std::string imported;         // when, as FormatTime writes it
  FrequentWords frequent = FrequentWords::kLeaveOut;
  // How the matcher reads a word; words that read alike are one. Empty: in lower case.
  std::function<std::string(std::string_view)> read;
  // Words that are refused for a reason found elsewhere, in Chinese, by word.
  std::unordered_map<std::string, std::string> refused;
  // Found in the officer's own clean text, by word.
  std::unordered_map<std::string, Frequency> measured;
};

// A place and what is said of it, in Chinese, for the officer who imports.
struct ListRemark {
  std::string word;
  size_t line = 0;
  size_t column = 0;  // characters, from 1
  std::string why;
};

struct ListWord {
  std::string text;
  size_t line = 0, column = 0;
};

struct ImportedList {
  std::string pack;  // TOML, ready to load
  std::vector<ListWord> taken;
  std::vector<ListRemark> left_out;
};

// Takes the first column of every line; "#" begins a comment line. kInvalid: a
// bad name, kind or clause, or no word left. kLimit: over limits::kPackBytesMax.
Result<ImportedList> ImportList(std::string_view bytes, const ListOptions& options);

// Above this share of clean texts a word floods: one page in a hundred.
inline constexpr double kFloodShare = 0.01;

// What a pack made by ImportList says of itself.
struct ListRecord {
  std::string name, title, kind;
  int clause = 0;
  std::string source, digest, imported;  // digest: SHA-256 of the source file
  size_t left_out = 0;
  std::vector<std::string> words;
};
// kInvalid if `pack` has no [imported] table. `file` stands in messages.
Result<ListRecord> ReadListRecord(std::string_view pack, std::string_view file);

}  // namespace xuncha
