// SPDX-License-Identifier: Apache-2.0
#include "reports/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "base/files.h"
#include "proof/sm3.h"
#include "reports/evidence_list_check.h"
#include "reports/evidence_parts.h"
#include "reports/sheet_writer.h"
#include "tests/unit/reports/evidence_world.h"

namespace xuncha {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing_support::EvidenceWorld;
using testing_support::Must;

// One world for all: a store is slow to make, and packages do not change it.
class EvidenceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = new EvidenceWorld; }  // gtest owns no such objects
  static void TearDownTestSuite() {
    delete world_;
    world_ = nullptr;
  }
  static EvidenceWorld& World() { return *world_; }
  static EvidenceScope OfIncident() { return {.incident = World().IncidentId()}; }
  static EvidenceScope OfSite() {
    return {.site = std::string(EvidenceWorld::kSite),
            .from = EvidenceWorld::kFirst - 1,
            .until = EvidenceWorld::kFirst + 3 * EvidenceWorld::kNight};
  }

  static EvidenceWorld* world_;
};
EvidenceWorld* EvidenceTest::world_ = nullptr;

TEST_F(EvidenceTest, APackageIsWholeToWhoHasTheKeyAndToNobodyElse) {
  const std::string path = World().Path("whole.wacz");
  const EvidenceMade made = World().Make(OfSite(), path);
  // A redirect, four pages, two nights without change, no answer.
  EXPECT_EQ(made.items, 8u);
  const EvidenceReport known = Must(CheckEvidence(path, World().Trust()));
  EXPECT_TRUE(known.whole()) << known.Text();
  EXPECT_GE(known.holds.size(), 5u) << known.Text();

  const EvidenceReport nobody = Must(CheckEvidence(path, {}));
  EXPECT_TRUE(nobody.problems.empty()) << nobody.Text();
  EXPECT_FALSE(nobody.whole());
  EXPECT_THAT(nobody.Text(), HasSubstr("没有可信的公钥"));

  const SigningKey other = Must(SigningKey::Create(World().Path("other.key")));
  const EvidenceReport stranger = Must(CheckEvidence(path, {.keys = {other.public_key()}}));
  EXPECT_FALSE(stranger.problems.empty());
  EXPECT_THAT(stranger.Text(), HasSubstr("不是由所信任的公钥作出"));
  EXPECT_THAT(stranger.Text(), HasSubstr("由别的密钥签署")) << "which is not: changed";
}

TEST_F(EvidenceTest, TheWaczCarriesTheSignatureItsReadersKnow) {
  const std::string path = World().Path("signed.wacz");
  World().Make(OfSite(), path);
  const std::string digest = EvidenceWorld::Members(path).at("datapackage-digest.json");
  EXPECT_THAT(digest, HasSubstr("\"signedData\":{\"hash\":\"sha256:"));
  EXPECT_THAT(digest, HasSubstr(Base64(World().key().public_key().der())));
  EXPECT_THAT(Must(CheckEvidence(path, World().Trust())).Text(), HasSubstr("wacz-auth"));
  // Each of its bytes counts; the CRC beside it is mended, as a forger would.
  const std::string whole = *ReadFile(path, 64 << 20);
  const size_t at = whole.find(digest);
  ASSERT_NE(at, std::string::npos);
  for (size_t i = 0; i < digest.size(); i += 7) {
    std::string changed = digest;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const std::string other = World().Path("changed.wacz");
    std::ofstream(other, std::ios::binary) << EvidenceWorld::Replaced(whole, digest, changed);
    EXPECT_FALSE(Must(CheckEvidence(other, World().Trust())).problems.empty()) << i;
  }
  // Taken out, too.
  const std::string bare = digest.substr(0, digest.find(",\"signedData\"")) + "}";
  const std::string spaces(digest.size() - bare.size(), ' ');
  const std::string other = World().Path("stripped.wacz");
  std::ofstream(other, std::ios::binary) << EvidenceWorld::Replaced(whole, digest, bare + spaces);
  EXPECT_THAT(Must(CheckEvidence(other, World().Trust())).Text(),
              HasSubstr("WACZ 自带的签名：缺失"));
}

