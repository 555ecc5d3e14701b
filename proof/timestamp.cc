// SPDX-License-Identifier: Apache-2.0
#include "proof/timestamp.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstring>
#include <ctime>
#include <memory>

#include "base/digest.h"
#include "base/freed.h"
#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

void FreeInfos(STACK_OF(X509_INFO) * infos) { sk_X509_INFO_pop_free(infos, X509_INFO_free); }
using Request = std::unique_ptr<TS_REQ, Freed<TS_REQ_free>>;
using Reply = std::unique_ptr<TS_RESP, Freed<TS_RESP_free>>;
using Check = std::unique_ptr<TS_VERIFY_CTX, Freed<TS_VERIFY_CTX_free>>;
using Imprint = std::unique_ptr<TS_MSG_IMPRINT, Freed<TS_MSG_IMPRINT_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, Freed<X509_ALGOR_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Roots = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Infos = std::unique_ptr<STACK_OF(X509_INFO), Freed<FreeInfos>>;

constexpr size_t kNonceBytes = 8;

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The first error is the cause; those behind it say where it passed through.
std::string LibraryReason() {
  std::string text;
  const char* data = nullptr;
  int flags = 0;
  const unsigned long number = ERR_peek_error_all(nullptr, nullptr, nullptr, &data, &flags);
  const char* reason = number == 0 ? nullptr : ERR_reason_error_string(number);
  text = reason == nullptr ? "unknown reason" : reason;
  if (number != 0 && data != nullptr && *data != '\0' && (flags & ERR_TXT_STRING) != 0)
    text += fmt::format(" ({})", Neutralise(data));
  ERR_clear_error();
  return text;
}

Error Refused(std::string why) {
  return {Code::kDenied, fmt::format("timestamp: {}; ask the authority, or name another one", why)};
}

Result<Millis> TimeOf(const TS_TST_INFO* info) {
  const ASN1_GENERALIZEDTIME* stated = TS_TST_INFO_get_time(info);
  std::tm civil = {};
  if (stated == nullptr || ASN1_TIME_to_tm(stated, &civil) != 1)
    return Refused("the reply names no time");
  return static_cast<Millis>(timegm(&civil)) * 1000;
}

// Certificates are judged as of the stated time: a token outlives the one it was
// signed with.
Result<Roots> RootsAt(const TimestampTrust& trust, Millis time) {
  Roots roots(X509_STORE_new());
  CHECK(roots);
  if (trust.pem.empty()) {
    if (X509_STORE_set_default_paths(roots.get()) != 1) {
      return Error{Code::kSystem,
                   fmt::format("timestamp: the system's certificates cannot be read: "
                               "{}; name a file of your own",
                               LibraryReason())};
    }
  } else {
    const Bio bio(BIO_new_mem_buf(trust.pem.data(), static_cast<int>(trust.pem.size())));
    const Infos infos(PEM_X509_INFO_read_bio(bio.get(), nullptr, nullptr, nullptr));
    int count = 0;
    for (int i = 0; infos && i < sk_X509_INFO_num(infos.get()); ++i) {
      X509* certificate = sk_X509_INFO_value(infos.get(), i)->x509;
      if (certificate != nullptr && X509_STORE_add_cert(roots.get(), certificate) == 1) ++count;
    }
    ERR_clear_error();
    if (count == 0) {
      return Error{Code::kInvalid,
                   "timestamp: no certificate in the file of trusted authorities; "
                   "put the authority's root there, in PEM"};
    }
  }
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(roots.get()), time / 1000);
  return roots;
}

std::string SerialOf(const TS_TST_INFO* info) {
  const Number number(ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(info), nullptr));
  char* hex = number ? BN_bn2hex(number.get()) : nullptr;
  std::string text = hex == nullptr ? "" : hex;
  OPENSSL_free(hex);
  return text;
}

std::string SignerOf(TS_RESP* reply) {
  PKCS7* token = TS_RESP_get_token(reply);
  STACK_OF(X509)* signers = token == nullptr ? nullptr : PKCS7_get0_signers(token, nullptr, 0);
  if (signers == nullptr || sk_X509_num(signers) == 0) {
    sk_X509_free(signers);
    ERR_clear_error();
    return "";
  }
  char name[256] = {};
  X509_NAME_oneline(X509_get_subject_name(sk_X509_value(signers, 0)), name, sizeof name);
  sk_X509_free(signers);
  return ToValidUtf8(name);
}

// A reply that grants nothing says why.
std::string StatusText(TS_RESP* reply) {
  const TS_STATUS_INFO* status = TS_RESP_get_status_info(reply);
  const ASN1_INTEGER* number = status == nullptr ? nullptr : TS_STATUS_INFO_get0_status(status);
  return fmt::format("status {}", number == nullptr ? -1 : ASN1_INTEGER_get(number));
}

