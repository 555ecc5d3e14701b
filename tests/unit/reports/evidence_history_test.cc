// Packages of what has a history: of pages that were bad, clean and bad again, of which
// a purge has taken the nights between, of a site that is registered no more.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "reports/evidence.h"
#include "reports/evidence_check.h"
#include "reports/wacz.h"
#include "store/store.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Millis kDay = 86'400'000;
constexpr std::string_view kUrl = "http://lib.example.test/1";

class EvidenceHistoryTest : public testing::Test {
 protected:
  EvidenceHistoryTest() {
    store_ = Must(Store::Open({.directory = place_.path() + "/store",
                               .create = true,
                               .memory = 8 << 20,
                               .clock = &clock_}));
    Must(store_->ReplaceSites({site_}));
    key_ = std::make_unique<SigningKey>(Must(SigningKey::Create(place_.path() + "/key")));
  }

  // A run over the pages, one after the other.
  uint64_t Night(const std::vector<Page>& pages) {
    clock_.Advance(kDay);
    xuncha::Run run = Must(store_->BeginRun(Sha256("rules"), Sha256("config"), clock_.Now())).run;
    const Lease lease = Must(store_->ledger().Acquire(site_.id, run.id, clock_.Now(), kDay));
    for (const Page& page : pages)
      Must(store_->ledger().Commit(lease, {{.page = &page}}, clock_.Now()));
    Must(store_->ledger().Release(lease, true));
    run.ended = clock_.Now() + 1000;
    Must(store_->EndRun(run));
    return run.id;
  }
  Page Clean(std::string_view body, std::string_view url = kUrl) {
    Page page = MakePage(site_, url, body, clock_.Now() + kDay);
    page.document.title = "讲座";
    return page;
  }
  Page Bad(std::string_view body) {
    Page page = Clean(body);
    page.document.title = "彩票";
    page.findings = {MakeFinding(kUrl, "彩票", Severity::kHigh)};
    return page;
  }
  Page Same() { return MakeUnchanged(site_, kUrl, clock_.Now() + kDay); }
  void Pass(int weeks) {
    for (; weeks > 0; --weeks) {
      clock_.Advance(6 * kDay);
      Night({Clean("elsewhere", "http://lib.example.test/2")});
    }
  }
  void Purge() {
    Must(store_->Purge(
        {.policy = {.routine = 184 * kDay, .findings = 900 * kDay}, .now = clock_.Now()}));
  }
  std::string IncidentId() { return IncidentsOf(store_->cases()).at(0).id; }
  std::vector<uint64_t> RunsOf(const EvidenceScope& scope) {
    std::vector<uint64_t> runs;
    for (const EvidencePlace& place : Must(SurveyEvidence(*store_, scope)).places)
      runs.push_back(place.run);
    return runs;
  }
  std::map<std::string, std::string> Make(const EvidenceScope& scope) {
    const EvidenceSurvey survey = Must(SurveyEvidence(*store_, scope));
    const EvidenceExport begun = Must(store_->exports().Begin({.reference = "1号",
                                                               .authority = "示例市公安局",
                                                               .officers = {"甲", "乙"},
                                                               .by = "值班员",
                                                               .approved_by = "主管",
                                                               .approval = "同意",
                                                               .scope = survey.Refs()},
                                                              clock_.Now()));
    const EvidenceOrder order{.survey = &survey,
                              .record = begun,
                              .checkpoint = Must(store_->audit().Sign(*key_)),
                              .key = key_.get(),
                              .now = clock_.Now()};
    const std::string path = fmt::format("{}/{}.wacz", place_.path(), begun.id());
    Must(WriteEvidence(*store_, order, {}, path));
    const EvidenceReport report = Must(CheckEvidence(path, {.keys = {key_->public_key()}}));
    EXPECT_TRUE(report.whole()) << report.Text();
    std::map<std::string, std::string> members;
    const WaczReader reader = Must(WaczReader::Open(path));
    for (const WaczReader::Member& member : reader.members())
      members[member.path] = Must(reader.Read(member, 64 << 20));
    return members;
  }
  // Lines of the list that name the page, in order.
  static std::vector<std::string> Lines(const std::map<std::string, std::string>& members) {
    std::vector<std::string> lines;
    for (const std::string_view line : Split(members.at("evidence/02-电子数据清单.csv"), '\n')) {
      if (line.find(kUrl) != std::string::npos) lines.emplace_back(line);
    }
    return lines;
  }

