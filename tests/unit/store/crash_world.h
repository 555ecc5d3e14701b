// A store's life in small, to be cut off anywhere: nights with new, changed and
// unchanged pages and findings, a hold, purges, backups; and a record of what was
// acknowledged, kept outside the store, that it is held against afterwards.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "store/restore.h"
#include "store/snapshots.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {

// Lines, each on its way to the disk before anything else is done; a process that
// is killed cannot take one back.
class Acknowledged {
 public:
  explicit Acknowledged(const std::string& path)
      : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    CHECK(file_ >= 0);
  }
  ~Acknowledged() { ::close(file_); }
  Acknowledged(const Acknowledged&) = delete;
  Acknowledged& operator=(const Acknowledged&) = delete;
  void Add(std::string line) {
    line += "\n";
    CHECK(::write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }
  std::vector<std::vector<std::string>> Lines() const {
    std::vector<std::vector<std::string>> lines;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      auto& split = lines.emplace_back();
      for (std::string word; words >> word;) split.push_back(word);
    }
    return lines;
  }

 private:
  const std::string path_;
  const int file_;
};

class CrashWorld {
 public:
  static constexpr Millis kDay = 86'400'000;
  static constexpr Millis kWeek = 7 * kDay;
  static constexpr Millis kStart = 1'767'225'600'000;
  static constexpr int kPages = 4;
  static constexpr RetentionPolicy kPolicy{.routine = 184 * kDay, .findings = 300 * kDay};
  static constexpr std::string_view kHeld = "held.test";

  CrashWorld(std::string directory, Acknowledged& acknowledged)
      : directory_(std::move(directory)), acknowledged_(acknowledged) {
    for (const auto& line : acknowledged_.Lines()) {
      if (line.at(0) == "night") night_ = std::stoi(line.at(1));
      if (line.at(0) == "hold") held_ = true;
    }
  }

  Result<std::unique_ptr<Store>> Open(const Disk* disk) {
    return Store::Open({.directory = directory_ + "/store",
                        .create = true,
                        .memory = 8 << 20,
                        .clock = &clock_,
                        .who = "tester",
                        .disk = disk});
  }

  // Night after night, until something fails or there were enough.
  Status Live(Store& store, int nights) {
    for (int i = 0; i < nights; ++i) {
      if (Status lived = Night(store); !lived) return lived;
    }
    return Ok();
  }

