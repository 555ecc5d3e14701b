// Keeping and proving as an operator does it: sign, stamp, export, verify with the
// small program, back up, restore; and what is said when something is wrong.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/tree.h"
#include "tests/e2e/authority_server.h"
#include "tests/e2e/program.h"

namespace xuncha {
namespace {

using testing_support::AuthorityServer;

class KeepingProgramTest : public testing::Test {
 protected:
  KeepingProgramTest() : data_(place_.path() + "/data") {
    EXPECT_EQ(RunProgram({"init", data_}).code, 0);
    EXPECT_EQ(Run({"site", "add", "--name", "图书馆", "--unit", "图书馆", "--owner", "某人",
                   "--phone", "0000-0000001", "--address", "http://lib.example.test/"})
                  .code,
              0);
  }
  Outcome Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", data_});
    return RunProgram(words);
  }
  Outcome Verify(std::vector<std::string> words) {
    words.insert(words.begin(), {"--key", data_ + "/installation.pub"});
    return RunOther(XUNCHA_VERIFY_BINARY, words);
  }
  void Configure(const AuthorityServer& server) {
    WriteText(data_ + "/xuncha.toml",
              fmt::format("[audit]\ntimestamp_url = \"{}\"\ntimestamp_ca = \"{}\"\n"
                          "timestamp_timeout = \"1 s\"\n",
                          server.url(), server.authority().root_path()));
  }
  std::string Path(std::string_view name) const {
    return fmt::format("{}/{}", place_.path(), name);
  }

