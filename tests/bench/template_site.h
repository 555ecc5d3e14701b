// A site as content management systems make them: every page has the same head,
// menu, sidebar and foot around an article of its own, and each night another
// token, another counter and another clock. About 22 KB a page. The same numbers
// give the same bytes on every machine.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace xuncha {

class TemplateSite {
 public:
  // `look` is another design of the same site.
  explicit TemplateSite(uint32_t look = 0) : look_(look) {}

  static std::string Url(int page) {
    return fmt::format("http://www.example.edu.cn/info/{}/{}.htm", 1020 + page % 9, 4000 + page);
  }

  std::string Page(int page, int night) const {
    Dice dice{Mix(static_cast<uint64_t>(page) + 1)};
    const std::string title = Words(dice, 5);
    std::string out = Head(title);
    out += Menu();
    out += fmt::format(
        "<div class=\"main{0} wrap\"><div class=\"crumb\"><a href=\"/index.htm\">首页</a> &gt; <a "
        "href=\"/list/{1}.htm\">新闻动态</a> &gt; 正文</div>\n<div class=\"article{0}\"><h1 "
        "class=\"title\">{2}</h1>\n<div class=\"info\"><span>发布时间：2025-{3:02}-{4:02}</span>"
        "<span>作者：宣传部</span><span>点击：<i id=\"hits\">{5}</i></span></div>\n<div "
        "class=\"v_news_content\">\n",
        look_, page % 9, title, page % 12 + 1, page % 28 + 1,
        120 + page * 7 + night * (page % 5 + 1));
    const size_t begin = out.size();
    while (out.size() < begin + 7'800) out += Paragraph(dice);
    out += "</div></div>\n" + Sidebar() + "</div>\n";
    return out + Foot(page, night);
  }

 private:
  struct Dice {
    uint64_t state;
    uint32_t Below(uint32_t sides) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      return static_cast<uint32_t>((state >> 20) % sides);
    }
  };
  static uint64_t Mix(uint64_t number) { return (number + 0x9e3779b9) * 0x9e3779b97f4a7c15ULL; }

  static constexpr std::array<std::string_view, 144> kWords = {
      "学院",   "召开",   "教学",   "工作", "会议",   "部署", "课程",   "建设", "实验",   "安全",
      "毕业",   "设计",   "任务",   "学生", "教师",   "研究", "项目",   "申报", "评审",   "专家",
      "指出",   "要求",   "各单位", "认真", "落实",   "推进", "改革",   "质量", "提升",   "人才",
      "培养",   "方案",   "修订",   "专业", "认证",   "学科", "平台",   "团队", "成果",   "转化",
      "企业",   "合作",   "签约",   "调研", "交流",   "访问", "代表团", "来校", "参观",   "校史馆",
      "图书馆", "体育馆", "运动会", "比赛", "冠军",   "选手", "表演",   "晚会", "志愿者", "服务",
      "社区",   "暑期",   "实践",   "支教", "乡村",   "振兴", "农业",   "技术", "推广",   "培训",
      "讲座",   "报告厅", "教授",   "博士", "论文",   "发表", "期刊",   "影响", "领域",   "前沿",
      "方法",   "模型",   "数据",   "分析", "材料",   "化学", "物理",   "数学", "生物",   "机械",
      "电气",   "信息",   "计算机", "网络", "土木",   "建筑", "环境",   "能源", "经济",   "管理",
      "法学",   "文学",   "历史",   "哲学", "艺术",   "音乐", "外语",   "翻译", "国际",   "留学",
      "奖学金", "资助",   "就业",   "招聘", "双选会", "岗位", "签到",   "考试", "安排",   "成绩",
      "查询",   "选课",   "系统",   "维护", "通知",   "公告", "放假",   "值班", "校园",   "绿化",
      "食堂",   "宿舍",   "医院",   "体检", "疫苗",   "心理", "健康",   "咨询", "辅导员", "班级",
      "共同",   "进一步", "加强",   "促进"};

