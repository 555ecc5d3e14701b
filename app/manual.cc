// SPDX-License-Identifier: Apache-2.0
#include "app/manual.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/version.h"
#include "base/text.h"

namespace xuncha {
namespace {

// Signs that no line may begin with.
bool StaysBehind(char32_t c) {
  constexpr std::u32string_view kSigns = U"，。、；：！？）》」』】〕”’…—·%";
  return kSigns.find(c) != std::u32string_view::npos;
}
bool Opens(char32_t c) {
  constexpr std::u32string_view kSigns = U"（《「『【〔“‘";
  return kSigns.find(c) != std::u32string_view::npos;
}
bool IsWide(char32_t c) { return IsHan(c) || (c >= 0x3000 && c < 0x3040) || c >= 0xff00; }

// Text of a line: roff's own signs escaped, and leave to break between Han characters,
// which roff would else take for one long word.
std::string Roff(std::string_view text) {
  std::string out;
  char32_t before = 0;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, &at);
    const bool wide = IsWide(c) || StaysBehind(c) || Opens(c);
    const bool was_wide = IsWide(before) || (before > 0x7f && StaysBehind(before));
    if (before != 0 && c > ' ' && before > ' ' && (wide || was_wide) && !StaysBehind(c) &&
        !Opens(before) && (c > 0x7f || before > 0x7f))
      out += "\\:";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '.' && out.empty()) {
      out += "\\&.";
    } else {
      AppendUtf8(out, c);
    }
    before = c;
  }
  return out;
}

// What is shown as it stands; roff still reads signs in it.
std::string Example(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      default:
        out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string Head(std::string_view name, int section, std::string_view what) {
  // No date: the same program writes the same page.
  return fmt::format(
      ".\\\" Written by `xuncha manual`.\n"
      ".TH {} {} \"\" \"xuncha {}\" \"巡查手册\"\n"
      ".nh\n.ad l\n"
      ".SH 名称\n{} \\- {}\n",
      name, section, kVersion, Roff(name), Roff(what));
}

std::string Options(std::span<const OptionSpec> options) {
  std::string text;
  for (const OptionSpec& option : options) {
    text += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", Roff(option.name),
                        option.value.empty() ? "" : fmt::format(" \\fI{}\\fR", Roff(option.value)),
                        Roff(option.help));
  }
  return text;
}

}  // namespace

std::string CommandManual(std::span<const CommandSpec> commands) {
  std::string text = Head("xuncha", 1, "托管网站内容合规巡查");
  text += ".SH 用法\n.B xuncha\n.RI [ 共同选项 ]\n.I 命令\n.RI [ 选项 ]\n.RI [ 参数 ]\n";
  text += ".SH 说明\n" +
          Roff(
              "逐夜阅读登记的每个网站，对照责任书判断每个页面，保存证据，并把每个事件办到底。"
              "结果写到标准输出，消息写到标准错误；--json 供程序阅读。"
              "Ctrl-C 停下后，再次运行从中断处继续。") +
          "\n.SH 命令\n";
  for (const CommandSpec& command : commands) {
    text += fmt::format(".SS xuncha {}{}\n{}\n", Roff(command.path),
                        command.positional.empty() ? "" : " " + Roff(command.positional),
                        Roff(command.help));
    text += Options(command.options);
    if (command.examples.empty()) continue;
    text += ".PP\n例：\n.PP\n.nf\n.RS 4\n";
    for (const std::string_view example : command.examples) text += Example(example) + "\n";
    text += ".RE\n.fi\n";
  }
  text += ".SH 共同选项\n" + Options(CommonOptions());
  text += ".TP\n\\fB\\-\\-help\\fR\n帮助\n.TP\n\\fB\\-\\-version\\fR\n版本\n";
  text += ".SH 退出码\n";
  for (const auto& [code, meaning] : ExitMeanings())
    text += fmt::format(".TP\n.B {}\n{}\n", code, Roff(meaning));
  text += ".SH 环境变量\n.TP\n.B XUNCHA_DATA\n" + Roff("数据目录，没有写 --data 时用") +
          "\n.TP\n.B NO_COLOR\n" + Roff("不为空时不用颜色") + "\n.TP\n.B CREDENTIALS_DIRECTORY\n" +
          Roff("由 systemd 设置：xuncha.toml 里相对路径的 secret_file 在此目录中") +
          "\n.SH 文件\n.TP\n.I xuncha.toml\n" + Roff("配置，见 xuncha.toml(5)") +
          "\n.TP\n.I store/\n" + Roff("数据，一个目录；格式见随附的 FORMAT.md") +
          "\n.TP\n.I installation.key\n" + Roff("签署审计链的密钥，权限 600，请另行备份") +
          "\n.TP\n.I installation\\-sm2.key\n" +
          Roff("给证据包另加国密签名的密钥，权限 600，请另行备份；只在 [audit] sm2 = true 时有") +
          "\n.TP\n.I reports/\n" + Roff("每夜的报告") +
          "\n.SH 另见\n.BR xuncha.toml (5),\n.BR xuncha\\-verify (1)\n";
  return text;
}

std::string ConfigManual(std::string_view config) {
  std::string text = Head("xuncha.toml", 5, "巡查的配置文件");
  text += ".SH 说明\n" +
          Roff(
              "TOML 格式，在数据目录下。下面写着每一项及其默认值；没有写的项用默认值，"
              "不认识的项是错误。密码、机器人地址等不写在这里，写在 secret_file 所指、"
              "权限 600 的文件里。") +
          "\n.SH 各项\n.nf\n";
  for (const std::string_view line : Split(config, '\n')) {
    if (Trim(line).empty()) {
      text += ".sp\n";
    } else {
      text += Example(line) + "\n";
    }
  }
  return text + ".fi\n.SH 另见\n.BR xuncha (1)\n";
}

}  // namespace xuncha
