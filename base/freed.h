// The deleter of a C library's object: std::unique_ptr<BIO, Freed<BIO_free_all>>.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace xuncha {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};

}  // namespace xuncha
