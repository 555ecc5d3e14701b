// PageBuilder makes a page by hand: zones, links and signals as Extract would
// leave them, and hits as Matcher would, found by plain search. The judge is
// tested without either.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/record.h"
#include "rules/rule_set.h"

namespace xuncha {

// Only the registry makes permits; here it is one line.
class Registry {
 public:
  static Permit PermitFor(const Site& site, std::string_view url) {
    Permit permit;
    permit.site_ = &site;
    permit.url_ = *Url::Parse(url);
    return permit;
  }
};

class PageBuilder {
 public:
  explicit PageBuilder(std::string_view url = "http://www.campus.test/news/1.html") {
    page_.response.final_url = *Url::Parse(url);
  }

  PageBuilder& Of(const Site& site, std::string_view url) {
    page_.permit = Registry::PermitFor(site, url);
    return *this;
  }

  PageBuilder& Add(ZoneKind kind, std::string_view text, Hiding hiding = Hiding::kNone,
                   std::string_view detail = {}) {
    Document& document = page_.document;
    const Span span = Append(text);
    document.zones.push_back({kind, hiding, span, std::string(detail)});
    if (kind == ZoneKind::kText)
      document.visible = {std::min(document.visible.begin, span.begin), span.end};
    return *this;
  }
  PageBuilder& Title(std::string_view text) { return Add(ZoneKind::kTitle, text); }
  PageBuilder& Text(std::string_view text) { return Add(ZoneKind::kText, text); }
  PageBuilder& Hidden(std::string_view text, Hiding hiding = Hiding::kDisplayNone) {
    return Add(ZoneKind::kHidden, text, hiding);
  }

  // Makes the words, which the last zone holds, a link.
  PageBuilder& Link(std::string_view words, std::string_view href) {
    const Zone& zone = page_.document.zones.back();
    const size_t at = page_.document.text.find(words, zone.text.begin);
    xuncha::Link link;
    link.href = std::string(href);
    if (auto url = Url::Resolve(page_.response.final_url, href); url.ok()) link.url = *url;
    link.text = {static_cast<uint32_t>(at), static_cast<uint32_t>(at + words.size())};
    page_.document.links.push_back(std::move(link));
    return *this;
  }

  PageBuilder& Sign(SignalKind kind, std::string_view detail = "detail") {
    page_.document.signals.push_back({kind, std::string(detail), {}, 0});
    return *this;
  }

  Page Build(const RuleSet& rules) {
    Page& page = page_;
    page.response.body = page.document.text;
    page.document.runs = {{0, 0, false}};
    for (uint32_t i = 0; i < rules.patterns.size(); ++i) {
      const Pattern& pattern = rules.patterns[i];
      if (pattern.kind == PatternKind::kLiteral) FindLiteral(i, pattern.text);
      if (pattern.kind != PatternKind::kCheck) continue;
      if (pattern.text == "secret-mark") {
        FindLiteral(i, "机密★");
      } else {
        FindDigits(i, pattern.text == "mobile" ? 11 : 18);
      }
    }
    std::stable_sort(page.hits.begin(), page.hits.end(), [](const Hit& a, const Hit& b) {
      return std::pair(a.text.begin, a.text.end) < std::pair(b.text.begin, b.text.end);
    });
    page.checked = Checked::kFull;
    return std::move(page_);
  }

 private:
  Span Append(std::string_view text) {
    std::string& all = page_.document.text;
    if (!all.empty()) all += '\n';
    const auto begin = static_cast<uint32_t>(all.size());
    all += text;
    return {begin, static_cast<uint32_t>(all.size())};
  }

  void AddHit(uint32_t pattern, size_t begin, size_t size) {
    const Span span{static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + size)};
    for (uint32_t zone = 0; zone < page_.document.zones.size(); ++zone) {
      if (!page_.document.zones[zone].text.Contains(span)) continue;
      const bool in_anchor =
          std::any_of(page_.document.links.begin(), page_.document.links.end(),
                      [span](const xuncha::Link& link) { return link.text.Contains(span); });
      page_.hits.push_back({pattern, span, zone, in_anchor, Channel::kPlain});
    }
  }

  void FindLiteral(uint32_t pattern, const std::string& text) {
    const std::string& all = page_.document.text;
    for (size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) {
      AddHit(pattern, at, text.size());
    }
  }

  void FindDigits(uint32_t pattern, size_t count) {
    const std::string& all = page_.document.text;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (size_t begin = 0; begin < all.size();) {
      size_t end = begin;
      while (end < all.size() && is_digit(all[end])) ++end;
      if (end - begin == count) AddHit(pattern, begin, count);
      begin = std::max(end, begin + 1);
    }
  }

  Page page_;
};

}  // namespace xuncha
