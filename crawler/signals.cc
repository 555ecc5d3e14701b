// SPDX-License-Identifier: Apache-2.0
#include "crawler/signals.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace xuncha {
namespace {

// "a.example、b.example 等": the first hosts of a set.
std::string Names(const std::set<std::string_view>& hosts) {
  constexpr size_t kShown = 3;
  std::string out;
  size_t shown = 0;
  for (std::string_view host : hosts) {
    if (shown++ == kShown) return out + " 等";
    if (!out.empty()) out += "、";
    out += host;
  }
  return out;
}

// Links that stand together, counted by where they lead.
struct Tally {
  uint32_t links = 0;                // to foreign hosts
  std::set<std::string_view> hosts;  // foreign, no institutions
  std::set<std::string_view> institutions;
  Span text;
  void Add(const FoundLink& link, const HostFacts& host, Span place) {
    if (host.institution) {
      institutions.insert(host.host);
      return;
    }
    ++links;
    hosts.insert(host.host);
    if (!link.words) return;
    if (text.empty()) text = place;
    text.begin = std::min(text.begin, place.begin);
    text.end = std::max(text.end, place.end);
  }
  std::string Counted() const {
    return "外链 " + std::to_string(links) + " 条，指向 " + std::to_string(hosts.size()) +
           " 个主机（" + Names(hosts) + "）";
  }
};

class Finder {
 public:
  Finder(const PageReading& reading, const PageFacts& facts,
         const std::array<uint32_t, kParts>& begins, Page& page)
      : reading_(reading), facts_(facts), begins_(begins), page_(page), document_(page.document) {}

  void Find() {
    Head();
    Scripts();
    Targets();
    Blocks();
    Anchors();
    Whole();
  }

 private:
  void Add(SignalKind kind, std::string detail, uint32_t count = 0, Span text = {}) {
    document_.signals.push_back({kind, std::move(detail), text, count});
  }
  const HostFacts& HostOf(const FoundLink& link) const { return reading_.hosts[link.host]; }
  const FoundLink& Link(size_t index) const { return reading_.links[index]; }
  bool Foreign(const FoundLink& link) const { return link.host != 0 && HostOf(link).foreign; }
  bool Strange(const FoundLink& link) const { return link.host != 0 && HostOf(link).strange(); }
  Span Place(const FoundLink& link) const {
    if (!link.words) return {};
    const uint32_t begin = begins_[static_cast<size_t>(link.part)];
    return {link.link.text.begin + begin, link.link.text.end + begin};
  }

  void Head();
  void DuplicateMeta(std::string_view name, std::string_view text);
  void Scripts();
  void Targets();
  void Blocks();
  bool Legitimate(const HiddenBlock& block, const Tally& tally) const;
  void Anchors();
  void Whole();

  const PageReading& reading_;
  const PageFacts& facts_;
  const std::array<uint32_t, kParts>& begins_;
  Page& page_;
  Document& document_;
};

// Mostly numeric references. A character spelled so is three bytes if it is Han.
bool IsNumeric(const SpellingCount& spelling) {
  return spelling.numeric >= 4 && spelling.numeric * 3 * 10 >= spelling.bytes * 6;
}

std::set<std::u32string> HanPairs(std::string_view text) {
  std::set<std::u32string> pairs;
  char32_t before = 0;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, &at);
    if (IsHan(c) && before != 0) pairs.insert({before, c});
    before = IsHan(c) ? c : 0;
  }
  return pairs;
}

void Finder::DuplicateMeta(std::string_view name, std::string_view text) {
  const FoundMeta* first = nullptr;
  for (const FoundMeta& meta : reading_.metas) {
    if (meta.name != name) continue;
    if (first == nullptr) {
      first = &meta;
      continue;
    }
    if (meta.content == first->content) continue;
    const std::set<std::u32string> a = HanPairs(first->content), b = HanPairs(meta.content);
    if (a.size() < 3 || b.size() < 3) return;
    const bool related =
        std::any_of(a.begin(), a.end(), [&b](const auto& pair) { return b.contains(pair); });
    if (!related) {
      Add(SignalKind::kDuplicateMeta,
          "有两份" + std::string(text) + "，内容互不相关：“" +
              first->content.substr(0, StepForward(first->content, 0, 30)) + "”",
          2);
    }
    return;
  }
}

