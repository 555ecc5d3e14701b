// Extract reads a body: decides the charset, parses (tree.h), and writes
// page.document: zones with their places, links, signals. Pure; worker threads.
//
// On any limit the whole decoded text is scanned flat, page.checked becomes
// kFlat and the limit is recorded: truncating silently is an evasion hole.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/record.h"

namespace xuncha {

// REQUIRES: page.response is set. Writes page.document, page.checked, page.limits.
// Style sheets and scripts of the site take part if page.assets has them.
// A body that is no text (pdf, office, zip, image, media, binary) leaves a name
// and Limit::kUnreadType: a person is told it was not read.
void Extract(Page& page);

// Charset of a body as a browser decides it: BOM, Content-Type header, meta in
// the first 1024 bytes, then detection; invalid UTF-8 is tried as GB18030 and
// the better reading wins. `declared` is what header or meta claimed.
Charset DecideCharset(std::string_view body, std::string_view content_type, Charset* declared);

// What the bytes are, whatever the header says: "html", "xml", "text", "pdf", "office",
// "script" (also JSON), "style", "zip", "image", "media", "binary".
std::string_view SniffType(std::string_view body, std::string_view content_type);
// Whether a type of SniffType is none that Extract reads.
bool IsUnreadable(std::string_view type);

// 64-bit SimHash over Han bigrams and words; 0 if the text has fewer than 16 features.
uint64_t SimHash(std::string_view text);
int HammingDistance(uint64_t a, uint64_t b);

}  // namespace xuncha
