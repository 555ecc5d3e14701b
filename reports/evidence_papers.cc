// The papers of an evidence package, as an officer prints and signs them: 电子证明文件,
// 不能证明的事项, 交接回执, 保管链 and the guide to the package. 提取过程说明 has a file of
// its own (evidence_process.cc).
//
// Every text that came from a page or a person is escaped and on one line.
//
// SPDX-License-Identifier: Apache-2.0
#include "reports/evidence_papers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "evidence_embedded.h"
#include "reports/mask.h"
#include "rules/kinds.h"

namespace xuncha {
namespace {

constexpr size_t kFindingsListed = 200;
constexpr size_t kEntriesListed = 500;

std::string Officers(const EvidenceExport& record) { return Join(record.officers, "、"); }

// Typed in by people for this paper: shown as typed.
std::string Typed(std::string_view text) {
  return text.empty() ? "<span class=\"line\"></span>"
                      : EscapeHtml(Neutralise(CollapseSpace(text)));
}

std::string UnitSeal(const EvidenceOrder& order) {
  return fmt::format(
      "<div class=\"seal\"><p>{}</p><p>（单位电子公章）</p><p>　　　　年　　月　　日</p></div>\n",
      Typed(order.maker.unit));
}

// What an officer compares by eye; the manifests have all.
bool IsCompared(std::string_view path) {
  return !path.starts_with("evidence/") || path.starts_with(evidence::kList);
}

std::string FileTable(const std::vector<EvidenceFile>& files) {
  std::string html =
      "<table class=\"sums\"><thead><tr><th>文件与字节数</th><th>校验值</th></tr></thead><tbody>\n";
  for (const EvidenceFile& file : files) {
    if (!IsCompared(file.path)) continue;
    html += fmt::format(
        "<tr><td>{}<br>{}</td><td class=\"code\">SHA-256<br>{}<br>SM3<br>{}</td></tr>\n",
        EscapeHtml(file.path), file.bytes, file.sha256.hex(), file.sm3.hex());
  }
  return html + "</tbody></table>\n";
}

std::string FindingTable(const PaperFacts& facts, const EvidenceText& text) {
  const std::vector<StoredFinding>& findings = facts.order->survey->findings;
  if (findings.empty()) return "<p>范围内没有系统认定的发现；所附为原始采集记录。</p>\n";
  std::string html =
      "<table><thead><tr><th>编号</th><th>类别</th><th>网址与说明</th><th>首次发现<br>最近一次</th>"
      "</tr></thead><tbody>\n";
  for (size_t i = 0; i < findings.size() && i < kFindingsListed; ++i) {
    const StoredFinding& found = findings[i];
    const KindInfo* kind = FindKind(found.finding.kind);
    html += fmt::format(
        "<tr><td class=\"code\">{}</td><td>{}<br>{}级<br>责任书四（{}）</td><td><span "
        "class=\"code\">{}</span><br>{}</td><td class=\"t\">{}<br>{}</td></tr>\n",
        text.OwnHtml(found.finding.id),
        text.Html(kind == nullptr ? found.finding.kind : kind->title),
        SeverityText(found.finding.severity), found.finding.clause, text.Html(found.url),
        text.Html(found.finding.because), PaperTime(found.first_seen), PaperTime(found.last_seen));
  }
  html +=
      "</tbody></table>\n<p "
      "class=\"note\">首次与最近一次之间未必每次都见到；每次所得是否见到，见电子数据清单的备注。</"
      "p>"
      "\n";
  if (findings.size() > kFindingsListed) {
    html += fmt::format(
        "<p class=\"note\">共 {} 条，此处列出前 {} 条；其余见电子数据清单的备注。</p>\n",
        findings.size(), kFindingsListed);
  }
  return html;
}

std::string Certificate(const PaperFacts& facts) {
  const EvidenceOrder& order = *facts.order;
  const EvidenceExport& record = order.record;
  const EvidenceSurvey& survey = *order.survey;
  const EvidenceText text(record);
  std::string html = PaperHead("电子证明文件", facts);
  html += fmt::format("<p class=\"flush\">{}：</p>\n", Typed(record.authority));
  html += fmt::format(
      "<p>贵单位{}收悉。我单位按所列范围，从网站内容巡查系统保存的数据中提取电子数据 {} "
      "项，制成证据包一份。现就其来源、范围与完整性证明如下。</p>\n",
      Typed(record.reference), facts.tally->items);
  html +=
      "<h2>一、调取与批准</h2>\n" +
      PaperPairs({{"调证法律文书编号", Typed(record.reference)},
                  {"调证单位", Typed(record.authority)},
                  {"调证人员", Typed(Officers(record))},
                  {"经办人", Typed(record.by)},
                  {"批准人与意见", Typed(record.approved_by) + "：" + Typed(record.approval)},
                  {"导出编号", record.id()},
                  {"冻结", record.hold.empty() ? "—" : "范围内的数据已冻结，编号 " + record.hold},
                  {"导出时间", PaperBothTimes(order.now)}});
  std::string sites;
  for (const Site& site : survey.sites) {
    sites += fmt::format(
        "{}{}（{}，登记网址 <span class=\"code\">{}</span>）", sites.empty() ? "" : "<br>",
        Typed(site.name.empty() ? site.id : site.name),
        Typed(site.unit.empty() ? "登记已撤销或未写单位" : site.unit), text.Html(site.address));
  }
  html +=
      "<h2>二、范围</h2>\n" +
      PaperPairs(
          {{"范围", text.OwnHtml(survey.Text())},
           {"所涉网站", sites},
           {"观测时间", fmt::format("{} 至 {}", PaperTime(survey.first), PaperTime(survey.last))},
           {"清单", fmt::format("电子数据 {} 项，见《电子数据清单》（02）", facts.tally->items)}});
  html += "<h2>三、系统的发现</h2>\n" + FindingTable(facts, text) +
          "<p>以上由程序按公开的规则得出，供参考；内容的性质由有权机关认定。</p>\n";
  html += "<h2>四、完整性校验值</h2>\n" + FileTable(facts.files) +
          fmt::format(
              "<p>其余文件的校验值见 manifest-sha256.txt 与 manifest-sm3.txt。本文件自身的校验值"
              "也在其中。签名公钥的 SHA-256（DER）：</p>\n<p class=\"flush code\">{}</p>\n",
              order.key->public_key().id().hex());
  html += fmt::format(
      "<h2>五、完整性的保护方法</h2>\n<ol>\n"
      "<li>采集时即计算正文的 SHA-256 并以它为存放的键；每次读取重新计算，不符即拒绝读取。</li>\n"
      "<li>系统中的每次巡查、判断、查看、导出都是审计链的一条，逐条以散列相连，并组成 Merkle 树；"
      "本次导出时的树根由本单位密钥签名（检查点，{} 条）。</li>\n"
      "<li>证据包内全部文件的 SHA-256 列成清单，清单由同一密钥签名{}。</li>\n{}"
      "<li>交付前，由与制作无关的另一段程序对整个证据包重新核对。</li>\n</ol>\n",
      order.checkpoint.size,
      facts.stamped
          ? "，并请时间戳机构加盖时间戳（RFC 3161，manifest.tsr；包内没有此文件的，当时未能取得）"
          : "；没有加盖时间戳",
      order.sm2 == nullptr
          ? std::string()
          : fmt::format(
                "<li>全部文件的 SM3 另列成清单，由本单位的 SM2 密钥签名（manifest-sm3.sig，"
                "签名者标识 {}）；公钥的 SHA-256（DER）：<span class=\"code\">{}</span></li>\n",
                kSm2Identity, order.sm2->public_key().id().hex()));
  html += fmt::format(
      "<h2>六、声明</h2>\n"
      "<p>原始采集记录（archive/）按收到的内容保存，未作遮盖和改动；传输编码的处理逐项写在"
      "《提取过程说明》（03）。{}</p>\n"
      "<p>本证明不能证明的事项见 04。</p>\n",
      record.unmasked ? "按批准意见，本文件与清单不遮盖个人号码。"
                      : "本文件与清单中的个人号码只显示前几位；完整内容只在原始采集记录中。");
  for (const std::string& note : facts.notes)
    html += fmt::format("<p class=\"note\">说明：{}</p>\n", text.OwnHtml(note));
  html += fmt::format(
      "<div class=\"block\"><div class=\"sign\"><div>经办人：<span "
      "class=\"line\">{}</span></div><div>批准人：<span "
      "class=\"line\">{}</span></div></div>\n",
      "", "");
  return html + UnitSeal(order) + "</div>\n" + std::string(kPaperEnd);
}

std::string NotProven(const PaperFacts& facts) {
  std::string html = PaperHead("不能证明的事项", facts);
  html +=
      "<p>为避免误用，说明本证据包证明什么，不证明什么。</p>\n<h2>能够证明</h2>\n<ol>\n"
      "<li>本单位的巡查程序在所记时间向所记地址发出请求，并收到、保存了所附内容。</li>\n"
      "<li>所附内容自清单签名以来没有改动；有时间戳的，在时间戳的时间已经存在。</li>\n"
      "<li>保管链所列的操作在检查点签名以前已经记录，其后没有增删或改写。</li>\n</ol>\n"
      "<h2>不能证明</h2>\n<ol>\n"
      "<li>不证明内容由谁制作、上传或发布，也不证明网站管理者知情。</li>\n"
      "<li>不证明其他访客在其他时间、地点或以其他设备看到同样的内容；网站可以因人而异。</li>\n"
      "<li>不证明两次观测之间页面上是什么。</li>\n"
      "<li>TLS "
      "不具有不可否认性：它保护传输，但收到的一方保存的记录不能单独向第三人证明对方确曾发送。"
      "本包证明的是谁在何时保存了什么。</li>\n"
      "<li>没有时间戳的时间只来自本机时钟；时钟的已知情况见《提取过程说明》。</li>\n"
      "<li>时间戳和签名只说明此后没有改动，不说明此前内容的真伪。</li>\n"
      "<li>截图由程序在断网、关闭脚本的条件下按保存的正文绘制，不是访客当时所见；"
      "外部的图片与样式不在其中。</li>\n"
      "<li>未取得应答、被截断或未能读取的内容，见清单备注；没有列出不等于不存在。</li>\n"
      "<li>程序的发现依规则得出，不是对内容性质的认定。</li>\n"
      "<li>域名解析、服务器地址只说明当时连接的去向，不说明设备的所有人。</li>\n</ol>\n";
  return html + std::string(kPaperEnd);
}

std::string Receipt(const PaperFacts& facts) {
  const EvidenceOrder& order = *facts.order;
  const EvidenceExport& record = order.record;
  std::string html = PaperHead("交接回执", facts);
  html +=
      "<p>下列电子数据证据包已当面交接。接收人已对照下列校验值，或运行 evidence/verify.sh "
      "核对。</p>\n";
  std::string archive;
  for (const EvidenceFile& file : facts.files) {
    if (file.path == evidence::kArchive) {
      archive = fmt::format("<span class=\"code\">SHA-256 {}<br>SM3 {}</span>", file.sha256.hex(),
                            file.sm3.hex());
    }
  }
  html += PaperPairs({{"调证法律文书编号", Typed(record.reference)},
                      {"导出编号", record.id()},
                      {"电子数据", fmt::format("{} 项，见《电子数据清单》", facts.tally->items)},
                      {"原始采集记录", archive},
                      {"证据包整体的 SHA-256", "<br>（导出时显示，由交出人填写）<br>&nbsp;"},
                      {"载体", "□ 光盘　□ U 盘　□ 硬盘　□ 网络传输　编号："},
                      {"份数", "　　　　份"},
                      {"封存", "□ 已封存，封条编号：　　　　　　　□ 未封存"}});
  html += fmt::format(
      "<div class=\"sign\"><div><p class=\"flush\">交出单位：{}</p><p class=\"flush\">交出人签名："
      "<span class=\"line\"></span></p><p class=\"flush\">　　　　年　　月　　日　　时</p></div>\n"
      "<div><p class=\"flush\">接收单位：{}</p><p class=\"flush\">接收人签名："
      "<span class=\"line\"></span></p><p class=\"flush\">接收人签名：<span class=\"line\"></span>"
      "</p><p class=\"flush\">　　　　年　　月　　日　　时</p></div></div>\n",
      Typed(order.maker.unit), Typed(record.authority));
  html +=
      "<div class=\"sign\"><div class=\"seal\"><p>（交出单位公章）</p></div><div "
      "class=\"seal\"><p>（接收单位公章）</p></div></div>\n"
      "<p class=\"note\">一式两份，交出、接收单位各执一份。</p>\n";
  return html + std::string(kPaperEnd);
}

struct KindWord {
  std::string_view kind, text;
};
constexpr KindWord kDeeds[] = {
    {"run-begin", "开始巡查"},
    {"run-end", "结束巡查"},
    {"site-put", "登记网站"},
    {"site-remove", "撤销登记"},
    {"rules-change", "规则集变更"},
    {"config-change", "配置变更"},
    {"unmask", "查看未遮盖内容"},
    {"evidence-approve", "批准导出"},
    {"evidence-export", "导出证据"},
    {"evidence-exported", "证据包制成"},
    {"evidence-failed", "导出失败"},
    {"chain-export", "导出审计链"},
    {"backup", "备份"},
    {"restore", "恢复"},
    {"recover", "断电恢复"},
    {"purge", "清除到期数据"},
    {"purge-begin", "开始清除到期数据"},
    {"purge-end", "清除完毕"},
    {"hold-expire", "冻结到期"},

    {"hold-place", "冻结"},
    {"hold-release", "解除冻结"},
    {"verdict:violation", "认定违规"},
    {"verdict:false-positive", "认定误报"},
    {"verdict:cannot-tell", "无法判断"},
    {"verdict:escalate", "上报"},
    {kClockStep, "时钟被调整"},
    {kKeyInUse, "启用签名密钥"},
    {kSm2KeyInUse, "启用 SM2 签名密钥"},
    {kTimestamped, "取得时间戳"},
    {kTimestampFailed, "时间戳未取得"},
};

std::string DeedText(std::string_view kind) {
  for (const KindWord& word : kDeeds) {
    if (word.kind == kind) return std::string(word.text);
  }
  return "";
}

std::string Custody(const PaperFacts& facts) {
  const EvidenceOrder& order = *facts.order;
  const EvidenceCustody& custody = *facts.custody;
  const EvidenceText text(order.record);
  std::string html = PaperHead("保管链", facts);
  html += fmt::format(
      "<p>下列是审计链中与本证据包有关的条目（共 {} "
      "条），按发生的次序。审计链只增不改：每条带有前一条的"
      "散列。检查点于 {} 对前 {} 条签名，树根为 <span class=\"code\">{}</span>{}。</p>\n",
      custody.entries.size(), PaperTime(order.checkpoint.time), order.checkpoint.size,
      order.checkpoint.root.hex(),
      order.checkpoint.timestamp.empty() ? "，没有时间戳" : "，并有时间戳");
  html += fmt::format(
      "<p>每条在树中的证明见 {}，可用 xuncha evidence verify 或 xuncha-verify 核对。</p>\n",
      evidence::kProofs);
  if (custody.left_out > 0)
    html += fmt::format("<p>更早的 {} 条没有列入；可另行导出整条审计链。</p>\n", custody.left_out);
  html +=
      "<table><thead><tr><th class=\"n\">序号</th><th>时间（北京时间）</th><th>操作</th>"
      "<th>操作人</th><th>说明</th></tr></thead><tbody>\n";
  const size_t from =
      custody.entries.size() > kEntriesListed ? custody.entries.size() - kEntriesListed : 0;
  for (size_t i = from; i < custody.entries.size(); ++i) {
    const AuditEntry& entry = custody.entries[i];
    std::vector<std::string> refs;
    for (size_t r = 0; r < entry.refs.size() && r < 8; ++r)
      refs.push_back(text.OwnHtml(entry.refs[r]));
    if (entry.refs.size() > 8) refs.push_back("…");
    html += fmt::format(
        "<tr><td class=\"n\">{}</td><td class=\"t\">{}</td><td>{}<br><span class=\"code\">{}</span>"
        "</td><td class=\"who\">{}</td><td>{}<br><span class=\"code\">{}</span></td></tr>\n",
        entry.number, PaperTime(entry.time), DeedText(entry.kind), text.Html(entry.kind),
        text.Html(entry.actor), text.OwnHtml(entry.what), Join(refs, "<br>"));
  }
  html += "</tbody></table>\n";
  if (from > 0)
    html += fmt::format("<p class=\"note\">此处列出最近 {} 条，其余见 {}。</p>\n", kEntriesListed,
                        evidence::kProofs);
  return html + std::string(kPaperEnd);
}

}  // namespace

std::string EvidenceText::Plain(std::string_view text) const {
  const std::string line = CollapseSpace(text);
  return Neutralise(unmasked_ ? line : MaskIdentifiers(line));
}
std::string EvidenceText::Html(std::string_view text) const { return EscapeHtml(Plain(text)); }

std::string EvidenceText::Own(std::string_view text) const {
  std::string out;
  size_t plain = 0;  // where what is not copied yet begins
  for (size_t at = 0; at < text.size();) {
    if (!IsAsciiAlnum(static_cast<unsigned char>(text[at]))) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && IsAsciiAlnum(static_cast<unsigned char>(text[end]))) ++end;
    const std::string_view word = text.substr(at, end - at);
    const bool name = (word.size() == 16 || word.size() == 64) &&
                      word.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
                      word.find_first_of("abcdef") != std::string_view::npos;
    if (name) {
      out += unmasked_ ? std::string(text.substr(plain, at - plain))
                       : MaskIdentifiers(text.substr(plain, at - plain));
      out += word;
      plain = end;
    }
    at = end;
  }
  out += unmasked_ ? std::string(text.substr(plain)) : MaskIdentifiers(text.substr(plain));
  return Neutralise(CollapseSpace(out));
}
std::string EvidenceText::OwnHtml(std::string_view text) const { return EscapeHtml(Own(text)); }

