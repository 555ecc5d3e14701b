// SM3 (GB/T 32905-2016), the hash the country's own procedures ask for beside
// SHA-256. By OpenSSL.
//
// One thread per stream.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "base/digest.h"

namespace xuncha {

// Of bytes that come in pieces.
class Sm3Stream {
 public:
  Sm3Stream();
  Sm3Stream(Sm3Stream&&) noexcept;
  Sm3Stream& operator=(Sm3Stream&&) noexcept;
  ~Sm3Stream();

  void Add(std::string_view bytes);
  Digest Finish();  // and begins anew

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

Digest Sm3(std::string_view bytes);

}  // namespace xuncha