void Finder::Head() {
  const SpellingCount& body = reading_.text.at(Part::kVisible).spelling();
  const bool body_plain = body.numeric * 3 * 10 < body.bytes * 3;
  if (body_plain) {
    if (IsNumeric(reading_.title_spelling)) {
      Add(SignalKind::kEntityHead,
          "标题有 " + std::to_string(reading_.title_spelling.numeric) + " 个字符用数字实体书写",
          reading_.title_spelling.numeric);
    } else {
      for (const FoundMeta& meta : reading_.metas) {
        if (!IsNumeric(meta.spelling)) continue;
        Add(SignalKind::kEntityHead,
            meta.name + " 有 " + std::to_string(meta.spelling.numeric) + " 个字符用数字实体书写",
            meta.spelling.numeric);
        break;
      }
    }
  }
  DuplicateMeta("description", "描述");
  DuplicateMeta("keywords", "关键词");
  for (const FoundScript& script : reading_.script_sources) {
    const FoundLink& link = Link(script.link);
    if (!script.after_head_words || !Strange(link)) continue;
    std::string_view path = link.link.url.path();
    std::string_view name = path.substr(path.rfind('/') + 1);
    name = name.substr(0, name.find('.'));
    if (name.size() > 4) continue;
    Add(SignalKind::kHeadScript, "标题之后紧跟外部脚本 " + link.link.url.text());
    break;
  }
}

void Finder::Scripts() {
  for (const ScriptSummary& script : reading_.scripts) {
    if (script.where != Where::kPage && script.where != Where::kInner &&
        script.where != Where::kLost)
      continue;
    const ScriptFacts& facts = script.facts;
    const bool tests = facts.tests_agent || facts.tests_referrer;
    Tally written;
    for (size_t index : script.links) {
      if (Foreign(Link(index)) && Link(index).link.kind != LinkKind::kImage &&
          Link(index).link.kind != LinkKind::kStyle) {
        written.Add(Link(index), HostOf(Link(index)), Place(Link(index)));
      }
    }
    bool moves_off = false, moves_home = false, loads = false;
    std::string move;
    for (size_t index : script.moves) {
      (Foreign(Link(index)) ? moves_off : moves_home) = true;
      if (move.empty() && Foreign(Link(index))) move = Link(index).link.url.text();
    }
    for (size_t index : script.sources) loads |= Strange(Link(index));

    if (facts.sets_title && tests && (facts.names_engine || facts.names_spider)) {
      Add(SignalKind::kTitleRewrite, std::string("脚本在判断") +
                                         (facts.tests_agent ? "浏览器标识" : "访问来源") +
                                         "之后改写 document.title");
    }
    if (facts.tests_referrer && facts.names_engine && facts.moves && (moves_off || !moves_home)) {
      Add(SignalKind::kReferrerRedirect,
          move.empty() ? "判断来自搜索引擎后跳转" : "判断来自搜索引擎后跳转到 " + move);
    }
    const bool acts = facts.moves || facts.writes || facts.sets_title;
    if (facts.tests_agent && acts && (facts.names_spider || facts.names_engine)) {
      Add(SignalKind::kSpiderBranch,
          facts.names_spider ? "脚本判断访客是否搜索蜘蛛" : "脚本按搜索引擎名称分支");
    }
    const bool leads_off = !written.hosts.empty() || loads || moves_off;
    if (facts.packed && (leads_off || facts.writes)) {
      Add(SignalKind::kPackedScript,
          written.hosts.empty() ? "解开后向页面写入内容" : "解开后写出" + written.Counted());
    }
    if (facts.disguised_sink || facts.hidden_names >= 2 ||
        (facts.number_names >= 20 && (facts.writes || facts.moves || loads))) {
      Add(SignalKind::kObfuscatedScript,
          facts.hidden_names >= 2
              ? "以转义书写对象成员名 " + std::to_string(facts.hidden_names) + " 处"
          : facts.disguised_sink
              ? "写入页面或执行的内容经过编码"
              : "变量名为十六进制编号 " + std::to_string(facts.number_names) + " 处",
          facts.hidden_names);
    }
    if (!written.hosts.empty()) {
      Add(SignalKind::kForeignScriptWrite, "脚本写出" + written.Counted(), written.links,
          written.text);
    }
  }
}

