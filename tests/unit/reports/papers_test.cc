// Papers: what they say, word for word; what an institution may do to their templates; and
// that no text of a page can do anything to them. XUNCHA_WRITE_GOLDEN=1 writes the golden
// files anew; look at them before they are committed.
//
// SPDX-License-Identifier: Apache-2.0
#include "reports/papers.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/charset.h"
#include "base/files.h"
#include "base/text.h"
#include "reports/ledger.h"
#include "reports/output_file.h"
#include "reports/sheet_writer.h"
#include "tests/unit/reports/ask.h"
#include "tests/unit/reports/paper_samples.h"
#include "tests/unit/store/support.h"

namespace xuncha {
namespace {

using testing_support::Ask;
using testing_support::kPaperNow;
using testing_support::Must;
using testing_support::SampleCase;
using testing_support::SampleMonth;
using testing_support::SampleRow;
using testing_support::TempDirectory;

PaperData DataFor(const PaperInfo& info, const CaseFacts& facts, const MonthFacts& month) {
  return info.kind == PaperKind::kMonth ? DataOf(month) : DataOf(facts);
}

Paper Make(const PaperInfo& info, const CaseFacts& facts, const MonthFacts& month) {
  return Must(TemplateOf(info, "")).Fill(DataFor(info, facts, month), kPaperNow);
}

// The one member of a zip of stored members.
std::string Member(const std::string& zip, std::string_view name) {
  size_t at = 0;
  while (zip.compare(at, 4, "PK\x03\x04") == 0) {
    const auto number = [&](size_t offset, size_t count) {
      size_t value = 0;
      for (size_t i = count; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(zip[at + offset + i]);
      return value;
    };
    const size_t size = number(18, 4), name_size = number(26, 2), extra = number(28, 2);
    const size_t begin = at + 30 + name_size + extra;
    if (zip.substr(at + 30, name_size) == name) return zip.substr(begin, size);
    at = begin + size;
  }
  ADD_FAILURE() << "no member " << name;
  return "";
}

TEST(PapersTest, SayWhatTheyAlwaysSaid) {
  const bool write = std::getenv("XUNCHA_WRITE_GOLDEN") != nullptr;
  const auto compare = [write](const std::string& name, const std::string& text) {
    SCOPED_TRACE(name);
    const std::string path = "tests/golden/papers/" + name;
    if (write) Must(WriteFileAtomically(path, text));
    EXPECT_EQ(Must(ReadFile(path, 4 << 20)), text);
  };
  for (const PaperInfo& info : Papers()) {
    const Paper paper = Make(info, SampleCase(), SampleMonth());
    const std::string html = PaperHtml(paper);
    // The style sheet is no part of what is said.
    compare(fmt::format("{}.html", info.name), html.substr(html.find("</head>")));
    if (info.kind == PaperKind::kNotice || info.kind == PaperKind::kMonth)
      compare(fmt::format("{}.docx.xml", info.name), Member(PaperDocx(paper), "word/document.xml"));
  }
}

TEST(PapersTest, EachWordIsKnownOfAFullCase) {
  for (const PaperInfo& info : Papers()) {
    const PaperData data = DataFor(info, SampleCase(), SampleMonth());
    for (const PaperWord& word : info.words) {
      SCOPED_TRACE(fmt::format("{} {} {}", info.name, word.list, word.name));
      if (word.kind == PaperWord::Kind::kList) {
        ASSERT_TRUE(data.lists.contains(word.name));
        EXPECT_FALSE(data.lists.find(word.name)->second.empty());
      } else if (word.kind == PaperWord::Kind::kChart) {
        EXPECT_TRUE(data.charts.contains(word.name));
      } else if (!word.list.empty()) {
        bool known = false;
        for (const PaperData::Values& item : data.lists.find(word.list)->second)
          known = known || (item.contains(word.name) && !item.find(word.name)->second.empty());
        EXPECT_TRUE(known);
      } else if (word.name != "单位" || info.kind != PaperKind::kMonth) {
        ASSERT_TRUE(data.values.contains(word.name));
        EXPECT_FALSE(data.values.find(word.name)->second.empty());
      }
    }
    // And nothing is told that a template could not ask for.
    const auto may = [&info](std::string_view name, std::string_view list) {
      for (const PaperWord& word : info.words) {
        if (word.name == name && word.list == list) return true;
      }
      return false;
    };
    for (const auto& [name, value] : data.values) EXPECT_TRUE(may(name, "")) << name;
    for (const auto& [name, chart] : data.charts) EXPECT_TRUE(may(name, "")) << name;
    for (const auto& [name, items] : data.lists) EXPECT_TRUE(may(name, "")) << name;
  }
}

TEST(PapersTest, WhatIsNotKnownLeavesALineAndNoName) {
  for (const PaperInfo& info : Papers()) {
    SCOPED_TRACE(info.name);
    const std::string html = PaperHtml(Make(info, {}, {}));
    const std::string body = html.substr(html.find("<body>"));
    EXPECT_EQ(body.find('{'), std::string::npos) << body;
    EXPECT_EQ(body.find('@'), std::string::npos) << body;
    EXPECT_NE(body.find("<h1>"), std::string::npos);
  }
}

TEST(PapersTest, TheSameFactsGiveTheSameBytes) {
  const TempDirectory place;
  for (const PaperInfo& info : Papers()) {
    SCOPED_TRACE(info.name);
    const Paper paper = Make(info, SampleCase(), SampleMonth());
    const Paper again = Make(info, SampleCase(), SampleMonth());
    EXPECT_EQ(PaperHtml(paper), PaperHtml(again));
    EXPECT_EQ(PaperDocx(paper), PaperDocx(again));
    Must(WritePaperSheets(paper, place.path() + "/a.xlsx"));
    Must(WritePaperSheets(again, place.path() + "/b.xlsx"));
    EXPECT_EQ(Must(ReadFile(place.path() + "/a.xlsx", 4 << 20)),
              Must(ReadFile(place.path() + "/b.xlsx", 4 << 20)));
  }
}

// ---- hostile texts ---------------------------------------------------------------------

std::vector<std::string> HostileTexts() {
  return {"=HYPERLINK(\"http://evil.test\",\"点我\")",
          "@SUM(1+1)*cmd|' /C calc'!A0",
          "</td></tr></table><script>alert(1)</script>",
          "]]></w:t></w:r><w:r><w:instrText>DDEAUTO c:\\\\windows</w:instrText>",
          "{网站名称}{{}}@每个 发现|| 假的一行 | x",
          "第一行\n# 假标题\n| a | b\r\n@完",
          "右到左\u202e反转\u2066隐藏\u200b零宽\u2028分行",
          std::string("控制\0\x01\x08\x0b\x1b[31m\x7f", 16),
          "\xEF\xBF\xBE\xEF\xBF\xBF 非字符",
          "\xff\xfe\xc0\x80\xed\xa0\x80 坏字节",
          "身份证 11010519491231002X 电话 13800138000",
          std::string(10 << 20, 'A'),
          []() {
            std::string text;
            for (int i = 0; i < 400'000; ++i) text += "长";
            return text;
          }()};
}

TEST(PapersTest, HostileTextsStayText) {
  for (const std::string& text : HostileTexts()) {
    SCOPED_TRACE(Neutralise(text.substr(0, 60)));
    CaseFacts facts = SampleCase();
    FindingFacts& finding = facts.findings[0];
    finding.title = finding.url = finding.before = finding.found = finding.after = text;
    finding.because = text;
    facts.site_name = facts.owner = facts.phone = facts.unit = facts.reason = text;
    facts.steps[0].detail = facts.replies[0].by = facts.rechecked[0].why = text;
    MonthFacts month = SampleMonth();
    month.unit = month.units[0].name = month.months[0].name = text;
    month.unchecked[0] = {text, text, text};
    for (const PaperInfo& info : Papers()) {
      SCOPED_TRACE(info.name);
      const Paper paper = Make(info, facts, month);
      const std::string html = PaperHtml(paper), docx = PaperDocx(paper);
      EXPECT_LT(html.size(), 400u << 10);
      EXPECT_EQ(html.find("<script"), std::string::npos);
      EXPECT_EQ(html.find("</td></tr></table><script"), std::string::npos);
      for (const std::string_view bad :
           {"\u202e", "\u2066", "\u2028", "\x1b", "\x01", "\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
        EXPECT_EQ(html.find(bad), std::string::npos);
        EXPECT_EQ(Member(docx, "word/document.xml").find(bad), std::string::npos);
      }
      EXPECT_EQ(Member(docx, "word/document.xml").find("<w:instrText>DDE"), std::string::npos);
      EXPECT_TRUE(IsValidUtf8(Member(docx, "word/document.xml")));
      // What pages said; an owner's telephone stays whole.
      if (info.kind == PaperKind::kNotice && text.starts_with("身份证")) {
        const size_t excerpt = html.find("摘录</th>");
        EXPECT_EQ(html.substr(excerpt, html.find("</tr>", excerpt) - excerpt).find("13800138000"),
                  std::string::npos);
      }
    }
  }
}

TEST(PapersTest, OtherReadersFindWholeXml) {
  const TempDirectory place;
  int number = 0;
  for (const std::string& text : HostileTexts()) {
    CaseFacts facts = SampleCase();
    facts.findings[0].title = facts.site_name = facts.findings[0].found = text;
    OutputFile docx(fmt::format("{}/{}.docx", place.path(), number));
    docx.Put(PaperDocx(Make(InfoOf(PaperKind::kNotice), facts, {})));
    Must(docx.Finish());
    MonthFacts month = SampleMonth();
    month.units[0].name = month.unchecked[0].what = text;
    Must(WritePaperSheets(Make(InfoOf(PaperKind::kMonth), {}, month),
                          fmt::format("{}/{}.xlsx", place.path(), number)));
    LedgerWriter ledger(fmt::format("{}/ledger{}.xlsx", place.path(), number),
                        LedgerWriter::Form::kWorkbook, kPaperNow);
    LedgerRow row = SampleRow(number);
    row.site_name = row.unit = row.remark = row.address = text;
    ledger.Add(row);
    Must(ledger.Finish());
    ++number;
  }
  EXPECT_EQ(Ask("python3 tests/unit/reports/read_office.py " + place.path()),
            fmt::format("{} files\nexit 0", 3 * number));
}

// ---- templates -------------------------------------------------------------------------

TEST(PaperTemplateTest, MistakesAreNamedWithTheirLine) {
  struct Case {
    std::string_view why, text, want;
  };
  constexpr Case kCases[] = {
      {"a name nobody knows", "# 题\n{网站名}",
       "t.txt:2: 没有“{网站名}”这一项，是否指“{网站名称}”"},
      {"a name of a list outside it", "{全文}",
       "t.txt:1: 没有“{全文}”这一项；它只能用在“@每个 责任书条款”里面"},
      {"a list nobody knows", "@每个 发见\n@完", "t.txt:1: 没有“发见”这个列表，是否指“发现”"},
      {"a chart nobody knows", "@图 趋势图", "t.txt:1: 没有“趋势图”这个图"},
      {"a directive nobody knows", "@印意 a | b", "t.txt:1: 没有“@印意”这种写法，是否指“@印章”"},
      {"a brace that stays open", "你好 {单位", "t.txt:1: “{”没有“}”；要印出花括号请写“{{”"},
      {"a brace too many", "你好 单位}", "t.txt:1: 多出一个“}”；要印出花括号请写“}}”"},
      {"an end too many", "a\n@完", "t.txt:2: 多出一个“@完”"},
      {"no end", "a\n@如果 单位\nb", "t.txt:2: “@如果”没有“@完”"},
      {"a list in a list", "@每个 发现\n@每个 经过\n@完\n@完",
       "t.txt:2: “@每个”里面不能再有“@每个”"},
      {"a width that is none", "|% 20 | 很宽",
       "t.txt:1: “很宽”不是列宽；请写 1 至 100，如“|% 20 | 80”"},
      {"a list as a value", "{发现}", "t.txt:1: “发现”是列表，请写“@每个 发现”"},
  };
  const PaperInfo& info = InfoOf(PaperKind::kNotice);
  for (const auto& [why, text, want] : kCases) {
    SCOPED_TRACE(why);
    const Result<PaperTemplate> read = PaperTemplate::Read(text, "t.txt", info.words);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().text, want);
  }
  const Result<PaperTemplate> many = PaperTemplate::Read("{甲}\n{乙}", "t.txt", info.words);
  ASSERT_FALSE(many.ok());
  EXPECT_EQ(Split(many.error().text, '\n').size(), 2u) << "all are told at once";
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "@如果 单位\n";
  EXPECT_FALSE(PaperTemplate::Read(deep.substr(0, 200'000), "t.txt", info.words).ok());
  EXPECT_FALSE(PaperTemplate::Read(std::string(1 << 20, 'a'), "t.txt", info.words).ok());
}

TEST(PaperTemplateTest, AValueIsNeverReadAsATemplate) {
  const PaperTemplate read = Must(PaperTemplate::Read("{单位}：{{印出来}}\n| a | {单位}", "t.txt",
                                                      InfoOf(PaperKind::kNotice).words));
  CaseFacts facts;
  facts.unit = "{网址} | 另一格 @换页 # 标题";
  const Paper paper = read.Fill(DataOf(facts), 0);
  ASSERT_EQ(paper.blocks.size(), 2u);
  EXPECT_EQ(paper.blocks[0].text, "{网址} | 另一格 @换页 # 标题：{印出来}");
  ASSERT_EQ(paper.blocks[1].rows.size(), 1u);
  EXPECT_EQ(paper.blocks[1].rows[0].cells,
            (std::vector<std::string>{"a", "{网址} | 另一格 @换页 # 标题"}));
}

TEST(PaperTemplateTest, AnInstitutionChangesWhatIsSaid) {
  const TempDirectory place;
  const PaperInfo& info = InfoOf(PaperKind::kNotice);
  Must(WriteTemplates(place.path() + "/templates"));
  EXPECT_EQ(PaperHtml(Must(TemplateOf(info, place.path() + "/templates"))
                          .Fill(DataOf(SampleCase()), kPaperNow)),
            PaperHtml(Make(info, SampleCase(), {})));
  const Status again = WriteTemplates(place.path() + "/templates");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kConflict);

  // As Notepad saves it.
  const std::string path = place.path() + "/templates/notice.txt";
  Must(WriteFileAtomically(path, "\xEF\xBB\xBF# 本校通知\r\n{单位}请整改。\r\n"));
  Paper paper = Must(TemplateOf(info, place.path() + "/templates")).Fill(DataOf(SampleCase()), 0);
  ASSERT_EQ(paper.blocks.size(), 2u);
  EXPECT_EQ(paper.blocks[0].text, "本校通知");
  EXPECT_EQ(paper.blocks[1].text, "图书馆请整改。");
  // In GB18030: # 通知 / {单位}
  Must(WriteFileAtomically(path, "# \xCD\xA8\xD6\xAA\r\n{\xB5\xA5\xCE\xBB}"));
  paper = Must(TemplateOf(info, place.path() + "/templates")).Fill(DataOf(SampleCase()), 0);
  ASSERT_EQ(paper.blocks.size(), 2u);
  EXPECT_EQ(paper.title, "通知");
  EXPECT_EQ(paper.blocks[1].text, "图书馆");

  Must(WriteFileAtomically(path, "{单位名}"));
  const Result<PaperTemplate> wrong = TemplateOf(info, place.path() + "/templates");
  ASSERT_FALSE(wrong.ok());
  EXPECT_TRUE(wrong.error().text.starts_with(path + ":1: ")) << wrong.error().text;
}

TEST(PaperTemplateTest, RowsOneUnderTheOtherAreOneTable) {
  const PaperTemplate read = Must(PaperTemplate::Read(
      "|% 10 | 90\n|= 号 | 网址\n@每个 发现\n| {序号} | {网址}\n@完\n\n| 另一张表", "t.txt",
      InfoOf(PaperKind::kNotice).words));
  const Paper paper = read.Fill(DataOf(SampleCase()), 0);
  ASSERT_EQ(paper.blocks.size(), 2u);
  EXPECT_EQ(paper.blocks[0].rows.size(), 4u);
  EXPECT_EQ(paper.blocks[0].rows[3].cells[0], "3");
  EXPECT_EQ(ColumnShares(paper.blocks[0]), (std::vector<int>{100, 900}));
}

// ---- lists -----------------------------------------------------------------------------

TEST(LedgerTest, CsvRunsNothing) {
  const TempDirectory place;
  const std::string path = place.path() + "/ledger.csv";
  LedgerWriter ledger(path, LedgerWriter::Form::kCsv, kPaperNow);
  for (const std::string& text : HostileTexts()) {
    LedgerRow row = SampleRow(1);
    row.site_name = row.remark = row.owner = text;
    ledger.Add(row);
  }
  EXPECT_FALSE(FileExists(path)) << "it has no name before it is whole";
  Must(ledger.Finish());
  const std::string csv = Must(ReadFile(path, 4 << 20));
  EXPECT_TRUE(csv.starts_with("\xEF\xBB\xBF\"事件编号\","));
  EXPECT_NE(csv.find("\"'=HYPERLINK("), std::string::npos);
  EXPECT_NE(csv.find("\"'@SUM("), std::string::npos);
  for (const std::string_view start : {",\"=", ",\"@", ",\"+", ",\"-"})
    EXPECT_EQ(csv.find(start), std::string::npos) << start;
  EXPECT_EQ(Split(csv, '\n').size(), HostileTexts().size() + 2) << "a line each";
  EXPECT_NE(csv.find("\"2026-11-20 10:00\""), std::string::npos) << "times as people write them";
}

TEST(SheetTest, CellsThatAFormulaCouldHideInAreGuarded) {
  struct Case {
    std::string_view why, in, want;
  };
  constexpr Case kCases[] = {{"plain text", "图书馆", "\"图书馆\""},
                             {"a formula", "=1+1", "\"'=1+1\""},
                             {"in full width", "＝1+1", "\"'＝1+1\""},
                             {"a plus", "+1", "\"'+1\""},
                             {"an at in full width", "＠SUM(1)", "\"'＠SUM(1)\""},
                             {"a line end before it", "\n=1", "\"' =1\""},
                             {"a quote", "a\"b", "\"a\"\"b\""}};
  for (const auto& [why, in, want] : kCases) EXPECT_EQ(CsvCell(in), want) << why;
}

TEST(SheetTest, ALostFileLeavesNothing) {
  LedgerWriter ledger("/nonexistent/ledger.xlsx", LedgerWriter::Form::kWorkbook, kPaperNow);
  ledger.Add(SampleRow(1));
  EXPECT_FALSE(ledger.Finish().ok());
}

}  // namespace
}  // namespace xuncha
