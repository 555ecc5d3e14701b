// 提取过程说明: with what, how and under which conditions it was captured and exported,
// and where what is in the package is not byte for byte what came over the wire.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "reports/evidence_papers.h"

namespace xuncha {
namespace {

std::string Counted(const std::map<std::string, uint64_t>& of, const EvidenceText& text,
                    std::string_view none) {
  if (of.empty()) return std::string(none);
  std::string html;
  for (const auto& [what, count] : of) {
    html += fmt::format("{}<span class=\"code\">{}</span>（{}）", html.empty() ? "" : "<br>",
                        text.Html(what), count);
  }
  if (of.size() >= EvidenceTally::kKept)
    html += fmt::format("<br>只列出前 {} 种；每条记录的情况见 WARC 的 metadata 记录。",
                        EvidenceTally::kKept);
  return html;
}

std::string Runs(const PaperFacts& facts) {
  std::string html =
      "<table><thead><tr><th class=\"n\">巡查</th><th>开始</th><th>结束</th><th>规则集与配置的 "
      "SHA-256</th></tr></thead><tbody>\n";
  size_t listed = 0;
  for (const auto& [number, run] : facts.order->survey->runs) {
    if (++listed > EvidenceTally::kKept) break;
    html += fmt::format(
        "<tr><td class=\"n\">{}</td><td class=\"t\">{}</td><td class=\"t\">{}</td><td "
        "class=\"code\">规则集 {}<br>配置 {}</td></tr>\n",
        number, PaperTime(run.started), PaperTime(run.ended), run.rules.hex(), run.config.hex());
  }
  return html + "</tbody></table>\n";
}

}  // namespace

std::string MakeProcessPaper(const PaperFacts& facts) {
  const EvidenceOrder& order = *facts.order;
  const EvidenceMaker& maker = order.maker;
  const EvidenceTally& tally = *facts.tally;
  const EvidenceText text(order.record);
  const auto shown = [](std::string_view words) { return EscapeHtml(Neutralise(words)); };
  std::string html = PaperHead("提取过程说明", facts);
  html += "<h2>一、工具与环境</h2>\n" +
          PaperPairs({{"程序", shown(maker.software) + "（网站内容巡查系统，开放源代码）"},
                      {"程序文件的 SHA-256",
                       fmt::format("<span class=\"code\">{}</span>", shown(maker.build))},
                      {"主机", shown(maker.host)},
                      {"操作系统", shown(maker.system)},
                      {"时钟", shown(maker.clock)},
                      {"导出时间", PaperBothTimes(order.now)}});
  html +=
      "<h2>二、采集的方法</h2>\n<ol>\n"
      "<li>程序只访问登记在册的网站，按登记的范围与频率，用 HTTP GET 取得页面；不登录，不提交表单，"
      "不执行网页脚本，不尝试绕过任何限制。</li>\n"
      "<li>"
      "每次请求记下：网址、时间、请求行与请求头、应答行与应答头、域名解析的地址、实际连接的地址、"
      "TLS 版本与证书链、重定向、耗时、字节数。重定向的每一步各为一条记录。</li>\n"
      "<li>首页、新页面和有变化的页面，另以搜索引擎蜘蛛和来自搜索结果的访客的身份各取一次；"
      "所得不同的，一并保存，清单中列为“其他访客所得”。</li>\n"
      "<li>页面与上次相同的（服务器答 304，或正文的 SHA-256 "
      "相同），只记时间、状态、连接的地址和耗时，"
      "不再保存一份；清单中列为“复查记录”，并指明所依据的完整记录。</li>\n</ol>\n";
  html += "<h2>三、各次巡查所用的规则集与配置</h2>\n" + Runs(facts);
  html += "<h2>四、网络</h2>\n" +
          PaperPairs({{"服务器地址", Counted(tally.servers, text, "无")},
                      {"域名解析", Counted(tally.names, text, "没有保存")},
                      {"TLS", Counted(tally.tls, text, "没有使用 TLS 的连接")},
                      {"重定向", Counted(tally.redirects, text, "无")},
                      {"未完整取得的原因", Counted(tally.limits, text, "无")}}) +
          "<p "
          "class=\"note\">"
          "括号内是记录数。证书链、请求与应答头、时间分段见每条记录；证书错误不影响采集，"
          "照实记录。</p>\n";
  html += fmt::format(
      "<h2>五、与收到的原样不同之处</h2>\n<ol>\n"
      "<li>分块传输编码（chunked）由网络库还原，正文是各块相连的结果：{} 条。"
      "应答头中的 Transfer-Encoding 等改以 X-Archive-Orig- 开头保留，并写上实际长度。</li>\n"
      "<li>内容编码（gzip 等）已解开的：{} 条。解开前正文的 SHA-256 写在该条的 metadata 记录里；"
      "Content-Encoding 同样以 X-Archive-Orig- 开头保留。</li>\n"
      "<li>因上限、超时或中断而不完整的：{} 条，以 WARC-Truncated 标明。</li>\n"
      "<li>正文与包内较早的记录相同的：{} 条，写成指向那一条的 revisit 记录，只有应答头；"
      "所指的记录都在包内。</li>\n"
      "<li>“复查记录”{} 项没有自己的 WARC 记录：当时没有保存那次的应答头。</li>\n"
      "<li>没有取得应答的 {} 项只列在清单里。</li>\n"
      "<li>截图 {} 幅：按保存的正文转为 UTF-8，在断网、关闭脚本、限时限内存的浏览器沙箱中绘制，"
      "不是原始数据。</li>\n"
      "<li>除此以外没有改动；个人号码的遮盖只在文件与清单中，不在原始采集记录中。</li>\n</ol>\n",
      tally.joined, tally.decoded, tally.cut, tally.revisits, tally.unchanged, tally.unanswered,
      tally.pictures);
  html +=
      "<h2>六、导出的步骤</h2>\n<ol>\n"
      "<li>核对调证文书编号、单位、两名调证人员、经办人与另一名批准人，记入审计链。</li>\n"
      "<li>从存储读出范围内的记录，逐条核对校验和与 SHA-256，写成 WARC，计算清单。</li>\n"
      "<li>对审计链签名，取出有关条目及其证明。</li>\n"
      "<li>列出全部文件的 SHA-256 与 SM3 并签名。</li>\n"
      "<li>由独立的核对程序重新读取整个证据包，全部符合才给予正式的文件名，并把它的 SHA-256 "
      "记入审计链。</li>\n</ol>\n";
  for (const std::string& note : facts.notes)
    html += fmt::format("<p class=\"note\">说明：{}</p>\n", text.Html(note));
  html +=
      "<div class=\"sign\"><div>提取人：<span class=\"line\"></span></div><div>见证人：<span "
      "class=\"line\"></span></div></div>\n";
  return html + std::string(kPaperEnd);
}

}  // namespace xuncha
