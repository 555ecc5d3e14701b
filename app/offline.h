// Judging pages without a store: files, folders whose first component is the
// site, or one URL. The pages run through the same extract, match and judge as
// in an audit; only fetch and store are left out.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/session.h"
#include "base/record.h"
#include "base/result.h"

namespace xuncha {

using PageVisit = std::function<Status(const Page&)>;
// Reads a web archive that lies among the files.
using ArchiveVisit = std::function<Status(const std::string& path)>;

// Every regular file of each path. For a folder the first component of a
// relative name is the site and the rest the path; a file that lies in no site
// belongs to "local". What is a web archive, by its name or its first bytes, goes to
// `archive`, if there is one. Stops early when `stop` is set. kNotFound, kSystem.
Status ScanFiles(const Engine& engine, const std::vector<std::string>& paths,
                 const std::atomic<bool>& stop, const PageVisit& visit,
                 const ArchiveVisit& archive = {});

// The same of the pages below a folder; of a file, each line is a page, and only matched.
Status ScanTexts(const Engine& engine, const std::string& path, const std::atomic<bool>& stop,
                 const PageVisit& visit);

// Fetches one URL and judges it. The person at the keyboard names it, so its own
// host is in scope; loopback and private addresses are allowed only where the
// URL spells such an address or "localhost".
Status ScanUrl(const Engine& engine, const Config& config, const Clock& clock,
               const std::string& url, const std::atomic<bool>& stop, const PageVisit& visit);

}  // namespace xuncha
