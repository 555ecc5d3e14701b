// Internationalised host names: see idn.h. ICU's UTS #46 does the work; this
// file chooses the options and which complaints count.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/idn.h"

#include <unicode/uidna.h>

#include <memory>

#include "base/freed.h"

namespace xuncha {
namespace {

using Idna = std::unique_ptr<UIDNA, Freed<uidna_close>>;

// Hyphens in odd places are common in live names and are let through, as the
// WHATWG URL standard does (beStrict = false). Lengths are not: DNS refuses them.
constexpr uint32_t kTolerated =
    UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;

constexpr size_t kHostBytesMax = 1024;  // UTF-8 of a 253-byte name is never longer

Idna Open() {
  UErrorCode status = U_ZERO_ERROR;
  Idna idna(uidna_openUTS46(
      UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, &status));
  if (U_FAILURE(status)) idna.reset();
  return idna;
}

}  // namespace

Result<std::string> DomainToAscii(std::string_view host) {
  const Error invalid{Code::kInvalid, "host: not an internationalised name; check its spelling"};
  if (host.size() > kHostBytesMax) return invalid;
  const Idna idna = Open();
  if (!idna) return Error{Code::kSystem, "ICU: cannot open IDNA data; check the installation"};
  std::string out(kHostBytesMax, '\0');
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode status = U_ZERO_ERROR;
  const int32_t size =
      uidna_nameToASCII_UTF8(idna.get(), host.data(), static_cast<int32_t>(host.size()), out.data(),
                             static_cast<int32_t>(out.size()), &info, &status);
  if (U_FAILURE(status) || (info.errors & ~kTolerated) != 0) return invalid;
  out.resize(static_cast<size_t>(size));
  return out;
}

}  // namespace xuncha
