// Evidence as an officer asks for it and an investigator gets it: refused without a
// letter and two people, made, checked by us, unpacked, and checked by programs that
// are not ours.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "base/text.h"
#include "tests/e2e/authority_server.h"
#include "tests/e2e/program.h"
#include "tests/server/server.h"

namespace xuncha {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::AuthorityServer;

std::string Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class EvidenceProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    TestServer::Options options;
    options.root = "tests/sites";
    Result<std::unique_ptr<TestServer>> server = TestServer::Start(options);
    ASSERT_TRUE(server.ok()) << server.error().text;
    server_ = std::move(*server);
    std::string config = Slurp("tests/sites/xuncha.toml.in");
    const std::string port = std::to_string(server_->port());
    for (size_t mark = config.find("@PORT@"); mark != std::string::npos;
         mark = config.find("@PORT@"))
      config.replace(mark, 6, port);
    config += fmt::format("\n[audit]\ntimestamp_url = \"{}\"\ntimestamp_ca = \"{}\"\n",
                          authority_.url(), authority_.authority().root_path());
    WriteText(Path("xuncha.toml"), config);
    ASSERT_EQ(Call({"site", "import", "tests/sites/sites.csv"}).code, 0);
    ASSERT_EQ(Call({"crawl", "--site", "lib.yunxi.test"}).code, 1);
    const Outcome listed = Call({"incident", "list"});
    incident_ = listed.out.substr(0, listed.out.find(' '));
    ASSERT_EQ(incident_.size(), 16u) << listed.out;
  }
  Outcome Call(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", place_.path()});
    return RunProgram(arguments);
  }
  std::vector<std::string> Asked(const std::string& out) const {
    return {
        "evidence",    "export",       "--incident",    incident_,  "--number",   "示公调证字1号",
        "--authority", "示例市公安局", "--officer",     "办案人甲", "--officer",  "办案人乙",
        "--by",        "值班员",       "--approved-by", "主管",     "--approval", "同意",
        "--unit",      "示例学院",     "--no-browser",  "--out",    out};
  }
  std::string Path(std::string_view name) const {
    return fmt::format("{}/{}", place_.path(), name);
  }
  // Output and exit code of a shell line run in the unpacked package.
  Outcome Shell(const std::string& line) const {
    return RunOther("/bin/sh", {"-c", fmt::format("cd '{}' && {}", Path("unpacked"), line)});
  }
  void Unpack(const std::string& package) const {
    const Outcome done =
        RunOther("/usr/bin/python3", {"-m", "zipfile", "-e", package, Path("unpacked")});
    ASSERT_EQ(done.code, 0) << done.err;
  }

  TemporaryDirectory place_;
  AuthorityServer authority_{AuthorityServer::Manner::kAnswers};
  std::unique_ptr<TestServer> server_;
  std::string incident_;
};

