// SPDX-License-Identifier: Apache-2.0
#include "reports/paper_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/charset.h"
#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr size_t kTemplateBytesMax = 256 << 10;  // twenty pages of text have 60 KB
constexpr int kNestingMax = 8;                   // a condition in a list in a condition is three
constexpr size_t kMistakesMax = 50;              // told at once
constexpr size_t kNameBytesMax = 60;             // of a value, list or chart: twenty characters
constexpr size_t kColumnsMax = 20;               // what fits on A4

constexpr std::string_view kItemNumber = "序号";
constexpr std::string_view kToFillIn = "＿＿＿＿＿＿";
constexpr std::string_view kNothing = "—";

constexpr std::string_view kWords[] = {"@每个", "@如果", "@如无", "@完",
                                       "@图",   "@印章", "@签字", "@换页"};

std::string Did(std::string_view nearest, std::string_view before, std::string_view after) {
  return nearest.empty() ? std::string() : fmt::format("，是否指“{}{}{}”", before, nearest, after);
}

}  // namespace

class PaperTemplate::Reader {
 public:
  Reader(std::string_view text, std::string_view name, PaperVocabulary vocabulary)
      : name_(name), vocabulary_(vocabulary), rest_(Split(text, '\n')) {}

  Result<PaperTemplate> Run() {
    PaperTemplate made;
    made.lines_ = Lines("", 0);
    if (at_ < rest_.size()) Wrong("多出一个“@完”");
    if (!mistakes_.empty()) return Error{Code::kInvalid, Join(mistakes_, "\n")};
    return made;
  }

 private:
  void Wrong(std::string_view what) {
    if (mistakes_.size() < kMistakesMax)
      mistakes_.push_back(fmt::format("{}:{}: {}", name_, at_ + 1, what));
  }

  // Up to the end, or to the "@完" that belongs to the list or condition it is in.
  std::vector<Line> Lines(std::string_view list, int depth) {
    std::vector<Line> lines;
    for (; at_ < rest_.size(); ++at_) {
      std::string_view line = rest_[at_];
      if (line.ends_with('\r')) line.remove_suffix(1);
      line = Trim(line);
      if (line.starts_with("//")) continue;
      if (line == "@完") return lines;
      if (line.starts_with('@')) {
        Directive(line, list, depth, lines);
      } else {
        lines.push_back(Plain(line, list));
      }
    }
    return lines;
  }

  Line Plain(std::string_view line, std::string_view list) {
    using Block = PaperBlock::Kind;
    struct Mark {
      std::string_view mark;
      Block block;
    };
    constexpr Mark kMarks[] = {{"### ", Block::kSubheading}, {"## ", Block::kHeading},
                               {"# ", Block::kTitle},        {"= ", Block::kCentred},
                               {"< ", Block::kFlush},        {"> ", Block::kRight},
                               {"* ", Block::kNote}};
    if (line.empty()) return {};
    if (line.starts_with("|%")) return Widths(line.substr(2));
    if (line.starts_with('|')) return Row(line.substr(1), list);
    for (const auto& [mark, block] : kMarks) {
      if (line.starts_with(mark))
        return {.kind = Line::Kind::kBlock,
                .block = block,
                .texts = {TextOf(Trim(line.substr(mark.size())), list)}};
    }
    return {.kind = Line::Kind::kBlock, .texts = {TextOf(line, list)}};
  }

  Line Row(std::string_view line, std::string_view list) {
    Line row{.kind = Line::Kind::kRow};
    if (line.starts_with('=')) row.look = PaperRow::Look::kHead;
    if (line.starts_with(':')) row.look = PaperRow::Look::kPairs;
    if (row.look != PaperRow::Look::kPlain) line.remove_prefix(1);
    if (row.look == PaperRow::Look::kPairs && !line.empty() && IsAsciiDigit(line[0])) {
      row.lines = line[0] - '0';
      line.remove_prefix(1);
    }
    if (line.ends_with('|')) line.remove_suffix(1);
    row.texts = Texts(line, list);
    if (row.texts.size() > kColumnsMax) {
      Wrong(fmt::format("一行表格最多 {} 格", kColumnsMax));
      row.texts.resize(kColumnsMax);
    }
    return row;
  }

