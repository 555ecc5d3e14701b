// SPDX-License-Identifier: Apache-2.0
#include "store/exports.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/store/support.h"

namespace xuncha {
namespace {

using testing_support::Must;
using testing_support::TempDirectory;

EvidenceExport Asked() {
  return {.reference = "示公（网）调证字〔2026〕1号",
          .authority = "示例市公安局",
          .officers = {"办案人甲", "办案人乙"},
          .by = "值班员",
          .approved_by = "主管",
          .approval = "同意",
          .scope = {"incident:9c1e"}};
}

class ExportsTest : public testing::Test {
 protected:
  ExportsTest() { store_ = Open(); }
  std::unique_ptr<Store> Open() {
    return Must(
        Store::Open({.directory = place_.path() + "/store", .create = true, .memory = 8 << 20}));
  }
  std::vector<AuditEntry> Entries() {
    std::vector<AuditEntry> entries;
    Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
      entries.push_back(entry);
      return true;
    }));
    return entries;
  }
  std::vector<EvidenceExport> Records() {
    std::vector<EvidenceExport> records;
    Must(store_->exports().Each([&](const EvidenceExport& record) {
      records.push_back(record);
      return true;
    }));
    return records;
  }
  TempDirectory place_;
  std::unique_ptr<Store> store_;
};

TEST_F(ExportsTest, ApprovalAndExportAreOnRecordBeforeAndAfter) {
  EvidenceExport record = Must(store_->exports().Begin(Asked(), 1'767'225'600'000));
  EXPECT_EQ(record.id(), "E1");
  std::vector<AuditEntry> entries = Entries();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].kind, "evidence-approve");
  EXPECT_EQ(entries[0].actor, "主管");
  EXPECT_EQ(entries[1].kind, "evidence-export");
  EXPECT_EQ(entries[1].actor, "值班员");
  EXPECT_EQ(RefOf(entries[1], "export"), "E1");
  EXPECT_EQ(RefOf(entries[1], "case"), "示公（网）调证字〔2026〕1号");
  EXPECT_EQ(RefOf(entries[1], "incident"), "9c1e");

  record.items = 3;
  record.bytes = 4096;
  record.package = Sha256("package");
  Must(store_->exports().End(record, 1'767'225'660'000));
  entries = Entries();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[2].kind, "evidence-exported");
  EXPECT_EQ(RefOf(entries[2], "sha256"), Sha256("package").hex());

  store_.reset();
  store_ = Open();
  ASSERT_EQ(Records().size(), 1u);
  const EvidenceExport kept = Records()[0];
  EXPECT_EQ(kept.number, 1u);
  EXPECT_EQ(kept.ended, 1'767'225'660'000);
  EXPECT_EQ(kept.officers, Asked().officers);
  EXPECT_EQ(kept.package, Sha256("package"));
  EXPECT_EQ(Must(store_->exports().Begin(Asked(), 1'767'225'700'000)).id(), "E2");
}

TEST_F(ExportsTest, AFailureIsOnRecordToo) {
  EvidenceExport record = Must(store_->exports().Begin(Asked(), 1));
  record.failure = "no space left";
  Must(store_->exports().End(record, 2));
  EXPECT_EQ(Entries().back().kind, "evidence-failed");
  ASSERT_EQ(Records().size(), 1u);
  EXPECT_EQ(Records()[0].failure, "no space left");
}

TEST_F(ExportsTest, RefusesWhatNobodyAnswersFor) {
  struct Case {
    std::string_view why;
    std::function<void(EvidenceExport&)> change;
    std::string_view word;
  };
  const Case cases[] = {
      {"no letter", [](EvidenceExport& e) { e.reference = " "; }, "调证文书编号"},
      {"no authority", [](EvidenceExport& e) { e.authority.clear(); }, "调证单位"},
      {"one officer", [](EvidenceExport& e) { e.officers.pop_back(); }, "两名"},
      {"the same officer twice", [](EvidenceExport& e) { e.officers[1] = "办案人甲 "; }, "两名"},
      {"an officer without a name", [](EvidenceExport& e) { e.officers[1] = ""; }, "姓名"},
      {"nobody exports", [](EvidenceExport& e) { e.by.clear(); }, "经办人"},
      {"nobody approves", [](EvidenceExport& e) { e.approved_by.clear(); }, "批准人"},
      {"who exports approves", [](EvidenceExport& e) { e.approved_by = " 值班员"; }, "同一人"},
      {"an approval without words", [](EvidenceExport& e) { e.approval.clear(); }, "批准意见"},
      {"no scope", [](EvidenceExport& e) { e.scope.clear(); }, "范围"},
      {"a page of text as a name", [](EvidenceExport& e) { e.by.assign(5'000, 'x'); }, "太长"},
  };
  for (const auto& [why, change, word] : cases) {
    SCOPED_TRACE(why);
    EvidenceExport asked = Asked();
    change(asked);
    const Result<EvidenceExport> begun = store_->exports().Begin(asked, 1);
    ASSERT_FALSE(begun.ok());
    EXPECT_NE(begun.error().text.find(word), std::string::npos) << begun.error().text;
  }
  EXPECT_TRUE(Entries().empty());
}

}  // namespace
}  // namespace xuncha