TEST_F(EvidenceTest, AnSm2SignatureStandsBesideTheOther) {
  const std::string path = World().Path("sm2.wacz");
  const SigningKey sm2 =
      Must(SigningKey::Create(World().Path("installation-sm2.key"), KeyKind::kSm2));
  World().MakeWithSm2(OfSite(), path, sm2);
  const auto members = EvidenceWorld::Members(path);
  EXPECT_THAT(members.at("evidence/README.txt"), HasSubstr(sm2.public_key().id().hex()));
  EXPECT_THAT(members.at("evidence/01-电子证明文件.html"), HasSubstr(sm2.public_key().id().hex()));

  EvidenceTrust both = World().Trust();
  both.keys.push_back(sm2.public_key());
  const EvidenceReport known = Must(CheckEvidence(path, both));
  EXPECT_TRUE(known.whole()) << known.Text();
  // Who knows one of the two keys knows enough: each signature covers the other's key.
  EXPECT_TRUE(Must(CheckEvidence(path, World().Trust())).whole());
  const EvidenceReport sm2_only = Must(CheckEvidence(path, {.keys = {sm2.public_key()}}));
  EXPECT_TRUE(sm2_only.whole()) << sm2_only.Text();
  EXPECT_FALSE(Must(CheckEvidence(path, {})).whole());

  const SigningKey other = Must(SigningKey::Create(World().Path("other-sm2"), KeyKind::kSm2));
  const EvidenceReport stranger = Must(CheckEvidence(path, {.keys = {other.public_key()}}));
  EXPECT_FALSE(stranger.problems.empty());
  EXPECT_THAT(stranger.Text(), HasSubstr("SM2 签名不是由所信任的公钥作出"));

  const std::string whole = *ReadFile(path, 64 << 20);
  for (const std::string_view name : {evidence::kSm2Signature, evidence::kSm2Key}) {
    const std::string& bytes = members.at(std::string(name));
    for (size_t i = 0; i < bytes.size(); i += 11) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      const std::string forged = World().Path("changed.wacz");
      std::ofstream(forged, std::ios::binary) << EvidenceWorld::Replaced(whole, bytes, changed);
      EXPECT_FALSE(Must(CheckEvidence(forged, both)).problems.empty()) << name << " " << i;
    }
  }
}

TEST_F(EvidenceTest, AnotherExportsApprovalIsNotThisOnes) {
  // All is signed and proven; only the archive says that it is of another export.
  const std::string path = World().Path("borrowed.wacz");
  const EvidenceSurvey survey = Must(SurveyEvidence(World().store(), OfSite()));
  EvidenceOrder order = World().Order(survey);
  ++order.record.number;
  Must(WriteEvidence(World().store(), order, {}, path));
  const EvidenceReport report = Must(CheckEvidence(path, World().Trust()));
  EXPECT_THAT(report.Text(), HasSubstr("保管链里没有这次导出或它的批准"));
}

