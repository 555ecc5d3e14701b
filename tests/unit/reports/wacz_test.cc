// SPDX-License-Identifier: Apache-2.0
#include "reports/wacz.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/files.h"
#include "reports/zip_writer.h"
#include "tests/unit/reports/capture_samples.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WaczTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "xuncha-wacz-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ + "/a.wacz";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  WaczWriter::Summary Write(const SigningKey* key, std::string_view path) {
    const std::vector<Sample> samples = Samples();
    auto writer = WaczWriter::Create(
        std::string(path),
        {.title = "标题", .software = "xuncha 0.1.0", .created = kSampleTime, .key = key});
    EXPECT_TRUE(writer.ok()) << writer.error().text;
    for (const Sample& sample : samples) {
      EXPECT_TRUE((*writer)->AddCapture(CaptureOf(sample)).ok());
    }
    EXPECT_TRUE((*writer)
                    ->AddResource("urn:screenshot:https://www.example.edu.cn/", "image/png",
                                  kSampleTime, "PNG")
                    .ok());
    EXPECT_TRUE((*writer)
                    ->AddPage({.url = samples[0].exchange.url,
                               .time = samples[0].exchange.started,
                               .title = "首页",
                               .text = "学院简介"})
                    .ok());
    EXPECT_TRUE((*writer)->AddFile("evidence/note.txt", "a note\n").ok());
    Result<WaczWriter::Summary> summary = (*writer)->Finish();
    EXPECT_TRUE(summary.ok()) << summary.error().text;
    return *summary;
  }
  std::string Bytes(std::string_view path) { return *ReadFile(std::string(path), 64 << 20); }
  WaczReport Verify(const std::string& bytes) {
    const std::string path = folder_ + "/changed.wacz";
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    Result<WaczReport> report = VerifyWacz(path);
    EXPECT_TRUE(report.ok());
    return *report;
  }
  SigningKey Key() {
    Result<SigningKey> key = SigningKey::Create(folder_ + "/key.pem");
    EXPECT_TRUE(key.ok());
    return std::move(*key);
  }

  std::string folder_, path_;
};

TEST_F(WaczTest, VerifiesWhatItWrote) {
  const SigningKey key = Key();
  const WaczWriter::Summary summary = Write(&key, path_);
  const Result<WaczReport> report = VerifyWacz(path_);
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->problems, ElementsAre());
  EXPECT_TRUE(report->signed_ok);
  EXPECT_THAT(report->signature, HasSubstr(key.public_key().id().hex()));
  EXPECT_EQ(report->datapackage, summary.datapackage);
  EXPECT_EQ(report->captures, 4u);
  EXPECT_EQ(report->pages, 1u);
  EXPECT_EQ(summary.captures, 4u);
  EXPECT_EQ(summary.bytes, std::filesystem::file_size(path_));
}

TEST_F(WaczTest, HasThePartsTheStandardNames) {
  Write(nullptr, path_);
  const Result<WaczReader> reader = WaczReader::Open(path_);
  ASSERT_TRUE(reader.ok());
  std::vector<std::string> names;
  for (const WaczReader::Member& member : reader->members()) names.push_back(member.path);
  EXPECT_THAT(names,
              ElementsAre("archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl",
                          "evidence/note.txt", "datapackage.json", "datapackage-digest.json"));
  EXPECT_THAT(reader->oddities(), ElementsAre());
  const std::string index = *reader->Read(*reader->Find("indexes/index.cdx"), 1 << 20);
  EXPECT_THAT(index, ::testing::StartsWith("[2001:db8::1]:8080)/ 20260101000003123 {\"url\":"));
  EXPECT_THAT(index, HasSubstr("\ncn,edu,example)/ 20260101000000123 {\"url\":"
                               "\"https://www.example.edu.cn/\",\"digest\":\"sha256:"));
  EXPECT_THAT(index, HasSubstr("\"mime\":\"warc/revisit\""));
  EXPECT_EQ(*reader->Read(*reader->Find("pages/pages.jsonl"), 1 << 20),
            "{\"format\":\"json-pages-1.0\",\"id\":\"pages\",\"title\":\"Pages\"}\n"
            "{\"id\":\"" +
                StableId({"https://www.example.edu.cn/", "2026-01-01T00:00:00.123Z"}) +
                "\",\"url\":\"https://www.example.edu.cn/\",\"ts\":\"2026-01-01T00:00:00.123Z\","
                "\"title\":\"首页\",\"text\":\"学院简介\"}\n");
  const std::string package = *reader->Read(*reader->Find("datapackage.json"), 1 << 20);
  EXPECT_THAT(package, HasSubstr("\"profile\":\"data-package\",\"wacz_version\":\"1.1.1\""));
}

