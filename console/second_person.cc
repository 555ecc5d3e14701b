// SPDX-License-Identifier: Apache-2.0
#include "console/second_person.h"

#include "console/desk.h"
#include "console/page_parts.h"

namespace xuncha {

Status AddSecondPerson(const Visit& visit, Fields& form, SecondIn where) {
  Fields& second = form.Include("SECOND", "second.tpl");
  second.ShowIf("REQUIRED", where == SecondIn::kOwnForm);
  return visit.desk.store().accounts().Each([&](const Account& account) {
    if (!account.disabled && account.Has(DeskRole::kApprover) && account.name != visit.who()) {
      AddOption(
          second, "PERSON", account.name,
          account.display.empty() ? account.name : account.display + " (" + account.name + ")",
          visit.request.Form("approved_by"));
    }
    return true;
  });
}

Result<Gate::Approval> SecondPerson(Visit& visit, std::string_view ref) {
  return OfficersDeskOf(visit).gate().ConfirmSecond(
      *visit.account,
      {.name = std::string(visit.request.Form("approved_by")),
       .password = std::string(visit.request.Form("second_password")),
       .code = std::string(visit.request.Form("second_code")),
       .address = visit.request.address},
      ref);
}

Status DoApproved(Store& store, const Gate::Approval& approval, std::string_view what,
                  const std::vector<std::string>& refs, const std::function<Status()>& deed) {
  if (Status may = Gate::MayApprove(store, approval); !may) return may;
  if (Status done = deed(); !done) return done;
  return Gate::PutApproval(store, approval, what, refs);
}

}  // namespace xuncha
