// CasePolicyOf makes what casework goes by from the [cases] section and the tables of
// holidays: the one built in and the institution's own.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "app/config.h"
#include "base/result.h"
#include "store/case_file.h"

namespace xuncha {

// `data_dir`: where a relative [cases] holidays is looked for. Errors name file and line.
Result<CasePolicy> CasePolicyOf(const Config& config, std::string_view data_dir);

}  // namespace xuncha
