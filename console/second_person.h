// The second person of a deed that nobody may do alone: another account, of an approver,
// that proves in the same form to be there. A name that is only written down is nobody's yes.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "console/web.h"

namespace xuncha {

// Whether the browser lets the form go without; the server never does.
enum class SecondIn : uint8_t { kOwnForm, kFormWithPreview };

// {{>SECOND}} of the form: whose it may be, password, code.
Status AddSecondPerson(const Visit& visit, Fields& form, SecondIn where);
// The account that was named and has proved itself, which is on record as its own deed
// `what` about `ref` ("incident:…"). As Gate::ConfirmSecond; kInvalid if nobody is named.
Result<std::string> SecondPerson(Visit& visit, std::string_view what, std::string_view ref);

}  // namespace xuncha