  Line Widths(std::string_view line) {
    Line widths{.kind = Line::Kind::kWidths};
    for (const std::string_view part : Split(line, '|')) {
      const std::string_view text = Trim(part);
      int width = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
      if (error != std::errc() || end != text.data() + text.size() || width < 1 || width > 100) {
        Wrong(fmt::format("“{}”不是列宽；请写 1 至 100，如“|% 20 | 80”", text));
        return widths;
      }
      widths.widths.push_back(width);
    }
    if (widths.widths.size() > kColumnsMax) widths.widths.resize(kColumnsMax);
    return widths;
  }

  void Directive(std::string_view line, std::string_view list, int depth,
                 std::vector<Line>& lines) {
    const size_t blank = line.find(' ');
    const std::string_view word = line.substr(0, blank);
    const std::string_view rest =
        blank == std::string_view::npos ? std::string_view() : Trim(line.substr(blank));
    using Kind = Line::Kind;
    if (word == "@换页") {
      lines.push_back({.kind = Kind::kBlock, .block = PaperBlock::Kind::kPageBreak});
    } else if (word == "@印章" || word == "@签字") {
      lines.push_back({.kind = Kind::kBlock,
                       .block = word == "@印章" ? PaperBlock::Kind::kSeal : PaperBlock::Kind::kSign,
                       .texts = Texts(rest, list)});
    } else if (word == "@图") {
      Expect(rest, PaperWord::Kind::kChart, "");
      lines.push_back(
          {.kind = Kind::kBlock, .block = PaperBlock::Kind::kChart, .name = std::string(rest)});
    } else if (word == "@每个" || word == "@如果" || word == "@如无") {
      if (depth == kNestingMax) {
        Wrong(fmt::format("嵌套超过 {} 层", kNestingMax));
        at_ = rest_.size() - 1;  // what is inside cannot be told apart any more
        return;
      }
      const bool each = word == "@每个";
      if (each && !list.empty()) Wrong("“@每个”里面不能再有“@每个”");
      if (each) {
        Expect(rest, PaperWord::Kind::kList, "");
      } else if (!Known(rest, list)) {
        Unknown(rest, list);
      }
      const size_t begun = at_;
      ++at_;
      Line block{.kind = each              ? Kind::kEach
                         : word == "@如果" ? Kind::kIf
                                           : Kind::kUnless,
                 .name = std::string(rest)};
      block.inner = Lines(each ? rest : list, depth + 1);
      if (at_ >= rest_.size()) {
        at_ = begun;
        Wrong(fmt::format("“{}”没有“@完”", word));
        at_ = rest_.size();
      }
      lines.push_back(std::move(block));
    } else {
      Wrong(fmt::format("没有“{}”这种写法{}", Neutralise(word),
                        Did(Nearest(word, {std::begin(kWords), std::end(kWords)}), "", "")));
    }
  }

  std::vector<Text> Texts(std::string_view line, std::string_view list) {
    std::vector<Text> texts;
    for (const std::string_view part : Split(line, '|')) texts.push_back(TextOf(Trim(part), list));
    return texts;
  }

