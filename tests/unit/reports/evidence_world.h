// A small store with what a package must cope with: a page with a finding, a redirect
// before it, what a spider got, a night without change, an answer that never came, a
// body twice, and texts a page should not have.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/evidence.h"
#include "reports/evidence_check.h"
#include "reports/gzip.h"
#include "reports/wacz.h"
#include "store/store.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {

class EvidenceWorld {
 public:
  static constexpr Millis kFirst = 1'767'225'600'000;  // 2026-01-01T08:00+08:00
  static constexpr Millis kNight = 86'400'000;
  static constexpr std::string_view kSite = "lib.example.test";
  static constexpr std::string_view kBad = "http://lib.example.test/old/";
  static constexpr std::string_view kPhone = "13800138000";

  EvidenceWorld() : site_(MakeSite(std::string(kSite))) {
    site_.name = "图书馆网站";
    site_.unit = "图书馆";
    site_.owner = "某人";
    store_ = Must(Store::Open({.directory = place_.path() + "/store",
                               .create = true,
                               .memory = 8 << 20,
                               .clock = &clock_,
                               .who = "xuncha"}));
    Must(store_->ReplaceSites({site_}));
    Night(1);
    clock_.Advance(kNight);
    Night(2);
    clock_.Advance(3'600'000);
    key_ = std::make_unique<SigningKey>(Must(SigningKey::Create(Path("installation.key"))));
  }

  Store& store() { return *store_; }
  const SigningKey& key() const { return *key_; }
  std::string Path(std::string_view name) const {
    return fmt::format("{}/{}", place_.path(), name);
  }
  std::string IncidentId() { return IncidentsOf(store_->cases()).at(0).id; }
  EvidenceTrust Trust() const { return {.keys = {key_->public_key()}}; }

  EvidenceOrder Order(const EvidenceSurvey& survey, bool unmasked = false) {
    if (begun_.number == 0) {
      begun_ = Must(store_->exports().Begin({.reference = "示公（网）调证字〔2026〕1号",
                                             .authority = "示例市公安局",
                                             .officers = {"办案人甲", "办案人乙"},
                                             .by = "值班员",
                                             .approved_by = "主管",
                                             .approval = "同意",
                                             .scope = survey.Refs()},
                                            clock_.Now()));
      checkpoint_ = Must(store_->audit().Sign(*key_));
    }
    begun_.unmasked = unmasked;
    return {.survey = &survey,
            .record = begun_,
            .maker = {.unit = "示例学院现代教育技术中心",
                      .software = "xuncha 0.0.0",
                      .build = std::string(64, 'b'),
                      .host = "audit.example.test",
                      .system = "Debian GNU/Linux 12",
                      .clock = "操作系统的时钟"},
            .checkpoint = checkpoint_,
            .key = key_.get(),
            .now = clock_.Now()};
  }
  // As Make does, signed by an SM2 key, too.
  void MakeWithSm2(const EvidenceScope& scope, const std::string& path, const SigningKey& sm2) {
    const EvidenceSurvey survey = Must(SurveyEvidence(*store_, scope));
    EvidenceOrder order = Order(survey);
    order.sm2 = &sm2;
    Must(WriteEvidence(*store_, order, {}, path));
  }
  EvidenceMade Make(const EvidenceScope& scope, const std::string& path,
                    const EvidenceServices& services = {}, bool unmasked = false) {
    const EvidenceSurvey survey = Must(SurveyEvidence(*store_, scope));
    return Must(WriteEvidence(*store_, Order(survey, unmasked), services, path));
  }

