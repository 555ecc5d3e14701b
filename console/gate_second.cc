// Whoever says yes to what one person may not do alone. What counts is that another person
// is there: the account, its role, its password, and its code where it has one.
//
// Failures are held against who asks and not against the account that was named, or a
// stranger at the desk could keep an approver from it. A yes stands in the chain only beside
// what was done by it: somebody who is told "no" by the casework has approved nothing.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "console/gate.h"
#include "console/totp.h"

namespace xuncha {

Result<Gate::Approval> Gate::ConfirmSecond(const Account& by, const Second& second,
                                           std::string_view ref) {
  const std::string name = AsciiLower(Trim(second.name));
  if (name.empty()) return Error{Code::kInvalid, "须由另一人批准；请选择批准人"};
  if (name == by.name) return Error{Code::kDenied, "经办人与批准人是同一人；请由另一人批准"};
  const auto account = store_.accounts().Find(name);
  if (!account) return account.error();
  if (!*account || (*account)->disabled || !(*account)->Has(DeskRole::kApprover)) {
    return Error{
        Code::kDenied,
        fmt::format("“{}”不是在用的审批人账号；请由有审批人角色的另一人批准", Neutralise(name))};
  }
  if ((*account)->password_hash.empty()) {
    return Error{
        Code::kDenied,
        fmt::format("账号 {} 没有本地口令，不能在这里批准；请另一位审批人，或由管理员为其设口令",
                    name)};
  }
  if (options_.second_factor && (*account)->totp_secret.empty()) {
    return Error{Code::kDenied, fmt::format("账号 {} 尚未启用第二因素，不能批准；请先启用", name)};
  }
  const std::string key = "second:" + by.name;
  if (const Millis until = Blocked(key); until != 0) {
    return Error{Code::kLimit,
                 fmt::format("批准人的口令错误次数过多；{} 之后再试", FormatTime(until))};
  }
  const auto wrong = [&](std::string_view why) -> Error {
    (void)Count(key);
    const Status recorded = changes_.Do([&](Store& store) {
      return store.audit().Record(
          {.kind = "second-person-failed",
           .actor = by.name,
           .what = std::string(why),
           .refs = {"account:" + name, "address:" + second.address, std::string(ref)}});
    });
    // Where the store is busy the count in memory still holds.
    (void)recorded.ok();
    return {Code::kDenied, "批准人的口令或动态码不对；没有改动任何东西"};
  };
  const Result<bool> fits = Fits((*account)->password_hash, second.password);
  if (!fits) return fits.error();
  if (!*fits) return wrong("wrong password");
  uint64_t step = 0;
  if (!(*account)->totp_secret.empty()) {
    const auto found =
        TotpStepOf((*account)->totp_secret, Trim(second.code), clock_.Now(), (*account)->totp_step);
    if (!found) return wrong("wrong second factor");
    step = *found;
  }
  return Approval{.name = name,
                  .by = by.name,
                  .address = second.address,
                  .hash = (*account)->password_hash,
                  .step = step};
}

Status Gate::MayApprove(const Store& store, const Approval& approval) {
  const auto account = store.accounts().Find(approval.name);
  if (!account) return account.error();
  if (!*account || (*account)->disabled || !(*account)->Has(DeskRole::kApprover) ||
      (*account)->password_hash != approval.hash)
    return Error{Code::kConflict, "批准人的账号刚被改动；请重新批准"};
  if (approval.step != 0 && approval.step <= (*account)->totp_step)
    return Error{Code::kConflict, "这个动态码已经用过；请等下一个"};
  return Ok();
}

Status Gate::PutApproval(Store& store, const Approval& approval, std::string_view what,
                         std::vector<std::string> refs) {
  Deed deed{.kind = "second-person",
            .actor = approval.name,
            .what = std::string(what),
            .refs = {"by:" + approval.by, "address:" + approval.address}};
  std::ranges::move(refs, std::back_inserter(deed.refs));
  return store.accounts().Change(
      approval.name,
      [&](Account& changed) {
        changed.totp_step = std::max(changed.totp_step, approval.step);
        return Ok();
      },
      deed);
}

}  // namespace xuncha
