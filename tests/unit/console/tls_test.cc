// The desk with a certificate of its own: what is wrong with the files is said in words, and
// a browser that comes by TLS gets what belongs to it.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "console/certificate.h"
#include "console/server.h"
#include "tests/unit/console/desk_world.h"

namespace xuncha {
namespace {

using ::testing::HasSubstr;
using testing_support::DeskWorld;

constexpr Millis kDay = Millis{24} * 3'600'000;

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    std::string name = ::testing::TempDir() + "/xuncha_tls_XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    place_ = name;
    Make("own", "-addext subjectAltName=DNS:localhost,IP:127.0.0.1");
  }
  ~TlsTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(place_, ignored);
  }
  std::string Path(std::string_view name) const { return fmt::format("{}/{}", place_, name); }
  void Make(std::string_view name, std::string_view more = "") const {
    ASSERT_EQ(Openssl(fmt::format("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                                  "-days 30 -subj /CN=localhost -keyout {0}.key -out {0}.pem {1}",
                                  name, more)),
              0);
    ::chmod(Path(fmt::format("{}.key", name)).c_str(), 0600);
  }
  int Openssl(std::string_view words) const {
    return std::system(fmt::format("cd {} && openssl {} 2>/dev/null", place_, words).c_str());
  }
  void Write(std::string_view name, std::string_view text) const {
    std::ofstream(Path(name)) << text;
    ::chmod(Path(name).c_str(), 0600);
  }

  std::string place_;
};

TEST_F(TlsTest, SaysWhatIsWrongWithTheFiles) {
  Make("other");
  Write("text.pem", "no certificate");
  Write("text.key", "no key");
  ASSERT_EQ(Openssl("pkey -in own.key -out locked.key -aes256 -passout pass:secret"), 0);
  ::chmod(Path("locked.key").c_str(), 0600);
  std::filesystem::copy_file(Path("own.key"), Path("open.key"));
  ::chmod(Path("open.key").c_str(), 0644);
  std::filesystem::create_directory(Path("folder.key"));
  struct Case {
    std::string_view why, certificate, key;
    Code code;
    std::string_view says;
  };
  constexpr Case kCases[] = {
      {"no certificate", "none.pem", "own.key", Code::kNotFound, "certificate"},
      {"no key", "own.pem", "none.key", Code::kNotFound, "key"},
      {"a key that is a folder", "own.pem", "folder.key", Code::kInvalid, "不是普通文件"},
      {"a key that others may read", "own.pem", "open.key", Code::kDenied, "chmod 600"},
      {"a certificate that is none", "text.pem", "own.key", Code::kInvalid, "不是 PEM 格式的证书"},
      {"a key that is none", "own.pem", "text.key", Code::kInvalid, "不是 PEM 格式的私钥"},
      {"a key with a passphrase", "own.pem", "locked.key", Code::kInvalid, "私钥有口令"},
      {"a key of another certificate", "own.pem", "other.key", Code::kInvalid, "不是一对"},
      {"the two mixed up", "own.key", "own.pem", Code::kDenied, "chmod 600"},
  };
  for (const auto& [why, certificate, key, code, says] : kCases) {
    SCOPED_TRACE(why);
    const Result<TlsFiles> files = ReadTlsFiles(Path(certificate), Path(key));
    ASSERT_FALSE(files.ok());
    EXPECT_EQ(files.error().code, code) << files.error().text;
    EXPECT_THAT(files.error().text, HasSubstr(says));
    EXPECT_THAT(files.error().text, testing::Not(HasSubstr("PRIVATE")));
  }
  EXPECT_TRUE(ReadTlsFiles(Path("own.pem"), Path("own.key")).ok());
}

TEST_F(TlsTest, WarnsBeforeACertificateExpiresAndAfter) {
  const Result<TlsFiles> files = ReadTlsFiles(Path("own.pem"), Path("own.key"));
  ASSERT_TRUE(files.ok()) << files.error().text;
  const Millis now = SystemClock().Now();
  EXPECT_GT(files->expires, now + 29 * kDay);
  EXPECT_LT(files->expires, now + 31 * kDay);
  EXPECT_EQ(TlsWarning(*files, now), "");
  EXPECT_THAT(TlsWarning(*files, now + 12 * kDay), HasSubstr("将于"));
  EXPECT_THAT(TlsWarning(*files, files->expires), HasSubstr("到期，浏览器会拒绝"));
  EXPECT_THAT(TlsWarning(*files, files->begins - 1), HasSubstr("才有效"));
}

TEST_F(TlsTest, ServesByTlsWithSecureCookiesAndHsts) {
  const Result<TlsFiles> files = ReadTlsFiles(Path("own.pem"), Path("own.key"));
  ASSERT_TRUE(files.ok()) << files.error().text;
  DeskWorld world({.gate = {.secure = true}});
  auto server = Server::Start(
      {.listen = "127.0.0.1:0", .certificate = files->certificate, .key = files->key}, *world.desk);
  ASSERT_TRUE(server.ok()) << server.error().text;
  EXPECT_THAT((*server)->where(), testing::StartsWith("https://"));

  const auto ask = [&](std::string_view trusted, int newest) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    CHECK(SSL_CTX_load_verify_locations(context, Path(trusted).c_str(), nullptr) == 1);
    if (newest != 0) {
      SSL_CTX_set_security_level(context, 0);  // or our own side would not speak it
      SSL_CTX_set_max_proto_version(context, newest);
    }
    BIO* line = BIO_new_ssl_connect(context);
    SSL* tls = nullptr;
    BIO_get_ssl(line, &tls);
    CHECK(SSL_set1_host(tls, "localhost") == 1);
    BIO_set_conn_hostname(line, fmt::format("127.0.0.1:{}", (*server)->port()).c_str());
    std::string reply;
    if (BIO_do_connect(line) == 1) {
      BIO_puts(line, "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      char buffer[4096];
      for (int got; (got = BIO_read(line, buffer, sizeof buffer)) > 0;)
        reply.append(buffer, static_cast<size_t>(got));
    }
    BIO_free_all(line);
    SSL_CTX_free(context);
    return reply;
  };
  const std::string reply = ask("own.pem", 0);
  EXPECT_THAT(reply, testing::StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(reply, HasSubstr("\r\nStrict-Transport-Security: max-age=31536000\r\n"));
  EXPECT_THAT(reply, HasSubstr("\r\nSet-Cookie: __Host-form="));
  EXPECT_THAT(reply, HasSubstr("; Secure"));
  EXPECT_THAT(ask("own.pem", TLS1_2_VERSION), testing::StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(ask("own.pem", TLS1_1_VERSION), "") << "nothing so old is spoken";
  Make("other");
  EXPECT_EQ(ask("other.pem", 0), "") << "a client that trusts another certificate goes away";
}

}  // namespace
}  // namespace xuncha