std::string PaperTime(Millis time) {
  return time == 0 ? "—" : FormatTime(time).substr(0, 10) + " " + FormatTime(time).substr(11, 8);
}
std::string PaperBothTimes(Millis time) {
  return fmt::format("{}（北京时间），{}（UTC）", PaperTime(time), FormatUtc(time));
}

std::string PaperHead(std::string_view title, const PaperFacts& facts) {
  const EvidenceOrder& order = *facts.order;
  return fmt::format(
      "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<h1>{}</h1>\n"
      "<p class=\"number\">导出编号 {}　　{}</p>\n",
      title, embedded::evidence()[0].bytes, title, order.record.id(), PaperTime(order.now));
}

std::string PaperPairs(const std::vector<std::pair<std::string_view, std::string>>& rows) {
  std::string html = "<table class=\"pairs\"><tbody>\n";
  for (const auto& [name, value] : rows)
    html += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name, value);
  return html + "</tbody></table>\n";
}

std::vector<EvidencePaper> MakePapers(const PaperFacts& facts) {
  std::vector<EvidencePaper> papers;
  papers.push_back({evidence::kCertificate, Certificate(facts)});
  papers.push_back({evidence::kProcess, MakeProcessPaper(facts)});
  papers.push_back({evidence::kNotProven, NotProven(facts)});
  papers.push_back({evidence::kReceipt, Receipt(facts)});
  papers.push_back({evidence::kCustody, Custody(facts)});
  return papers;
}

