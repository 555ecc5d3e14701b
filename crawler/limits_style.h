// Caps of reading style sheets, each with its reason. What is over one is left out, and
// the page says so.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace xuncha::limits {

inline constexpr int kPseudoDepthMax = 4;  // of :is() in :not(); people write one
inline constexpr int kBlocksDeepMax = 12;  // of rules in rules and conditions; people write four
inline constexpr size_t kSelectorChoicesMax =
    64;  // one selector or list in a rule may stand for, with :is() and & undone
inline constexpr size_t kSelectorBytesMax = 2'048;  // of each of those
inline constexpr size_t kCompoundsMax = 24;         // of a selector; generated ones have a dozen
inline constexpr size_t kTestsMax = 512;        // of one style sheet; a large framework has fifty
inline constexpr size_t kLayersMax = 64;        // of one style sheet; people name five
inline constexpr size_t kVariablesMax = 8'192;  // of one sheet; a framework sets a thousand
inline constexpr size_t kVariableBytesMax = 1'024;  // of a value; longer ones are pictures
inline constexpr uint32_t kSubjectClassesMax = 64;  // of an element; utility classes run to forty
inline constexpr uint32_t kSubjectAnswersMax = 24;  // that it gives to tests; pages need three
inline constexpr size_t kSiblingKindsMax = 32;      // names among siblings that are counted

}  // namespace xuncha::limits
