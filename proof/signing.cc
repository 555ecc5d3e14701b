// SPDX-License-Identifier: Apache-2.0
#include "proof/signing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/freed.h"
#include "base/limits.h"
#include "base/system_code.h"

namespace xuncha {
namespace {

using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL's queue is per thread; nothing of it may leak into the next call.
std::string LibraryReason() {
  const unsigned long number = ERR_peek_last_error();
  const char* reason = number == 0 ? nullptr : ERR_reason_error_string(number);
  std::string text = reason == nullptr ? "unknown reason" : reason;
  ERR_clear_error();
  return text;
}

std::optional<KeyKind> KindOf(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return KeyKind::kEd25519;
  if (EVP_PKEY_is_a(key, "SM2") == 1) return KeyKind::kSm2;
  char group[64] = {};
  size_t size = 0;
  if (EVP_PKEY_is_a(key, "EC") != 1 ||
      EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1)
    return std::nullopt;
  const std::string_view name(group, size);
  if (name == "prime256v1") return KeyKind::kP256;
  if (name == "secp384r1") return KeyKind::kP384;
  return std::nullopt;
}

bool IsAccepted(EVP_PKEY* key) { return KindOf(key).has_value(); }

int NumberBytes(KeyKind kind) { return kind == KeyKind::kP384 ? 48 : 32; }

// Of signatures of two numbers of the curve's size, as browsers write them.
bool HasPlainForm(KeyKind kind) { return kind == KeyKind::kP256 || kind == KeyKind::kP384; }

// Ed25519 hashes by itself.
const EVP_MD* HashOf(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return nullptr;
  return EVP_PKEY_is_a(key, "SM2") == 1 ? EVP_sm3() : EVP_sha256();
}

// A context to sign or verify in. `key_context` must outlive it.
Context NewContext(EVP_PKEY* key, KeyContext& key_context) {
  Context context(EVP_MD_CTX_new());
  CHECK(context);
  if (EVP_PKEY_is_a(key, "SM2") != 1) return context;
  // The identity goes into the digest, so it has to be known before the bytes are.
  key_context.reset(EVP_PKEY_CTX_new(key, nullptr));
  CHECK(key_context && EVP_PKEY_CTX_set1_id(key_context.get(), kSm2Identity.data(),
                                            static_cast<int>(kSm2Identity.size())) == 1);
  EVP_MD_CTX_set_pkey_ctx(context.get(), key_context.get());
  return context;
}

Error WrongKind(std::string_view name) {
  return {
      Code::kInvalid,
      fmt::format(
          "{}: not a key of a kind used here; give an Ed25519, an SM2, or an ECDSA P-256 or P-384 "
          "key in PEM, without a passphrase",
          name)};
}

std::string SpkiOf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  CHECK(size > 0);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

Key FromSpki(std::string_view spki) {
  const unsigned char* at = Bytes(spki);
  Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  ERR_clear_error();
  if (at != Bytes(spki) + spki.size()) key.reset();
  return key;
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

int NoPassphrase(char*, int, int, void*) { return 0; }

Error FileError(const std::string& path, std::string_view did, int number) {
  return {CodeOfSystem(number),
          fmt::format("{}：{}（{}）；请检查路径与权限", path, did, SystemText(number))};
}

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

Status CheckRights(const std::string& path, const struct stat& facts) {
  if (!S_ISREG(facts.st_mode)) {
    return Error{Code::kDenied, fmt::format("{}: not a regular file; put the key itself there, not "
                                            "a link to it",
                                            path)};
  }
  if ((facts.st_mode & 077) != 0) {
    return Error{
        Code::kDenied,
        fmt::format("{}: others may use this key (mode {:04o}); find out who did, then run "
                    "\"chmod 600 {}\"",
                    path, facts.st_mode & 07777, path)};
  }
  if (facts.st_uid != ::geteuid()) {
    return Error{Code::kDenied,
                 fmt::format("{}: this key belongs to user {}, the program runs as {}; run it as "
                             "that user, or run \"chown {} {}\"",
                             path, facts.st_uid, ::geteuid(), ::geteuid(), path)};
  }
  return Ok();
}

}  // namespace

std::string Base64(std::string_view bytes) {
  std::vector<unsigned char> out(bytes.size() / 3 * 4 + 5);
  const int size = EVP_EncodeBlock(out.data(), Bytes(bytes), static_cast<int>(bytes.size()));
  return {reinterpret_cast<const char*>(out.data()), static_cast<size_t>(size)};
}

Result<std::string> FromBase64(std::string_view text) {
  const auto refuse = [] {
    return Error{Code::kInvalid, "not base64; take the text whole, as it was written"};
  };
  if (text.size() % 4 != 0 || text.size() > limits::kAuditLineBytesMax) return refuse();
  std::vector<unsigned char> out(text.size() / 4 * 3 + 1);
  const int size = EVP_DecodeBlock(out.data(), Bytes(text), static_cast<int>(text.size()));
  if (size < 0) return refuse();
  std::string bytes(reinterpret_cast<const char*>(out.data()), static_cast<size_t>(size));
  // DecodeBlock counts what stands for padding as zero bytes.
  for (size_t i = 0; i < 2 && text.size() > i && text[text.size() - 1 - i] == '='; ++i)
    bytes.pop_back();
  // It also skips white space and takes bits nobody wrote; one text per value.
  if (Base64(bytes) != text) return refuse();
  return bytes;
}

// ---- the public half ----------------------------------------------------------

Result<PublicKey> PublicKey::FromPem(std::string_view pem, std::string_view name) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (!key || !IsAccepted(key.get())) return WrongKind(name);
  return PublicKey(SpkiOf(key.get()));
}

Result<PublicKey> PublicKey::FromDer(std::string_view spki, std::string_view name) {
  const Key key = FromSpki(spki);
  if (!key || !IsAccepted(key.get())) return WrongKind(name);
  return PublicKey(SpkiOf(key.get()));
}

std::string PublicKey::Pem() const {
  const Key key = FromSpki(spki_);
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(key && PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1);
  return TextOf(bio.get());
}

bool PublicKey::Verify(std::string_view bytes, std::string_view signature) const {
  const Key key = FromSpki(spki_);
  CHECK(key);
  KeyContext key_context;
  const Context context = NewContext(key.get(), key_context);
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, HashOf(key.get()), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(bytes),
                       bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

bool PublicKey::VerifyPlain(std::string_view bytes, std::string_view signature) const {
  if (!HasPlainForm(kind())) return false;
  const int size = NumberBytes(kind());
  if (signature.size() != static_cast<size_t>(2 * size)) return false;
  const Signature numbers(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(Bytes(signature), size, nullptr);
  BIGNUM* s = BN_bin2bn(Bytes(signature) + size, size, nullptr);
  CHECK(numbers && r != nullptr && s != nullptr && ECDSA_SIG_set0(numbers.get(), r, s) == 1);
  unsigned char* der = nullptr;
  const int der_size = i2d_ECDSA_SIG(numbers.get(), &der);
  CHECK(der_size > 0);
  const std::string standard(reinterpret_cast<const char*>(der), static_cast<size_t>(der_size));
  OPENSSL_free(der);
  return Verify(bytes, standard);
}

KeyKind PublicKey::kind() const {
  const Key key = FromSpki(spki_);
  CHECK(key);
  return *KindOf(key.get());
}

// ---- the private half -----------------------------------------------------------

struct SigningKey::Rep {
  Key key;
  PublicKey public_key;
};

SigningKey::SigningKey(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

const PublicKey& SigningKey::public_key() const { return rep_->public_key; }

Result<SigningKey> SigningKey::Create(const std::string& path, KeyKind kind) {
  CHECK(kind != KeyKind::kEd25519);
  Key key(kind == KeyKind::kSm2 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2")
                                : EVP_EC_gen(kind == KeyKind::kP384 ? "P-384" : "P-256"));
  if (!key) {
    return Error{Code::kSystem,
                 fmt::format("{}: no key could be made: {}; try again", path, LibraryReason())};
  }
  const Bio bio(BIO_new(BIO_s_secmem()));
  CHECK(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                             nullptr) == 1);
  char* pem = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &pem);
  // Linked to its name only when it is whole: a half-written key would block the next start.
  const std::string temporary = path + ".new-" + Hex(RandomBytes(8));
  const auto failed = [&](std::string_view did) {
    const int number = errno;
    ::unlink(temporary.c_str());
    if (number == EEXIST) {
      return Error{Code::kConflict, fmt::format("{}: there is a file already; move it away first "
                                                "if a new key is wanted",
                                                path)};
    }
    return FileError(path, did, number);
  };
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0) return FileError(path, "不能建立", errno);
    if (::fchmod(file.get(), 0600) != 0 ||
        ::write(file.get(), pem, static_cast<size_t>(size)) != size || ::fsync(file.get()) != 0) {
      return failed("cannot write");
    }
  }
  if (::link(temporary.c_str(), path.c_str()) != 0) return failed("不能建立");
  ::unlink(temporary.c_str());
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0)
    return FileError(folder, "不能写到磁盘上", errno);
  Result<PublicKey> half = PublicKey::FromDer(SpkiOf(key.get()), path);
  if (!half) return half.error();
  return SigningKey(std::make_unique<Rep>(Rep{std::move(key), std::move(*half)}));
}