TEST_F(EvidenceProgramTest, APackageIsMadeCheckedAndCheckedByOthers) {
  const std::string package = Path("证据.wacz");
  const Outcome made = Call(Asked(package));
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr(package));
  EXPECT_EQ(Call({"evidence", "verify", package}).code, 0);
  // The whole file's sum, as it was said.
  const Outcome sum = RunOther("/usr/bin/sha256sum", {package});
  EXPECT_EQ(sum.out, made.out);

  Unpack(package);
  EXPECT_EQ(Shell("sha256sum --quiet --strict -c evidence/manifest-sha256.txt").code, 0);
  const std::string key = Path("installation.pub");
  EXPECT_EQ(Shell(fmt::format("openssl dgst -sha256 -verify '{}' -signature evidence/manifest.sig "
                              "evidence/manifest-sha256.txt",
                              key))
                .code,
            0);
  const std::string root = authority_.authority().root_path();
  EXPECT_EQ(Shell(fmt::format("openssl ts -verify -data evidence/manifest-sha256.txt -in "
                              "evidence/manifest.tsr -CAfile '{}'",
                              root))
                .code,
            0);
  const std::string script = fmt::format("sh evidence/verify.sh '{}' '{}'", key, root);
  const Outcome verified = Shell(script);
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_EQ(Shell("sh evidence/verify.sh").code, 3);  // nobody vouches for the key

  // What cannot be checked is not called changed.
  EXPECT_EQ(Shell(fmt::format("sh evidence/verify.sh ../installation.pub '{}'", root)).code, 0);
  EXPECT_EQ(Shell("sh evidence/verify.sh /nonexistent.pub").code, 2);
  EXPECT_EQ(Shell("sh evidence/verify.sh README.txt").code, 2);
  EXPECT_EQ(Shell("PATH=/nonexistent; export PATH; /bin/sh evidence/verify.sh").code, 2);
  ASSERT_EQ(Shell("openssl ecparam -name prime256v1 -genkey -noout -out ../o.key && openssl pkey "
                  "-in ../o.key -pubout -out ../o.pub")
                .code,
            0);
  const Outcome stranger = Shell(fmt::format("sh evidence/verify.sh ../o.pub '{}'", root));
  EXPECT_EQ(stranger.code, 1);
  EXPECT_THAT(stranger.out, HasSubstr("由别的密钥签署"));
  EXPECT_THAT(stranger.out, Not(HasSubstr("被改动过")));
  const Outcome other = Call({"evidence", "verify", "--key", Path("o.pub"), package});
  EXPECT_EQ(other.code, 3) << other.out;
  EXPECT_THAT(other.out, HasSubstr("由别的密钥签署"));

  // The proofs, by the small program that knows no store.
  const std::string proofs = Slurp(Path("unpacked/evidence/custody/entries.jsonl"));
  for (const std::string_view line : Split(Trim(proofs), '\n')) {
    WriteText(Path("proof.json"), std::string(line) + "\n");
    EXPECT_EQ(RunOther(XUNCHA_VERIFY_BINARY, {"--key", key, Path("proof.json")}).code, 0);
  }

  // Each file, changed by one byte, is told of; and so are one more and one less.
  for (const std::string name :
       {"archive/data.warc.gz", "evidence/01-电子证明文件.html", "evidence/manifest-sha256.txt",
        "evidence/manifest-sm3.txt", "evidence/manifest.sig", "evidence/manifest.tsr",
        "evidence/installation.pub", "evidence/custody/checkpoint.txt", "datapackage.json",
        "datapackage-digest.json"}) {
    SCOPED_TRACE(name);
    const std::string path = Path("unpacked/" + name);
    const std::string whole = Slurp(path);
    std::string changed = whole;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    WriteText(path, changed);
    EXPECT_EQ(Shell(script).code, 1);
    WriteText(path, whole);
  }
  WriteText(Path("unpacked/evidence/更多.txt"), "x");
  EXPECT_EQ(Shell(script).code, 1);
  std::filesystem::remove(Path("unpacked/evidence/更多.txt"));
  EXPECT_EQ(Shell(script).code, 0);

  // It is on record, and the store is whole.
  const Outcome chain = Call({"store", "chain", "show", "--json"});
  for (const std::string_view kind : {"evidence-approve", "evidence-export", "evidence-exported"})
    EXPECT_THAT(chain.out, HasSubstr(kind));
  EXPECT_THAT(chain.out, HasSubstr(made.out.substr(0, 64)));
  EXPECT_THAT(Call({"evidence", "list"}).out, HasSubstr("示公调证字1号"));
  EXPECT_EQ(Call({"store", "verify"}).code, 0);
  // Nothing is overwritten.
  EXPECT_EQ(Call(Asked(package)).code, 2);
}