TEST_F(EvidenceTest, WhatIsWrongStaysWrongBehindFiftyProblems) {
  const std::string path = World().Path("many.wacz");
  auto writer = Must(WaczWriter::Create(path, {.software = "other 1.0", .created = 1'000}));
  Exchange exchange;
  exchange.url = "http://lib.example.test/";
  exchange.started = EvidenceWorld::kFirst;
  exchange.headers = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
  Must(writer->AddCapture({.exchange = &exchange, .body = "<p>x</p>"}));
  Must(writer->AddPage({.url = exchange.url, .time = exchange.started}));
  std::string manifest;
  for (int i = 0; i < 60; ++i) manifest += Sha256("x").hex() + fmt::format("  missing{}\n", i);
  Must(writer->AddFile(evidence::kManifest, manifest));
  Must(writer->AddFile(evidence::kManifestSm3, manifest));
  Must(writer->Finish());
  const EvidenceReport report = Must(CheckEvidence(path, World().Trust()));
  for (const std::string& line : report.holds)
    EXPECT_EQ(line.find("SM3"), std::string::npos) << line;
}

TEST_F(EvidenceTest, StandsAlone) {
  const std::string path = World().Path("alone.wacz");
  World().Make(OfIncident(), path);
  const auto members = EvidenceWorld::Members(path);
  for (const std::string name :
       {"archive/data.warc.gz", "evidence/01-电子证明文件.html", "evidence/02-电子数据清单.csv",
        "evidence/02-电子数据清单.xlsx", "evidence/03-提取过程说明.html",
        "evidence/04-不能证明的事项.html", "evidence/05-交接回执.html", "evidence/06-保管链.html",
        "evidence/README.txt", "evidence/verify.sh", "evidence/manifest-sha256.txt",
        "evidence/manifest-sm3.txt", "evidence/manifest.sig", "evidence/installation.pub",
        "evidence/custody/entries.jsonl", "evidence/custody/checkpoint.txt",
        "evidence/custody/checkpoint.sig"})
    EXPECT_TRUE(members.contains(name)) << name;
  const std::string& paper = members.at("evidence/01-电子证明文件.html");
  for (const std::string_view said :
       {"示公（网）调证字〔2026〕1号", "示例市公安局", "办案人甲、办案人乙", "值班员", "主管",
        "单位电子公章", "责任书四（6）"})
    EXPECT_THAT(paper, HasSubstr(said));
  // The night on which nothing had changed is listed and refers to a record that is there.
  EXPECT_THAT(members.at("evidence/02-电子数据清单.csv"), HasSubstr("复查记录"));
  EXPECT_THAT(members.at("evidence/06-保管链.html"), HasSubstr("批准导出"));
}

TEST_F(EvidenceTest, TheSameRequestGivesTheSameBytesButForTheSignature) {
  const std::string one = World().Path("one.wacz"), two = World().Path("two.wacz");
  World().Make(OfSite(), one);
  World().Make(OfSite(), two);
  const auto first = EvidenceWorld::Members(one), second = EvidenceWorld::Members(two);
  ASSERT_EQ(first.size(), second.size());
  for (const auto& [name, bytes] : first) {
    if (name == evidence::kManifestSignature || name.starts_with("datapackage")) continue;
    EXPECT_TRUE(second.at(name) == bytes) << name;
  }
}

TEST_F(EvidenceTest, PapersMaskIdentifiersUnlessToldOtherwiseAndTheArchiveNever) {
  const std::string masked = World().Path("masked.wacz"), whole = World().Path("unmasked.wacz");
  World().Make(OfIncident(), masked);
  World().Make(OfIncident(), whole, {}, true);
  const auto holds = [](const std::string& path, std::string_view folder) {
    for (const auto& [name, bytes] : EvidenceWorld::Members(path)) {
      if (name.starts_with(folder) && bytes.find(EvidenceWorld::kPhone) != std::string::npos)
        return true;
    }
    return false;
  };
  EXPECT_FALSE(holds(masked, "evidence/"));
  EXPECT_FALSE(holds(masked, "pages/"));
  EXPECT_TRUE(holds(whole, "evidence/"));
  const std::string archive = EvidenceWorld::Members(masked).at("archive/data.warc.gz");
  WarcReader reader(SourceOfBytes(archive));
  bool found = false;
  for (auto record = Must(reader.Next()); record; record = Must(reader.Next()))
    found = found || (record->type == "response" &&
                      record->block.find(EvidenceWorld::kPhone) != std::string::npos);
  EXPECT_TRUE(found);
}

TEST_F(EvidenceTest, IdsAndDigestsAreNobodysNumber) {
  const EvidenceText text{EvidenceExport{}};
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"an incident's id", "事件 9c1e000000000000", "事件 9c1e000000000000"},
      {"a digest", "sha256:01234567890123456789012345678901234567890123456789012345678901ab",
       "sha256:01234567890123456789012345678901234567890123456789012345678901ab"},
      {"a telephone beside one", "9c1e000000000000 13800138000", "9c1e000000000000 138001*****"},
      {"a card, which has no letter", "6222021234567890", "622202**********"},
      {"a number inside another word", "ab13800138000", "ab138001*****"},
  };
  for (const auto& [why, in, want] : kCases) EXPECT_EQ(text.Own(in), want) << why;
}

TEST_F(EvidenceTest, NoTextOfAPageIsAFormula) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {
      {"a formula", "=1+1", "\"'=1+1\""},
      {"a formula by sign", "+1", "\"'+1\""},
      {"a formula by minus", "-1", "\"'-1\""},
      {"a command", "@SUM(1)", "\"'@SUM(1)\""},
      {"behind a tab", "\t=1", "\"'\t=1\""},
      {"quotes are doubled", "a\"b", "\"a\"\"b\""},
      {"no line ends inside a cell", "a\r\nb", "\"a  b\""},
      {"plain words stay", "彩票", "\"彩票\""},
  };
  for (const auto& [why, in, want] : kCases) EXPECT_EQ(CsvCell(in), want) << why;
  const std::string path = World().Path("formula.wacz");
  World().Make(OfSite(), path);
  const std::string csv = EvidenceWorld::Members(path).at("evidence/02-电子数据清单.csv");
  EXPECT_THAT(csv, HasSubstr("\"'=1+1 彩票代理"));
  EXPECT_EQ(csv.find("\"="), std::string::npos);
}

