// SPDX-License-Identifier: Apache-2.0
#include "console/certificate.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "base/day.h"
#include "base/files.h"
#include "base/freed.h"
#include "base/limits.h"
#include "base/limits_provider.h"
#include "base/text.h"
#include "reports/channel.h"

namespace xuncha {
namespace {

using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Time = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>>;

constexpr Millis kSoon = 21 * kDay;  // time enough to ask for another

int NoPassphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

Bio Reading(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Millis MillisOf(const ASN1_TIME* time) {
  const Time epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0, seconds = 0;
  if (epoch == nullptr || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return 0;
  return days * kDay + seconds * Millis{1000};
}

}  // namespace

Result<TlsFiles> ReadTlsFiles(const std::string& certificate, const std::string& key) {
  TlsFiles files;
  Result<std::string> text = ReadFile(certificate, limits::kTlsFileBytesMax);
  if (!text)
    return Error{text.error().code, fmt::format("[serve] certificate：{}", text.error().text)};
  files.certificate = std::move(*text);
  text = ReadSecretText(key, ".");
  if (!text) return Error{text.error().code, fmt::format("[serve] key：{}", text.error().text)};
  files.key = std::move(*text);
  const auto wrong = [](std::string_view which, const std::string& path, std::string_view what) {
    return Error{Code::kInvalid, fmt::format("[serve] {}：{}：{}", which, Neutralise(path), what)};
  };
  const Certificate first(
      PEM_read_bio_X509(Reading(files.certificate).get(), nullptr, NoPassphrase, nullptr));
  const Key own(PEM_read_bio_PrivateKey(Reading(files.key).get(), nullptr, NoPassphrase, nullptr));
  const bool pair =
      first != nullptr && own != nullptr && X509_check_private_key(first.get(), own.get()) == 1;
  ERR_clear_error();
  if (first == nullptr) return wrong("certificate", certificate, "不是 PEM 格式的证书");
  if (own == nullptr) {
    return wrong("key", key,
                 files.key.find("ENCRYPTED") != std::string::npos
                     ? "私钥有口令；请去掉口令（openssl pkey -in 旧文件 -out 新文件），权限 600"
                     : "不是 PEM 格式的私钥");
  }
  if (!pair)
    return wrong("key", key,
                 fmt::format("与证书 {} 不是一对；服务器自己的证书须写在文件的最前面",
                             Neutralise(certificate)));
  files.begins = MillisOf(X509_get0_notBefore(first.get()));
  files.expires = MillisOf(X509_get0_notAfter(first.get()));
  return files;
}

std::string TlsWarning(const TlsFiles& files, Millis now) {
  if (now >= files.expires)
    return fmt::format("证书已于 {} 到期，浏览器会拒绝打开值班台；请换证书并重启",
                       FormatTime(files.expires));
  if (now < files.begins)
    return fmt::format("证书自 {} 起才有效，此前浏览器会拒绝打开值班台；请核对时钟",
                       FormatTime(files.begins));
  if (now + kSoon >= files.expires)
    return fmt::format("证书将于 {} 到期；请换证书并重启", FormatTime(files.expires));
  return "";
}

}  // namespace xuncha
