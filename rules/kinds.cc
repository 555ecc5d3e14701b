// The table of kinds.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/kinds.h"

namespace xuncha {

std::span<const KindInfo> Kinds() {
  static constexpr KindInfo kKinds[] = {
      {"incitement", 1, "煽动抗拒法律实施", "责任书 四（一）"},
      {"subversion", 2, "煽动颠覆国家政权", "责任书 四（二）"},
      {"separatism", 3, "煽动分裂国家", "责任书 四（三）"},
      {"hate", 4, "煽动民族仇恨", "责任书 四（四）"},
      {"rumour", 5, "散布谣言", "责任书 四（五）"},
      {"superstition", 6, "封建迷信", "责任书 四（六）"},
      {"porn", 6, "淫秽色情", "责任书 四（六）"},
      {"gambling", 6, "赌博", "责任书 四（六）"},
      {"violence", 6, "暴力凶杀", "责任书 四（六）"},
      {"terror", 6, "恐怖", "责任书 四（六）"},
      {"instigation", 6, "教唆犯罪", "责任书 四（六）"},
      {"insult", 7, "侮辱诽谤", "责任书 四（七）"},
      {"organ", 8, "损害国家机关信誉", "责任书 四（八）"},
      {"fraud", 9, "诈骗", "责任书 四（九）"},
      {"drugs", 9, "毒品", "责任书 四（九）"},
      {"invoice", 9, "虚开发票", "责任书 四（九）"},
      {"diploma", 9, "伪造证件", "责任书 四（九）"},
      {"ghostwriting", 9, "代写代考", "责任书 四（九）"},
      {"loan", 9, "非法放贷", "责任书 四（九）"},
      {"medicine", 9, "非法药品", "责任书 四（九）"},
      {"secret", 9, "涉密标志", "责任书 四（九）"},
      {"privacy", 9, "公民个人信息", "责任书 四（九）"},
      {"tamper", 9, "网页篡改", "责任书 四（九）"},
      {"advertising", 10, "商业广告", "责任书 四（十）"},
      {"custom", 0, "自定义词表", "责任书 四"},
  };
  return kKinds;
}

const KindInfo* FindKind(std::string_view name) {
  for (const KindInfo& kind : Kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace xuncha