// Refreshes, base, frames, forms, redirects.
void Finder::Targets() {
  constexpr float kSoonSeconds = 2;
  for (const FoundRefresh& refresh : reading_.refreshes) {
    const FoundLink& link = Link(refresh.link);
    if (!Foreign(link) || refresh.seconds > kSoonSeconds || link.where == Where::kComment) continue;
    Add(refresh.header ? SignalKind::kHeaderRefreshOff : SignalKind::kMetaRefreshOff,
        "跳转到 " + link.link.url.text());
  }
  if (!reading_.base.empty()) {
    if (Result<Url> base = Url::Parse(reading_.base);
        base && !reading_.own_domain.empty() &&
        RegistrableDomain(base->host()) != reading_.own_domain) {
      Add(SignalKind::kForeignBase, "基准地址为 " + base->text());
    }
  }
  for (const FoundFrame& frame : reading_.frames) {
    const FoundLink& link = Link(frame.link);
    if (!frame.hidden || !Strange(link) || link.where == Where::kComment ||
        link.where == Where::kNoscript)
      continue;
    Add(SignalKind::kHiddenFrame,
        "不可见的 " + frame.name + " 指向 " + std::string(link.link.url.host()));
  }
  for (const FoundForm& form : reading_.forms) {
    const FoundLink& link = Link(form.link);
    if (!Strange(link) || !(form.post || form.password) || link.where == Where::kComment) continue;
    Add(SignalKind::kForeignForm, std::string(form.password ? "含密码的表单" : "表单") + "提交到 " +
                                      std::string(link.link.url.host()));
  }
  for (const FoundLink& link : reading_.links) {
    if (link.link.kind != LinkKind::kRedirect || !Foreign(link)) continue;
    Add(SignalKind::kRedirectOff, "重定向到 " + link.link.url.text());
    break;
  }
}

// Blocks that pages hide for good reasons: things that open on a click or for
// a screen reader, twins in another language, what a script of the page names.
// None of them holds a list of strangers, so the excuse ends at a few links.
bool Finder::Legitimate(const HiddenBlock& block, const Tally& tally) const {
  static constexpr std::string_view kWords[] = {
      "tab",    "pane",     "modal",     "popup",  "dialog", "dropdown", "drop",
      "menu",   "nav",      "sub",       "slide",  "swiper", "carousel", "banner",
      "cookie", "collapse", "accordion", "panel",  "sr",     "only",     "visually",
      "screen", "skip",     "tooltip",   "mobile", "wap",    "print",    "lang",
      "more",   "share",    "ewm",       "qrcode", "code",   "weixin",   "search",
      "login",  "loading",  "mask",      "layer",  "tip",    "tags",     "fade"};
  static constexpr std::string_view kVendors[] = {
      "css3menu.com",  "globbers.com",  "joomspirit.com", "prestashop.com", "typecho.org",
      "wowslider.com", "cssmoban.com",  "17sucai.com",    "dedecms.com",    "phpcms.cn",
      "discuz.net",    "wordpress.org", "joomla.org"};
  constexpr size_t kLinksExcused = 3, kHostsExcused = 2;
  if (tally.links > kLinksExcused || tally.hosts.size() > kHostsExcused) return false;
  const bool vendor =
      std::all_of(tally.hosts.begin(), tally.hosts.end(), [](std::string_view host) {
        return std::any_of(std::begin(kVendors), std::end(kVendors),
                           [host](std::string_view name) { return host.ends_with(name); });
      });
  if (vendor || block.twin || block.hiding == Hiding::kDetails) return true;
  const std::string names = AsciiLower(block.id + " " + block.classes);
  for (size_t at = 0; at < names.size();) {
    const size_t end = std::min(names.find_first_of(" -_\t\n", at), names.size());
    const std::string_view word = std::string_view(names).substr(at, end - at);
    for (std::string_view known : kWords) {
      if (word == known || (known.size() > 3 && word.starts_with(known))) return true;
    }
    at = end + 1;
  }
  const bool can_open = block.hiding == Hiding::kDisplayNone ||
                        block.hiding == Hiding::kVisibility ||
                        block.hiding == Hiding::kHiddenAttribute ||
                        block.hiding == Hiding::kOpacity || block.hiding == Hiding::kZeroSize;
  if (!can_open) return false;
  const std::string_view first = std::string_view(block.classes).substr(0, block.classes.find(' '));
  for (std::string_view script : reading_.script_texts) {
    if (block.id.size() > 2 && script.find(block.id) != std::string_view::npos) return true;
    if (first.size() > 2 && script.find(first) != std::string_view::npos) return true;
  }
  for (const std::span<const uint32_t> known : reading_.script_names) {
    for (const std::string_view name : {std::string_view(block.id), first}) {
      if (name.size() > 2 &&
          std::binary_search(known.begin(), known.end(), HashStyleName(name, 'n')))
        return true;
    }
  }
  return false;
}

