// A desk for a browser to look at: a small store, an account for each role, one notice
// that is out; until standard input ends. Says where on one line of JSON. A line on
// standard input, "later", is a minute that passes at once: verdicts take effect.
// With --example the store is the one the manuals show.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>

#include "app/browser.h"
#include "console/passwords.h"
#include "console/server.h"
#include "store/accounts.h"
#include "store/casework.h"
#include "store/index.h"
#include "tests/unit/console/pages_store.h"

namespace xuncha {
namespace {

using testing_support::kCollege;

constexpr Millis kExampleBegins = 1'792'342'800'000;  // 2026-10-19, 01:00 in Shanghai

constexpr std::string_view kPassword = "correct horse battery staple";

// The time of the system, as far as the store of the tests has come.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(Millis start) : shift_(start - system_.Now()) {}
  Millis Now() const override { return system_.Now() + shift_; }
  Millis Monotonic() const override { return system_.Monotonic(); }
  void Advance(Millis by) { shift_ += by; }

 private:
  SystemClock system_;
  std::atomic<Millis> shift_;
};

// What fails here is a fault of the test.
template <class T>
T Must(Result<T> result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().text.c_str());
  CHECK(result.ok());
  return std::move(*result);
}
void Must(const Status& status) {
  if (!status) std::fprintf(stderr, "%s\n", status.error().text.c_str());
  CHECK(status.ok());
}

void AddPeople(Store& store, Millis now) {
  const std::string hash = Must(HashPassword(kPassword));
  for (const auto& [name, role] :
       {std::pair("officer", DeskRole::kOfficer), std::pair("approver", DeskRole::kApprover),
        std::pair("auditor", DeskRole::kAuditor), std::pair("admin", DeskRole::kAdministrator),
        std::pair("reviewer", DeskRole::kReviewer)}) {
    const bool reviews = role == DeskRole::kReviewer;
    // The first three may do what the tests of an evening do in one session.
    const RoleSet roles =
        role == DeskRole::kAdministrator
            ? RoleBit(role) | RoleBit(DeskRole::kApprover) | RoleBit(DeskRole::kOfficer)
            : RoleBit(role);
    Must(store.accounts().Add({.name = name,
                               .display = std::string(RoleText(role)),
                               .roles = roles,
                               .unit = reviews ? "图书馆" : "",
                               .password_hash = hash,
                               .created = now},
                              {.kind = "user-add", .actor = "test", .refs = {}}));
  }
}

// The owner's link of a notice for the incident.
std::string IssueNotice(Store& store, std::string_view site_id, std::string_view kind, Millis now) {
  const std::string id = StableId({site_id, kind});
  Must(store.casework().Judge({.incident = id, .by = "officer", .reason = "reason enough"},
                              CaseDeed::kJudgeViolation, CasePolicy(), now, 0));
  Must(store.casework().Settle(id, now));
  const auto site = Must(store.index().SiteOf(site_id));
  return Must(store.casework().Issue({.incident = id, .by = "officer", .reason = "请立即整改"},
                                     CaseDeed::kNotify, *site, CasePolicy(), now))
      .token;
}

// What was judged takes effect, as `xuncha serve` sees to.
void Settle(Store& store, Millis now) {
  std::vector<std::string> incidents;
  Must(store.casework().EachDue(now, [&](const Due& due) {
    if (due.kind == DueKind::kVerdict) incidents.push_back(due.incident);
    return true;
  }));
  for (const std::string& incident : incidents) Must(store.casework().Settle(incident, now));
}

Drawings::Draw Drawing() {
  const std::optional<Browser> browser = Browser::Find();
  if (!browser) return nullptr;
  return [browser = *browser](const std::string& markup, const std::stop_token& stop) {
    return browser.Draw(DrawKind::kPicture, markup, stop);
  };
}

enum class Showing : uint8_t { kTests, kManuals };

void Serve(Showing showing) {
  std::string directory = "/tmp/xuncha_browser_XXXXXX";
  CHECK(mkdtemp(directory.data()) != nullptr);
  FakeClock past;
  {
    const auto store = Must(Store::Open({.directory = directory, .create = true, .clock = &past}));
    if (showing == Showing::kTests) {
      testing_support::FillStore(*store, past);
    } else {
      past.Advance(kExampleBegins - past.Now());
      testing_support::FillExample(*store, past);
      past.Advance(8 * 3'600'000);  // the morning after
    }
  }
  ShiftedClock clock(past.Now());
  {
    const auto store = Must(Store::Open({.directory = directory, .clock = &clock}));
    AddPeople(*store, clock.Now());
    const std::string token =
        showing == Showing::kTests
            ? IssueNotice(*store, kCollege, "porn", clock.Now())
            : IssueNotice(*store, "cs.example-college.test", "fraud", clock.Now());
    OfficersDesk::Options options{.policy = {.institution = "示例学院信息中心"}, .draw = Drawing()};
    if (showing == Showing::kManuals) {
      // Owners are told by mail; nobody sends what waits in the outbox here.
      options.tell = {.console = "https://xuncha.example-college.test", .owners = "mail"};
      options.tell.channels = {{.name = "mail",
                                .server = "smtp://mail.example-college.test:587",
                                .from = "xuncha@example-college.test",
                                .to = {"duty@example-college.test"}}};
    }
    const auto desk = Must(OfficersDesk::Make(*store, clock, std::move(options)));
    const auto server = Must(Server::Start({.listen = "127.0.0.1:0"}, *desk));
    std::printf("{\"port\":%u,\"password\":\"%s\",\"owner\":\"/o/%s\"}\n", server->port(),
                std::string(kPassword).c_str(), token.c_str());
    std::fflush(stdout);
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
      if (poll(&input, 1, 0) != 0) {
        char line[64];
        if (read(STDIN_FILENO, line, sizeof line) <= 0) break;
        clock.Advance(60'000);
        Settle(*store, clock.Now());
        std::printf("later\n");
        std::fflush(stdout);
      }
      desk->changes().Wait(50);
      desk->Tend();
    }
    desk->changes().Close();
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace xuncha

int main(int count, char** words) {
  const bool example = count > 1 && std::string_view(words[1]) == "--example";
  xuncha::Serve(example ? xuncha::Showing::kManuals : xuncha::Showing::kTests);
}