  Text TextOf(std::string_view line, std::string_view list) {
    Text text;
    std::string plain;
    for (size_t at = 0; at < line.size();) {
      if (line.substr(at).starts_with("{{") || line.substr(at).starts_with("}}")) {
        plain += line[at];
        at += 2;
        continue;
      }
      if (line[at] == '}') {
        Wrong("多出一个“}”；要印出花括号请写“}}”");
        ++at;
        continue;
      }
      if (line[at] != '{') {
        plain += line[at++];
        continue;
      }
      const size_t end = line.find('}', at);
      if (end == std::string_view::npos) {
        Wrong("“{”没有“}”；要印出花括号请写“{{”");
        break;
      }
      std::string_view name = Trim(line.substr(at + 1, end - at - 1));
      // No name is so long; comparing it with all that there are would take its time.
      if (name.size() > kNameBytesMax) name = name.substr(0, kNameBytesMax);
      if (!Known(name, list) || Find(name, list)->kind != PaperWord::Kind::kValue)
        Unknown(name, list);
      if (!plain.empty()) text.push_back({std::move(plain)});
      plain.clear();
      text.push_back({std::string(name), true});
      at = end + 1;
    }
    if (!plain.empty()) text.push_back({std::move(plain)});
    return text;
  }

  const PaperWord* Find(std::string_view name, std::string_view list) const {
    static constexpr PaperWord kNumber = {kItemNumber, "第几个"};
    if (!list.empty() && name == kItemNumber) return &kNumber;
    const PaperWord* found = nullptr;
    for (const PaperWord& word : vocabulary_) {
      if (word.name != name) continue;
      if (word.list == list) return &word;
      if (word.list.empty()) found = &word;
    }
    return found;
  }
  bool Known(std::string_view name, std::string_view list) const {
    return Find(name, list) != nullptr;
  }

  void Unknown(std::string_view name, std::string_view list) {
    if (mistakes_.size() >= kMistakesMax) return;
    const PaperWord* const other = Find(name, list);
    if (other != nullptr) {
      const char* const how =
          other->kind == PaperWord::Kind::kList ? "列表，请写“@每个" : "图，请写“@图";
      Wrong(fmt::format("“{}”是{} {}”", name, how, name));
      return;
    }
    std::vector<std::string_view> names;
    for (const PaperWord& word : vocabulary_) {
      const bool here = word.list.empty() || word.list == list;
      if (here && word.kind == PaperWord::Kind::kValue) names.push_back(word.name);
    }
    std::string elsewhere;
    for (const PaperWord& word : vocabulary_) {
      if (word.name == name && !word.list.empty())
        elsewhere = fmt::format("；它只能用在“@每个 {}”里面", word.list);
    }
    const std::string shown = Neutralise(name);
    Wrong(fmt::format("没有“{{{}}}”这一项{}", shown,
                      elsewhere.empty() ? Did(Nearest(name, names), "{", "}") : elsewhere));
  }

  void Expect(std::string_view name, PaperWord::Kind kind, std::string_view list) {
    const PaperWord* word = Find(name, list);
    if (word != nullptr && word->kind == kind) return;
    std::vector<std::string_view> names;
    for (const PaperWord& known : vocabulary_) {
      if (known.kind == kind) names.push_back(known.name);
    }
    const std::string_view what = kind == PaperWord::Kind::kList ? "列表" : "图";
    Wrong(
        fmt::format("没有“{}”这个{}{}", Neutralise(name), what, Did(Nearest(name, names), "", "")));
  }

  std::string name_;
  PaperVocabulary vocabulary_;
  std::vector<std::string_view> rest_;
  size_t at_ = 0;
  std::vector<std::string> mistakes_;
};

class PaperTemplate::Filler {
 public:
  Filler(const PaperData& data, Paper& paper) : data_(data), paper_(paper) {}

  void Put(const std::vector<Line>& lines, const PaperData::Values* item, size_t number) {
    for (const Line& line : lines) {
      switch (line.kind) {
        case Line::Kind::kBlank:
          in_table_ = false;
          break;
        case Line::Kind::kBlock:
          in_table_ = false;
          PutBlock(line, item, number);
          break;
        case Line::Kind::kWidths:
          OpenTable();
          paper_.blocks.back().widths = line.widths;
          break;
        case Line::Kind::kRow:
          if (!in_table_) OpenTable();
          PutRow(line, item, number);
          break;
        case Line::Kind::kIf:
        case Line::Kind::kUnless:
          if (IsKnown(line.name, item) == (line.kind == Line::Kind::kIf))
            Put(line.inner, item, number);
          break;
        case Line::Kind::kEach: {
          const auto list = data_.lists.find(line.name);
          if (list == data_.lists.end()) break;
          size_t count = 0;
          for (const PaperData::Values& values : list->second) Put(line.inner, &values, ++count);
          break;
        }
      }
    }
  }

