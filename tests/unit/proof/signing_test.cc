// SPDX-License-Identifier: Apache-2.0
#include "proof/signing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/files.h"

namespace xuncha {
namespace {

class SigningTest : public testing::Test {
 protected:
  SigningTest() {
    std::string name = testing::TempDir() + "xuncha_signing_XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    directory_ = name;
    path_ = name + "/installation.key";
  }
  ~SigningTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_, path_;
};

// Made by `openssl genpkey -algorithm ed25519`, for this test only.
constexpr std::string_view kEd25519 =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

TEST_F(SigningTest, SignsWhatItsPublicHalfAccepts) {
  const Result<SigningKey> key = SigningKey::Create(path_);
  ASSERT_TRUE(key.ok()) << key.error().text;
  struct stat facts = {};
  ASSERT_EQ(stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600u);
  const Result<SigningKey> again = SigningKey::Load(path_);
  ASSERT_TRUE(again.ok()) << again.error().text;
  EXPECT_EQ(again->public_key().id(), key->public_key().id());
  const std::string signature = *again->Sign("text");
  const Result<PublicKey> half = PublicKey::FromPem(key->public_key().Pem(), "pem");
  ASSERT_TRUE(half.ok()) << half.error().text;
  EXPECT_TRUE(half->Verify("text", signature));
  EXPECT_FALSE(half->Verify("Text", signature));
  EXPECT_FALSE(half->Verify("text", signature + "x"));
  EXPECT_FALSE(half->Verify("text", ""));
}

TEST_F(SigningTest, TakesAnEd25519KeyToo) {
  std::ofstream(path_) << kEd25519;
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  const Result<SigningKey> key = SigningKey::Load(path_);
  ASSERT_TRUE(key.ok()) << key.error().text;
  const std::string signature = *key->Sign("text");
  EXPECT_EQ(signature.size(), 64u);
  EXPECT_TRUE(key->public_key().Verify("text", signature));
  EXPECT_FALSE(key->public_key().Verify("texT", signature));
}

TEST_F(SigningTest, SignsAsSm2HasIt) {
  const Result<SigningKey> key = SigningKey::Create(path_, KeyKind::kSm2);
  ASSERT_TRUE(key.ok()) << key.error().text;
  EXPECT_EQ(key->kind(), KeyKind::kSm2);
  const Result<SigningKey> again = SigningKey::Load(path_);
  ASSERT_TRUE(again.ok()) << again.error().text;
  EXPECT_EQ(again->kind(), KeyKind::kSm2) << "and no ECDSA key on the same curve";
  const std::string signature = *again->Sign("text");
  const Result<PublicKey> half = PublicKey::FromPem(key->public_key().Pem(), "pem");
  ASSERT_TRUE(half.ok()) << half.error().text;
  EXPECT_TRUE(half->Verify("text", signature));
  EXPECT_FALSE(half->Verify("Text", signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(half->Verify("text", changed)) << i;
  }
  const Result<SigningKey> other = SigningKey::Create(directory_ + "/other", KeyKind::kSm2);
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(other->public_key().Verify("text", signature));
  EXPECT_EQ(again->SignPlain("text").error().code, Code::kInvalid);
  EXPECT_FALSE(half->VerifyPlain("text", std::string(64, '\1')));
}

// What openssl's own program makes of it; a wrong identity is as good as a wrong key.
TEST_F(SigningTest, OpensslAcceptsItsSm2Signature) {
  const Result<SigningKey> key = SigningKey::Create(path_, KeyKind::kSm2);
  ASSERT_TRUE(key.ok());
  const auto write = [this](std::string_view name, std::string_view bytes) {
    std::ofstream(directory_ + "/" + std::string(name), std::ios::binary) << bytes;
  };
  write("text", "text");
  write("key.pub", key->public_key().Pem());
  write("text.sig", *key->Sign("text"));
  const auto verifies = [this](std::string_view identity) {
    return std::system(("cd '" + directory_ +
                        "' && openssl pkeyutl -verify -pubin -inkey key.pub -rawin -digest sm3 "
                        "-pkeyopt distid:" +
                        std::string(identity) + " -in text -sigfile text.sig > /dev/null 2>&1")
                           .c_str()) == 0;
  };
  EXPECT_TRUE(verifies(kSm2Identity));
  EXPECT_FALSE(verifies("8765432187654321"));
  // And the other way round.
  ASSERT_EQ(std::system(("cd '" + directory_ +
                         "' && openssl pkeyutl -sign -inkey installation.key -rawin -digest sm3 "
                         "-pkeyopt distid:1234567812345678 -in text -out theirs.sig")
                            .c_str()),
            0);
  EXPECT_TRUE(key->public_key().Verify("text", *ReadFile(directory_ + "/theirs.sig", 1024)));
}

TEST_F(SigningTest, RefusesAKeyOthersMayRead) {
  ASSERT_TRUE(SigningKey::Create(path_, KeyKind::kSm2).ok());
  for (const mode_t mode : {0640u, 0604u, 0620u, 0601u}) {
    SCOPED_TRACE(mode);
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    const Result<SigningKey> key = SigningKey::Load(path_);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().code, Code::kDenied);
    EXPECT_NE(key.error().text.find("chmod 600 " + path_), std::string::npos) << key.error().text;
  }
  ASSERT_EQ(chmod(path_.c_str(), 0400), 0);
  EXPECT_TRUE(SigningKey::Load(path_).ok());
}

TEST_F(SigningTest, RefusesAKeyOfAnotherUser) {
  ASSERT_TRUE(SigningKey::Create(path_).ok());
  if (chown(path_.c_str(), 65534, 65534) != 0) {  // only root can give a file away
    EXPECT_NE(geteuid(), 0u);
    return;
  }
  const Result<SigningKey> key = SigningKey::Load(path_);
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(key.error().code, Code::kDenied);
  EXPECT_NE(key.error().text.find("chown"), std::string::npos) << key.error().text;
}

TEST_F(SigningTest, RefusesALinkAndWhatIsNoKey) {
  ASSERT_TRUE(SigningKey::Create(path_).ok());
  const std::string link = directory_ + "/link";
  std::filesystem::create_symlink(path_, link);
  EXPECT_EQ(SigningKey::Load(link).error().code, Code::kDenied);
  EXPECT_EQ(SigningKey::Load(directory_ + "/absent").error().code, Code::kNotFound);
  EXPECT_EQ(SigningKey::Create(path_).error().code, Code::kConflict);
  for (const std::string_view bytes : {"", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n"}) {
    std::ofstream(path_, std::ios::trunc) << bytes;
    EXPECT_EQ(SigningKey::Load(path_).error().code, Code::kInvalid) << bytes;
  }
}

TEST(Base64Test, HasOneTextForEachValue) {
  for (const std::string_view bytes : {"", "a", "ab", "abc", "abcd", "\x00\xff\x00"}) {
    EXPECT_EQ(*FromBase64(Base64(bytes)), bytes);
  }
  EXPECT_EQ(Base64("abcd"), "YWJjZA==");
  struct Case {
    std::string_view why, text;
  };
  for (const auto& [why, text] :
       {Case{"not a whole group", "YWJjZA="}, Case{"bits nobody wrote", "YWJjZB=="},
        Case{"white space", " YWJjZA="}, Case{"no digit", "YW-jZA=="},
        Case{"padding inside", "YQ==YWJj"}}) {
    EXPECT_FALSE(FromBase64(text).ok()) << why;
  }
}

}  // namespace
}  // namespace xuncha
