// A timestamp authority of the tests' own, made of the openssl program.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace xuncha::testing_support {

class Authority {
 public:
  // `digests`: those it agrees to stamp.
  explicit Authority(std::string_view digests = "sha256") {
    std::string name = ::testing::TempDir() + "xuncha_authority_XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    directory_ = name;
    constexpr std::string_view kNew = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    Write("ext.cnf",
          "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n");
    Write("serial", "01\n");
    Write("tsa.cnf",
          fmt::format("[tsa]\ndefault_tsa=t\n[t]\nserial={0}/serial\nsigner_cert={0}/tsa.pem\n"
                      "certs={0}/ca.pem\nsigner_key={0}/tsa.key\nsigner_digest=sha256\n"
                      "default_policy=1.2.3.4.1\ndigests={1}\ness_cert_id_alg=sha256\n",
                      directory_, digests));
    Run(fmt::format(
        "req -x509 {} -keyout {{0}}/ca.key -out {{0}}/ca.pem -subj '/CN=Root' -days 3650", kNew));
    Run(fmt::format("req {} -keyout {{0}}/tsa.key -out {{0}}/tsa.csr -subj '/CN=Authority'", kNew));
    Run("x509 -req -in {0}/tsa.csr -CA {0}/ca.pem -CAkey {0}/ca.key -CAcreateserial -days 3650 "
        "-extfile {0}/ext.cnf -out {0}/tsa.pem");
  }
  ~Authority() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  std::string root_path() const { return directory_ + "/ca.pem"; }
  std::string Root() const { return Read("ca.pem"); }
  std::string Reply(std::string_view query) const {
    Write("q.tsq", query);
    Run("ts -reply -config {0}/tsa.cnf -queryfile {0}/q.tsq -out {0}/r.tsr");
    return Read("r.tsr");
  }
  // What `openssl ts -verify` says of it.
  bool Accepts(std::string_view reply, std::string_view data) const {
    Write("d.txt", data);
    Write("v.tsr", reply);
    return std::system(
               Command("ts -verify -data {0}/d.txt -in {0}/v.tsr -CAfile {0}/ca.pem").c_str()) == 0;
  }

 private:
  std::string Command(std::string_view words) const {
    return "openssl " + fmt::format(fmt::runtime(words), directory_) + " >/dev/null 2>&1";
  }
  void Run(std::string_view words) const { CHECK(std::system(Command(words).c_str()) == 0); }
  void Write(std::string_view name, std::string_view bytes) const {
    std::ofstream(fmt::format("{}/{}", directory_, name), std::ios::binary) << bytes;
  }
  std::string Read(std::string_view name) const {
    const Result<std::string> bytes = ReadFile(fmt::format("{}/{}", directory_, name), 1 << 20);
    CHECK(bytes.ok());
    return *bytes;
  }

  std::string directory_;
};

}  // namespace xuncha::testing_support