void Finder::Blocks() {
  std::map<int32_t, Tally> blocks;
  Tally comments, unrendered, after_html;
  for (const FoundLink& link : reading_.links) {
    if (!Foreign(link)) continue;
    const LinkKind kind = link.link.kind;
    if (kind != LinkKind::kAnchor && kind != LinkKind::kArea && kind != LinkKind::kScript) continue;
    const HostFacts& host = HostOf(link);
    switch (link.where) {
      case Where::kComment:
        comments.Add(link, host, Place(link));
        break;
      case Where::kNoscript:
      case Where::kTemplate:
        unrendered.Add(link, host, Place(link));
        break;
      case Where::kPage:
      case Where::kInner:
      case Where::kLost:
        if (link.block >= 0) blocks[link.block].Add(link, host, Place(link));
        if (link.where == Where::kPage && reading_.html_end != kNoSource &&
            link.source != kNoSource && link.source >= reading_.html_end) {
          after_html.Add(link, host, Place(link));
        }
        break;
      case Where::kWritten:
        break;  // told by kForeignScriptWrite
    }
  }
  for (const auto& [index, tally] : blocks) {
    const HiddenBlock& block = reading_.blocks[static_cast<size_t>(index)];
    // Hidden links to universities are sold too, but it takes a list of them.
    constexpr size_t kInstitutionsMany = 4;
    const bool many = tally.institutions.size() >= kInstitutionsMany;
    if ((tally.hosts.empty() && !many) || Legitimate(block, tally)) continue;
    std::string detail =
        "隐藏块 " + block.name + "（" + std::string(HidingText(block.hiding)) + "）内有";
    if (tally.hosts.empty()) {
      detail += "指向 " + std::to_string(tally.institutions.size()) + " 个其他机构网站的链接";
    } else {
      detail += tally.Counted();
    }
    Add(SignalKind::kHiddenLinks, std::move(detail), tally.links, tally.text);
  }
  if (comments.links >= 3 && comments.hosts.size() >= 2) {
    Add(SignalKind::kCommentLinks, "注释内有" + comments.Counted(), comments.links, comments.text);
  }
  if (unrendered.links >= 2) {
    Add(SignalKind::kCommentLinks, "noscript 或 template 内有" + unrendered.Counted(),
        unrendered.links, unrendered.text);
  }
  if (!after_html.hosts.empty()) {
    Add(SignalKind::kLinksAfterHtml, "</html> 之后有" + after_html.Counted(), after_html.links,
        after_html.text);
  }
}

void Finder::Anchors() {
  Tally tiny, cheap, all;
  // The longest run of links in which every one leads to another stranger.
  constexpr size_t kFarmHosts = 8;
  Tally run, farm;
  for (const FoundLink& link : reading_.links) {
    const LinkKind kind = link.link.kind;
    if (kind != LinkKind::kAnchor && kind != LinkKind::kArea && kind != LinkKind::kScript) continue;
    if (link.where == Where::kComment || link.host == 0) continue;
    const HostFacts& host = HostOf(link);
    const bool strange = host.strange();
    if (strange) {
      all.Add(link, host, Place(link));
      run.Add(link, host, Place(link));
      if (host.cheap) cheap.Add(link, host, Place(link));
    }
    if (!strange || &link == &reading_.links.back()) {
      if (run.hosts.size() > farm.hosts.size()) farm = run;
      if (!strange) run = {};
    }
    if (!strange || kind != LinkKind::kAnchor) continue;
    const Span place = Place(link);
    const std::string_view words =
        std::string_view(document_.text).substr(place.begin, place.size());
    const size_t characters = CountCodePoints(words);
    size_t at = 0;
    const char32_t only = characters == 1 ? NextCodePoint(words, &at) : 0;
    if ((characters == 0 && !link.picture) || (characters == 1 && !IsHan(only) && !link.picture)) {
      tiny.Add(link, host, place);
    }
  }
  if (run.hosts.size() > farm.hosts.size()) farm = run;
  if (tiny.links >= 3) {
    Add(SignalKind::kTinyAnchors, "空白或单字符的" + tiny.Counted(), tiny.links, tiny.text);
  }
  if (farm.hosts.size() >= kFarmHosts) {
    Add(SignalKind::kLinkFarm, "连续" + farm.Counted(), farm.links, farm.text);
  }
  if (cheap.links >= 3 && cheap.links * 2 >= all.links) {
    Add(SignalKind::kCheapDomains,
        std::to_string(all.links) + " 条外链中有 " + std::to_string(cheap.links) +
            " 条指向廉价域名、数字主机或 IP（" + Names(cheap.hosts) + "）",
        cheap.links);
  }
}