  // What does not hold of what was acknowledged.
  std::string Check(const Disk* disk) {
    Result<std::unique_ptr<Store>> store = Open(disk);
    if (!store) return "does not open: " + store.error().text;
    const Result<StoreReport> report = (*store)->Check({});
    if (!report) return report.error().text;
    if (report->damaged != 0) return "torn: " + report->faults.at(0).text;
    if (report->chain.problem_count != 0) return "chain: " + report->chain.Text();
    Millis now = kStart;
    for (const auto& line : acknowledged_.Lines()) {
      if (line.at(0) == "night") now = kStart + std::stoi(line.at(1)) * kWeek;
    }
    for (const auto& line : acknowledged_.Lines()) {
      if (line.at(0) != "page") continue;
      const std::string wrong = CheckPage(**store, line, now);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  // The newest backup that was acknowledged is a store.
  std::string CheckBackup() {
    uint32_t newest = 0;
    for (const auto& line : acknowledged_.Lines()) {
      if (line.at(0) == "backup") newest = static_cast<uint32_t>(std::stoul(line.at(1)));
    }
    if (newest == 0) return "";
    const std::string to = directory_ + "/restored";
    std::filesystem::remove_all(to);
    const Result<Restored> restored =
        RestoreStore({.from = directory_ + "/backups", .id = newest, .to = to, .who = "tester"});
    return restored ? "" : "backup: " + restored.error().text;
  }

 private:
  static std::string UrlAt(const std::string& site, int page) {
    return fmt::format("http://{}/{}", site, page);
  }
  // Changes in every third night, each page in another.
  static int VersionAt(int page, int night) { return (night + page) / 3; }
  static std::string BodyAt(const std::string& site, int page, int version) {
    std::string body;
    for (int i = 0; i < 30; ++i)
      body += Sha256(fmt::format("{} {} {}", site, page, i == 7 ? version : 0)).hex();
    return body;
  }

  Status Night(Store& store) {
    const int night = ++night_;
    clock_.Step(kStart + night * kWeek - clock_.Now());
    acknowledged_.Add(fmt::format("night {}", night));
    if (Status put = store.ReplaceSites(sites_); !put) return put;
    const auto begun = store.BeginRun(Sha256("rules"), Sha256("config"), clock_.Now());
    if (!begun) return begun.error();
    xuncha::Run run = begun->run;
    for (const Site& site : sites_) {
      if (Status visited = Visit(store, site, run.id, night); !visited) return visited;
    }
    run.ended = clock_.Now() + 1000;
    if (Status ended = store.EndRun(run); !ended) return ended;
    if (!held_ && night > 3) {
      const Result<Hold> hold = store.holds().Place(
          {.site = std::string(kHeld), .by = "a", .reason = "b", .reference = "c"}, clock_.Now());
      if (!hold) return hold.error();
      held_ = true;
      acknowledged_.Add("hold " + hold->id());
    }
    if (night % 4 == 0) {
      // Nights that were cut off look like weeks without a run.
      const auto purged =
          store.Purge({.policy = kPolicy, .now = clock_.Now(), .clock_is_right = true});
      if (!purged) return purged.error();
      acknowledged_.Add("purge");
    }
    if (night % 9 == 0) {
      const auto backup = store.Backup(directory_ + "/backups", 2);
      if (!backup) return backup.error();
      acknowledged_.Add(fmt::format("backup {}", backup->id));
    }
    return Ok();
  }

  Status Visit(Store& store, const Site& site, uint64_t run, int night) {
    const Result<Lease> lease = store.ledger().Acquire(site.id, run, clock_.Now(), kWeek);
    if (!lease) return lease.error();
    for (int i = 0; i < kPages; ++i) {
      const std::string url = UrlAt(site.id, i);
      const auto known = store.UrlOf(site.id, url);
      if (!known) return known.error();
      const std::string body = BodyAt(site.id, i, VersionAt(i, night));
      const bool same = *known && (*known)->body == Sha256(body);
      Page page =
          same ? MakeUnchanged(site, url, clock_.Now()) : MakePage(site, url, body, clock_.Now());
      if (!same && *known) {
        page.packed_body = store.snapshots()
                               .Pack({.digest = page.body_digest,
                                      .raw = page.response.body,
                                      .before = (*known)->body})
                               .record;
      }
      if (!same && i == 0 && night % 2 == 0)
        page.findings = {MakeFinding(url, std::to_string(night), Severity::kHigh)};
      const auto done = store.ledger().Commit(*lease, {{.page = &page}}, clock_.Now());
      if (!done) return done.error();
      // A run that was cut off is resumed, and has some pages already.
      if (done->at(0) != CommitOutcome::kCommitted) continue;
      acknowledged_.Add(
          fmt::format("page {} {} {} {} {}", site.id, run, i, clock_.Now(), Sha256(body).hex()));
    }
    return store.ledger().Release(*lease, true);
  }

  std::string CheckPage(Store& store, const std::vector<std::string>& line, Millis now) const {
    const std::string &site = line.at(1), &run = line.at(2), &time = line.at(4);
    const bool due = std::stoll(time) + kPolicy.routine <= now;
    if (due && !(held_ && site == kHeld)) return "";
    const std::string url = UrlAt(site, std::stoi(line.at(3)));
    const auto seen = store.ObservationOf(site, url, std::stoull(run));
    const std::string what = fmt::format("{} of run {}", url, run);
    if (!seen) return what + ": " + seen.error().text;
    if (!*seen) return what + " is lost";
    if ((*seen)->body.hex() != line.at(5)) return what + " has another body";
    const Result<std::string> body = store.blobs().Get((*seen)->body);
    return body ? "" : what + ": " + body.error().text;
  }

  const std::string directory_;
  Acknowledged& acknowledged_;
  FakeClock clock_{kStart};
  const std::vector<Site> sites_ = {MakeSite("a.test"), MakeSite("b.test"),
                                    MakeSite(std::string(kHeld))};
  int night_ = 0;
  bool held_ = false;
};

// So many cuts, or with XUNCHA_LONG=1 so many.
inline int Cuts(int few, int many) {
  const char* asked = std::getenv("XUNCHA_LONG");
  return asked != nullptr && std::string_view(asked) == "1" ? many : few;
}

}  // namespace xuncha::testing_support
