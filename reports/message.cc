// SPDX-License-Identifier: Apache-2.0
#include "reports/message.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/day.h"
#include "base/limits.h"
#include "base/text.h"
#include "reports/mask.h"
#include "rules/kinds.h"
#include "store/case_file.h"

namespace xuncha {
namespace {

constexpr size_t kToldBytesMax = 120;  // of one word from outside; a site's name has 60

std::string KindTitle(std::string_view kind) {
  const KindInfo* known = FindKind(kind);
  return known == nullptr ? Told(kind) : std::string(known->title);
}

// "11-22 05:12"
std::string When(Millis time) {
  const std::string text = FormatTime(time);
  return text.substr(5, 5) + " " + text.substr(11, 5);
}

std::string ReadOn(std::string_view console, std::string_view path) {
  return console.empty() ? "详情请登录巡查控制台查看。" : fmt::format("详情：{}{}", console, path);
}

std::string Severities(const std::array<uint64_t, 4>& counts) {
  std::string text;
  for (int i = 3; i >= 0; --i) {
    if (counts[static_cast<size_t>(i)] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : "、", SeverityText(static_cast<Severity>(i)),
                        counts[static_cast<size_t>(i)]);
  }
  return text;
}

Delivery Make(std::string_view topic, std::string key, std::string subject, MessagePart part) {
  Delivery message;
  message.topic = topic;
  message.key = std::move(key);
  message.subject = std::move(subject);
  if (part.lines.size() > limits::kMessageLinesMax) {
    part.more = static_cast<uint32_t>(part.lines.size() - limits::kMessageLinesMax);
    part.lines.resize(limits::kMessageLinesMax);
  }
  message.parts.push_back(std::move(part));
  return message;
}

std::string CaseText(const CaseLine& one) {
  return fmt::format("{} · {}（{}）· 事件 {}", Told(one.site), KindTitle(one.kind),
                     SeverityText(one.severity), Told(one.incident.substr(0, 8)));
}

std::string Filled(std::string_view closing, std::string_view link) {
  const size_t at = closing.find(kLinkMark);
  if (at == std::string_view::npos) return std::string(closing);
  return fmt::format("{}{}{}", closing.substr(0, at), link, closing.substr(at + kLinkMark.size()));
}

// How many lines of each part are shown, and how many parts.
struct Fit {
  std::vector<size_t> lines;
  size_t parts = 0;
};

std::string Put(const Delivery& message, Dress dress, const Fit& fit) {
  std::string text;
  if (dress == Dress::kWhole) text += SubjectOf(message) + "\n";
  for (size_t i = 0; i < fit.parts; ++i) {
    const MessagePart& part = message.parts[i];
    if (!text.empty()) text += "\n";
    if (!part.heading.empty()) text += part.heading + "\n";
    for (size_t line = 0; line < fit.lines[i]; ++line) text += part.lines[line] + "\n";
    const size_t more = part.lines.size() - fit.lines[i] + part.more;
    if (more > 0) text += fmt::format("还有 {} 项，见控制台\n", more);
    if (!part.closing.empty()) text += Filled(part.closing, message.link) + "\n";
  }
  if (fit.parts < message.parts.size())
    text += fmt::format("\n还有 {} 条消息，见控制台\n", message.parts.size() - fit.parts);
  return text;
}

}  // namespace

std::string Told(std::string_view text) {
  std::string plain;
  const std::string masked = Neutralise(MaskIdentifiers(CollapseSpace(ToValidUtf8(text))));
  for (const char c : masked) {
    switch (c) {  // tags, mentions and links of the robots' own languages
      case '<':
        plain += "＜";
        break;
      case '>':
        plain += "＞";
        break;
      case '@':
        plain += "＠";
        break;
      case '[':
        plain += "［";
        break;
      case ']':
        plain += "］";
        break;
      default:
        plain += c;
    }
  }
  if (plain.size() <= kToldBytesMax) return plain;
  plain.resize(ValidUtf8Prefix(std::string_view(plain).substr(0, kToldBytesMax - 3)));
  return plain + "…";
}

Delivery NightMessage(const NightNews& news, std::string_view console) {
  MessagePart part;
  const RunTotals& totals = news.run.totals;
  part.heading = fmt::format("第 {} 次巡查：{} 至 {}", news.run.id, When(news.run.started),
                             When(news.run.ended));
  uint64_t fresh = 0, high = 0;
  for (const auto& [kind, counts] : news.fresh) {
    for (const uint64_t count : counts) fresh += count;
    high += counts[3];
  }
  part.lines.push_back(
      fmt::format("网站 {} 个，页面 {} 个{}", totals.sites, totals.pages,
                  totals.failed == 0 ? "" : fmt::format("，其中 {} 个未能检查", totals.failed)));
  part.lines.push_back(fresh == 0 ? "没有新事件" : fmt::format("新事件 {} 件：", fresh));
  // The gravest kinds first: what is cut off is at the end.
  std::vector<std::pair<std::string, std::array<uint64_t, 4>>> kinds(news.fresh.begin(),
                                                                     news.fresh.end());
  std::stable_sort(kinds.begin(), kinds.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.second[3], a.second[2], a.second[1]) >
           std::tuple(b.second[3], b.second[2], b.second[1]);
  });
  for (const auto& [kind, counts] : kinds)
    part.lines.push_back(fmt::format("  {}：{}", KindTitle(kind), Severities(counts)));
  if (news.reopened > 0) part.lines.push_back(fmt::format("结案后再次出现 {} 件", news.reopened));
  if (news.again > 0)
    part.lines.push_back(fmt::format("办理中的事件又出现已消失的内容 {} 件", news.again));
  if (news.stock > 0) part.lines.push_back(fmt::format("首次巡查的存量 {} 件", news.stock));
  if (news.waiting > 0) part.lines.push_back(fmt::format("待处理共 {} 件", news.waiting));
  part.closing = ReadOn(console, "/");
  const std::string subject =
      fresh == 0 ? "巡查完成，没有新事件"
                 : fmt::format("巡查完成，新事件 {} 件{}", fresh,
                               high == 0 ? "" : fmt::format("，其中高级 {} 件", high));
  Delivery message = Make("night", fmt::format("run:{}", news.run.id), subject, std::move(part));
  message.refs = {fmt::format("run:{}", news.run.id)};
  return message;
}

