// Charset decoding as browsers do it: WHATWG labels, BOM first, gb2312 and gbk
// read as GB18030, ICU converters underneath. Detection lives with the reader
// of pages (crawler/extract); here are the labels and the conversion.
//
// Any thread; converters are opened per call.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace xuncha {

enum class Charset : uint8_t {
  kUnknown,
  kUtf8,
  kGb18030,
  kBig5,
  kUtf16le,
  kUtf16be,
  kWindows1252,
  kShiftJis,
  kEucJp,
  kEucKr,
  kIso2022Jp,
  kWindows1251,
  kKoi8R,
};

std::string_view CharsetName(Charset charset);  // "utf-8", "gb18030", ...
// By WHATWG label ("GB2312", " gbk ", "x-gbk", "iso-8859-1", ...); kUnknown otherwise.
Charset CharsetByLabel(std::string_view label);
// A byte order mark at the start, or kUnknown. `size` receives its length.
Charset CharsetByBom(std::string_view bytes, size_t* size);

struct Decoded {
  std::string utf8;
  size_t malformed = 0;  // sequences replaced by U+FFFD
};
// Never fails: what cannot be converted becomes U+FFFD and is counted. The BOM,
// if any, is dropped.
Decoded DecodeToUtf8(std::string_view bytes, Charset charset);
// Where in `bytes` the character that stands at byte `utf8_offset` of
// DecodeToUtf8(bytes, charset) begins. Costs a decode; for findings only.
size_t OriginalOffset(std::string_view bytes, Charset charset, size_t utf8_offset);
// The same for many places in one decode. REQUIRES: utf8_offsets ascend.
std::vector<size_t> OriginalOffsets(std::string_view bytes, Charset charset,
                                    std::span<const size_t> utf8_offsets);
std::string EncodeFromUtf8(std::string_view utf8, Charset charset);
// ICU's statistical guess among the charsets above, with confidence 0..100.
Charset GuessCharset(std::string_view bytes, int* confidence);

}  // namespace xuncha
