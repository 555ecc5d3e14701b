// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "base/charset.h"
#include "crawler/csv.h"
#include "crawler/registry.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kHeader = "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP";

std::string Sheet(std::string_view rows, std::string_view header = kHeader) {
  return std::string(header) + "\r\n" + std::string(rows);
}

std::string ErrorOf(std::string_view bytes) {
  Result<std::vector<Site>> sites = ReadSitesCsv(bytes);
  return sites ? "" : sites.error().text;
}

TEST(Csv, ReadsWhatRfc4180Allows) {
  struct Case {
    std::string_view why, in;
    std::vector<std::vector<std::string>> want;
  };
  const Case kCases[] = {
      {"CRLF and a last line without one", "a,b\r\nc,d", {{"a", "b"}, {"c", "d"}}},
      {"LF", "a\nb\n", {{"a"}, {"b"}}},
      {"CR alone, from old spreadsheets", "a\rb\r", {{"a"}, {"b"}}},
      {"a separator, a quote and a line break inside quotes",
       "\"a,\"\"b\"\"\nc\",d",
       {{"a,\"b\"\nc", "d"}}},
      {"empty fields count", ",,\nx,,", {{"x", "", ""}}},
      {"quoted empty", "\"\",x", {{"", "x"}}},
      {"tabs", "a\tb,c\n", {{"a\tb", "c"}}},
      {"tab separated", "a\tb\nc\td,e", {{"a", "b"}, {"c", "d,e"}}},
      {"full-width commas", "甲，乙\n丙，丁", {{"甲", "乙"}, {"丙", "丁"}}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    CsvTable table = ParseCsv(c.in);
    EXPECT_THAT(table.errors, ElementsAre());
    std::vector<std::vector<std::string>> rows;
    for (CsvRow& row : table.rows) rows.push_back(row.fields);
    EXPECT_EQ(rows, c.want);
  }
}

TEST(Csv, CountsLinesThroughQuotedFields) {
  const CsvTable table = ParseCsv("a\r\n\"b\r\nb\nb\"\r\nc");
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.rows[1].line, 2);
  EXPECT_EQ(table.rows[2].line, 5);
}

TEST(Csv, ReportsBrokenQuotes) {
  EXPECT_THAT(ParseCsv("a\n\"b\nc").errors, ElementsAre(HasSubstr("第 2 行")));
  EXPECT_THAT(ParseCsv("a\n\"b\"c,d\n").errors, ElementsAre(HasSubstr("第 2 行")));
}

TEST(Csv, FieldsMakeTheRoundTripAndNeverAreFormulas) {
  for (std::string field :
       {"plain", "a,b", "say \"x\"", "two\nlines", "", " edge ", "=1+1", "+86 591", "-1",
        "@SUM(A1)", "'=x", "''+y", "'quoted'", "\tx", "中文，逗号", "\r=", "'"}) {
    SCOPED_TRACE(field);
    const std::string written = CsvField(field);
    EXPECT_EQ(std::string("=+-@").find(written.empty() ? 'x' : written[0]), std::string::npos);
    const CsvTable table = ParseCsv("x," + written + ",y");
    ASSERT_EQ(table.rows.size(), 1u);
    EXPECT_THAT(table.rows[0].fields, ElementsAre("x", field, "y"));
  }
}

TEST(SitesCsv, ReadsTheLettersForm) {
  Result<std::vector<Site>> sites =
      ReadSitesCsv(Sheet("图书馆主页,图书馆,某负责人,0591-00000001,lib.campus.test\r\n"));
  ASSERT_TRUE(sites.ok()) << sites.error().text;
  ASSERT_EQ(sites->size(), 1u);
  const Site& site = sites->front();
  EXPECT_EQ(site.name, "图书馆主页");
  EXPECT_EQ(site.unit, "图书馆");
  EXPECT_EQ(site.owner, "某负责人");
  EXPECT_EQ(site.phone, "0591-00000001");
  EXPECT_EQ(site.id, "lib.campus.test");
  EXPECT_THAT(site.hosts, ElementsAre("lib.campus.test"));
}

