// What each page of the desk costs with few findings and with many: 5 000 sites, 2 000
// and 200 000 findings, after a restart. A page may cost at most three times as much.
//
//   build/release/tests/bench/desk_bench [DIRECTORY]
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "store/index.h"
#include "tests/unit/console/desk_world.h"
#include "tests/unit/console/pages_store.h"

namespace xuncha::testing_support {
namespace {

constexpr int kSites = 5'000, kFew = 2'000, kMany = 200'000;
constexpr int kRounds = 11;
constexpr std::chrono::seconds kSettle(15);  // what was just written is put in order first

struct Cost {
  std::string page;
  double millis = 0;
  int status = 0;
};

// Of this thread, on which the desk answers: other work on the machine does not count.
double CpuMillis() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// Median of several, after one that warms the caches.
std::vector<Cost> Measure(int findings) {
  DeskWorld world;
  const auto begun = std::chrono::steady_clock::now();
  FillMany(*world.store, world.clock, kSites, findings);
  fmt::print("{} findings on {} sites, made in {:.0f} s\n", findings, kSites,
             std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  world.Reopen();
  std::this_thread::sleep_for(kSettle);
  world.AddAccount("admin", RoleBit(DeskRole::kAdministrator) | RoleBit(DeskRole::kOfficer));
  const DeskWorld::Signed who = world.SignIn("admin");
  std::string incident, finding, middle;
  int row = 0;
  (void)world.store->index().EachIncident({.state = "new"}, Direction::kForward, {},
                                          [&](const Place& place, const IncidentRow& one) {
                                            if (row == 0) incident = one.incident.id;
                                            middle = Hex(place);
                                            return ++row < 200;
                                          });
  (void)world.store->index().EachMember(incident, {}, [&](const Place&, const StoredFinding& one) {
    finding = one.finding.id;
    return false;
  });
  const std::string targets[] = {"/",
                                 "/queue",
                                 "/queue?kind=porn",
                                 "/queue?after=" + middle,
                                 "/queue?state=closed",
                                 "/incident/" + incident,
                                 "/finding/" + finding + "/suppress",
                                 "/sites",
                                 "/sites?gaps=1",
                                 "/site/site00000.test",
                                 "/site/site00000.test/findings",
                                 "/runs",
                                 "/run/2",
                                 "/search?q=nowhere-to-be-found",
                                 "/search?q=nowhere&site=site00000.test",
                                 "/rules",
                                 "/suppressions",
                                 "/holds",
                                 "/exports",
                                 "/purges",
                                 "/audit",
                                 "/accounts",
                                 "/api/incidents",
                                 "/api/findings"};
  std::vector<Cost> costs;
  for (const std::string& target : targets) {
    std::vector<double> times;
    int status = 0;
    for (int round = 0; round <= kRounds; ++round) {
      const double from = CpuMillis();
      status = world.desk->Answer(DeskWorld::Get(target, who.cookie)).status;
      if (round > 0) times.push_back(CpuMillis() - from);
    }
    std::ranges::sort(times);
    costs.push_back({target.substr(0, 44), times[kRounds / 2], status});
  }
  return costs;
}

int Run() {
  const std::vector<Cost> few = Measure(kFew), many = Measure(kMany);
  fmt::print("{:44}  {:>9}  {:>9}  {:>5}\n", "page", "few, ms", "many, ms", "ratio");
  bool good = true;
  for (size_t i = 0; i < few.size(); ++i) {
    const double ratio = many[i].millis / few[i].millis;
    // Below a millisecond the machine is measured, not the page.
    const bool slow = ratio > 3 && many[i].millis > 1;
    good = good && !slow && few[i].status == 200 && many[i].status == 200;
    fmt::print("{:44}  {:9.2f}  {:9.2f}  {:5.2f}{}{}\n", few[i].page, few[i].millis, many[i].millis,
               ratio, slow ? "  SLOW" : "",
               few[i].status == 200 ? "" : fmt::format("  {}", few[i].status));
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace xuncha::testing_support

int main(int argc, char** argv) {
  if (argc > 1) setenv("TEST_TMPDIR", argv[1], 1);
  return xuncha::testing_support::Run();
}
