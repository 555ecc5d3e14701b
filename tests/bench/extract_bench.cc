// What Extract costs over the parser alone: CPU time of bare parsing in the same
// arena, of the whole of Extract, and their ratio, on generated pages of about
// 20 KB in the shapes campus sites have; and what a style sheet of the site in the
// size of a framework adds to it. Prints; asserts nothing.
//
//   extract_bench [rounds]
//
// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "crawler/asset.h"
#include "crawler/extract.h"
#include "crawler/tree.h"

namespace xuncha {
namespace {

double CpuMicros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

constexpr std::string_view kSentence =
    "学院召开本学期教学工作会议，部署课程建设、实验室安全与毕业设计等各项任务。";

std::string Head(std::string_view title) {
  return "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>" + std::string(title) +
         "-某学院</title>\n<meta name=\"keywords\" content=\"某学院,教学\">\n"
         "<meta name=\"description\" content=\"某学院教学工作\">\n"
         "<link rel=\"stylesheet\" href=\"/css/style.css\">\n<script "
         "src=\"/js/jquery.min.js\"></script>\n"
         "<style>.nav li{float:left;width:90px}.nav ul{display:none}.list a{color:#333}</style>\n"
         "<script>var _hmt=_hmt||[];(function(){var hm=document.createElement(\"script\");"
         "hm.src=\"https://hm.baidu.com/hm.js?0123456789abcdef\";var "
         "s=document.getElementsByTagName(\"script\")[0];"
         "s.parentNode.insertBefore(hm,s);})();</script>\n</head>\n<body>\n";
}

std::string Navigation() {
  std::string out = "<div class=\"nav\"><ul class=\"clearfix\">\n";
  for (int i = 0; i < 10; ++i) {
    out += "<li class=\"m\"><a href=\"/list/" + std::to_string(i) +
           ".htm\">栏目名称</a><ul class=\"sub\">";
    for (int k = 0; k < 4; ++k) {
      out += "<li><a href=\"/list/" + std::to_string(i) + "/" + std::to_string(k) +
             ".htm\">二级栏目</a></li>";
    }
    out += "</ul></li>\n";
  }
  return out + "</ul></div>\n";
}

std::string ListPage() {
  std::string out = Head("通知公告") + Navigation() + "<div class=\"list\"><ul>\n";
  for (int i = 0; i < 90; ++i) {
    out += "<li><span class=\"date\">2024-03-" + std::to_string(i % 28 + 1) +
           "</span><a href=\"/info/1022/" + std::to_string(4000 + i) +
           ".htm\" title=\"关于召开教学工作会议的通知\" target=\"_blank\">"
           "关于召开教学工作会议的通知</a></li>\n";
  }
  return out + "</ul></div></body></html>";
}

std::string ArticlePage() {
  std::string out = Head("新闻") + Navigation() + "<div class=\"content\">\n";
  for (int i = 0; i < 45; ++i) {
    out +=
        "<p style=\"text-indent:2em;line-height:2em\"><span "
        "style=\"font-family:宋体;font-size:16px\">";
    for (int k = 0; k < 2; ++k) out += kSentence;
    out += "</span></p>\n";
  }
  return out + "<p><img src=\"/a.jpg\" alt=\"会议现场\"></p></div></body></html>";
}

std::string TablePage() {
  std::string out = Head("名单") + Navigation() + "<table border=\"1\">\n";
  for (int i = 0; i < 150; ++i) {
    out += "<tr><td>" + std::to_string(i) +
           "</td><td>教学工作</td><td><b>实验楼</b></td><td>A&amp;B</td></tr>\n";
  }
  return out + "</table></body></html>";
}

// About 100 KB in the manner of the frameworks: classes by the thousand, most of
// which a page does not use, some for every element, some below others.
std::string FrameworkSheet() {
  std::string out =
      "body,ul,li,p,td{margin:0;padding:0}ul{list-style:none}a{color:#333;text-decoration:none}"
      "a:hover{color:red}img{border:0;max-width:100%}table{border-collapse:collapse}"
      ".clearfix:after{content:'';display:block;clear:both}.nav "
      ".sub{display:none;position:absolute}"
      ".nav .m:hover .sub{display:block}.nav li a{display:block;color:#fff;background:#036}"
      ".list li{height:32px;overflow:hidden}.list .date{float:right;color:#999}"
      ".content p{text-indent:2em;margin:10px 0}.content img{display:inline-block}";
  for (int i = 0; out.size() < 100'000; ++i) {
    const std::string n = std::to_string(i);
    out += ".col-" + n + "{width:" + std::to_string(i % 100) + "%;float:left;position:relative}";
    out += ".btn-" + n + ":hover,.btn-" + n + ":focus{color:#fff;background:#0" + n + "}";
    out += ".card-" + n + " .card-body>ul li a,.w-" + n + " p{color:#123;font-size:14px}";
    out += "@media (min-width:768px){.d-" + n + "{display:none!important}}";
    out += "#part" + n + " .title{height:40px;overflow:hidden;font-size:16px}\n";
  }
  return out;
}

double Median(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) {
  using namespace xuncha;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 200;
  struct Shape {
    const char* name;
    std::string body;
  };
  const Shape shapes[] = {{"list", ListPage()}, {"article", ArticlePage()}, {"table", TablePage()}};
  Arena arena;
  const std::string css = FrameworkSheet();
  double begin = CpuMicros();
  const auto sheet = std::make_shared<const Asset>(ReadAsset(LinkKind::kStyle, css, "text/css"));
  std::printf("sheet of %zu bytes: read in %.1f us, %zu bytes kept\n", css.size(),
              CpuMicros() - begin, sheet->bytes());
  double parse_all = 0, extract_all = 0, joined_all = 0;
  for (const Shape& shape : shapes) {
    std::vector<double> parse, extract, joined;
    for (int round = 0; round < rounds; ++round) {
      begin = CpuMicros();
      if (ParseOnly(shape.body, arena) != TreeEnd::kDone) return 1;
      parse.push_back(CpuMicros() - begin);
      Page page;
      page.response.body = shape.body;
      page.response.content_type = "text/html; charset=utf-8";
      page.response.final_url = *Url::Parse("http://www.example.edu.cn/info/1.htm");
      begin = CpuMicros();
      Extract(page);
      extract.push_back(CpuMicros() - begin);
      page.assets = Assemble(FindLoads(page), [&sheet](const Load& load) {
        return load.kind == LinkKind::kStyle ? sheet : nullptr;
      });
      begin = CpuMicros();
      Extract(page);
      joined.push_back(CpuMicros() - begin);
    }
    const double p = Median(parse), e = Median(extract), j = Median(joined);
    parse_all += p;
    extract_all += e;
    joined_all += j;
    std::printf(
        "%-8s %6zu bytes  parser %7.1f us  extract %7.1f us  ratio %.2f  with the sheet %7.1f us  "
        "ratio %.2f\n",
        shape.name, shape.body.size(), p, e, e / p, j, j / e);
  }
  std::printf("all: with the site's sheet over without %.2f\n", joined_all / extract_all);
  std::printf("all: extract over parser %.2f\n", extract_all / parse_all);
  return 0;
}
