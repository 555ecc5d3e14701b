// SPDX-License-Identifier: Apache-2.0
#include "reports/words.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/day.h"
#include "base/text.h"
#include "rules/kinds.h"
#include "store/casework_states.h"

namespace xuncha {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

// A word without a translation stands as it is: better than none.
template <size_t kCount>
std::string Find(const Word (&words)[kCount], std::string_view name) {
  for (const auto& [known, text] : words) {
    if (known == name) return std::string(text);
  }
  return std::string(name);
}

constexpr Word kActions[] = {
    {"opened", "立案"}, {"reopened", "再次出现，重新立案"}, {"returned", "消失后再次出现"}};

constexpr Word kDeeds[] = {
    {"run-begin", "巡查开始"},
    {"run-end", "巡查结束"},
    {"rules-change", "规则变更"},
    {"config-change", "配置变更"},
    {"site-put", "登记网站"},
    {"site-remove", "注销网站"},
    {"backup", "备份"},
    {"backup-failed", "备份失败"},
    {"restore", "恢复"},
    {"recover", "断电恢复"},
    {"unmask", "查看未遮盖内容"},
    {"chain-export", "导出审计链"},
    {"key", "启用签名密钥"},
    {"sm2-key", "启用 SM2 签名密钥"},
    {"hold-place", "冻结"},
    {"hold-release", "解除冻结"},
    {"hold-expire", "冻结到期"},
    {"purge-begin", "清除开始"},
    {"purge", "清除"},
    {"purge-end", "清除结束"},
    {"message-sent", "消息送出"},
    {"message-given-up", "消息送不出，已放弃"},
    {"messages-forget", "删除过期的消息记录"},
    {"notice-sent", "通知书送出"},
    {"notice-undelivered", "通知书送不出"},
    {"rescan", "复核历史"},
    {"rescan-keep", "复核结果入库"},
    {"clock-step", "时钟变动"},
    {"timestamp", "加盖时间戳"},
    {"timestamp-failed", "时间戳未取得"},
    {"second-person", "作为第二人批准"},
    {"second-person-failed", "第二人批准未通过"},
    {"case-settled", "判断生效"},
    {"case-link-opened", "责任人打开链接"},
    {"case-link-renewed", "换新责任人链接"},
    {"suppress", "免报"},
    {"suppress-end", "结束免报"},
    {"suppress-expire", "免报到期"},
    {"evidence-approve", "批准导出证据"},
    {"evidence-export", "导出证据"},
    {"evidence-exported", "证据已导出"},
    {"evidence-failed", "证据导出失败"},
};

}  // namespace

std::string KindText(std::string_view kind) {
  const KindInfo* known = FindKind(kind);
  return std::string(known == nullptr ? kind : known->title);
}

std::string StateText(std::string_view state) {
  const std::optional<CaseState> known = CaseStateByName(state);
  return std::string(known ? CaseStateText(*known) : state);
}

std::string ActionText(std::string_view action) {
  const std::optional<CaseDeed> known = CaseDeedByName(action);
  return known ? std::string(CaseDeedText(*known)) : Find(kActions, action);
}

std::string DeedText(std::string_view kind) {
  constexpr std::string_view kCase = "case-";
  const std::optional<CaseDeed> deed =
      CaseDeedByName(kind.starts_with(kCase) ? kind.substr(kCase.size()) : kind);
  const bool of_a_case = kind.starts_with(kCase) || kind.starts_with("verdict:");
  return of_a_case && deed ? std::string(CaseDeedText(*deed)) : Find(kDeeds, kind);
}

Millis TimeOfAnswer(std::string_view answer, Millis otherwise) {
  constexpr size_t kDigits = 14;
  const std::string_view digits = answer.substr(0, answer.find('\n'));
  if (digits.size() != kDigits || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return otherwise;
  const auto part = [digits](size_t at, size_t size) { return digits.substr(at, size); };
  const Result<Millis> time =
      ParseTime(fmt::format("{}-{}-{}T{}:{}:{}+08:00", part(0, 4), part(4, 2), part(6, 2),
                            part(8, 2), part(10, 2), part(12, 2)));
  return time ? *time + kShanghai : otherwise;  // the digits are UTC
}

std::string NamesText(std::string_view answer) {
  std::vector<std::string> told;
  for (std::string_view line : Split(answer, '\n')) {
    if (line.starts_with("; asked:")) line = {};
    if (line.starts_with("; ")) line.remove_prefix(2);
    if (!line.empty() && !told.empty()) told.emplace_back(line);
    if (told.empty()) told.push_back(FormatTime(TimeOfAnswer(answer, 0)) + " 问得");
  }
  if (told.size() < 2) return "";
  const std::string head = told.front();
  told.erase(told.begin());
  return Neutralise(fmt::format("{}：{}", head, Join(told, "；")));
}

}  // namespace xuncha
