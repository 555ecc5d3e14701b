// Keys and certificates made in memory, good and bad ones.
//
// SPDX-License-Identifier: Apache-2.0
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <csignal>

#include "base/freed.h"
#include "tests/server/channel.h"

namespace xuncha {
namespace {

using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freed<SSL_free>>;

constexpr long kDay = 24 * 3600;

void AddExtension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  CHECK(extension != nullptr);
  CHECK(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

Certificate MakeCertificate(EVP_PKEY* key, const std::string& name, long from, long until) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

std::string Pem(X509* certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(memory);
  return text;
}

class TlsChannel final : public Channel {
 public:
  explicit TlsChannel(Session session) : session_(std::move(session)) {}
  ~TlsChannel() override { SSL_shutdown(session_.get()); }
  size_t Read(char* buffer, size_t size) override {
    const int got = SSL_read(session_.get(), buffer, static_cast<int>(size));
    return got > 0 ? static_cast<size_t>(got) : 0;
  }
  bool Write(std::string_view bytes) override {
    return bytes.empty() ||
           SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }

 private:
  Session session_;
};

class MadeContext final : public TlsContext {
 public:
  MadeContext(Context context, std::string ca_pem)
      : context_(std::move(context)), ca_pem_(std::move(ca_pem)) {}
  std::unique_ptr<Channel> Accept(int descriptor) override {
    Session session(SSL_new(context_.get()));
    SSL_set_fd(session.get(), descriptor);
    if (SSL_accept(session.get()) != 1) {
      ERR_clear_error();
      return nullptr;
    }
    return std::make_unique<TlsChannel>(std::move(session));
  }
  const std::string& ca_pem() const override { return ca_pem_; }

 private:
  Context context_;
  std::string ca_pem_;
};

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::Make(TestServer::Tls kind,
                                                     const std::vector<std::string>& names) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
  const Key ca_key(EVP_EC_gen("P-256")), key(EVP_EC_gen("P-256"));
  if (!ca_key || !key) return Error{Code::kSystem, "OpenSSL makes no P-256 key"};
  const Certificate ca = MakeCertificate(ca_key.get(), "Test Authority", -kDay, 30 * kDay);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  AddExtension(ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(ca.get(), ca_key.get(), EVP_sha256());

  const bool expired = kind == TestServer::Tls::kExpired;
  const Certificate own = MakeCertificate(key.get(), "Test Server", expired ? -10 * kDay : -kDay,
                                          expired ? -kDay : 30 * kDay);
  std::string subject;
  for (const std::string& name : names) subject += (subject.empty() ? "DNS:" : ",DNS:") + name;
  if (kind == TestServer::Tls::kWrongName) subject = "DNS:elsewhere.invalid";
  AddExtension(own.get(), NID_subject_alt_name, subject);
  const bool self = kind == TestServer::Tls::kSelfSigned;
  X509_set_issuer_name(own.get(), X509_get_subject_name(self ? own.get() : ca.get()));
  X509_sign(own.get(), self ? key.get() : ca_key.get(), EVP_sha256());

  Context context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Error{Code::kSystem, "OpenSSL makes no server context"};
  if (kind == TestServer::Tls::kOld) {
    SSL_CTX_set_cipher_list(context.get(), "DEFAULT@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_VERSION);
  }
  if (SSL_CTX_use_certificate(context.get(), own.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
    return Error{Code::kSystem, "OpenSSL refuses the certificate it made"};
  return std::unique_ptr<TlsContext>(
      std::make_unique<MadeContext>(std::move(context), Pem(ca.get())));
}

}  // namespace xuncha
