// Judging the pages of a web archive, ours or another's, without a store and without
// a network: WARC (plain or gzip) or WACZ.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "app/offline.h"
#include "app/session.h"
#include "base/result.h"

namespace xuncha {

// Whether the name is one of a web archive.
bool IsArchiveName(std::string_view path);

// Whether the file begins as a plain WARC does.
bool IsArchiveFile(const std::string& path);

struct ArchiveScan {
  uint64_t records = 0;  // read, of any kind
  uint64_t pages = 0;    // judged
  uint64_t unread = 0;   // answers of a kind that is not read, and revisits
  // What was not judged and why, in Chinese; empty: the archive is whole.
  std::vector<std::string> problems;
};

// Every archived answer that is a page, those to other visitors too, in the order of the
// file; each is judged with the style sheets and scripts the archive holds. Damage ends
// the reading of the file it is in and stands in `problems`; what came before it is
// judged. kNotFound, kSystem; what `visit` says.
Result<ArchiveScan> ScanArchive(const Engine& engine, const std::string& path,
                                const std::atomic<bool>& stop, const PageVisit& visit);

}  // namespace xuncha
