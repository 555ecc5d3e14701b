// The certificate and the key the desk serves TLS with: read, and looked at before anybody
// comes, so that what is wrong with them is said in words.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

struct TlsFiles {
  std::string certificate, key;    // PEM
  Millis begins = 0, expires = 0;  // of the certificate
};
// kNotFound; kDenied if others than its owner may read the key, or it is another user's;
// kInvalid if one is not PEM, the key wants a passphrase, or the two do not belong together.
Result<TlsFiles> ReadTlsFiles(const std::string& certificate, const std::string& key);
// What people should know of it at `now`: that it has expired, or soon will; or nothing.
std::string TlsWarning(const TlsFiles& files, Millis now);

}  // namespace xuncha