  TemporaryDirectory place_;
  const std::string data_;
};

TEST_F(KeepingProgramTest, SignsWhatOpensslAndTheVerifierAccept) {
  const AuthorityServer server(AuthorityServer::Manner::kAnswers);
  Configure(server);
  const std::string out = Path("checkpoint");
  const Outcome signed_ = Run({"store", "chain", "sign", "--out", out});
  ASSERT_EQ(signed_.code, 0) << signed_.err;
  EXPECT_EQ(std::system(fmt::format("openssl dgst -sha256 -verify {0}/installation.pub -signature "
                                    "{0}/checkpoint.sig {0}/checkpoint.txt >/dev/null",
                                    out)
                            .c_str()),
            0);
  EXPECT_EQ(std::system(fmt::format("openssl ts -verify -data {0}/checkpoint.txt -in "
                                    "{0}/checkpoint.tsr -CAfile {1} >/dev/null 2>&1",
                                    out, server.authority().root_path())
                            .c_str()),
            0);
  const std::string chain = Path("chain.jsonl");
  ASSERT_EQ(Run({"store", "chain", "export", chain}).code, 0);
  const Outcome whole = Verify({"--tsa-ca", server.authority().root_path(), chain});
  EXPECT_EQ(whole.code, 0) << whole.out << whole.err;
  EXPECT_NE(whole.out.find("个经验证"), std::string::npos) << whole.out;
  WriteText(Path("witness.jsonl"), signed_.out);
  EXPECT_EQ(Verify({"--checkpoint", Path("witness.jsonl"), chain}).code, 0);
  WriteText(Path("empty.jsonl"), "\n");
  EXPECT_EQ(Verify({"--checkpoint", Path("empty.jsonl"), chain}).code, 2) << "nothing to compare";
  const Outcome verified = Run({"store", "chain", "verify"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

TEST_F(KeepingProgramTest, VerifierFindsWhatWasChanged) {
  const std::string chain = Path("chain.jsonl");
  ASSERT_EQ(Run({"store", "chain", "export", chain}).code, 0);
  const std::string whole = *ReadFile(chain, 1 << 20);
  std::string changed = whole;
  changed[changed.find("site-put")] = 'S';
  WriteText(Path("changed.jsonl"), changed);
  const Outcome found = Verify({Path("changed.jsonl")});
  EXPECT_EQ(found.code, 1);
  EXPECT_NE(found.out.find("第 1 条：内容与其哈希值不符"), std::string::npos) << found.out;
  WriteText(Path("cut.jsonl"), whole.substr(0, whole.size() / 2));
  EXPECT_EQ(Verify({Path("cut.jsonl")}).code, 1);
  EXPECT_EQ(Verify({Path("absent.jsonl")}).code, 2);
  EXPECT_EQ(RunOther(XUNCHA_VERIFY_BINARY, {chain}).code, 2) << "the file's own key is not enough";
  EXPECT_EQ(Verify({"--kex", "a", chain}).code, 2);
}

TEST_F(KeepingProgramTest, GoesOnWithoutTheAuthorityAndSaysSo) {
  using Manner = AuthorityServer::Manner;
  struct Case {
    std::string_view why;
    Manner manner;
  };
  for (const auto& [why, manner] :
       {Case{"it refuses", Manner::kRefuses}, Case{"it is silent", Manner::kSilent},
        Case{"it is busy", Manner::kBusy}, Case{"it never ends", Manner::kEndless},
        Case{"it sends a page", Manner::kOtherType},
        Case{"it is another than it says", Manner::kLies}}) {
    SCOPED_TRACE(why);
    const AuthorityServer server(manner);
    Configure(server);
    const Outcome signed_ = Run({"store", "chain", "sign"});
    EXPECT_EQ(signed_.code, 0) << signed_.err;
    EXPECT_NE(signed_.err.find("时间戳未取得"), std::string::npos) << signed_.err;
    const Outcome shown = Run({"store", "chain", "show", "--last", "1", "--json"});
    EXPECT_NE(shown.out.find("\"kind\":\"timestamp-failed\""), std::string::npos) << shown.out;
  }
}

TEST_F(KeepingProgramTest, RefusesAKeyOthersMayReadAndTellsTheRemedy) {
  ASSERT_EQ(Run({"store", "chain", "sign"}).code, 0);
  const std::string key = data_ + "/installation.key";
  ASSERT_EQ(chmod(key.c_str(), 0644), 0);
  const Outcome refused = Run({"store", "chain", "sign"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("chmod 600"), std::string::npos) << refused.err;
  std::filesystem::remove(key);
  const Outcome gone = Run({"store", "chain", "sign"});
  EXPECT_EQ(gone.code, 2);
  EXPECT_NE(gone.err.find("--new-key"), std::string::npos) << gone.err;
  const Outcome anew = Run({"store", "chain", "sign", "--new-key"});
  EXPECT_EQ(anew.code, 0) << anew.err;
  const Outcome verified = Run({"store", "chain", "verify"});
  EXPECT_EQ(verified.code, 0) << "the old public key was put aside\n" << verified.out;
}

TEST_F(KeepingProgramTest, ProvesOneEntryAndTheGrowth) {
  const Outcome first = Run({"store", "chain", "sign"});
  ASSERT_EQ(first.code, 0) << first.err;
  const Result<Node> checkpoint = ParseJson(first.out, "checkpoint");
  ASSERT_TRUE(checkpoint.ok());
  const std::string size = std::to_string(checkpoint->Find("checkpoint")->integer);
  ASSERT_EQ(Run({"store", "chain", "export", Path("chain.jsonl")}).code, 0);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"store", "chain", "prove", "1"},
        std::vector<std::string>{"store", "chain", "prove", "--since", size}}) {
    const Outcome proof = Run(words);
    ASSERT_EQ(proof.code, 0) << proof.err;
    WriteText(Path("proof.json"), proof.out);
    const Outcome holds = Verify({Path("proof.json")});
    EXPECT_EQ(holds.code, 0) << holds.out;
    EXPECT_NE(holds.out.find("成立"), std::string::npos) << holds.out;
    std::string forged = proof.out;
    const size_t at = forged.find("\"path\":[\"") + 9;
    forged[at] = forged[at] == '0' ? '1' : '0';
    WriteText(Path("forged.json"), forged);
    EXPECT_EQ(Verify({Path("forged.json")}).code, 1);
  }
  EXPECT_EQ(Run({"store", "chain", "prove", "999"}).code, 2);
  EXPECT_EQ(Run({"store", "chain", "prove"}).code, 2);
}

TEST_F(KeepingProgramTest, BacksUpAndBringsBack) {
  const std::string backups = Path("backups"), restored = Path("restored");
  const Outcome made = Run({"store", "backup", backups, "--keep", "2"});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(Run({"store", "backup", backups, "--list"}).out, made.out);
  EXPECT_FALSE(FileExists(backups + "/installation.key")) << "no secret in a backup";
  const Outcome back = Run({"store", "restore", backups, restored});
  ASSERT_EQ(back.code, 0) << back.out << back.err;
  EXPECT_NE(back.err.find("按备份目录里的公钥核对"), std::string::npos) << back.err;
  EXPECT_EQ(RunProgram({"--data", restored, "site", "list"}).out, Run({"site", "list"}).out);
  const Outcome whole = RunProgram({"--data", restored, "store", "verify"});
  EXPECT_EQ(whole.code, 0) << whole.out << whole.err;
  EXPECT_NE(whole.out.find("数据完整"), std::string::npos) << whole.out;
  const Outcome again = Run({"store", "restore", backups, restored});
  EXPECT_EQ(again.code, 2);
  EXPECT_NE(again.err.find("不是空目录"), std::string::npos) << again.err;
  EXPECT_EQ(Run({"store", "restore", data_, Path("other")}).code, 2) << "no backups there";
  EXPECT_FALSE(FileExists(Path("other")));
  EXPECT_EQ(Run({"store", "backup", backups, "--keep", "0"}).code, 2);
}

TEST_F(KeepingProgramTest, ABackupIsHeldAgainstAKeyFromElsewhere) {
  const std::string backups = Path("backups"), ours = data_ + "/installation.pub";
  ASSERT_EQ(Run({"store", "backup", backups}).code, 0);
  const Outcome known = Run({"store", "restore", "--key", ours, backups, Path("known")});
  EXPECT_EQ(known.code, 0) << known.out << known.err;
  EXPECT_EQ(known.err.find("按备份目录里的公钥核对"), std::string::npos) << known.err;

  // Another installation, and so another key: what it backed up is whole by its own.
  const std::string other = Path("other"), theirs = Path("their-backups");
  ASSERT_EQ(RunProgram({"init", other}).code, 0);
  ASSERT_EQ(RunProgram({"--data", other, "store", "backup", theirs}).code, 0);
  EXPECT_EQ(Run({"store", "restore", theirs, Path("a")}).code, 0);
  const Outcome refused = Run({"store", "restore", "--key", ours, theirs, Path("b")});
  EXPECT_NE(refused.code, 0);
  EXPECT_NE(refused.err.find("由未提供的密钥签署"), std::string::npos) << refused.err;
  EXPECT_FALSE(FileExists(Path("b")));
  EXPECT_EQ(Run({"store", "restore", "--key", Path("none"), theirs, Path("c")}).code, 2);
}

TEST_F(KeepingProgramTest, WhatIsBroughtBackJudgesByTheSameLists) {
  WriteText(Path("words.txt"), "云溪秘籍\n雨山秘卷\n");
  const Outcome imported =
      Run({"rules", "import", Path("words.txt"), "--kind", "custom", "--name", "xiaonei"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  const Outcome made = Run({"store", "backup", Path("backups")});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.err.find("reports/"), std::string::npos) << "what is not in it: " << made.err;
  ASSERT_EQ(Run({"store", "restore", Path("backups"), Path("restored")}).code, 0);
  const std::string lists = Run({"rules", "lists"}).out;
  EXPECT_NE(lists.find("xiaonei"), std::string::npos);
  EXPECT_EQ(RunProgram({"--data", Path("restored"), "rules", "lists"}).out, lists);
}

TEST_F(KeepingProgramTest, AHoldUntilADayHoldsThatDayAndIsSigned) {
  const std::vector<std::string> asked = {
      "store",    "hold", "add",         "--site", "lib.example.test", "--by", "值班员",
      "--reason", "调查", "--reference", "1号"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), asked.begin(), asked.end());
    return Run(more);
  };
  const Outcome held = with({"--from", "2026-11-01", "--until", "2026-11-23"});
  ASSERT_EQ(held.code, 0) << held.err;
  EXPECT_NE(held.out.find("至 2026-11-24T00:00:00"), std::string::npos) << held.out;
  EXPECT_EQ(with({"--from", "2026-11-23", "--until", "2026-11-23"}).code, 0) << "one day";
  EXPECT_EQ(Run({"store", "chain", "verify"}).code, 0);
  EXPECT_EQ(Run({"store", "chain", "show"}).out.find("尚未签名"), std::string::npos);
  const Outcome refused = Run({"store", "hold", "add", "--site", "lib.example.test"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("缺少经办人（--by）"), std::string::npos) << refused.err;
  EXPECT_EQ(with({"--until", "gestern"}).code, 2);
}

TEST_F(KeepingProgramTest, ReplacingASiteKeepsWhatIsNotGiven) {
  const std::string url = "http://inner.example.test/";
  ASSERT_EQ(
      Run({"site", "add", "--name", "内网", "--unit", "网络中心", "--owner", "某人", "--phone",
           "0000-0000002", "--address", url, "--ranges", "10.0.0.0/8", "--pages", "300"})
          .code,
      0);
  const Outcome replaced =
      Run({"site", "add", "--address", url, "--owner", "新负责人", "--replace"});
  ASSERT_EQ(replaced.code, 0) << replaced.err;
  EXPECT_EQ(replaced.err.find("允许地址段"), std::string::npos) << replaced.err;
  const std::string shown = Run({"site", "show", "inner.example.test"}).out;
  for (const std::string_view kept : {"新负责人", "10.0.0.0/8", "300 页", "内网", "0000-0000002"})
    EXPECT_NE(shown.find(kept), std::string::npos) << kept << "\n" << shown;
  ASSERT_EQ(Run({"site", "add", "--address", url, "--ranges", "", "--replace"}).code, 0);
  EXPECT_EQ(Run({"site", "show", "inner.example.test"}).out.find("10.0.0.0/8"), std::string::npos)
      << "given, and empty";
  EXPECT_EQ(Run({"site", "add", "--address", url, "--ranges", "x", "--replace"}).code, 2);
  WriteText(Path("mine.csv"), "mine");
  EXPECT_EQ(Run({"store", "chain", "export", Path("mine.csv")}).code, 2);
  EXPECT_EQ(Run({"site", "export", Path("mine.csv")}).code, 2) << "nobody's file is overwritten";
}

TEST_F(KeepingProgramTest, TellsOfDamageAndChangesNothing) {
  ASSERT_EQ(Run({"store", "chain", "sign"}).code, 0);
  EXPECT_EQ(Run({"store", "verify"}).code, 0);
  const Outcome stats = Run({"store", "stats", "--json"});
  EXPECT_EQ(stats.code, 0);
  EXPECT_NE(stats.out.find("\"total\":"), std::string::npos) << stats.out;
  std::string file;
  for (const auto& entry : std::filesystem::directory_iterator(data_ + "/store/db")) {
    if (entry.path().extension() == ".sst") file = entry.path();
  }
  ASSERT_FALSE(file.empty());
  std::string bytes = *ReadFile(file, 64 << 20);
  bytes[20] = static_cast<char>(bytes[20] ^ 1);
  WriteText(file, bytes);
  const Outcome found = Run({"store", "verify"});
  EXPECT_EQ(found.code, 1) << found.out << found.err;
  EXPECT_EQ(*ReadFile(file, 64 << 20), bytes);
  WriteText(data_ + "/store/FORMAT", "xuncha store\nformat 9\n");
  const Outcome newer = Run({"store", "verify"});
  EXPECT_EQ(newer.code, 2);
  EXPECT_NE(newer.err.find("请升级"), std::string::npos) << newer.err;
}

}  // namespace
}  // namespace xuncha