TEST_F(WaczTest, GivesTheSameBytesForTheSameInput) {
  Write(nullptr, path_);
  Write(nullptr, folder_ + "/b.wacz");
  EXPECT_EQ(Bytes(path_), Bytes(folder_ + "/b.wacz"));
}

TEST_F(WaczTest, NoticesEveryChangedByte) {
  const SigningKey key = Key();
  Write(&key, path_);
  const std::string good = Bytes(path_);
  ASSERT_TRUE(Verify(good).ok());
  std::mt19937_64 random(20261122);
  const int rounds = std::getenv("XUNCHA_LONG") != nullptr ? 10'000 : 1'000;
  int unseen = 0;
  for (int i = 0; i < rounds; ++i) {
    std::string changed = good;
    const size_t at = random() % changed.size();
    changed[at] = static_cast<char>(changed[at] ^ static_cast<char>(1 + random() % 255));
    if (Verify(changed).ok()) {
      ++unseen;
      ADD_FAILURE() << "a change of byte " << at << " of " << good.size() << " was not noticed";
    }
  }
  EXPECT_EQ(unseen, 0);
}

TEST_F(WaczTest, NoticesEveryCut) {
  Write(nullptr, path_);
  const std::string good = Bytes(path_);
  for (size_t keep = 0; keep < good.size(); keep += 37)
    EXPECT_FALSE(Verify(good.substr(0, keep)).ok()) << keep;
  EXPECT_FALSE(Verify(good + "x").ok());
}

TEST_F(WaczTest, RefusesNamesThatClimbAndNamesTaken) {
  const std::vector<Sample> samples = Samples();
  auto writer = WaczWriter::Create(path_, {.software = "xuncha 0.1.0", .created = kSampleTime});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->AddCapture(CaptureOf(samples[0])).ok());
  for (const std::string_view name :
       {"", "/etc/passwd", "evidence/../../x", "evidence//x", "./x", "a\\b", "c:x", "archive/x",
        "indexes/x", "pages/x.jsonl", "datapackage.json", "evidence/\nx", "evidence/\xff"}) {
    EXPECT_EQ((*writer)->AddFile(name, "x").error().code, Code::kInvalid) << name;
  }
  EXPECT_TRUE((*writer)->AddFile("evidence/x", "x").ok());
  EXPECT_EQ((*writer)->AddFile("evidence/x", "x").error().code, Code::kInvalid);
}

