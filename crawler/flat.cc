// SPDX-License-Identifier: Apache-2.0
#include "crawler/flat.h"

#include <algorithm>
#include <cstring>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/references.h"

namespace xuncha {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Where the raw text of `name` that begins at `from` ends: at "</name", or the
// end of the markup.
size_t RawTextEnd(std::string_view markup, std::string_view name, size_t from) {
  for (size_t at = from; (at = markup.find("</", at)) != std::string_view::npos; at += 2) {
    const size_t end = at + 2 + name.size();
    if (!StartsWithIgnoreCase(markup.substr(at + 2), name)) continue;
    if (end >= markup.size() || IsAsciiSpace(markup[end]) || markup[end] == '/' ||
        markup[end] == '>') {
      return at;
    }
  }
  return markup.size();
}

// Behind the "-->" of the comment whose text begins at `from`.
struct CommentEnd {
  size_t text_end;
  size_t next;
};
CommentEnd FindCommentEnd(std::string_view markup, size_t from) {
  if (markup.substr(from).starts_with('>')) return {from, from + 1};
  if (markup.substr(from).starts_with("->")) return {from, from + 2};
  for (size_t at = from; (at = markup.find("--", at)) != std::string_view::npos; ++at) {
    if (at + 2 >= markup.size()) break;
    if (markup[at + 2] == '>') return {at, at + 3};
    if (markup[at + 2] == '!' && at + 3 < markup.size() && markup[at + 3] == '>')
      return {at, at + 4};
  }
  return {markup.size(), markup.size()};
}

// Behind the '>' of the start tag whose '<' stands at `at`, with quoted values passed
// over as StartTag does; npos if the markup ends inside the tag.
size_t TagEnd(std::string_view markup, size_t at) {
  const auto is = [&](char c) { return at < markup.size() && markup[at] == c; };
  const auto skip_space = [&] {
    while (at < markup.size() && IsAsciiSpace(markup[at])) ++at;
  };
  const auto skip_to = [&](std::string_view ends) {
    at = std::min(markup.find_first_of(ends, at), markup.size());
  };
  skip_to(" \t\n\r\f/>");
  while (at < markup.size() && markup[at] != '>') {
    if (IsAsciiSpace(markup[at]) || markup[at] == '/') {
      ++at;
      continue;
    }
    ++at;  // a name may begin with '='
    skip_to(" \t\n\r\f/>=");
    skip_space();
    if (!is('=')) continue;
    ++at;
    skip_space();
    if (is('"') || is('\'')) {
      at = markup.find(markup[at], at + 1);
      if (at == std::string_view::npos) return at;
      ++at;
    } else {
      skip_to(" \t\n\r\f>");
    }
  }
  return at < markup.size() ? at + 1 : std::string_view::npos;
}

constexpr size_t kImpliedSearchMax = 24;  // how far up an unclosed <p> or <li> is looked for
constexpr size_t kCloseSearchMax = 128;   // and the element an end tag names

}  // namespace

size_t FlatReader::Find(char c, size_t from) const {
  const size_t at = markup_.find(c, from);
  return at == std::string_view::npos ? markup_.size() : at;
}

void FlatReader::Read(std::string_view markup, MarkupSink& sink) {
  markup_ = markup;
  open_.clear();
  too_deep_ = false;
  size_t at = 0, text = 0;
  while (at < markup_.size()) {
    at = Find('<', at);
    if (at + 1 >= markup_.size()) break;
    const char next = markup_[at + 1];
    const bool end_tag = next == '/' && at + 2 < markup_.size() && IsLetter(markup_[at + 2]);
    if (!IsLetter(next) && !end_tag && next != '!' && next != '?' && next != '/') {
      ++at;
      continue;
    }
    Text(text, at, sink);
    if (IsLetter(next)) {
      at = StartTag(at, sink);
    } else if (end_tag) {
      at = EndTag(at, sink);
    } else if (next == '!') {
      at = Declaration(at, sink);
    } else {  // <? and </ without a name are comments to a browser
      const size_t end = Find('>', at);
      sink.Comment(markup_.substr(at + 1, end - at - 1));
      at = std::min(end + 1, markup_.size());
    }
    text = at;
  }
  Text(text, markup_.size(), sink);
  while (!open_.empty()) Pop(sink);
}

void FlatReader::Text(size_t begin, size_t end, MarkupSink& sink) {
  if (begin >= end) return;
  const std::string_view raw = markup_.substr(begin, end - begin);
  if (raw.find('&') == std::string_view::npos) {
    sink.Text(raw, raw);
    return;
  }
  text_.clear();
  AppendDecoded(text_, raw, false);
  sink.Text(text_, raw);
}