Delivery NoRunMessage(Millis since, bool cut_off, Millis now, std::string_view console) {
  MessagePart part;
  part.heading = cut_off ? "巡查没有做完" : "巡查没有进行";
  part.lines.push_back(since == 0 ? std::string("登记了网站，还没有一次巡查做完")
                                  : fmt::format("最近一次做完的巡查：{}（{} 小时前）",
                                                FormatTime(since), (now - since) / kHour));
  part.lines.push_back("请在服务器上运行 xuncha doctor 查看原因；xuncha crawl 从中断处继续");
  part.closing = ReadOn(console, "/");
  return Make("run", fmt::format("norun:{}:{}", since, FormatDay(now)),
              cut_off ? "巡查没有做完" : "巡查没有进行", std::move(part));
}

Delivery OverdueMessage(const std::vector<CaseLine>& cases, Millis now, std::string_view console) {
  MessagePart part;
  part.heading = fmt::format("逾期未整改 {} 件", cases.size());
  for (const CaseLine& one : cases) {
    const int64_t days = OverdueDays(now, one.at);
    part.lines.push_back(fmt::format("{} · 到期 {}{}", CaseText(one), FormatDay(one.at),
                                     days == 0 ? "" : fmt::format("，已过 {} 天", days)));
  }
  part.closing = ReadOn(console, "/queue");
  return Make("overdue", "overdue:" + FormatDay(now), fmt::format("逾期未整改 {} 件", cases.size()),
              std::move(part));
}