TEST_F(EvidenceTest, HostileAddressesNameNothingInThePackage) {
  const std::string path = World().Path("hostile.wacz");
  World().Make(OfSite(), path);
  for (const auto& [name, bytes] : EvidenceWorld::Members(path)) {
    EXPECT_EQ(name.find(".."), std::string::npos) << name;
    EXPECT_EQ(name.find("passwd"), std::string::npos) << name;
  }
  EXPECT_TRUE(Must(CheckEvidence(path, World().Trust())).whole());
}

TEST_F(EvidenceTest, RefusesAScopeThatIsNone) {
  struct Case {
    std::string_view why;
    EvidenceScope scope;
    Code code;
  };
  const Case cases[] = {
      {"nothing is named", {}, Code::kInvalid},
      {"two things are named", {.incident = "1", .site = "a"}, Code::kInvalid},
      {"it ends before it begins", {.site = "a", .from = 9, .until = 5}, Code::kInvalid},
      {"no such incident", {.incident = "ffffffffffffffff"}, Code::kNotFound},
      {"no such site", {.site = "none.test", .from = 1, .until = 9}, Code::kNotFound},
      {"nothing in that time",
       {.site = "lib.example.test", .from = 1, .until = 9},
       Code::kNotFound},
      {"a URL nobody saw", {.url = "http://lib.example.test/none"}, Code::kNotFound},
  };
  for (const auto& [why, scope, code] : cases) {
    SCOPED_TRACE(why);
    const Result<EvidenceSurvey> survey = SurveyEvidence(World().store(), scope);
    ASSERT_FALSE(survey.ok());
    EXPECT_EQ(survey.error().code, code) << survey.error().text;
  }
}

TEST_F(EvidenceTest, AUrlAloneIsItsHistory) {
  const EvidenceSurvey survey =
      Must(SurveyEvidence(World().store(), {.url = std::string(EvidenceWorld::kBad)}));
  EXPECT_EQ(survey.places.size(), 2u);
  EXPECT_EQ(survey.findings.size(), 1u);
  EXPECT_THAT(survey.Refs(), Contains("url:http://lib.example.test/old/"));
  // Restricted to the second night it still brings the record that night refers to.
  const EvidenceSurvey second = Must(
      SurveyEvidence(World().store(), {.url = std::string(EvidenceWorld::kBad),
                                       .from = EvidenceWorld::kFirst + EvidenceWorld::kNight / 2}));
  ASSERT_EQ(second.places.size(), 2u);
  EXPECT_TRUE(second.places[0].outside);
  EXPECT_FALSE(second.places[1].outside);
}

TEST_F(EvidenceTest, StoppedItLeavesNothing) {
  const std::string path = World().Path("stopped.wacz");
  const EvidenceSurvey survey = Must(SurveyEvidence(World().store(), OfSite()));
  const Result<EvidenceMade> made =
      WriteEvidence(World().store(), World().Order(survey),
                    {.progress = [](uint64_t done, uint64_t) { return done < 2; }}, path);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, Code::kConflict);
  for (const auto& entry : std::filesystem::directory_iterator(World().Path("")))
    EXPECT_EQ(entry.path().string().find("stopped"), std::string::npos) << entry.path();
}

TEST_F(EvidenceTest, AFullDiskLeavesNothing) {
  const EvidenceSurvey survey = Must(SurveyEvidence(World().store(), OfSite()));
  const EvidenceOrder order = World().Order(survey);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t room : {0u, 100u, 1'000u, 4'000u, 10'000u, 30'000u}) {
    SCOPED_TRACE(room);
    const std::string path = World().Path("full.wacz");
    rlimit small = before;
    small.rlim_cur = room;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Result<EvidenceMade> made = WriteEvidence(World().store(), order, {}, path);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_FALSE(made.ok());
    for (const auto& entry : std::filesystem::directory_iterator(World().Path("")))
      EXPECT_EQ(entry.path().string().find("full.wacz"), std::string::npos) << entry.path();
  }
  ::signal(SIGXFSZ, ignored);
}