  // The package with a stored member's bytes replaced by as many others, and its CRC mended.
  static std::string Replaced(std::string zip, const std::string& bytes,
                              const std::string& others) {
    CHECK(bytes.size() == others.size());
    const auto crc = [](const std::string& of) {
      const uint32_t sum = Crc32(0, of);
      std::string text;
      for (int i = 0; i < 32; i += 8) text += static_cast<char>(sum >> i & 0xff);
      return text;
    };
    const size_t place = zip.find(bytes);
    CHECK(place != std::string::npos);
    zip.replace(place, bytes.size(), others);
    for (size_t at = 0; (at = zip.find(crc(bytes), at)) != std::string::npos; at += 4)
      zip.replace(at, 4, crc(others));
    return zip;
  }
  static std::map<std::string, std::string> Members(const std::string& path) {
    std::map<std::string, std::string> members;
    const WaczReader reader = Must(WaczReader::Open(path));
    for (const WaczReader::Member& member : reader.members())
      members[member.path] = Must(reader.Read(member, 64 << 20));
    return members;
  }

 private:
  Page PageOf(std::string_view url, std::string_view title, const std::string& body) {
    Page page = MakePage(site_, url, body, clock_.Now());
    page.document.title = title;
    Response& response = page.response;
    response.final_url = page.permit.url();
    response.asked = response.started;
    response.request = fmt::format("GET {} HTTP/1.1\r\nHost: lib.example.test\r\n\r\n", url);
    response.addresses = {"10.1.2.3"};
    response.local_address = "10.1.2.9:40000";
    return page;
  }

  void Night(uint64_t number) {
    const Run run = Must(store_->BeginRun(Sha256("rules"), Sha256("config"), clock_.Now())).run;
    const Lease lease = Must(store_->ledger().Acquire(kSite, run.id, clock_.Now(), 600'000));
    std::vector<Page> pages;
    if (number == 1) {
      Page bad = PageOf(kBad, fmt::format("=1+1 彩票代理 {}", kPhone),
                        fmt::format("<html><title>彩票</title><p>代理热线 {}</p></html>", kPhone));
      bad.findings = {MakeFinding(kBad, "彩票", Severity::kHigh)};
      Exchange hop;
      hop.url = "http://lib.example.test/old";
      hop.started = clock_.Now() - 100;
      hop.request = "GET /old HTTP/1.1\r\nHost: lib.example.test\r\n\r\n";
      hop.headers = "HTTP/1.1 301 Moved\r\nLocation: /old/\r\nContent-Length: 0\r\n\r\n";
      hop.remote_address = "10.1.2.3:80";
      bad.response.hops = {{.from = hop.url,
                            .to = std::string(kBad),
                            .status = 301,
                            .followed = true,
                            .exchange = hop}};
      pages.push_back(std::move(bad));
      pages.push_back(PageOf("http://lib.example.test/", "首页", "<html>欢迎</html>"));
      pages.push_back(PageOf("http://lib.example.test/copy", "首页", "<html>欢迎</html>"));
      pages.push_back(PageOf("http://lib.example.test/a/..%2f..%2fetc%2fpasswd?q=%0d%0aX:%20y",
                             "@cmd", "<html>路径</html>"));
    } else {
      Page same = MakeUnchanged(site_, kBad, clock_.Now());  // reached otherwise: no redirect
      pages.push_back(std::move(same));
      pages.push_back(MakeUnchanged(site_, "http://lib.example.test/copy", clock_.Now()));
      pages.push_back(MakeFailed(site_, "http://lib.example.test/", clock_.Now()));
    }
    std::vector<DonePage> done;
    for (const Page& page : pages) done.push_back({.page = &page});
    for (const CommitOutcome outcome : Must(store_->ledger().Commit(lease, done, clock_.Now())))
      EXPECT_EQ(outcome, CommitOutcome::kCommitted);
    Must(store_->ledger().Release(lease, true));
    Run ended = run;
    ended.ended = clock_.Now() + 1;
    Must(store_->EndRun(ended));
  }

  TempDirectory place_;
  FakeClock clock_{kFirst};
  Site site_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<SigningKey> key_;
  EvidenceExport begun_;
  Checkpoint checkpoint_;
};

}  // namespace xuncha::testing_support
