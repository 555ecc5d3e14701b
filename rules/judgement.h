// Judgement holds the numbers of judgement.toml, read strictly: an unknown or
// missing key is an error, so that no weight is ever a silent default.
//
// Immutable after reading; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"

namespace xuncha {

struct IdentifierBar {
  std::string check;  // "resident-id"
  bool near = false;  // counts only with a near word in reach
  // Distinct values from which the severity holds; 0: never.
  uint32_t low = 0, medium = 0, high = 0;
};

struct Judgement {
  uint32_t weak_together = 0, weak_window = 0, weak_with_structure = 0;
  uint32_t support_window = 0, short_zone = 0;
  std::vector<std::string> mark_kinds;
  uint32_t mark_head = 0, mark_line = 0;
  std::vector<IdentifierBar> identifiers;
  std::array<Proof, kSignalKinds> signal_proof{};  // kStructure, kDestination or kDifference
  std::array<bool, kSignalKinds> proven{};
  std::array<bool, kSignalKinds> silent{};
  std::vector<std::string> advertises;
  std::array<int, 5> band{};  // begin of each Severity's scores; the fifth is 101
  int points_strong = 0, points_supported = 0, points_weak = 0, points_identifier = 0;
  std::array<int, 3> points_signal{};  // by Strength
};

// kInvalid with every problem, one per line.
Result<Judgement> ReadJudgement(std::string_view text, std::string_view name);
// The one built into the program.
const Judgement& BuiltinJudgement();

}  // namespace xuncha