TEST(SitesCsv, ReadsEveryOptionalColumn) {
  Result<std::vector<Site>> sites = ReadSitesCsv(
      "name,unit,owner,phone,address,id,hosts,paths,ranges,ports,class,contacts,pages,bytes,time,"
      "depth,delay,strict_robots\n"
      "A,B,C,12345,www.campus.test,main,www.campus.test;*.sub.campus.test,/a/、/b/,10.1.0.0/16 "
      "10.2.0.0/16,80；8080,medical,"
      "sec@campus.test,2万,500MB,2小时,5,500ms,是\n");
  ASSERT_TRUE(sites.ok()) << sites.error().text;
  const Site& site = sites->front();
  EXPECT_EQ(site.id, "main");
  EXPECT_THAT(site.hosts, ElementsAre("*.sub.campus.test", "www.campus.test"));
  EXPECT_THAT(site.path_prefixes, ElementsAre("/a/", "/b/"));
  EXPECT_THAT(site.address_ranges, ElementsAre("10.1.0.0/16", "10.2.0.0/16"));
  EXPECT_THAT(site.ports, ElementsAre(80, 8080));
  EXPECT_EQ(site.site_class, SiteClass::kMedical);
  EXPECT_THAT(site.contacts, ElementsAre("sec@campus.test"));
  EXPECT_EQ(site.budget.pages, 20'000u);
  EXPECT_EQ(site.budget.bytes, 500u << 20);
  EXPECT_EQ(site.budget.time, 7'200'000);
  EXPECT_EQ(site.budget.depth, 5u);
  EXPECT_EQ(site.budget.delay_min, 500);
  EXPECT_TRUE(site.strict_robots);
}

TEST(SitesCsv, AcceptsHeadersAsPeopleWriteThem) {
  for (std::string_view header :
       {"网站或信息系统名称：,单位名称：,负 责 人：,联系电话：,网址或IP：",
        "网站名称,单位,责任人,电话,网址", "Name,UNIT,owner,phone,Address",
        "网站或信息系统名称，单位名称，负责人，联系电话，网址或ＩＰ"}) {
    SCOPED_TRACE(header);
    const bool wide = header.find(',') == std::string_view::npos;
    Result<std::vector<Site>> sites =
        ReadSitesCsv(Sheet(wide ? "甲，乙，丙，12345，a.test" : "甲,乙,丙,12345,a.test", header));
    EXPECT_TRUE(sites.ok()) << (sites ? "" : sites.error().text);
  }
}

TEST(SitesCsv, ReadsTheEncodingsOfOfficeSoftware) {
  const std::string sheet = Sheet("图书馆,图书馆,某负责人,12345,lib.campus.test\n");
  for (const std::string& bytes :
       {sheet, "\xEF\xBB\xBF" + sheet, EncodeFromUtf8(sheet, Charset::kGb18030)}) {
    Result<std::vector<Site>> sites = ReadSitesCsv(bytes);
    ASSERT_TRUE(sites.ok()) << sites.error().text;
    EXPECT_EQ(sites->front().name, "图书馆");
  }
}

TEST(SitesCsv, NamesLineColumnAndRemedy) {
  struct Case {
    std::string_view why, rows;
    std::vector<std::string_view> says;
  };
  const Case kCases[] = {
      {"a missing field", "甲,乙,,12345,a.test\n", {"第 2 行第 3 列（负责人）", "请补上"}},
      {"a short row", "甲,乙,丙\n", {"第 2 行第 4 列（联系电话）", "第 2 行第 5 列（网址或IP）"}},
      {"a long row", "甲,乙,丙,12345,a.test,多余\n", {"第 2 行第 6 列", "请补上表头"}},
      {"a bad address",
       "甲,乙,丙,12345,ftp://a.test\n",
       {"第 2 行第 5 列（网址或IP）", "读不出网址"}},
      {"a missing field and a bad address, in one pass",
       "甲,,丙,12345,ftp://a.test\n",
       {"第 2 行第 2 列（单位名称）", "第 2 行第 5 列（网址或IP）", "读不出网址"}},
      {"a phone that is none", "甲,乙,丙,没有,a.test\n", {"第 2 行第 4 列（联系电话）"}},
      {"the same site twice",
       "甲,乙,丙,12345,a.test\n甲,乙,丙,12345,http://a.test/\n",
       {"第 3 行", "第 2 行"}},
      {"a row after a field of two lines",
       "\"甲\n甲\",乙,丙,12345,a.test\n甲,乙,丙,12345,\n",
       {"第 4 行第 5 列"}},
      {"a control character", "甲\x01,乙,丙,12345,a.test\n", {"第 2 行第 1 列", "控制字符"}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    const std::string error = ErrorOf(Sheet(c.rows));
    for (std::string_view says : c.says) EXPECT_THAT(error, HasSubstr(says));
  }
}

TEST(SitesCsv, ListsEveryBadRowAndImportsNone) {
  const std::string error = ErrorOf(Sheet(
      "甲,乙,丙,12345,a.test\n甲,,丙,12345,b.test\n甲,乙,丙,12345,c.test\n,乙,丙,12345,d.test\n"));
  EXPECT_THAT(error, HasSubstr("第 3 行第 2 列"));
  EXPECT_THAT(error, HasSubstr("第 5 行第 1 列"));
  EXPECT_THAT(error, HasSubstr("未导入任何网站"));
  EXPECT_THAT(error, Not(HasSubstr("第 2 行")));
}

TEST(SitesCsv, SuggestsTheHeaderThatWasMeant) {
  EXPECT_THAT(ErrorOf(Sheet("x,x,x,12345,a.test,y\n",
                            "网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,安全联络人")),
              HasSubstr("是不是“安全联系人”"));
  EXPECT_THAT(ErrorOf(Sheet("x,x,x,12345,a.test,y\n", "name,unit,owner,phone,adress,id")),
              HasSubstr("是不是“address”"));
  EXPECT_THAT(ErrorOf(Sheet("x\n", "网站或信息系统名称,单位名称,负责人,联系电话")),
              HasSubstr("缺少“网址或IP”一列"));
  EXPECT_THAT(ErrorOf(Sheet("x\n", "name,name,unit,owner,phone,address")), HasSubstr("重复"));
}

TEST(SitesCsv, ExportIsReadBackAsItWas) {
  Site site;
  site.name = "=信息,\"系统\"\n二期";
  site.unit = "@单位";
  site.owner = "某负责人";
  site.phone = "+86 591 00000000";
  site.address = "http://www.campus.test/dept/";
  site.contacts = {"sec@campus.test", "12345"};
  site.budget = {.pages = 7, .bytes = 8'000'000'001, .time = 90'500, .depth = 3, .delay_min = 250};
  site.site_class = SiteClass::kLaw;
  site.strict_robots = true;
  Site other;
  other.name = other.unit = other.owner = "乙";
  other.phone = "12345";
  other.address = "10.1.2.3:8080";
  const std::vector<Site> sites = {*CompleteSite(site), *CompleteSite(other)};
  const std::string written = WriteSitesCsv(sites);
  EXPECT_TRUE(
      written.starts_with("\xEF\xBB\xBF网站或信息系统名称,单位名称,负责人,联系电话,网址或IP,"));
  Result<std::vector<Site>> read = ReadSitesCsv(written);
  ASSERT_TRUE(read.ok()) << read.error().text;
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].name, site.name);
  EXPECT_EQ((*read)[0].unit, site.unit);
  EXPECT_EQ((*read)[0].phone, site.phone);
  EXPECT_EQ(WriteSitesCsv(*read), written);
}

}  // namespace
}  // namespace xuncha
