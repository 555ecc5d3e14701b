// What the store's tests share: a directory that goes away, and pages as the
// crawl would hand them over.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/record.h"
#include "store/casework.h"
#include "store/store.h"

namespace xuncha {

// A Permit is made by the registry alone. The store stands below the crawler, so
// its tests bring a registry of their own that permits everything.
class Registry {
 public:
  static Permit Allow(const Site& site, std::string_view url, UrlState known = {}) {
    Permit permit;
    permit.site_ = &site;
    const Result<Url> parsed = Url::Parse(url);
    CHECK(parsed.ok());
    permit.url_ = *parsed;
    permit.known_ = std::move(known);
    return permit;
  }
};

namespace testing_support {

class TempDirectory {
 public:
  explicit TempDirectory(std::string parent = ::testing::TempDir()) {
    std::string name = parent + "/xuncha_store_XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// For tests with hundreds of nights: in memory, where a sync costs nothing.
inline std::string QuickPlace() {
  return std::filesystem::exists("/dev/shm") ? "/dev/shm" : ::testing::TempDir();
}

inline Result<std::unique_ptr<Store>> OpenStore(const std::string& directory) {
  return Store::Open({.directory = directory, .create = true, .memory = 8 << 20});
}

template <class T>
T Must(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.error().text;
  return std::move(*result);
}
inline void Must(const Status& status) { ASSERT_TRUE(status.ok()) << status.error().text; }

inline Site MakeSite(std::string id) {
  Site site;
  site.address = "http://" + id + "/";
  site.id = std::move(id);
  return site;
}

inline Finding MakeFinding(std::string_view url, std::string_view word, Severity severity,
                           std::string_view kind = "gambling") {
  Evidence evidence{.rule = std::string(kind) + ".platform", .found = std::string(word)};
  return {.id = StableId({url, kind, word}),
          .clause = 6,
          .kind = std::string(kind),
          .severity = severity,
          .score = 50,
          .evidence = {evidence},
          .because = "页面出现违规词语"};
}

// A page that was fetched and examined in full.
inline Page MakePage(const Site& site, std::string_view url, std::string_view body, Millis time) {
  Page page;
  page.permit = Registry::Allow(site, url);
  page.response.started = time;
  page.response.elapsed = 120;
  page.response.status = 200;
  page.response.headers = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n\r\n";
  page.response.body = body;
  page.response.etag = "\"5f3c-" + Hex(Sha256(body).view().substr(0, 4)) + "\"";
  page.response.last_modified = "Sun, 22 Nov 2026 01:00:00 GMT";
  page.response.remote_address = "10.1.2.3:80";
  page.body_digest = Sha256(body);
  page.document.title = "示例学院";
  page.document.simhash = Hash64(body);
  page.checked = Checked::kFull;
  return page;
}

// The same page answered 304: the fetch says so, nothing was examined.
inline Page MakeUnchanged(const Site& site, std::string_view url, Millis time) {
  Page page;
  page.permit = Registry::Allow(site, url);
  page.response.started = time;
  page.response.elapsed = 35;
  page.response.status = 304;
  page.response.headers = "HTTP/1.1 304 Not Modified\r\n\r\n";
  page.response.remote_address = "10.1.2.3:80";
  page.response.not_modified = true;
  return page;
}

inline Page MakeFailed(const Site& site, std::string_view url, Millis time) {
  Page page;
  page.permit = Registry::Allow(site, url);
  page.response.started = time;
  page.response.error = "connection refused";
  page.limits = {{Limit::kConnect, "connection refused"}};
  return page;
}

inline std::vector<StoredFinding> FindingsOf(const CaseStore& cases, std::string_view site) {
  std::vector<StoredFinding> findings;
  const Status each = cases.EachFinding(site, [&](const StoredFinding& finding) {
    findings.push_back(finding);
    return true;
  });
  EXPECT_TRUE(each.ok()) << each.error().text;
  return findings;
}

// Whole, with their findings.
inline std::vector<Incident> IncidentsOf(const CaseStore& cases) {
  std::vector<Incident> incidents;
  const Status each = cases.EachIncident([&](const Incident& incident) {
    EXPECT_TRUE(incident.findings.empty()) << "a list reads no members";
    incidents.push_back(incident);
    return true;
  });
  EXPECT_TRUE(each.ok()) << each.error().text;
  for (Incident& incident : incidents) {
    const Result<Incident> whole = cases.IncidentById(incident.id);
    EXPECT_TRUE(whole.ok()) << whole.error().text;
    if (whole) incident = *whole;
  }
  return incidents;
}

inline std::vector<Event> EventsOf(const CaseStore& cases, std::string_view incident) {
  std::vector<Event> events;
  const Status each = cases.EachEvent(incident, [&](const Event& event) {
    events.push_back(event);
    return true;
  });
  EXPECT_TRUE(each.ok()) << each.error().text;
  return events;
}

// An officer's deed on the incident as it was read; a verdict has its effects at once.
inline Status Decide(Store& store, const Incident& incident, CaseDeed deed, Millis now) {
  const CaseOrder order{.incident = incident.id,
                        .version = incident.version,
                        .by = "officer",
                        .reason = "已经逐页核实，情况属实"};
  Casework& work = store.casework();
  const Result<Incident> done = deed <= CaseDeed::kJudgeEscalate
                                    ? work.Judge(order, deed, CasePolicy(), now, 0)
                                    : work.Act(order, deed, now);
  return done ? Ok() : Status(done.error());
}

}  // namespace testing_support
}  // namespace xuncha
