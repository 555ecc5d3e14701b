// A paper as docx (Office Open XML, ECMA-376): what LibreOffice, WPS and Word open and
// edit. Looks are styles, so whoever changes a style changes the whole paper.
//
// The measures are those of GB/T 9704-2012, in twentieths of a point: A4 with 37 mm above,
// 28 mm left, 26 mm right and 35 mm below, which leaves 156 mm by 225 mm; 22 lines of
// 225 mm / 22 = 28.95 pt; 28 characters of 16 pt in 156 mm, each drawn a quarter of a point
// tighter. Page numbers stand outside, 14 pt, between dashes. The order of elements is
// that of the schema: Word refuses another.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/day.h"
#include "base/text.h"
#include "reports/paper.h"
#include "reports/xml_text.h"
#include "reports/zip_writer.h"

namespace xuncha {
namespace {

constexpr std::string_view kHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr std::string_view kWord =
    "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" "
    "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
constexpr int kTextWidth = 8845;  // 156 mm
constexpr size_t kDenseColumns = 6;

std::string Part(std::string_view xml) { return std::string(kHead) + std::string(xml) + "\n"; }

constexpr std::string_view kTypes =
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
    "<Default Extension=\"rels\" "
    "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    "<Override PartName=\"/word/document.xml\" ContentType=\"application/"
    "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>"
    "<Override PartName=\"/word/styles.xml\" ContentType=\"application/"
    "vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>"
    "<Override PartName=\"/word/settings.xml\" ContentType=\"application/"
    "vnd.openxmlformats-officedocument.wordprocessingml.settings+xml\"/>"
    "<Override PartName=\"/word/fontTable.xml\" ContentType=\"application/"
    "vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml\"/>"
    "<Override PartName=\"/word/footer1.xml\" ContentType=\"application/"
    "vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>"
    "<Override PartName=\"/word/footer2.xml\" ContentType=\"application/"
    "vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>"
    "<Override PartName=\"/docProps/core.xml\" "
    "ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>"
    "<Override PartName=\"/docProps/app.xml\" "
    "ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/>"
    "</Types>";

constexpr std::string_view kRelations =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships/officeDocument\" Target=\"word/document.xml\"/>"
    "<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/"
    "relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>"
    "<Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships/extended-properties\" Target=\"docProps/app.xml\"/>"
    "</Relationships>";

constexpr std::string_view kWordRelations =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships/styles\" Target=\"styles.xml\"/>"
    "<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships/settings\" Target=\"settings.xml\"/>"
    "<Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships/fontTable\" Target=\"fontTable.xml\"/>"
    "<Relationship Id=\"rId4\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships/footer\" Target=\"footer1.xml\"/>"
    "<Relationship Id=\"rId5\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships/footer\" Target=\"footer2.xml\"/>"
    "</Relationships>";

constexpr std::string_view kApplication =
    "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "extended-properties\"><Application>xuncha</Application></Properties>";

std::string Core(const Paper& paper) {
  // Shanghai is ahead, always by as much (base/day.h).
  const std::string time = FormatTime(paper.time - kShanghai).substr(0, 19) + "Z";
  return fmt::format(
      "<cp:coreProperties "
      "xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" "
      "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title>"
      "<dc:language>zh-CN</dc:language><dcterms:created xsi:type=\"dcterms:W3CDTF\">{}"
      "</dcterms:created><dcterms:modified xsi:type=\"dcterms:W3CDTF\">{}</dcterms:modified>"
      "</cp:coreProperties>",
      EscapeXml(paper.title), time, time);
}

std::string Settings() {
  return fmt::format(
      "<w:settings {}><w:zoom w:percent=\"100\"/><w:defaultTabStop w:val=\"420\"/>"
      "<w:evenAndOddHeaders/><w:characterSpacingControl w:val=\"compressPunctuation\"/>"
      "<w:compat><w:compatSetting w:name=\"compatibilityMode\" "
      "w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat>"
      "<w:themeFontLang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/></w:settings>",
      kWord);
}

// What to take where a font is not installed.
std::string Fonts() {
  struct Font {
    std::string_view name, instead, family;
  };
  constexpr Font kFonts[] = {{"仿宋_GB2312", "仿宋", "modern"},
                             {"方正小标宋简体", "华文中宋", "script"},
                             {"黑体", "SimHei", "modern"},
                             {"楷体_GB2312", "楷体", "modern"},
                             {"宋体", "SimSun", "auto"}};
  std::string xml = fmt::format("<w:fonts {}>", kWord);
  for (const Font& font : kFonts) {
    xml += fmt::format(
        "<w:font w:name=\"{}\"><w:altName w:val=\"{}\"/><w:charset w:val=\"86\"/>"
        "<w:family w:val=\"{}\"/><w:pitch w:val=\"variable\"/></w:font>",
        font.name, font.instead, font.family);
  }
  return xml + "</w:fonts>";
}

struct Style {
  std::string_view id, name, paragraph, font;
  int half_points;
};

std::string Styles() {
  constexpr Style kStyles[] = {
      {"Title", "Title",
       "<w:keepNext/><w:spacing w:after=\"579\" w:line=\"680\" w:lineRule=\"exact\"/>"
       "<w:jc w:val=\"center\"/>",
       "方正小标宋简体", 44},
      {"Centred", "居中", "<w:spacing w:after=\"280\"/><w:jc w:val=\"center\"/>", "", 0},
      {"Heading1", "heading 1",
       "<w:keepNext/><w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/>"
       "<w:outlineLvl w:val=\"0\"/>",
       "黑体", 32},
      {"Heading2", "heading 2",
       "<w:keepNext/><w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/>"
       "<w:outlineLvl w:val=\"1\"/>",
       "楷体_GB2312", 32},
      {"Body", "Body Text", "<w:ind w:firstLineChars=\"200\" w:firstLine=\"640\"/>", "", 0},
      {"Flush", "顶格", "", "", 0},
      {"RightAligned", "右对齐",
       "<w:ind w:rightChars=\"200\" w:right=\"640\"/><w:jc w:val=\"right\"/>", "", 0},
      {"Note", "小字",
       "<w:spacing w:before=\"80\" w:after=\"80\" w:line=\"320\" w:lineRule=\"exact\"/>", "", 21},
      {"Cell", "表格",
       "<w:spacing w:before=\"40\" w:after=\"40\" w:line=\"240\" w:lineRule=\"auto\"/>"
       "<w:jc w:val=\"left\"/>",
       "", 24},
      {"CellName", "表格项目",
       "<w:spacing w:before=\"40\" w:after=\"40\" w:line=\"240\" w:lineRule=\"auto\"/>"
       "<w:jc w:val=\"center\"/>",
       "黑体", 24},
      {"CellSmall", "表格小字",
       "<w:spacing w:before=\"20\" w:after=\"20\" w:line=\"240\" w:lineRule=\"auto\"/>"
       "<w:jc w:val=\"left\"/>",
       "", 21},
      {"CellNameSmall", "表格项目小字",
       "<w:spacing w:before=\"20\" w:after=\"20\" w:line=\"240\" w:lineRule=\"auto\"/>"
       "<w:jc w:val=\"center\"/>",
       "黑体", 21},
      {"Seal", "署名",
       "<w:keepNext/><w:keepLines/><w:ind w:left=\"3980\"/><w:jc w:val=\"center\"/>", "", 0},
      {"Footer", "footer", "<w:spacing w:line=\"240\" w:lineRule=\"auto\"/>", "宋体", 28},
  };
  std::string xml = fmt::format(
      "<w:styles {}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Times New Roman\" "
      "w:eastAsia=\"仿宋_GB2312\" w:hAnsi=\"Times New Roman\" w:cs=\"Times New Roman\"/>"
      "<w:spacing w:val=\"-5\"/><w:sz w:val=\"32\"/><w:szCs w:val=\"32\"/>"
      "<w:lang w:val=\"en-US\" w:eastAsia=\"zh-CN\" w:bidi=\"ar-SA\"/></w:rPr></w:rPrDefault>"
      "<w:pPrDefault><w:pPr><w:spacing w:before=\"0\" w:after=\"0\" w:line=\"579\" "
      "w:lineRule=\"exact\"/><w:jc w:val=\"both\"/></w:pPr></w:pPrDefault></w:docDefaults>"
      "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name "
      "w:val=\"Normal\"/><w:qFormat/></w:style>"
      "<w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\"><w:name w:val=\"Normal "
      "Table\"/><w:uiPriority w:val=\"99\"/><w:semiHidden/><w:unhideWhenUsed/><w:tblPr><w:tblInd "
      "w:w=\"0\" w:type=\"dxa\"/><w:tblCellMar><w:top w:w=\"0\" w:type=\"dxa\"/><w:left w:w=\"85\" "
      "w:type=\"dxa\"/><w:bottom w:w=\"0\" w:type=\"dxa\"/><w:right w:w=\"85\" w:type=\"dxa\"/>"
      "</w:tblCellMar></w:tblPr></w:style>",
      kWord);
  for (const Style& style : kStyles) {
    xml += fmt::format(
        "<w:style w:type=\"paragraph\" w:styleId=\"{}\"><w:name w:val=\"{}\"/><w:basedOn "
        "w:val=\"Normal\"/><w:qFormat/>",
        style.id, style.name);
    if (!style.paragraph.empty()) xml += fmt::format("<w:pPr>{}</w:pPr>", style.paragraph);
    std::string run;
    if (!style.font.empty()) run += fmt::format("<w:rFonts w:eastAsia=\"{}\"/>", style.font);
    if (style.half_points != 0) {
      run += fmt::format("<w:spacing w:val=\"0\"/><w:sz w:val=\"{0}\"/><w:szCs w:val=\"{0}\"/>",
                         style.half_points);
    }
    if (!run.empty()) xml += fmt::format("<w:rPr>{}</w:rPr>", run);
    xml += "</w:style>";
  }
  return xml + "</w:styles>";
}

std::string Footer(std::string_view side) {
  const std::string_view indent = side == "right" ? "w:rightChars=\"100\" w:right=\"280\""
                                                  : "w:leftChars=\"100\" w:left=\"280\"";
  return fmt::format(
      "<w:ftr {}><w:p><w:pPr><w:pStyle w:val=\"Footer\"/><w:ind {}/><w:jc w:val=\"{}\"/></w:pPr>"
      "<w:r><w:t xml:space=\"preserve\">— </w:t></w:r>"
      "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> "
      "PAGE "
      "</w:instrText></w:r><w:r><w:fldChar "
      "w:fldCharType=\"separate\"/></w:r><w:r><w:t>1</w:t></w:r>"
      "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r><w:r><w:t xml:space=\"preserve\"> —</w:t></w:r>"
      "</w:p></w:ftr>",
      kWord, indent, side);
}

std::string Paragraph(std::string_view style, std::string_view text) {
  return fmt::format(
      "<w:p><w:pPr><w:pStyle w:val=\"{}\"/></w:pPr><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>"
      "</w:p>\n",
      style, EscapeXml(text));
}

constexpr std::string_view kBorders =
    "<w:tblBorders><w:top w:val=\"single\" w:sz=\"6\" w:space=\"0\" w:color=\"000000\"/>"
    "<w:left w:val=\"single\" w:sz=\"6\" w:space=\"0\" w:color=\"000000\"/>"
    "<w:bottom w:val=\"single\" w:sz=\"6\" w:space=\"0\" w:color=\"000000\"/>"
    "<w:right w:val=\"single\" w:sz=\"6\" w:space=\"0\" w:color=\"000000\"/>"
    "<w:insideH w:val=\"single\" w:sz=\"6\" w:space=\"0\" w:color=\"000000\"/>"
    "<w:insideV w:val=\"single\" w:sz=\"6\" w:space=\"0\" w:color=\"000000\"/></w:tblBorders>";

std::string TableHead(const std::vector<int>& widths, std::string_view borders) {
  std::string xml = fmt::format(
      "<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/>{}<w:tblLayout w:type=\"fixed\"/>"
      "</w:tblPr><w:tblGrid>",
      kTextWidth, borders);
  for (const int width : widths) xml += fmt::format("<w:gridCol w:w=\"{}\"/>", width);
  return xml + "</w:tblGrid>\n";
}

std::vector<int> Twips(const std::vector<int>& shares) {
  std::vector<int> widths;
  int left = kTextWidth;
  for (const int share : shares) {
    widths.push_back(kTextWidth * share / 1000);
    left -= widths.back();
  }
  widths.back() += left;
  return widths;
}

std::string Table(const std::vector<PaperRow>& rows, const std::vector<int>& shares) {
  const std::vector<int> widths = Twips(shares);
  const bool dense = widths.size() >= kDenseColumns;
  std::string xml = TableHead(widths, kBorders);
  bool body = false;
  for (const PaperRow& row : rows) {
    const bool head = row.look == PaperRow::Look::kHead && !body;
    body = body || !head;
    const std::string height =
        row.lines == 0
            ? ""
            : fmt::format("<w:trHeight w:val=\"{}\" w:hRule=\"atLeast\"/>", row.lines * 360);
    xml += fmt::format("<w:tr><w:trPr><w:cantSplit/>{}{}</w:trPr>", height,
                       head ? "<w:tblHeader/>" : "");
    // A row has as many cells as it has, and one at least.
    const size_t cells = std::max<size_t>(1, row.cells.size());
    for (size_t i = 0; i < cells; ++i) {
      const bool names =
          row.look == PaperRow::Look::kHead || (row.look == PaperRow::Look::kPairs && i % 2 == 0);
      const bool last = i + 1 == cells;
      int width = widths[i];
      for (size_t j = i + 1; last && j < widths.size(); ++j) width += widths[j];
      const size_t span = last ? widths.size() - i : 1;
      const std::string_view style =
          names ? (dense ? "CellNameSmall" : "CellName") : (dense ? "CellSmall" : "Cell");
      xml += fmt::format(
          "<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/>{}<w:vAlign "
          "w:val=\"{}\"/></w:tcPr>{}</w:tc>",
          width, span > 1 ? fmt::format("<w:gridSpan w:val=\"{}\"/>", span) : "",
          names || row.lines == 0 ? "center" : "top",
          Paragraph(style, i < row.cells.size() ? row.cells[i] : ""));
    }
    xml += "</w:tr>\n";
  }
  // Two tables touch, and become one, unless a paragraph stands between them.
  return xml + "</w:tbl>\n" + Paragraph("Note", "");
}

std::string Signatures(const std::vector<std::string>& people) {
  if (people.empty()) return "";
  const std::vector<int> widths =
      Twips(std::vector<int>(people.size(), 1000 / static_cast<int>(people.size())));
  std::string xml = TableHead(widths, "") + "<w:tr><w:trPr><w:cantSplit/></w:trPr>";
  for (size_t i = 0; i < people.size(); ++i) {
    xml += fmt::format("<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/></w:tcPr>{}</w:tc>",
                       widths[i], Paragraph("Flush", people[i] + "："));
  }
  return xml + "</w:tr></w:tbl>\n" + Paragraph("Note", "");
}

// A chart as a table whose cells have bars of block characters before the figures: every
// office program shows and edits those.
std::vector<PaperRow> BarsOf(const PaperChart& chart) {
  constexpr double kBarsMax = 8;
  double most = 1;
  for (const PaperChart::Series& series : chart.series) {
    for (const double value : series.values) most = std::max(most, value);
  }
  std::vector<PaperRow> rows = ChartRows(chart);
  for (size_t i = 1; i < rows.size(); ++i) {
    for (size_t s = 0; s < chart.series.size() && s + 1 < rows[i].cells.size(); ++s) {
      const std::vector<double>& values = chart.series[s].values;
      const double value = i - 1 < values.size() ? values[i - 1] : 0;
      std::string bar;
      for (int block = 0; block < static_cast<int>(value / most * kBarsMax + 0.5); ++block)
        bar += "▇";
      rows[i].cells[s + 1] = bar + (bar.empty() ? "" : " ") + rows[i].cells[s + 1];
    }
  }
  return rows;
}

std::string Block(const PaperBlock& block) {
  using Kind = PaperBlock::Kind;
  switch (block.kind) {
    case Kind::kTitle:
      return Paragraph("Title", block.text);
    case Kind::kCentred:
      return Paragraph("Centred", block.text);
    case Kind::kHeading:
      return Paragraph("Heading1", block.text);
    case Kind::kSubheading:
      return Paragraph("Heading2", block.text);
    case Kind::kParagraph:
      return Paragraph("Body", block.text);
    case Kind::kFlush:
      return Paragraph("Flush", block.text);
    case Kind::kRight:
      return Paragraph("RightAligned", block.text);
    case Kind::kNote:
      return Paragraph("Note", block.text);
    case Kind::kTable:
      return block.rows.empty() ? "" : Table(block.rows, ColumnShares(block));
    case Kind::kChart: {
      PaperBlock table;
      table.rows = BarsOf(block.chart);
      return Paragraph("Note", block.chart.title) + Table(table.rows, ColumnShares(table));
    }
    case Kind::kSeal: {
      std::string xml = Paragraph("Seal", "");
      for (const std::string& part : block.parts) xml += Paragraph("Seal", part);
      return xml;
    }
    case Kind::kSign:
      return Signatures(block.parts);
    case Kind::kPageBreak:
      return "";
  }
  return "";
}

std::string DocumentPart(const Paper& paper) {
  std::string xml = fmt::format("<w:document {}><w:body>\n", kWord);
  bool on_new_page = false;
  for (const PaperBlock& block : paper.blocks) {
    std::string part = Block(block);
    // A property of the paragraph behind it: a break of its own would take a line.
    if (on_new_page && part.starts_with("<w:p>")) {
      constexpr std::string_view kStyleEnd = "\"/>";
      part.insert(part.find(kStyleEnd) + kStyleEnd.size(), "<w:pageBreakBefore/>");
      on_new_page = false;
    }
    on_new_page = on_new_page || block.kind == PaperBlock::Kind::kPageBreak;
    xml += part;
  }
  return xml +
         "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId4\"/><w:footerReference "
         "w:type=\"even\" r:id=\"rId5\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar "
         "w:top=\"2098\" w:right=\"1474\" w:bottom=\"1985\" w:left=\"1587\" w:header=\"851\" "
         "w:footer=\"1304\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>";
}

}  // namespace

std::string PaperDocx(const Paper& paper) {
  return SmallZip({{"[Content_Types].xml", Part(kTypes)},
                   {"_rels/.rels", Part(kRelations)},
                   {"docProps/app.xml", Part(kApplication)},
                   {"docProps/core.xml", Part(Core(paper))},
                   {"word/_rels/document.xml.rels", Part(kWordRelations)},
                   {"word/document.xml", Part(DocumentPart(paper))},
                   {"word/fontTable.xml", Part(Fonts())},
                   {"word/footer1.xml", Part(Footer("right"))},
                   {"word/footer2.xml", Part(Footer("left"))},
                   {"word/settings.xml", Part(Settings())},
                   {"word/styles.xml", Part(Styles())}},
                  paper.time);
}

}  // namespace xuncha