  TempDirectory place_{QuickPlace()};
  FakeClock clock_{1'767'225'600'000};
  const Site site_ = MakeSite("lib.example.test");
  std::unique_ptr<Store> store_;
  std::unique_ptr<SigningKey> key_;
};

TEST_F(EvidenceHistoryTest, WhatAPurgeLeftIsFoundAcrossTheGap) {
  std::vector<uint64_t> bad;
  for (const std::string_view body : {"bad 1", "bad 2", "bad 3"}) bad.push_back(Night({Bad(body)}));
  Night({Clean("clean 1")});
  Night({Clean("clean 2")});
  Pass(30);
  const uint64_t newest = Night({Clean("clean 3")});
  Purge();
  EXPECT_EQ(RunsOf({.incident = IncidentId()}), bad);
  std::vector<uint64_t> all = bad;
  all.push_back(newest);
  EXPECT_EQ(RunsOf({.url = std::string(kUrl)}), all);
}

TEST_F(EvidenceHistoryTest, AUrlOfASiteRegisteredNoMoreIsFound) {
  const uint64_t run = Night({Bad("bad")});
  Must(store_->RemoveSite(site_.id));
  EXPECT_EQ(RunsOf({.url = std::string(kUrl)}), std::vector<uint64_t>{run});
}

TEST_F(EvidenceHistoryTest, NoFindingIsToldOfAnAnswerThatDidNotShowIt) {
  Night({Bad("bad 1")});
  Night({Clean("clean")});
  Night({Same()});
  Night({Bad("bad 2")});
  Night({Same()});
  const std::string id = MakeFinding(kUrl, "彩票", Severity::kHigh).id;
  const auto members = Make({.incident = IncidentId()});
  const std::vector<std::string> lines = Lines(members);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_THAT(lines[0], HasSubstr("发现 " + id));
  EXPECT_THAT(lines[1], Not(HasSubstr("发现 ")));
  EXPECT_THAT(lines[2], Not(HasSubstr("发现 "))) << "unchanged, and so clean";
  EXPECT_THAT(lines[3], HasSubstr("发现 " + id));
  EXPECT_THAT(lines[4], HasSubstr("发现 " + id)) << "unchanged, and so bad";
  WarcReader reader(SourceOfBytes(members.at("archive/data.warc.gz")));
  int told = 0;
  for (auto record = Must(reader.Next()); record; record = Must(reader.Next()))
    told += record->type == "metadata" && record->block.find(id) != std::string::npos ? 1 : 0;
  EXPECT_EQ(told, 2);
}

TEST_F(EvidenceHistoryTest, ASecondLookRepeatsNoAnswerAsItsOwn) {
  Night({Clean("body")});
  Page look = Bad("body");
  look.second_look = true;
  look.text = "with the site's word";
  look.text_digest = Sha256(look.text);
  Night({Same(), look});
  const EvidenceScope scope{.url = std::string(kUrl)};
  std::vector<std::string> lines = Lines(Make(scope));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], HasSubstr("\"网页\""));
  EXPECT_THAT(lines[1], HasSubstr("\"复查记录\""));
  EXPECT_THAT(lines[1], HasSubstr("第 1 次巡查的完整记录相同"));
  EXPECT_THAT(lines[1], HasSubstr("发现 ")) << "what the second look concluded";
  // The first night's record has gone: its answer is told of as that night's.
  Night({Clean("another")});
  Pass(30);
  Purge();
  lines = Lines(Make({.incident = IncidentId()}));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("\"网页\""));
  EXPECT_THAT(lines[0], HasSubstr("应答是第 1 次巡查所得"));
}

TEST_F(EvidenceHistoryTest, CustodyTellsOfReleasesToo) {
  Night({Bad("bad")});
  const Hold hold = Must(store_->holds().Place(
      {.site = site_.id, .by = "甲", .reason = "调查", .reference = "2号"}, clock_.Now()));
  Must(store_->holds().Lift(hold.id(), {.by = "甲", .approved_by = "乙", .reason = "办结"},
                            clock_.Now()));
  const std::string paper = Make({.incident = IncidentId()}).at("evidence/06-保管链.html");
  EXPECT_THAT(paper, HasSubstr("冻结"));
  EXPECT_THAT(paper, HasSubstr("解除冻结"));
}

}  // namespace
}  // namespace xuncha::testing_support