// `at` stands on '<'. Attributes are read as the tokenizer of the standard does:
// names up to space, '=', '/' or '>', values quoted by either mark or not at all.
size_t FlatReader::StartTag(size_t at, MarkupSink& sink) {
  Element element;
  element.source = static_cast<uint32_t>(at);
  tag_.clear();
  pieces_.clear();
  size_t i = at + 1;
  const size_t name_begin = i;
  while (i < markup_.size() && !IsAsciiSpace(markup_[i]) && markup_[i] != '/' &&
         markup_[i] != '>') {
    tag_.push_back(AsciiLower(markup_[i++]));
  }
  const std::string_view written = markup_.substr(name_begin, i - name_begin);
  const size_t name_size = tag_.size();
  bool self_closing = false;
  while (i < markup_.size() && markup_[i] != '>') {
    if (IsAsciiSpace(markup_[i])) {
      ++i;
      continue;
    }
    if (markup_[i] == '/') {
      self_closing = true;
      ++i;
      continue;
    }
    self_closing = false;
    Piece piece;
    piece.name = tag_.size();
    do {
      tag_.push_back(AsciiLower(markup_[i++]));
    } while (i < markup_.size() && !IsAsciiSpace(markup_[i]) && markup_[i] != '=' &&
             markup_[i] != '/' && markup_[i] != '>');
    piece.name_size = tag_.size() - piece.name;
    while (i < markup_.size() && IsAsciiSpace(markup_[i])) ++i;
    if (i < markup_.size() && markup_[i] == '=') {
      ++i;
      while (i < markup_.size() && IsAsciiSpace(markup_[i])) ++i;
      size_t end;
      if (i < markup_.size() && (markup_[i] == '"' || markup_[i] == '\'')) {
        const char quote = markup_[i++];
        end = Find(quote, i);
      } else {
        end = i;
        while (end < markup_.size() && !IsAsciiSpace(markup_[end]) && markup_[end] != '>') ++end;
      }
      piece.raw = markup_.substr(i, end - i);
      i = end;
      if (i < markup_.size() && (markup_[i] == '"' || markup_[i] == '\'')) ++i;
    }
    piece.value = tag_.size();
    AppendDecoded(tag_, piece.raw, true);
    piece.value_size = tag_.size() - piece.value;
    pieces_.push_back(piece);
  }
  const size_t next = std::min(i + 1, markup_.size());

  attributes_.clear();
  const std::string_view all = tag_;
  for (const Piece& piece : pieces_) {
    Attribute& attribute = attributes_.emplace_back();
    attribute.name = all.substr(piece.name, piece.name_size);
    attribute.id = AttrByName(attribute.name);
    attribute.value = all.substr(piece.value, piece.value_size);
    attribute.raw = piece.raw;
  }
  element.name = all.substr(0, name_size);
  element.tag = TagByName(element.name);
  element.attributes = attributes_;
  CloseFor(element.tag, sink);
  sink.Open(element);
  const bool foreign_empty = self_closing && element.tag == Tag::kOther;
  if (IsVoid(element.tag) || foreign_empty) {
    sink.Close();
    return next;
  }
  if (IsRawText(element.tag)) {
    size_t after = next;
    RawText(element.tag, sink, &after);
    sink.Close();
    return after;
  }
  if (open_.size() >= static_cast<size_t>(limits::kTreeDepthMax)) {
    too_deep_ = true;
    sink.Close();
  } else {
    open_.push_back({element.tag, written});
  }
  return next;
}

// The content of a raw text element, up to and with its end tag.
void FlatReader::RawText(Tag tag, MarkupSink& sink, size_t* at) {
  const size_t end =
      tag == Tag::kPlaintext ? markup_.size() : RawTextEnd(markup_, TagName(tag), *at);
  const std::string_view raw = markup_.substr(*at, end - *at);
  if (tag == Tag::kTitle || tag == Tag::kTextarea) {
    Text(*at, end, sink);
  } else if (!raw.empty()) {
    sink.Text(raw, raw);
  }
  *at = std::min(Find('>', end) + 1, markup_.size());
}

