// The second person of a deed that nobody may do alone: another account, of an approver,
// that proves in the same form to be there. A name that is only written down is nobody's yes.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "console/gate.h"
#include "console/web.h"

namespace xuncha {

// Whether the browser lets the form go without; the server never does.
enum class SecondIn : uint8_t { kOwnForm, kFormWithPreview };

// {{>SECOND}} of the form: whose it may be, password, code.
Status AddSecondPerson(const Visit& visit, Fields& form, SecondIn where);
// The yes of the account that was named and has proved itself, to what `ref` names
// ("incident:…"). As Gate::ConfirmSecond; kInvalid if nobody is named.
Result<Gate::Approval> SecondPerson(Visit& visit, std::string_view ref);
// On the thread of the store: does the deed by their yes, and puts the yes on record with
// `what` and the references `refs` say of it when it is done. If the deed cannot be done there
// is no yes on record, and their code is not used.
Status DoApproved(Store& store, const Gate::Approval& approval, std::string_view what,
                  const std::vector<std::string>& refs, const std::function<Status()>& deed);

}  // namespace xuncha
