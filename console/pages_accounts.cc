// SPDX-License-Identifier: Apache-2.0
#include "console/page_parts.h"
#include "console/pages.h"
#include "store/accounts.h"

namespace xuncha {

Reply AccountsPage(Visit& visit) {
  Fields fields;
  size_t shown = 0;
  const Status read = visit.desk.store().accounts().Each([&](const Account& account) {
    if (++shown > limits::kDeskRowsMax) return false;
    Fields& row = fields.Add("ROW");
    row.Set("NAME", account.name)
        .Set("DISPLAY", PlainLine(account.display))
        .Set("UNIT", PlainLine(account.unit))
        .Set("LAST", TimeText(account.last_sign_in));
    for (int i = 0; i < kRoles; ++i) {
      const auto role = static_cast<DeskRole>(i);
      if (account.Has(role))
        row.Add("ROLE").Set("TEXT", Either(visit, RoleText(role), RoleName(role)));
    }
    row.ShowIf("FACTOR", !account.totp_secret.empty())
        .ShowIf("NO_FACTOR", account.totp_secret.empty())
        .ShowIf("DISABLED", account.disabled)
        .ShowIf("ACTIVE", !account.disabled);
    return true;
  });
  if (!read) return Problem(visit, read.error());
  return Page(visit, "accounts.tpl", "accounts.title", fields);
}

}  // namespace xuncha