size_t FlatReader::EndTag(size_t at, MarkupSink& sink) {
  size_t i = at + 2;
  const size_t begin = i;
  while (i < markup_.size() && !IsAsciiSpace(markup_[i]) && markup_[i] != '/' && markup_[i] != '>')
    ++i;
  const std::string_view name = markup_.substr(begin, i - begin);
  char lower[16];
  Tag tag = Tag::kOther;
  if (name.size() <= sizeof lower) {
    for (size_t k = 0; k < name.size(); ++k) lower[k] = AsciiLower(name[k]);
    tag = TagByName({lower, name.size()});
  }
  if (!CloseUpTo(tag, name, sink) && (tag == Tag::kP || tag == Tag::kBr)) {
    Element element;  // </p> and </br> alone make an element, and so a line end
    element.tag = tag;
    element.name = TagName(tag);
    element.source = static_cast<uint32_t>(at);
    sink.Open(element);
    sink.Close();
  }
  return std::min(Find('>', i) + 1, markup_.size());
}

// "<!": a comment, a CDATA section (text, whether XML or not: it is to be read), or
// a doctype.
size_t FlatReader::Declaration(size_t at, MarkupSink& sink) {
  const std::string_view rest = markup_.substr(at);
  if (rest.starts_with("<!--")) {
    const CommentEnd end = FindCommentEnd(markup_, at + 4);
    sink.Comment(markup_.substr(at + 4, end.text_end - at - 4));
    return end.next;
  }
  if (rest.starts_with("<![CDATA[")) {
    const size_t begin = at + 9;
    const size_t end = std::min(markup_.find("]]>", begin), markup_.size());
    const std::string_view raw = markup_.substr(begin, end - begin);
    if (!raw.empty()) sink.Text(raw, raw);
    return std::min(end + 3, markup_.size());
  }
  const size_t end = Find('>', at);
  if (!StartsWithIgnoreCase(rest, "<!doctype")) {
    sink.Comment(markup_.substr(at + 2, end > at + 2 ? end - at - 2 : 0));
  }
  return std::min(end + 1, markup_.size());
}

void FlatReader::Pop(MarkupSink& sink) {
  open_.pop_back();
  sink.Close();
}

bool FlatReader::CloseUpTo(Tag tag, std::string_view name, MarkupSink& sink) {
  const bool structural = tag == Tag::kTable || tag == Tag::kTr || tag == Tag::kTd ||
                          tag == Tag::kTh || tag == Tag::kTbody || tag == Tag::kThead ||
                          tag == Tag::kTfoot || tag == Tag::kBody || tag == Tag::kHtml ||
                          tag == Tag::kTemplate;
  const size_t lowest = open_.size() > kCloseSearchMax ? open_.size() - kCloseSearchMax : 0;
  for (size_t i = open_.size(); i > lowest; --i) {
    const Open& open = open_[i - 1];
    const bool same =
        tag != Tag::kOther ? open.tag == tag : open.tag == tag && EqualsIgnoreCase(open.name, name);
    if (same) {
      while (open_.size() >= i) Pop(sink);
      return true;
    }
    // A stray end tag inside a cell does not end what is around the table.
    if (!structural && (open.tag == Tag::kTd || open.tag == Tag::kTh || open.tag == Tag::kTable ||
                        open.tag == Tag::kTemplate)) {
      return false;
    }
  }
  return false;
}

void FlatReader::CloseImplied(std::initializer_list<Tag> closing,
                              std::initializer_list<Tag> barriers, MarkupSink& sink) {
  const size_t lowest = open_.size() > kImpliedSearchMax ? open_.size() - kImpliedSearchMax : 0;
  for (size_t i = open_.size(); i > lowest; --i) {
    const Tag tag = open_[i - 1].tag;
    if (std::find(closing.begin(), closing.end(), tag) != closing.end()) {
      while (open_.size() >= i) Pop(sink);
      return;
    }
    if (std::find(barriers.begin(), barriers.end(), tag) != barriers.end()) return;
  }
}