Delivery ClockMessage(const CaseLine& one, Millis now, std::string_view console) {
  MessagePart part;
  const Millis left = one.at - now;
  const std::string state = left <= 0 ? "向主管部门报告的期限已过"
                                      : fmt::format("向主管部门报告的期限还剩 {} 小时 {} 分",
                                                    left / kHour, left % kHour / 60'000);
  part.heading = state;
  part.lines.push_back(CaseText(one));
  part.lines.push_back("期限：" + FormatTime(one.at));
  part.closing = ReadOn(console, "/incident/" + one.incident);
  const std::string_view stage = left <= 0 ? "over" : left <= kHour ? "1h" : "6h";
  Delivery message = Make("clock", fmt::format("clock:{}:{}:{}", one.incident, one.at, stage),
                          state, std::move(part));
  message.urgent = true;
  message.refs = {"incident:" + one.incident};
  return message;
}

Delivery NoticeMessage(const NoticeNews& notice, std::string_view link) {
  MessagePart part;
  part.heading = fmt::format("{}：", Told(notice.unit));
  part.lines.push_back(fmt::format("贵单位登记的网站“{}”（{}）经巡查发现问题，请整改。",
                                   Told(notice.site_name), Told(notice.site)));
  part.lines.push_back(fmt::format("{}：{}", Told(notice.title), Told(notice.printed)));
  part.lines.push_back(fmt::format("问题类别：{}，{} 处", KindTitle(notice.kind), notice.findings));
  if (notice.deadline != 0)
    part.lines.push_back(fmt::format("{}：{}", notice.reminder ? "催办后期限" : "整改期限",
                                     FormatTime(notice.deadline)));
  part.lines.push_back("具体页面、证据与回执在下面的专用链接里；链接只供贵单位使用，请勿转发。");
  part.closing = fmt::format("{}\n{}", kLinkMark, Told(notice.institution));
  Delivery message = Make("notice", "notice:" + notice.id,
                          fmt::format("{}：{}{}", Told(notice.title), Told(notice.site_name),
                                      notice.reminder ? "（催办）" : ""),
                          std::move(part));
  message.alone = true;
  message.link = link;
  message.refs = {"notice:" + notice.id, "incident:" + notice.incident};
  return message;
}

Delivery UndeliveredMessage(std::string_view id, std::string_view printed, std::string_view address,
                            std::string_view why, std::string_view console) {
  MessagePart part;
  const std::string subject = address.empty() ? fmt::format("通知书 {} 没有送达", Told(printed))
                                              : fmt::format("通知书 {} 没有送到一个联系人：{}",
                                                            Told(printed), Told(address));
  part.heading = subject;
  part.lines.push_back(Told(why));
  part.lines.push_back(address.empty()
                           ? "请用电话或纸质方式送达，并在事件里写明"
                           : "请核对这个联系人；责任人没有从别处收到的，请用电话或纸质方式送达，"
                             "并在事件里写明");
  part.closing = ReadOn(console, "/queue");
  Delivery message =
      Make("case", fmt::format("undelivered:{}:{}", id, address), subject, std::move(part));
  message.refs = {"notice:" + std::string(id)};
  return message;
}

Delivery TestMessage(Millis now) {
  MessagePart part;
  part.heading = "这是一条测试消息";
  part.lines = {"收到它，说明这个通道可用。", "发出时间：" + FormatTime(now)};
  Delivery message = Make("test", fmt::format("test:{}", now), "测试消息", std::move(part));
  message.urgent = message.alone = true;
  return message;
}

std::string SubjectOf(const Delivery& message) {
  // Robots may ask for a word that every message has.
  if (message.parts.size() == 1) return "【巡查】" + message.subject;
  return fmt::format("【巡查】{} 条消息：{} 等", message.parts.size(), message.subject);
}

std::string RenderMessage(const Delivery& message, Dress dress, size_t bytes_max) {
  Fit fit{.parts = message.parts.size()};
  for (const MessagePart& part : message.parts) fit.lines.push_back(part.lines.size());
  std::string text = Put(message, dress, fit);
  while (text.size() > bytes_max) {
    // The longest list gives first, as much as is too much at least.
    const auto longest = std::max_element(fit.lines.begin(), fit.lines.end());
    if (longest != fit.lines.end() && *longest > 0) {
      const auto part = static_cast<size_t>(longest - fit.lines.begin());
      size_t over = text.size() - bytes_max;
      while (*longest > 0) {
        const size_t bytes = message.parts[part].lines[--*longest].size() + 1;
        if (bytes >= over) break;
        over -= bytes;
      }
    } else if (fit.parts > 1) {
      fit.lines.resize(--fit.parts);
    } else {
      text.resize(ValidUtf8Prefix(std::string_view(text).substr(0, bytes_max)));
      break;
    }
    text = Put(message, dress, fit);
  }
  return text;
}

}  // namespace xuncha
