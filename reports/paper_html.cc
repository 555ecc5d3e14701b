// A paper as HTML, which browsers show and Chromium prints.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "paper_embedded.h"
#include "reports/paper.h"
#include "reports/xml_text.h"

namespace xuncha {
namespace {

constexpr size_t kDenseColumns = 6;  // from here on a table is set smaller

std::string Table(const std::vector<PaperRow>& rows, const std::vector<int>& shares) {
  std::string html = fmt::format("<table{}>\n<colgroup>",
                                 shares.size() >= kDenseColumns ? " class=\"dense\"" : "");
  for (const int share : shares)
    html += fmt::format("<col style=\"width:{}.{}%\">", share / 10, share % 10);
  html += "</colgroup>\n";
  bool head = false, body = false;
  for (const PaperRow& row : rows) {
    const bool is_head = row.look == PaperRow::Look::kHead && !body;
    if (is_head && !head) html += "<thead>\n";
    if (!is_head && !body) html += head ? "</thead>\n<tbody>\n" : "<tbody>\n";
    head = head || is_head;
    body = body || !is_head;
    html += row.lines == 0 ? "<tr>" : fmt::format("<tr style=\"height:{}pt\">", row.lines * 18);
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const bool names =
          row.look == PaperRow::Look::kHead || (row.look == PaperRow::Look::kPairs && i % 2 == 0);
      const size_t rest = shares.size() - i;
      const std::string span = i + 1 == row.cells.size() && rest > 1
                                   ? fmt::format(" colspan=\"{}\"", rest)
                                   : std::string();
      const char* const tag = names ? "th" : "td";
      html += fmt::format("<{}{}>{}</{}>", tag, span, EscapeXml(row.cells[i]), tag);
    }
    html += "</tr>\n";
  }
  return html + (body ? "</tbody>" : "</thead>") + "\n</table>\n";
}

std::string Block(const PaperBlock& block) {
  using Kind = PaperBlock::Kind;
  const auto put = [&block](const char* tag, const char* look) {
    return fmt::format("<{}{}>{}</{}>\n", tag, *look == 0 ? "" : fmt::format(" class=\"{}\"", look),
                       EscapeXml(block.text), tag);
  };
  switch (block.kind) {
    case Kind::kTitle:
      return put("h1", "");
    case Kind::kCentred:
      return put("p", "centred");
    case Kind::kHeading:
      return put("h2", "");
    case Kind::kSubheading:
      return put("h3", "");
    case Kind::kParagraph:
      return put("p", "");
    case Kind::kFlush:
      return put("p", "flush");
    case Kind::kRight:
      return put("p", "right");
    case Kind::kNote:
      return put("p", "note");
    case Kind::kTable:
      return block.rows.empty() ? "" : Table(block.rows, ColumnShares(block));
    case Kind::kChart:
      return fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n",
                         ChartSvg(block.chart), EscapeXml(block.chart.title));
    case Kind::kSeal: {
      std::string html = "<div class=\"seal\">";
      for (const std::string& part : block.parts) html += fmt::format("<p>{}</p>", EscapeXml(part));
      return html + "</div>\n";
    }
    case Kind::kSign: {
      std::string html = "<div class=\"sign\">";
      for (const std::string& part : block.parts)
        html += fmt::format("<p>{}：<span class=\"line\"></span></p>", EscapeXml(part));
      return html + "</div>\n";
    }
    case Kind::kPageBreak:
      return "<div class=\"break\"></div>\n";
  }
  return "";
}

}  // namespace

std::string PaperHtml(const Paper& paper) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
      EscapeXml(paper.title), embedded::paper()[0].bytes);
  for (const PaperBlock& block : paper.blocks) html += Block(block);
  return html + "</body>\n</html>\n";
}

}  // namespace xuncha