Result<Reply> ReadReply(std::string_view der) {
  if (der.size() > limits::kTimestampBytesMax) return Refused("the reply is too large");
  const unsigned char* at = Bytes(der);
  Reply reply(d2i_TS_RESP(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!reply || at != Bytes(der) + der.size()) return Refused("the reply is no timestamp response");
  if (TS_RESP_get_tst_info(reply.get()) == nullptr)
    return Refused(fmt::format("the authority did not grant it ({})", StatusText(reply.get())));
  return reply;
}

// `check` knows what to expect of the digest (and the nonce).
Result<TimestampFacts> Judge(Check check, TS_RESP* reply, const TimestampTrust& trust) {
  const TS_TST_INFO* info = TS_RESP_get_tst_info(reply);
  const Result<Millis> time = TimeOf(info);
  if (!time) return time.error();
  Result<Roots> roots = RootsAt(trust, *time);
  if (!roots) return roots.error();
  TS_VERIFY_CTX_set_store(check.get(), roots->release());  // now the context's
  TS_VERIFY_CTX_add_flags(check.get(), TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_IMPRINT);
  ERR_clear_error();
  if (TS_RESP_verify_response(check.get(), reply) != 1) return Refused(LibraryReason());
  ERR_clear_error();
  return TimestampFacts{.time = *time, .authority = SignerOf(reply), .serial = SerialOf(info)};
}

bool IsSha256(TS_RESP* reply) {
  TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(TS_RESP_get_tst_info(reply));
  const X509_ALGOR* algorithm = imprint == nullptr ? nullptr : TS_MSG_IMPRINT_get_algo(imprint);
  const ASN1_OBJECT* object = nullptr;
  if (algorithm == nullptr) return false;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(object) == NID_sha256;
}

}  // namespace

Result<std::string> MakeTimestampQuery(std::string_view data) {
  const Digest digest = Sha256(data);
  std::string imprint(digest.view());
  std::string random = RandomBytes(kNonceBytes);
  const Request request(TS_REQ_new());
  const Imprint message(TS_MSG_IMPRINT_new());
  const Algorithm algorithm(X509_ALGOR_new());
  const Number number(BN_bin2bn(Bytes(random), static_cast<int>(random.size()), nullptr));
  CHECK(request && message && algorithm && number);
  const Integer nonce(BN_to_ASN1_INTEGER(number.get(), nullptr));
  CHECK(nonce &&
        X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1);
  CHECK(TS_REQ_set_version(request.get(), 1) == 1 &&
        TS_MSG_IMPRINT_set_algo(message.get(), algorithm.get()) == 1 &&
        TS_MSG_IMPRINT_set_msg(message.get(), Bytes(imprint), static_cast<int>(imprint.size())) ==
            1 &&
        TS_REQ_set_msg_imprint(request.get(), message.get()) == 1 &&
        TS_REQ_set_nonce(request.get(), nonce.get()) == 1 &&
        TS_REQ_set_cert_req(request.get(), 1) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_TS_REQ(request.get(), &der);
  CHECK(size > 0);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

Result<TimestampFacts> CheckTimestampReply(std::string_view reply_der, std::string_view query,
                                           const TimestampTrust& trust) {
  Result<Reply> reply = ReadReply(reply_der);
  if (!reply) return reply.error();
  const unsigned char* at = Bytes(query);
  const Request request(d2i_TS_REQ(nullptr, &at, static_cast<long>(query.size())));
  CHECK(request);  // we made it
  Check check(TS_REQ_to_TS_VERIFY_CTX(request.get(), nullptr));
  CHECK(check);
  return Judge(std::move(check), reply->get(), trust);
}

Result<TimestampFacts> CheckTimestamp(std::string_view reply_der, std::string_view data,
                                      const TimestampTrust& trust) {
  Result<Reply> reply = ReadReply(reply_der);
  if (!reply) return reply.error();
  if (!IsSha256(reply->get())) return Refused("the token is not over a SHA-256 digest");
  const Digest digest = Sha256(data);
  auto* imprint = static_cast<unsigned char*>(OPENSSL_malloc(digest.bytes.size()));
  CHECK(imprint != nullptr);
  std::memcpy(imprint, digest.bytes.data(), digest.bytes.size());
  Check check(TS_VERIFY_CTX_new());
  CHECK(check);
  TS_VERIFY_CTX_set_imprint(check.get(), imprint, static_cast<long>(digest.bytes.size()));
  return Judge(std::move(check), reply->get(), trust);
}

}  // namespace xuncha