TEST_F(EvidenceTest, EveryFlippedBitIsSeen) {
  const std::string path = World().Path("flips.wacz");
  World().Make(OfIncident(), path);
  const std::string whole = Must(ReadFile(path, 64 << 20));
  const char* const wish = std::getenv("XUNCHA_LONG");
  const int flips = wish != nullptr && std::string_view(wish) == "1" ? 10'000 : 1'000;
  std::mt19937_64 random(20261122);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const EvidenceTrust trust = World().Trust();
  for (int i = 0; i < flips; ++i) {
    const size_t at = random() % whole.size();
    const char changed = static_cast<char>(whole[at] ^ (1 << (random() % 8)));
    const auto put = [&](char byte) {
      file.seekp(static_cast<std::streamoff>(at));
      file.put(byte).flush();
    };
    put(changed);
    const Result<EvidenceReport> report = CheckEvidence(path, trust);
    EXPECT_TRUE(!report || !report->whole()) << "byte " << at << " of " << whole.size();
    put(whole[at]);
  }
  EXPECT_TRUE(Must(CheckEvidence(path, trust)).whole());
}

TEST_F(EvidenceTest, APackageOfOthersIsNeverCalledWhole) {
  const std::string path = World().Path("others.wacz");
  auto writer = Must(WaczWriter::Create(path, {.software = "other 1.0", .created = 1'000}));
  Exchange exchange;
  exchange.url = "http://lib.example.test/";
  exchange.started = EvidenceWorld::kFirst;
  exchange.headers = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
  Must(writer->AddCapture({.exchange = &exchange, .body = "<p>x</p>"}));
  Must(writer->AddPage({.url = exchange.url, .time = exchange.started}));
  Must(writer->Finish());
  const EvidenceReport report = Must(CheckEvidence(path, World().Trust()));
  EXPECT_TRUE(report.problems.empty()) << report.Text();
  EXPECT_FALSE(report.whole());
  EXPECT_THAT(report.Text(), HasSubstr("不是 xuncha 制作的证据包"));

  EXPECT_FALSE(CheckEvidence(World().Path("none.wacz"), {}).ok());
  Must(WriteFileAtomically(World().Path("text.wacz"), "not a zip"));
  EXPECT_FALSE(Must(CheckEvidence(World().Path("text.wacz"), {})).whole());
}

// Whoever can sign can still not let the list say what the archive does not.
TEST_F(EvidenceTest, TheListIsHeldAgainstEachRecord) {
  const std::string path = World().Path("list.wacz");
  World().Make(OfSite(), path);
  const auto members = EvidenceWorld::Members(path);
  const std::string csv = members.at("evidence/02-电子数据清单.csv");
  const std::string& archive = members.at("archive/data.warc.gz");
  EXPECT_TRUE(CheckList(csv, SourceOfBytes(archive)).problems.empty());
  EXPECT_EQ(CheckList(csv, SourceOfBytes(archive)).records, 6u);
  const auto replaced = [&](std::string_view what, std::string_view by) {
    std::string changed = csv;
    const size_t at = changed.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return changed.replace(at, what.size(), by);
  };
  const std::string body = "<html>路径</html>";
  const size_t first = csv.find("\r\n");
  const size_t last = csv.rfind("\r\n", csv.size() - 3);
  const std::pair<std::string_view, std::string> cases[] = {
      {"another address", replaced("http://lib.example.test/copy", "http://lib.example.test/else")},
      {"another time", replaced("2026-01-01 00:00:00.000Z", "2026-01-01 00:00:01.000Z")},
      {"another SHA-256", replaced(Sha256(body).hex(), Sha256("else").hex())},
      {"another SM3", replaced(Sm3(body).hex(), Sm3("else").hex())},
      {"another record", replaced("<urn:uuid:", "<urn:uuid:0")},
      {"a line less", csv.substr(0, first + 2) + csv.substr(csv.find("\r\n", first + 2) + 2)},
      {"a line twice", csv + csv.substr(last + 2)},
      {"half a line", csv.substr(0, csv.size() - 10)},
      {"no list", ""},
      {"a cell without quotes", csv + "x,y\r\n"},
  };
  for (const auto& [why, changed] : cases)
    EXPECT_FALSE(CheckList(changed, SourceOfBytes(archive)).problems.empty()) << why;
}

}  // namespace
}  // namespace xuncha