// Ends what the start tag of `tag` ends by implication.
void FlatReader::CloseFor(Tag tag, MarkupSink& sink) {
  if (open_.empty()) return;
  switch (tag) {
    case Tag::kA:
      return CloseImplied({Tag::kA}, {Tag::kTd, Tag::kTh, Tag::kTable}, sink);
    case Tag::kLi:
      return CloseImplied({Tag::kLi}, {Tag::kUl, Tag::kOl, Tag::kMenu, Tag::kTd}, sink);
    case Tag::kDt:
    case Tag::kDd:
      return CloseImplied({Tag::kDt, Tag::kDd}, {Tag::kDl, Tag::kTd}, sink);
    case Tag::kOption:
    case Tag::kOptgroup:
      return CloseImplied({Tag::kOption}, {Tag::kSelect, Tag::kTd}, sink);
    case Tag::kTd:
    case Tag::kTh:
      return CloseImplied({Tag::kTd, Tag::kTh}, {Tag::kTr, Tag::kTable}, sink);
    case Tag::kTr:
      return CloseImplied({Tag::kTr}, {Tag::kTable}, sink);
    case Tag::kTbody:
    case Tag::kThead:
    case Tag::kTfoot:
      return CloseImplied({Tag::kTbody, Tag::kThead, Tag::kTfoot}, {Tag::kTable}, sink);
    case Tag::kBody:
      return CloseImplied({Tag::kHead}, {Tag::kBody}, sink);
    default:
      if (IsBlock(tag)) {
        CloseImplied({Tag::kP}, {Tag::kTd, Tag::kTh, Tag::kTable, Tag::kButton, Tag::kDiv}, sink);
      }
  }
}

RawScan ScanRaw(std::string_view markup) {
  RawScan scan;
  size_t at = 0;
  size_t html = std::string_view::npos;  // the last </html
  const auto add_load = [&scan](std::string_view tag, std::string_view attribute) {
    if (!ContainsIgnoreCase(tag, attribute)) return;
    scan.loads_cut |= scan.loads.size() == limits::kLoadTagsMax;
    if (!scan.loads_cut) scan.loads.push_back(tag);
  };
  while ((at = markup.find('<', at)) != std::string_view::npos && at + 2 < markup.size()) {
    switch (AsciiLower(markup[at + 1])) {
      case 'a':
        scan.anchors += IsAsciiSpace(markup[at + 2]) || markup[at + 2] == '/';
        break;
      case '!':
        if (markup.substr(at).starts_with("<!--")) {
          at = FindCommentEnd(markup, at + 4).next;
          continue;
        }
        break;
      case '/':
        if (StartsWithIgnoreCase(markup.substr(at + 2, 4), "html")) {
          html = at;
        }
        break;
      case 'b':
      case 'l': {
        const std::string_view name = markup.substr(at + 1, 4);
        if (at + 5 < markup.size() && IsAsciiSpace(markup[at + 5]) &&
            (EqualsIgnoreCase(name, "link") || EqualsIgnoreCase(name, "base"))) {
          // Tags do not overlap: all of them together are no longer than the page.
          const size_t end = scan.loads_cut ? std::string_view::npos : TagEnd(markup, at);
          scan.loads_cut |= end == std::string_view::npos;
          if (scan.loads_cut) break;
          add_load(markup.substr(at, end - at), "href");
          at = end;
          continue;
        }
        break;
      }
      case 'f':
        if (StartsWithIgnoreCase(markup.substr(at + 1, 8), "frameset")) scan.frameset = true;
        break;
      case 's':
      case 't':
      case 'x':
      case 'i':
      case 'n':
      case 'p': {
        char lower[12];
        size_t size = 0;
        while (size < sizeof lower && at + 1 + size < markup.size() &&
               IsLetter(markup[at + 1 + size])) {
          lower[size] = AsciiLower(markup[at + 1 + size]);
          ++size;
        }
        if (size < 3) break;
        const Tag tag = TagByName({lower, size});
        if (tag == Tag::kNoscript &&
            (scan.noscripts.empty() || scan.noscripts.back().second <= at)) {
          scan.noscripts.emplace_back(at, RawTextEnd(markup, "noscript", at));
        }
        if (!IsRawText(tag)) break;
        if (tag == Tag::kPlaintext) {
          at = markup.size();
          continue;
        }
        // Quotes that do not end, at most once for either mark, hide nothing behind them.
        size_t begin = TagEnd(markup, at);
        if (begin == std::string_view::npos)
          begin = std::min(markup.find('>', at), markup.size() - 1) + 1;
        const size_t end = RawTextEnd(markup, TagName(tag), begin);
        if (tag == Tag::kScript) add_load(markup.substr(at, begin - at), "src");
        if (tag == Tag::kStyle && !ContainsIgnoreCase(markup.substr(at, begin - at), "print")) {
          scan.styles.push_back(markup.substr(begin, end - begin));
        }
        at = end;
        continue;
      }
      default:
        break;
    }
    ++at;
  }
  if (html != std::string_view::npos)
    scan.html_end = std::min(markup.find('>', html), markup.size() - 1) + 1;
  return scan;
}

}  // namespace xuncha