  static std::string Words(Dice& dice, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += kWords[dice.Below(kWords.size())];
    return out;
  }

  static std::string Paragraph(Dice& dice) {
    std::string out =
        "<p style=\"text-indent:2em;line-height:2em\"><span "
        "style=\"font-family:宋体;font-size:16px\">";
    const uint32_t sentences = 2 + dice.Below(4);
    for (uint32_t i = 0; i < sentences; ++i) {
      out += Words(dice, 4 + static_cast<int>(dice.Below(6))) + "，";
      if (dice.Below(3) == 0)
        out += fmt::format("{}年{}月，", 2015 + dice.Below(11), 1 + dice.Below(12));
      out += Words(dice, 4 + static_cast<int>(dice.Below(6))) + "。";
    }
    return out + "</span></p>\n";
  }

  std::string Head(std::string_view title) const {
    std::string out = fmt::format(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>{}-示例学院</title>\n"
        "<meta name=\"keywords\" content=\"示例学院,{}\">\n<meta name=\"description\" "
        "content=\"示例学院新闻网\">\n",
        title, title);
    for (const char* sheet : {"base", "style", "list", "article", "mobile"})
      out += fmt::format("<link rel=\"stylesheet\" href=\"/css/{}{}.css\">\n", sheet, look_);
    for (const char* script : {"jquery.min", "common", "counter", "slide"})
      out += fmt::format("<script src=\"/js/{}.js\"></script>\n", script);
    return out + "</head>\n<body>\n";
  }

  std::string Menu() const {
    Dice dice{Mix(700 + look_)};
    std::string out = fmt::format("<div class=\"nav{}\"><ul class=\"clearfix\">\n", look_);
    for (int i = 0; i < 9; ++i) {
      out += fmt::format("<li class=\"m{2}\"><a href=\"/list/{0}.htm\">{1}</a><ul class=\"sub\">",
                         i, Words(dice, 2), look_);
      for (int k = 0; k < 12; ++k)
        out += fmt::format("<li><a href=\"/list/{}/{}.htm\">{}</a></li>", i, k, Words(dice, 2));
      out += "</ul></li>\n";
    }
    return out + "</ul></div>\n";
  }

  std::string Sidebar() const {
    Dice dice{Mix(800 + look_)};
    std::string out = fmt::format("<div class=\"side{}\"><h3>最新动态</h3><ul>\n", look_);
    for (int i = 0; i < 24; ++i) {
      const std::string title = Words(dice, 6);
      out += fmt::format(
          "<li><span class=\"date\">2026-10-{:02}</span><a href=\"/info/1022/{}.htm\" title=\"{}\" "
          "target=\"_blank\">{}</a></li>\n",
          28 - i, 4300 - i, title, title);
    }
    return out + "</ul></div>\n";
  }

  std::string Foot(int page, int night) const {
    std::string links;
    for (int i = 0; i < 24; ++i)
      links += fmt::format(
          "<li><a href=\"http://d{0}.example.edu.cn/\" target=\"_blank\">部门{0}</a></li>\n", i);
    Dice dice{Mix(static_cast<uint64_t>(page) * 1000 + static_cast<uint64_t>(night) + 17)};
    std::string token;
    for (int i = 0; i < 32; ++i) token += "0123456789abcdef"[dice.Below(16)];
    return fmt::format(
        "<form action=\"/search.jsp\" method=\"post\"><input type=\"hidden\" name=\"_token\" "
        "value=\"{}\"><input name=\"word\"></form>\n<div class=\"foot{}\"><ul>{}</ul><p>版权所有 "
        "示例学院 "
        "地址：示例市学府路1号</p><p>页面生成时间：2026-11-{:02} 02:{:02}:{:02}</p></div>\n"
        "<script>_jsq_(1022,'/content.jsp',{},1367)</script>\n</body>\n</html>\n",
        token, look_, links, night % 30 + 1, page % 60, dice.Below(60), 4000 + page);
  }

  const uint32_t look_;
};

}  // namespace xuncha
