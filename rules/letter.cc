// SPDX-License-Identifier: Apache-2.0
#include "rules/letter.h"

#include "rules/kinds.h"

namespace xuncha {
namespace {

struct Clause {
  std::string_view name, text;
};
constexpr Clause kLetter[] = {
    {"四（一）", "煽动抗拒、破坏宪法和法律、行政法规实施的"},
    {"四（二）", "煽动颠覆国家政权，推翻社会主义制度的"},
    {"四（三）", "煽动分裂国家、破坏国家统一的"},
    {"四（四）", "煽动民族仇恨、民族歧视，破坏民族团结的"},
    {"四（五）", "捏造或者歪曲事实，散布谣言，扰乱社会秩序的"},
    {"四（六）", "宣扬封建迷信、淫秽、色情、赌博、暴力、凶杀、恐怖、教唆犯罪的"},
    {"四（七）", "公然侮辱他人或者捏造事实诽谤他人的，或者进行其他恶意攻击的"},
    {"四（八）", "损害国家机关信誉的"},
    {"四（九）", "其他违反宪法和法律行政法规的"},
    {"四（十）", "进行商业广告行为的"},
};
static_assert(sizeof(kLetter) / sizeof(kLetter[0]) == kClauses);

}  // namespace

std::string_view ClauseName(int clause) {
  return clause < 1 || clause > kClauses ? "四" : kLetter[clause - 1].name;
}

std::string_view ClauseText(int clause) {
  return clause < 1 || clause > kClauses ? "" : kLetter[clause - 1].text;
}

}  // namespace xuncha
