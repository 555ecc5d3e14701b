// The papers, word for word. XUNCHA_WRITE_GOLDEN=1 writes them anew; look at them before
// they are committed.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/files.h"
#include "proof/sm3.h"
#include "reports/evidence_parts.h"
#include "tests/unit/store/support.h"

namespace xuncha {
namespace {

using testing_support::Must;
using testing_support::TempDirectory;

constexpr Millis kNow = 1'767'225'600'000;  // 2026-01-01T08:00+08:00

TEST(EvidencePapersTest, SayWhatTheyAlwaysSaid) {
  const TempDirectory place;
  const SigningKey key = Must(SigningKey::Create(place.path() + "/key"));

  EvidenceSurvey survey;
  survey.scope.incident = "9c1e000000000000";
  survey.incident = Incident{.id = "9c1e000000000000"};
  Site site = testing_support::MakeSite("lib.example.test");
  site.name = "图书馆网站";
  site.unit = "图书馆";
  survey.sites = {site};
  survey.runs[1] = {.id = 1,
                    .started = kNow - 7'200'000,
                    .ended = kNow - 3'600'000,
                    .rules = Sha256("rules"),
                    .config = Sha256("config")};
  survey.first = kNow - 7'000'000;
  survey.last = kNow - 3'700'000;
  StoredFinding found;
  found.site = site.id;
  found.url = "http://lib.example.test/<script>?p=13800138000";
  found.finding = testing_support::MakeFinding(found.url, "彩票", Severity::kHigh);
  found.finding.because = "标题出现“彩票代理 13800138000”\n等 3 处";
  found.first_seen = survey.first;
  found.last_seen = survey.last;
  survey.findings = {found};

  const EvidenceOrder order{.survey = &survey,
                            .record = {.number = 3,
                                       .reference = "示公（网）调证字〔2026〕1号",
                                       .authority = "示例市公安局",
                                       .officers = {"办案人甲", "办案人乙"},
                                       .by = "值班员",
                                       .approved_by = "主管",
                                       .approval = "同意",
                                       .hold = "H1"},
                            .maker = {.unit = "示例学院现代教育技术中心",
                                      .software = "xuncha 0.0.0",
                                      .build = std::string(64, 'b'),
                                      .host = "audit.example.test",
                                      .system = "Debian GNU/Linux 12",
                                      .clock = "操作系统的时钟"},
                            .checkpoint = {.size = 9, .root = Sha256("root"), .time = kNow},
                            .key = &key,
                            .now = kNow};
  EvidenceTally tally;
  tally.items = 4;
  tally.captures = 3;
  tally.unchanged = 1;
  tally.decoded = 1;
  EvidenceTally::Count(tally.servers, "10.1.2.3:443");
  EvidenceTally::Count(tally.names, "lib.example.test → 10.1.2.3");
  EvidenceTally::Count(tally.tls, "TLSv1.3 TLS_AES_256_GCM_SHA384，证书有效");
  EvidenceCustody custody;
  custody.entries = {{.number = 8,
                      .time = kNow - 60'000,
                      .kind = "evidence-approve",
                      .actor = "主管",
                      .what = "同意",
                      .refs = {"export:E3", "incident:9c1e000000000000"}},
                     {.number = 9,
                      .time = kNow - 60'000,
                      .kind = "evidence-export",
                      .actor = "值班员",
                      .what = "for 示例市公安局"}};
  const PaperFacts facts{
      .order = &order,
      .tally = &tally,
      .custody = &custody,
      .files = {{std::string(evidence::kArchive), 4096, Sha256("archive"), Sm3("archive")}},
      .notes = {"没有安装浏览器，没有截图"},
      .stamped = true};

  std::vector<std::pair<std::string, std::string>> papers;
  for (const EvidencePaper& paper : MakePapers(facts))
    papers.emplace_back(std::string(paper.name) + ".html", paper.html);
  papers.emplace_back(evidence::kReadme, MakeReadme(facts));
  const bool write = std::getenv("XUNCHA_WRITE_GOLDEN") != nullptr;
  for (auto& [name, text] : papers) {
    SCOPED_TRACE(name);
    // The key is another one each time.
    const std::string id = key.public_key().id().hex();
    for (size_t at = text.find(id); at != std::string::npos; at = text.find(id))
      text.replace(at, id.size(), "（公钥）");
    EXPECT_EQ(text.find("13800138000"), std::string::npos);
    EXPECT_EQ(text.find("<script>"), std::string::npos);
    const std::string path = "tests/golden/" + name;
    if (write) Must(WriteFileAtomically(path, text));
    EXPECT_EQ(Must(ReadFile(path, 1 << 20)), text);
  }
}

}  // namespace
}  // namespace xuncha