std::string MakeReadme(const PaperFacts& facts) {
  const EvidenceOrder& order = *facts.order;
  return fmt::format(
      "证据包说明\n==========\n\n"
      "导出编号：{}\n调证法律文书编号：{}\n制作时间：{}\n制作程序：{}\n公钥 SHA-256（DER）：{}\n\n"
      "这个 .wacz 文件是普通的 zip 文件。Windows 可改名为 .zip 后解压；Linux 用 unzip 或\n"
      "python3 -m zipfile -e 文件.wacz 文件夹/。解压后不要改动其中任何文件。\n\n"
      "一、里面有什么\n\n"
      "  archive/data.warc.gz        原始采集记录（WARC 1.1，ISO 28500）：请求、应答、说明、截图\n"
      "  indexes/ pages/             供查看程序使用的索引与页面目录\n"
      "  datapackage*.json           WACZ 1.1.1 的目录\n"
      "  evidence/01-电子证明文件    打印、签名、盖章（HTML；装有浏览器时另有 PDF）\n"
      "  evidence/02-电子数据清单    每项的校验值、来源、时间（xlsx 与 CSV）\n"
      "  evidence/03-提取过程说明    用什么工具、怎样提取、哪些地方与原样不同\n"
      "  evidence/04-不能证明的事项\n"
      "  evidence/05-交接回执        一式两份\n"
      "  evidence/06-保管链          谁在何时做了什么\n"
      "  evidence/custody/           保管链各条目的证明、签名的检查点\n"
      "  evidence/manifest-*.txt     全部文件的 SHA-256 与 SM3；manifest.sig 是其签名\n"
      "{}"
      "  evidence/verify.sh          核对程序\n\n"
      "二、怎样核对\n\n"
      "先从出具单位另行取得公钥（installation.pub）；包内的那份不能作为凭据。然后在解压后的\n"
      "文件夹里运行（只需要 sh、openssl 3、coreutils）：\n\n"
      "  sh evidence/verify.sh 另行取得的公钥.pub [时间戳机构证书.pem] [SM2 公钥.pub]\n\n"
      "也可以逐条自己做：\n\n"
      "  sha256sum -c evidence/manifest-sha256.txt\n"
      "  openssl dgst -sha256 -verify 公钥.pub -signature evidence/manifest.sig \\\n"
      "    evidence/manifest-sha256.txt\n"
      "  openssl ts -verify -data evidence/manifest-sha256.txt -in evidence/manifest.tsr \\\n"
      "    -CAfile 时间戳机构证书.pem\n\n"
      "（密钥为 Ed25519 时，第二条改用 openssl pkeyutl -verify -pubin -inkey 公钥.pub -rawin\n"
      "-in evidence/manifest-sha256.txt -sigfile evidence/manifest.sig。）\n\n"
      "{}"
      "装有 xuncha 的机器上，xuncha evidence verify 文件.wacz "
      "另外核对每条网页记录和保管链的证明。\n\n"
      "三、怎样查看网页\n\n"
      "archive/ 里可能有恶意代码。请在断网、隔离的机器上用 ReplayWeb.page 等支持 WACZ 的程序打开\n"
      "（不要解压）。查看程序能打开不等于没有被改动：核对请用上面的方法。\n\n"
      "四、个人信息\n\n"
      "{}\n原始采集记录未作遮盖，请按规定保管，只用于文书所列的用途。\n",
      order.record.id(), Neutralise(CollapseSpace(order.record.reference)),
      PaperBothTimes(order.now), order.maker.software, order.key->public_key().id().hex(),
      order.sm2 == nullptr
          ? ""
          : "  evidence/manifest-sm3.sig   SM3 清单的 SM2 签名；公钥 installation-sm2.pub\n",
      order.sm2 == nullptr
          ? std::string()
          : fmt::format(
                "国密签名（SM2，公钥 SHA-256（DER）：{}）这样核对：\n\n"
                "  openssl pkeyutl -verify -pubin -inkey SM2公钥.pub -rawin -digest sm3 \\\n"
                "    -pkeyopt distid:{} -in evidence/manifest-sm3.txt \\\n"
                "    -sigfile evidence/manifest-sm3.sig\n\n",
                order.sm2->public_key().id().hex(), kSm2Identity),
      order.record.unmasked ? "按批准意见，文件与清单中的个人号码没有遮盖。"
                            : "文件与清单中的个人号码只显示前几位。");
}

}  // namespace xuncha