Result<SigningKey> SigningKey::Load(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ELOOP) return CheckRights(path, {}).error();
    return FileError(path, "打不开", errno);
  }
  struct stat facts = {};
  if (::fstat(file.get(), &facts) != 0) return FileError(path, "不能查看", errno);
  if (Status rights = CheckRights(path, facts); !rights) return rights.error();
  std::string pem(limits::kKeyFileBytesMax, '\0');
  const ssize_t size = ::read(file.get(), pem.data(), pem.size());
  if (size < 0) return FileError(path, "读不出", errno);
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(size)));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  OPENSSL_cleanse(pem.data(), pem.size());
  ERR_clear_error();
  if (!key || !IsAccepted(key.get())) return WrongKind(path);
  Result<PublicKey> half = PublicKey::FromDer(SpkiOf(key.get()), path);
  if (!half) return half.error();
  return SigningKey(std::make_unique<Rep>(Rep{std::move(key), std::move(*half)}));
}

Result<std::string> SigningKey::Sign(std::string_view bytes) const {
  EVP_PKEY* key = rep_->key.get();
  KeyContext key_context;
  const Context context = NewContext(key, key_context);
  size_t size = 0;
  std::string signature;
  bool good = EVP_DigestSignInit(context.get(), nullptr, HashOf(key), nullptr, key) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, Bytes(bytes), bytes.size()) == 1;
  if (good) {
    signature.resize(size);
    good = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          Bytes(bytes), bytes.size()) == 1;
    signature.resize(size);
  }
  if (!good) {
    return Error{Code::kSystem, fmt::format("signing failed: {}; try again", LibraryReason())};
  }
  return signature;
}

Result<std::string> SigningKey::SignPlain(std::string_view bytes) const {
  if (!HasPlainForm(kind()))
    return Error{Code::kInvalid, "a key of this kind cannot sign so; give an ECDSA key"};
  const Result<std::string> standard = Sign(bytes);
  if (!standard) return standard;
  const unsigned char* at = Bytes(*standard);
  const Signature numbers(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(standard->size())));
  CHECK(numbers);
  const int size = NumberBytes(kind());
  std::string plain(static_cast<size_t>(2 * size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(numbers.get()), out, size) == size &&
        BN_bn2binpad(ECDSA_SIG_get0_s(numbers.get()), out + size, size) == size);
  return plain;
}

}  // namespace xuncha
