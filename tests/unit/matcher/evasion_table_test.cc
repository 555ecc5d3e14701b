// The table of evasions, row by row, from the bytes of a page to a hit: what the page's
// author wrote, read as a page is read (extract, normalise, match), must give the word
// that was hidden. Every row of the table stands here by its number; what is not undone
// stands here too, with the reason, and fails as soon as it is.
//
// All words are invented names of a trade that does not exist.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "crawler/extract.h"
#include "rule_builder.h"

namespace xuncha {
namespace {

constexpr uint8_t kAll = (1u << kChannels) - 1;

struct Row {
  int row;               // of the table
  std::string_view why;  // the disguise
  std::string_view literal;
  std::string_view page;      // bytes
  std::string_view channel;   // by which it is found
  std::string_view gap = {};  // why it is not; empty: it is
};

constexpr Row kRows[] = {
    {1, "decimal entities in the title", "抢庄牛牛",
     "<title>&#25250;&#24196;&#29275;&#29275;</title><p>机电系通知</p>", "plain"},
    {1, "decimal entities without semicolons", "抢庄牛牛",
     "<title>&#25250&#24196&#29275&#29275</title>", "plain"},
    {1, "decimal entities in a description", "抢庄牛牛",
     "<meta name=description content='&#25250;&#24196;&#29275;&#29275;'><p>通知</p>", "plain"},
    {2, "hex entities", "江苏快3", "<p>&#x6c5f;&#x82cf;&#x5feb;&#x0033;开奖</p>", "plain"},
    {2, "hex entities, upper case and zeros", "江苏快3",
     "<p>&#X006C5F;&#X0082CF;&#X005FEB;&#X0033;</p>", "plain"},
    {3, "escapes of both kinds", "技术交流赌场",
     R"(<script>window["\x64\x6f\x63ument"]["\x77\x72ite"]("\u6280\u672f\u4ea4\u6d41\u8d4c\u573a")</script>)",
     "plain"},
    {3, "octal and braces", "赌场bet",
     R"(<script>document.write("\u{8d4c}\u{573a}\142\145\164")</script>)", "plain"},
    {3, "percent escapes", "赌场入口",
     R"(<script>document.write(unescape("%u8d4c%u573a%u5165%u53e3"))</script>)", "plain"},
    {3, "a list of character codes", "赌场入口",
     "<script>document.write(String.fromCharCode(36172,22330,20837,21475))</script>", "plain"},
    {3, "base64", "casino-yunxi", R"(<script>document.write(atob("Y2FzaW5vLXl1bnhp"))</script>)",
     "plain"},
    {3, "packed", "赌场入口",
     R"js(<script>eval(function(p,a,c,k,e,d){e=function(c){return c};if(!''.replace(/^/,String)){while(c--){d[c]=k[c]||c}k=[function(e){return d[e]}];e=function(){return'\\w+'};c=1};while(c--){if(k[c]){p=p.replace(new RegExp('\\b'+e(c)+'\\b','g'),k[c])}}return p}('0.1("赌场入口");',2,2,'document|write'.split('|'),0,{}))</script>)js",
     "plain"},
    {4, "homophone of three syllables", "博彩网站", "<p>正规菠菜网站导航</p>", "homophone"},
    {4, "homophone of two syllables", "头头", "<p>TT体育</p>", "",
     "two syllables sound like too many innocent words; packs list such aliases by name"},
    {5, "a look-alike that sounds alike", "博彩网站", "<p>愽彩网站注册</p>", "homophone"},
    {5, "one at the end", "赌博平台", "<p>赌愽平台</p>", "homophone"},
    {5, "one that sounds otherwise", "博彩网站", "<p>博釆网站</p>", "",
     "a character has hundreds of look-alikes, and folding them all makes words of innocent "
     "text; packs list the ones in use as literals"},
    {6, "split characters", "什么时候", "<p>亻十么日寸候开奖</p>", "split"},
    {6, "split over marked-up pieces", "什么时候", "<p><b>亻十</b>么<i>日寸</i>候开奖</p>",
     "split"},
    {6, "split of three parts", "精神", "<p>米青礻申食粮</p>", "split"},
    {7, "a bar", "头头体育", "<p>头头|体育官网</p>", "squeezed"},
    {7, "a dot and brackets", "pg电子中国官方网站", "<title>PG电子·(中国)官方网站</title>",
     "squeezed"},
    {7, "a sign", "傻冒", "<p>你傻@冒</p>", "squeezed"},
    {7, "marked-up gaps", "头头体育", "<p>头<span>.</span>头<b>-</b>体育</p>", "squeezed"},
    {7, "entities as gaps", "头头体育", "<p>头&middot;头&nbsp;&middot;体育</p>", "squeezed"},
    {8, "zero-width characters", "博彩", "<p>博\u200b\u200c\u2060\ufeff彩</p>", "plain"},
    {8, "zero-width as entities", "博彩", "<p>博&#8203;&#x200d;&shy;&zwnj;彩</p>", "plain"},
    {8, "variation selectors", "博彩", "<p>博\ufe0f\U000e0101彩</p>", "plain"},
    {8, "fillers and tags", "博彩", "<p>博\u3164\u115f\u1160\U000e0041\u180e\u034f彩</p>", "plain"},
    {9, "full width", "bet365", "<p>ｂｅｔ３６５</p>", "plain"},
    {9, "circled", "bet365", "<p>Ⓑⓔⓣ③⑥⑤</p>", "plain"},
    {9, "squared and negative", "bet365", "<p>🅑🅴🆃➌➏➎</p>", "plain"},
    {9, "parenthesised digits", "5分彩", "<p>⑸分彩</p>", "plain"},
    {9, "circled ideograph", "五分彩", "<p>㊄分彩</p>", "plain"},
    {9, "parenthesised ideograph", "五分彩", "<p>㈤分彩</p>", "plain"},
    {10, "digits of all styles", "9024983545", "<p>扣9⓿二肆⁹₈③⑸⒋➄</p>", "digits"},
    {10, "numerals of cheques", "8861023", "<p>加号捌捌陆壹零贰叁</p>", "digits"},
    {10, "five digits", "88610", "<p>加号捌捌陆壹零</p>", "",
     "five numerals are a year or a sum; numbers to reach somebody by are longer"},
    {11, "traditional", "赌博网站", "<p>線上賭博網站</p>", "plain"},
    {11, "a variant of the traditional", "台湾真人", "<p>臺灣眞人荷官</p>", "plain"},
    {11, "compatibility ideographs", "金利来", "<p>\uf90a\uf9dd\uf92d</p>", "plain"},
    {12, "Cyrillic letters", "casino", "<p>play cаsinо now</p>", "plain"},
    {12, "Greek letters", "bet365", "<p>ΒΕΤ365</p>", "plain"},
    {12, "mathematical letters", "casino", "<p>𝐜𝐚𝐬𝐢𝐧𝐨</p>", "plain"},
    {13, "repeated letters", "fu", "<p>ⒻⒻⒻfⓤuⓤ</p>", "squeezed"},
    {14, "emoji round the word", "pg电子官网",
     "<title>⚽️⚽️⚽️【pg电子官网:yunxi】</title>", "plain"},
    {14, "emoji inside the word", "pg电子官网", "<p>pg电⚽️子🎰官网</p>", "plain"},
    {15, "between sentences of a factory", "抢庄牛牛",
     "<p>本厂专业生产各类精密齿轮，抢庄牛牛，产品远销各地。</p>", "plain"},
    {16, "written for spiders only", "抢庄牛牛",
     "<script>if(navigator.userAgent.indexOf('Baiduspider')>-1){document.title='抢庄牛牛'}</"
     "script>",
     "plain"},
    {16, "written for visitors from a search", "抢庄牛牛",
     "<script>if(/baidu/.test(document.referrer)){document.write('<h1>抢庄牛牛</h1>')}</script>",
     "plain"},
    {17, "words in a picture", "抢庄牛牛", "<img src='/up/a.png'>", "",
     "pictures are not read; what stands beside them in words is"},
    {17, "words beside a picture", "抢庄牛牛", "<img src='/up/a.png' alt='抢庄牛牛'>", "plain"},
};

TEST(EvasionTable, EveryRowIsUndoneFromThePagesBytes) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::to_string(row.row) + " " + std::string(row.why));
    Matching matching(RuleBuilder().Literal(row.literal, kAll).Take());
    Page page;
    page.response.status = 200;
    page.response.content_type = "text/html; charset=utf-8";
    page.response.body = "<!DOCTYPE html><html><body>" + std::string(row.page) + "</body></html>";
    page.response.final_url = *Url::Parse("http://www.college.test/news/1.html");
    Extract(page);
    const std::vector<std::string> words = matching.Words(matching.On(page));
    const std::string want = std::string(row.literal) + "|" + std::string(row.channel) + "|";
    const bool found = std::any_of(words.begin(), words.end(), [&want](const std::string& word) {
      return word.starts_with(want);
    });
    if (row.gap.empty()) {
      EXPECT_TRUE(found) << "read as: " << page.document.text
                         << "\nhits: " << (words.empty() ? "none" : words.front());
    } else {
      EXPECT_TRUE(words.empty()) << "no gap any more: " << row.gap;
    }
  }
}

TEST(EvasionTable, HasEveryRow) {
  std::set<int> rows;
  for (const Row& row : kRows) rows.insert(row.row);
  EXPECT_EQ(rows.size(), 17u);
  EXPECT_EQ(*rows.rbegin(), 17);
}

}  // namespace
}  // namespace xuncha
