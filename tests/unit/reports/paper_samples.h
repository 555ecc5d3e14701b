// A case and a month with everything in them, for the tests of papers.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>

#include "base/digest.h"
#include "reports/ledger.h"
#include "reports/papers.h"

namespace xuncha::testing_support {

inline constexpr Millis kPaperNow = 1'795'312'800'000;  // 2026-11-22T10:00+08:00
inline constexpr Millis kPaperDay = 86'400'000;

inline FindingFacts SampleFinding(int number) {
  return {.id = fmt::format("3f2a00000000000{}", number),
          .kind = "赌博",
          .severity = "高",
          .clause = 6,
          .url = fmt::format("http://lib.example.test/news/{}.html", number),
          .title = "图书馆新闻",
          .place = "正文（隐藏：不显示）",
          .before = "本馆开放时间调整如下，",
          .found = "彩票代理 13800138000",
          .after = "，详情请咨询一楼总服务台。",
          .because = "隐藏的文字里有“彩票代理”等 3 处，并有指向 9 个站外域名的链接",
          .first_seen = kPaperNow - 2 * kPaperDay,
          .last_seen = kPaperNow - kPaperDay,
          .snapshot = Sha256(fmt::format("page {}", number)).hex()};
}

inline CaseFacts SampleCase() {
  CaseFacts facts{.now = kPaperNow,
                  .institution = "示例学院现代教育技术中心",
                  .number = "网信整改〔2026〕12号",
                  .by = "值班员甲",
                  .approved_by = "主管乙",
                  .site = "lib.example.test",
                  .site_name = "图书馆网站",
                  .unit = "图书馆",
                  .owner = "某负责人",
                  .phone = "0591-00000000",
                  .address = "http://lib.example.test/",
                  .contacts = "security@lib.example.test",
                  .incident = "9c1e000000000000",
                  .kind = "赌博",
                  .severity = "高",
                  .state = "已通知",
                  .opened = kPaperNow - 2 * kPaperDay,
                  .updated = kPaperNow - 3'600'000,
                  .first_seen = kPaperNow - 2 * kPaperDay,
                  .last_seen = kPaperNow - kPaperDay,
                  .confirmed = kPaperNow - kPaperDay,
                  .confirmed_by = "值班员甲",
                  .confirmed_why = "页面隐藏处确有博彩推广与站外链接",
                  .stock = true};
  for (int i = 1; i <= 3; ++i) facts.findings.push_back(SampleFinding(i));
  facts.findings_total = 12;
  facts.clauses = {6, 9};
  facts.basis = {"《计算机信息网络国际联网安全保护管理办法》第五条"};
  facts.reason = "请一并检查同一服务器上的其他栏目";
  facts.deadline = kPaperNow + 3 * kPaperDay;
  facts.working_days = 3;
  facts.deadline_note = "期限按工作日计算，不含周末与法定节假日。";
  facts.link = "https://audit.example.test/r/" + std::string(64, 'a');
  facts.link_expires = kPaperNow + 30 * kPaperDay;
  facts.first_number = "网信整改〔2026〕9号";
  facts.first_deadline = kPaperNow - kPaperDay - 3'600'000;
  facts.notified = kPaperNow - 6 * kPaperDay;
  facts.acknowledged = kPaperNow - 5 * kPaperDay;
  facts.acknowledged_by = "某负责人";
  facts.reminders = 2;
  facts.cut_off = kPaperNow - 7'200'000;
  facts.restored = kPaperNow - 3'600'000;
  facts.authority = "示例市公安局网络安全保卫支队";
  facts.report_due = kPaperNow;
  facts.steps = {{facts.opened, "xuncha", "立案", ""},
                 {facts.confirmed, "值班员甲", "判断：违规", "页面隐藏处确有博彩推广与站外链接"},
                 {kPaperNow - 3'600'000, "值班员甲", "发出通知", "网信整改〔2026〕12号"}};
  facts.replies = {{kPaperNow - 3'000'000, "某负责人", "已整改", "已删除隐藏的栏目，修补上传漏洞"}};
  facts.holds = {"H1（示公（网）调证字〔2026〕1号）"};
  facts.recheck = "仍然存在";
  facts.recheck_time = kPaperNow - 1'800'000;
  facts.rechecked = {
      {"http://lib.example.test/news/1.html", "仍然存在", "", kPaperNow - 1'800'000, 200,
       Sha256("page 1").hex()},
      {"http://lib.example.test/news/2.html", "已消失", "", kPaperNow - 1'700'000, 404, ""},
      {"http://lib.example.test/news/3.html", "未能核实", "连接被拒绝", 0, 0, ""}};
  return facts;
}

inline MonthCount SampleCount(std::string name, uint64_t some) {
  return {.name = std::move(name),
          .clause = "四（六）",
          .sites = some + 1,
          .opened = some + 4,
          .confirmed = some + 2,
          .false_positive = 1,
          .closed = some,
          .overdue = 1,
          .repeated = 1,
          .repair = {kPaperDay * static_cast<Millis>(some + 1), 3'600'000 * 5}};
}

inline MonthFacts SampleMonth() {
  MonthFacts facts{.now = kPaperNow,
                   .institution = "示例学院现代教育技术中心",
                   .month = "2026年10月",
                   .sites = 42,
                   .sites_audited = 40,
                   .runs = 31,
                   .pages = 1'240'000,
                   .flat = 120,
                   .failed = 318,
                   .unread = 2'048,
                   .total = SampleCount("", 9),
                   .open = 7,
                   .undecided = 2};
  facts.kinds = {SampleCount("赌博", 5), SampleCount("淫秽色情", 2),
                 SampleCount("公民个人信息", 1)};
  facts.units = {SampleCount("图书馆", 3), SampleCount("计算机学院", 2), SampleCount("后勤处", 0)};
  for (int month = 5; month <= 10; ++month)
    facts.months.push_back(
        SampleCount(fmt::format("2026-{:02}", month), static_cast<uint64_t>(month)));
  facts.unchecked = {{"后勤处网站", "后勤处", "本月一次也没有查到：主机不应答"},
                     {"论坛", "学生处", "12 页：正文超过上限，其余部分未读取"}};
  facts.overdue = {{"9c1e000000000000", "图书馆网站", "图书馆", "赌博", "已通知",
                    kPaperNow - 2 * kPaperDay, 2, 1}};
  facts.repeated = {{"77aa000000000000", "论坛", "学生处", "淫秽色情", "待处理", 0, 0, 3}};
  facts.overdue_left_out = 12;
  facts.repeated_left_out = 4;
  return facts;
}

inline LedgerRow SampleRow(int number) {
  return {.incident = fmt::format("9c1e{:012}", number),
          .state = "已通知",
          .kind = "赌博",
          .clause = "四（六）",
          .severity = "高",
          .findings = 12,
          .site = "lib.example.test",
          .site_name = "图书馆网站",
          .unit = "图书馆",
          .owner = "某负责人",
          .phone = "0591-00000000",
          .address = "http://lib.example.test/",
          .assignee = "值班员甲",
          .opened = kPaperNow - 2 * kPaperDay,
          .confirmed = kPaperNow - kPaperDay,
          .notice = "网信整改〔2026〕12号",
          .notified = kPaperNow - 3'600'000,
          .deadline = kPaperNow + 3 * kPaperDay,
          .reminders = 1,
          .remark = "电话已通知"};
}

}  // namespace xuncha::testing_support