TEST_F(EvidenceProgramTest, AnSm2SignatureIsMadeAndOpensslChecksIt) {
  std::string config = Slurp(Path("xuncha.toml"));
  config.replace(config.find("[audit]\n"), 8, "[audit]\nsm2 = true\n");
  WriteText(Path("xuncha.toml"), config);
  const std::string package = Path("sm2.wacz"), key = Path("installation.pub");
  const std::string sm2 = Path("installation-sm2.pub");
  const Outcome made = Call(Asked(package));
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(Call({"evidence", "verify", package}).code, 0);
  // Each key is enough by itself.
  for (const std::string& one : {key, sm2})
    EXPECT_EQ(Call({"evidence", "verify", "--key", one, package}).code, 0) << one;
  EXPECT_THAT(Call({"store", "chain", "show"}).out, HasSubstr("启用 SM2 签名密钥"));
  EXPECT_EQ(std::filesystem::status(Path("installation-sm2.key")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

  Unpack(package);
  EXPECT_EQ(Shell(fmt::format("openssl pkeyutl -verify -pubin -inkey '{}' -rawin -digest sm3 "
                              "-pkeyopt distid:1234567812345678 -in evidence/manifest-sm3.txt "
                              "-sigfile evidence/manifest-sm3.sig",
                              sm2))
                .code,
            0);
  const std::string script = fmt::format("sh evidence/verify.sh '{}' '{}' '{}'", key,
                                         authority_.authority().root_path(), sm2);
  const Outcome verified = Shell(script);
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("SM2 签名"));
  EXPECT_THAT(verified.out, HasSubstr("包内 SM2 公钥与所给的相同"));
  for (const std::string name : {"evidence/manifest-sm3.sig", "evidence/manifest-sm3.txt",
                                 "evidence/installation-sm2.pub"}) {
    SCOPED_TRACE(name);
    const std::string path = Path("unpacked/" + name), whole = Slurp(path);
    std::string changed = whole;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    WriteText(path, changed);
    EXPECT_EQ(Shell(script).code, 1);
    WriteText(path, whole);
  }
  ASSERT_EQ(Shell("openssl genpkey -algorithm SM2 -out ../o.key && openssl pkey -in ../o.key "
                  "-pubout -out ../o.pub")
                .code,
            0);
  EXPECT_EQ(Shell(fmt::format("sh evidence/verify.sh '{}' '' ../o.pub", key)).code, 1);
  EXPECT_EQ(Call({"evidence", "verify", "--key", Path("o.pub"), package}).code, 3);

  // A key that others may read is not used, and one that was lost is not made again silently.
  std::filesystem::permissions(Path("installation-sm2.key"), std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  const Outcome refused = Call(Asked(Path("2.wacz")));
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, HasSubstr("chmod 600"));
  std::filesystem::remove(Path("installation-sm2.key"));
  const Outcome lost = Call(Asked(Path("2.wacz")));
  EXPECT_NE(lost.code, 0);
  EXPECT_THAT(lost.err, HasSubstr("SM2 密钥不见了"));
}

TEST_F(EvidenceProgramTest, RefusesWithoutALetterAndTwoPeople) {
  const std::string package = Path("no.wacz");
  struct Case {
    std::string_view why;
    std::string option, value;  // replaced; no value: taken out
    std::string_view word;
  };
  const Case cases[] = {
      {"no number", "--number", "", "--number"},
      {"no authority", "--authority", "", "--authority"},
      {"one officer", "--officer", "", "--officer"},
      {"nobody exports", "--by", "", "--by"},
      {"nobody approves", "--approved-by", "", "--approved-by"},
      {"the same person", "--approved-by", "值班员", "同一人"},
      {"no approval", "--approval", "", "--approval"},
      {"another kind of file", "--out", Path("no.zip"), ".wacz"},
      {"one officer twice", "--officer", "办案人乙", "同一个名字"},
      {"the approval refuses", "--approval", "不同意", "不是批准"},
      {"no such incident", "--incident", "ffffffffffffffff", ""},
  };
  for (const auto& [why, option, value, word] : cases) {
    SCOPED_TRACE(why);
    std::vector<std::string> words = Asked(package);
    const auto at = std::find(words.begin(), words.end(), option);
    ASSERT_NE(at, words.end());
    if (value.empty()) {
      words.erase(at, at + 2);
    } else {
      *(at + 1) = value;
    }
    const Outcome refused = Call(words);
    EXPECT_EQ(refused.code, 2) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr(word));
  }
  std::vector<std::string> words = Asked(package);
  words.push_back("--unmasked");
  EXPECT_EQ(Call(words).code, 2);  // the approval does not say so
  words = Asked(package);
  words.push_back("--dry-run");
  EXPECT_EQ(Call(words).code, 0);
  EXPECT_FALSE(std::filesystem::exists(package));
  EXPECT_EQ(Call({"store", "chain", "show"}).out.find("evidence"), std::string::npos);
  words = Asked(package);
  words.insert(words.end(), {"--dry-run", "--officer", "办案人甲"});
  EXPECT_EQ(Call(words).code, 2) << "as the run itself would refuse it";
  EXPECT_THAT(Call({"store", "hold", "list"}).err, HasSubstr("没有有效的冻结"));

  // One that fails leaves no hold, and says why in the chain.
  EXPECT_EQ(Call(Asked(Path("none/no.wacz"))).code, 4);
  EXPECT_THAT(Call({"store", "hold", "list"}).err, HasSubstr("没有有效的冻结"));
  EXPECT_THAT(Call({"evidence", "list"}).out, HasSubstr("失败"));
  // Two that succeed for one letter share one.
  EXPECT_EQ(Call(Asked(Path("1.wacz"))).code, 0);
  EXPECT_EQ(Call(Asked(Path("2.wacz"))).code, 0);
  const std::string holds = Call({"store", "hold", "list", "--json"}).out;
  EXPECT_EQ(std::count(holds.begin(), holds.end(), '\n'), 1) << holds;
}

}  // namespace
}  // namespace xuncha