TEST_F(WaczTest, LeavesNothingBehindIfItIsNotFinished) {
  {
    auto writer = WaczWriter::Create(path_, {.software = "xuncha 0.1.0", .created = kSampleTime});
    ASSERT_TRUE(writer.ok());
    EXPECT_EQ((*writer)->Finish().error().code, Code::kInvalid) << "without a capture";
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(WaczTest, SignsWithTheKindOfKeyReadersKnow) {
  Result<SigningKey> key = SigningKey::Create(folder_ + "/p256.pem", KeyKind::kP256);
  ASSERT_TRUE(key.ok());
  const auto writer = WaczWriter::Create(path_, {.created = kSampleTime, .key = &*key});
  EXPECT_EQ(writer.error().code, Code::kInvalid);
}

// Bytes of a zip with the members, each as (name in its own header, name in the directory).
std::string Zip(const std::vector<std::pair<std::string, std::string>>& names) {
  const auto le = [](uint64_t value, int count) {
    std::string out;
    for (int i = 0; i < count; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
    return out;
  };
  std::string zip, directory;
  for (const auto& [own, listed] : names) {
    const size_t at = zip.size();
    zip += le(0x04034b50, 4) + le(20, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(0, 4) + le(0, 4) +
           le(0, 4) + le(own.size(), 2) + le(0, 2) + own;
    directory += le(0x02014b50, 4) + le(20, 2) + le(20, 2) + le(0, 2) + le(0, 2) + le(0, 4) +
                 le(0, 4) + le(0, 4) + le(0, 4) + le(listed.size(), 2) + le(0, 2) + le(0, 2) +
                 le(0, 2) + le(0, 2) + le(0, 4) + le(at, 4) + listed;
  }
  const size_t at = zip.size();
  zip += directory;
  zip += le(0x06054b50, 4) + le(0, 4) + le(names.size(), 2) + le(names.size(), 2) +
         le(directory.size(), 4) + le(at, 4) + le(0, 2);
  return zip;
}

TEST_F(WaczTest, TakesEachRecordFromTheIndexOnce) {
  Write(nullptr, path_);
  const Result<WaczReader> reader = WaczReader::Open(path_);
  ASSERT_TRUE(reader.ok());
  const std::string again = folder_ + "/again.wacz";
  ZipWriter zip(again, kSampleTime);
  for (const WaczReader::Member& member : reader->members()) {
    std::string bytes = *reader->Read(member, 1 << 20);
    if (member.path == "indexes/index.cdx") {
      const std::string line = bytes.substr(0, bytes.find('\n') + 1);
      bytes.insert(0, line + line);
    }
    ASSERT_TRUE(zip.Begin(member.path).ok() && zip.Add(bytes).ok() && zip.End().ok());
  }
  ASSERT_TRUE(zip.Finish().ok());
  const Result<WaczReport> report = VerifyWacz(again);
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->problems, Contains(HasSubstr("第 2 行指向的记录已在索引中")));
  EXPECT_THAT(report->problems, Contains(HasSubstr("第 3 行指向的记录已在索引中")));
}

TEST_F(WaczTest, RefusesHostileContainers) {
  struct Case {
    std::string_view why;
    std::string bytes;
    std::string_view says;
  };
  std::vector<std::pair<std::string, std::string>> many;
  // One byte, deflated, that is said to become as much as the old fields can say.
  std::string bomb = Zip({{"x", "x"}});
  const size_t listed = bomb.find("PK\x01\x02");
  for (const size_t at : {size_t{0}, listed}) {
    const size_t method = at == 0 ? 8 : listed + 10, bytes = at == 0 ? 22 : listed + 24;
    bomb[method] = 8;
    bomb.replace(bytes, 4, "\xfe\xff\xff\xff");
  }
  for (int i = 0; i < 10'001; ++i) many.emplace_back(std::to_string(i), std::to_string(i));
  const Case cases[] = {
      {"nothing", "", "太短"},
      {"no zip", std::string(100, 'x'), "目录记录"},
      {"climbing name", Zip({{"../x", "../x"}}), "不安全"},
      {"absolute name", Zip({{"/x", "/x"}}), "不安全"},
      {"backslashes", Zip({{"a\\..\\x", "a\\..\\x"}}), "不安全"},
      {"control characters", Zip({{"a\x1b[2J", "a\x1b[2J"}}), "不安全"},
      {"two of one name", Zip({{"x", "x"}, {"x", "x"}}), "出现两次"},
      {"two names of one member", Zip({{"x", "y"}}), "不一致"},
      {"too many", Zip(many), "超过上限"},
      {"a bomb", bomb, "不予读取"},
  };
  for (const auto& [why, bytes, says] : cases) {
    SCOPED_TRACE(why);
    const WaczReport report = Verify(bytes);
    ASSERT_FALSE(report.ok());
    EXPECT_THAT(report.problems[0], HasSubstr(std::string(says)));
    EXPECT_EQ(report.problems[0].find('\x1b'), std::string::npos);
  }
  // A zip without any of the members a package has.
  EXPECT_THAT(Verify(Zip({{"x", "x"}})).problems, Contains(HasSubstr("datapackage.json：缺失")));
}

TEST(Surt, PutsAHostBackToFront) {
  struct Case {
    std::string_view why, url, want;
  };
  constexpr Case kCases[] = {
      {"plain", "http://lib.example.edu.cn/a/B?c=D", "cn,edu,example,lib)/a/b?c=d"},
      {"www goes", "https://www.example.edu.cn/", "cn,edu,example)/"},
      {"usual port goes", "https://h.example:443/", "example,h)/"},
      {"other port stays", "http://h.example:8080/x", "example,h:8080)/x"},
      {"address", "http://10.1.2.3/x", "10.1.2.3)/x"},
      {"IPv6", "http://[2001:db8::1]/", "[2001:db8::1])/"},
      {"no path", "http://h.example", "example,h)/"},
      {"fragment goes", "http://h.example/a#b", "example,h)/a"},
  };
  for (const auto& [why, url, want] : kCases) {
    SCOPED_TRACE(why);
    EXPECT_EQ(Surt(url), want);
  }
}

}  // namespace
}  // namespace xuncha