void Finder::Whole() {
  if (facts_.lost_links > 0 || facts_.lost_text >= 60) {
    Add(SignalKind::kParserDifference,
        "浏览器丢弃的内容里有 " + std::to_string(facts_.lost_links) + " 条链接、" +
            std::to_string(facts_.lost_text) + " 字节文字",
        static_cast<uint32_t>(facts_.lost_links));
  }
  if (document_.declared != Charset::kUnknown && document_.declared != document_.charset &&
      !facts_.ascii) {
    Add(SignalKind::kCharsetLie, "声明为 " + std::string(CharsetName(document_.declared)) +
                                     "，实际为 " + std::string(CharsetName(document_.charset)));
  }
  size_t han_in_css = 0;
  std::string words;
  for (const CssContent& content : reading_.css_contents) {
    const size_t before = han_in_css;
    for (size_t at = 0; at < content.text.size();)
      han_in_css += IsHan(NextCodePoint(content.text, &at));
    if (words.empty() && han_in_css > before)
      words = content.text.substr(0, StepForward(content.text, 0, 20));
  }
  if (han_in_css >= 4) {
    Add(SignalKind::kCssContent,
        "样式表写入 " + std::to_string(han_in_css) + " 个汉字：“" + words + "”",
        static_cast<uint32_t>(han_in_css));
  }
  if (reading_.reversed >= 6) {
    const uint32_t begin = begins_[static_cast<size_t>(reading_.reversed_part)];
    Add(SignalKind::kReversedText, "样式使文字倒序显示", 0,
        {reading_.reversed_text.begin + begin, reading_.reversed_text.end + begin});
  } else if (const size_t at = document_.text.find("\xE2\x80\xAE"); at != std::string::npos) {
    Add(SignalKind::kReversedText, "文字中有方向控制字符 U+202E", 0,
        {static_cast<uint32_t>(at), static_cast<uint32_t>(at + 3)});
  }
  const Url& url = page_.response.final_url;
  if (url.empty()) return;
  if (const std::string_view query = url.query(); !query.empty() && !document_.title.empty()) {
    for (std::string_view pair : Split(query, '&')) {
      const size_t equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      std::string value(pair.substr(equals + 1));
      std::replace(value.begin(), value.end(), '+', ' ');
      value = PercentDecode(value);
      if (!IsValidUtf8(value)) value = DecodeToUtf8(value, Charset::kGb18030).utf8;
      value = CollapseSpace(value);
      size_t han = 0;
      for (size_t at = 0; at < value.size();) han += IsHan(NextCodePoint(value, &at));
      if (han >= 2 && ContainsIgnoreCase(document_.title, value)) {
        Add(SignalKind::kReflectedQuery,
            "标题含有查询参数“" + value.substr(0, StepForward(value, 0, 30)) + "”");
        break;
      }
    }
  }
  for (std::string_view segment : Split(url.path(), '/')) {
    if (!IsRandomName(segment)) continue;
    Add(SignalKind::kRandomPath, "路径中有随机名称 " + std::string(segment));
    break;
  }
}

}  // namespace

void FindSignals(const PageReading& reading, const PageFacts& facts,
                 const std::array<uint32_t, kParts>& begins, Page& page) {
  Finder(reading, facts, begins, page).Find();
}

}  // namespace xuncha
