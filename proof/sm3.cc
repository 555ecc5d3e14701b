// SPDX-License-Identifier: Apache-2.0
#include "proof/sm3.h"

#include <openssl/evp.h>

#include "base/freed.h"
#include "base/result.h"

namespace xuncha {

struct Sm3Stream::Rep {
  std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  void Begin() { CHECK(EVP_DigestInit_ex(context.get(), EVP_sm3(), nullptr) == 1); }
};

Sm3Stream::Sm3Stream() : rep_(std::make_unique<Rep>()) { rep_->Begin(); }
Sm3Stream::Sm3Stream(Sm3Stream&&) noexcept = default;
Sm3Stream& Sm3Stream::operator=(Sm3Stream&&) noexcept = default;
Sm3Stream::~Sm3Stream() = default;

void Sm3Stream::Add(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(rep_->context.get(), bytes.data(), bytes.size()) == 1);
}

Digest Sm3Stream::Finish() {
  Digest digest;
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(rep_->context.get(), digest.bytes.data(), &size) == 1);
  CHECK(size == digest.bytes.size());
  rep_->Begin();
  return digest;
}

Digest Sm3(std::string_view bytes) {
  Sm3Stream stream;
  stream.Add(bytes);
  return stream.Finish();
}

}  // namespace xuncha