 private:
  void OpenTable() {
    paper_.blocks.push_back({.kind = PaperBlock::Kind::kTable});
    in_table_ = true;
  }

  void PutRow(const Line& line, const PaperData::Values* item, size_t number) {
    PaperRow row{.look = line.look, .lines = line.lines};
    for (const Text& text : line.texts) row.cells.push_back(TextOf(text, item, number, kNothing));
    paper_.blocks.back().rows.push_back(std::move(row));
  }

  void PutBlock(const Line& line, const PaperData::Values* item, size_t number) {
    PaperBlock block{.kind = line.block};
    if (block.kind == PaperBlock::Kind::kChart) {
      const auto chart = data_.charts.find(line.name);
      if (chart == data_.charts.end()) return;
      block.chart = chart->second;
    }
    const bool in_parts =
        block.kind == PaperBlock::Kind::kSeal || block.kind == PaperBlock::Kind::kSign;
    for (const Text& text : line.texts) {
      std::string filled = TextOf(text, item, number, kToFillIn);
      if (in_parts) {
        block.parts.push_back(std::move(filled));
      } else {
        block.text = std::move(filled);
      }
    }
    if (block.kind == PaperBlock::Kind::kTitle && paper_.title.empty()) paper_.title = block.text;
    paper_.blocks.push_back(std::move(block));
  }

  const std::string* ValueOf(std::string_view name, const PaperData::Values* item) const {
    if (item != nullptr) {
      const auto found = item->find(name);
      if (found != item->end()) return &found->second;
    }
    const auto found = data_.values.find(name);
    return found == data_.values.end() ? nullptr : &found->second;
  }

  bool IsKnown(std::string_view name, const PaperData::Values* item) const {
    const std::string* value = ValueOf(name, item);
    if (value != nullptr) return !value->empty();
    const auto list = data_.lists.find(name);
    return (list != data_.lists.end() && !list->second.empty()) || data_.charts.contains(name);
  }

  std::string TextOf(const Text& text, const PaperData::Values* item, size_t number,
                     std::string_view otherwise) const {
    std::string out;
    for (const Piece& piece : text) {
      if (!piece.is_name) {
        out += piece.text;
      } else if (item != nullptr && piece.text == kItemNumber) {
        out += std::to_string(number);
      } else {
        const std::string* value = ValueOf(piece.text, item);
        out += value == nullptr || value->empty() ? otherwise : std::string_view(*value);
      }
    }
    return out;
  }

  const PaperData& data_;
  Paper& paper_;
  bool in_table_ = false;
};

Result<PaperTemplate> PaperTemplate::Read(std::string_view text, std::string_view name,
                                          PaperVocabulary vocabulary) {
  if (text.size() > kTemplateBytesMax) {
    return Error{Code::kLimit,
                 fmt::format("{}: 模板超过 {} KB；请缩短", name, kTemplateBytesMax >> 10)};
  }
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::string read;
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  if (!IsValidUtf8(text)) {
    read = DecodeToUtf8(text, Charset::kGb18030).utf8;
    text = read;
  }
  return Reader(text, name, vocabulary).Run();
}

Paper PaperTemplate::Fill(const PaperData& data, Millis now) const {
  Paper paper{.time = now};
  Filler(data, paper).Put(lines_, nullptr, 0);
  // Rows in a list that is empty, and widths without rows, leave no table.
  std::erase_if(paper.blocks, [](const PaperBlock& block) {
    return block.kind == PaperBlock::Kind::kTable && block.rows.empty();
  });
  return paper;
}

}  // namespace xuncha
