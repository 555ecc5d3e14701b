// A store with sites whose pages show what a test says, night by night, and officers who
// work on what comes of it.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/casework.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {

inline constexpr Millis kMinute = 60'000;
inline constexpr Millis kHour = 60 * kMinute;
inline constexpr Millis kDay = 24 * kHour;

class CaseworkTest : public ::testing::Test {
 protected:
  CaseworkTest() {
    policy_.institution = "信息化中心";
    policy_.basis = {"网络安全法第四十七条"};
  }

  // One night of one site: each page with its findings; what is not named is not fetched.
  using Pages = std::vector<std::pair<std::string, std::vector<Finding>>>;
  uint64_t Night(const Site& site, const Pages& pages) {
    now_ += kDay;
    const auto run = Must(store_->BeginRun({}, {}, now_));
    const Lease lease = Must(store_->ledger().Acquire(site.id, run.run.id, now_, kDay));
    std::vector<Page> made;
    for (const auto& [path, findings] : pages) {
      const std::string url = "http://" + site.id + path;
      // A body of its own each night, so that it is read.
      made.push_back(
          MakePage(site, url, "<p>" + path + std::to_string(run.run.id) + "</p>", now_ + 1));
      made.back().findings = findings;
      if (checked_ == Checked::kFailed) made.back() = MakeFailed(site, url, now_ + 1);
      made.back().checked = checked_;
    }
    std::vector<DonePage> done;
    for (const Page& page : made) done.push_back({.page = &page});
    Must(store_->ledger().Commit(lease, done, now_ + 2));
    Must(store_->ledger().Release(lease, true));
    xuncha::Run ended = run.run;
    ended.ended = now_ + 3;
    Must(store_->EndRun(ended));
    now_ += kMinute;
    return run.run.id;
  }
  Finding Found(std::string_view path, std::string_view word = "某博彩",
                Severity severity = Severity::kHigh) {
    return MakeFinding("http://" + site_.id + std::string(path), word, severity);
  }
  // The first night of the site, with one incident; its id.
  std::string Open() {
    Night(site_, {{"/a.html", {Found("/a.html")}}, {"/b.html", {}}});
    return StableId({site_.id, "gambling"});
  }

  Casework& work() { return store_->casework(); }
  CaseOrder Order(std::string_view incident, std::string_view by = "甲",
                  std::string_view reason = "页面确有此内容") {
    return {
        .incident = std::string(incident), .by = std::string(by), .reason = std::string(reason)};
  }
  CaseOrder Approval(std::string_view incident, std::string_view by) {
    CaseOrder order = Order(incident, by);
    order.as = Party::kApprover;
    return order;
  }
  CaseOrder FromOwner(std::string_view incident) {
    CaseOrder order = Order(incident, "负责人", "");
    order.as = Party::kOwner;
    return order;
  }
  // Confirmed and settled.
  void Confirm(std::string_view incident) {
    Must(work().Judge(Order(incident), CaseDeed::kJudgeViolation, policy_, now_));
    now_ += limits::kUndoMillis;
  }
  IssuedNotice Notify(std::string_view incident) {
    return Must(work().Issue(Order(incident), CaseDeed::kNotify, site_, policy_, now_));
  }
  std::string StateOf(std::string_view incident) {
    return Must(store_->cases().IncidentById(incident)).state;
  }
  uint64_t VersionOf(std::string_view incident) {
    return Must(store_->cases().IncidentById(incident)).version;
  }
  CaseFile FileOf(std::string_view incident) { return Must(work().FileOf(incident)); }
  std::vector<Due> DueUntil(Millis until) {
    std::vector<Due> dues;
    Must(work().EachDue(until, [&](const Due& due) {
      dues.push_back(due);
      return true;
    }));
    return dues;
  }
  void ExpectWhole() {
    const StoreReport report = Must(store_->Check({}));
    EXPECT_TRUE(report.whole());
    for (const StoreFault& fault : report.faults) ADD_FAILURE() << fault.text;
  }

  TempDirectory directory_{QuickPlace()};
  std::unique_ptr<Store> store_ = Must(OpenStore(directory_.path() + "/store"));
  const Site site_ = MakeSite("www.example.edu.cn");
  CasePolicy policy_;
  Checked checked_ = Checked::kFull;
  Millis now_ = 1'772'000'000'000;  // 2026-02-25, a Wednesday
};

}  // namespace xuncha::testing_support
