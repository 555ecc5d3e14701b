// SPDX-License-Identifier: Apache-2.0
#include "rules/outbound.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/tree.h"
#include "base/url.h"
#include "outbound_embedded.h"
#include "rules/kinds.h"

namespace xuncha {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  const Node* Child(const Node& node, std::string_view key, Node::Type type) {
    const Node* child = node.Find(key);
    if (child != nullptr && child->is(type)) return child;
    Error(child == nullptr ? node : *child,
          fmt::format("\"{}\" must be there, as {}", key, TypeName(type)));
    return nullptr;
  }
  uint32_t Number(const Node& node, std::string_view key) {
    const Node* value = Child(node, key, Node::Type::kInteger);
    if (value == nullptr) return 0;
    if (value->integer < 1 || value->integer > 100'000)
      Error(*value, fmt::format("\"{}\" must be from 1 to 100000", key));
    return static_cast<uint32_t>(value->integer);
  }
  std::string String(const Node& node, std::string_view key) {
    const Node* value = Child(node, key, Node::Type::kString);
    if (value != nullptr && value->string.empty()) Error(*value, "must not be empty");
    return value == nullptr ? "" : value->string;
  }
  std::vector<std::string> Words(const Node& node, std::string_view key) {
    std::vector<std::string> words;
    const Node* list = Child(node, key, Node::Type::kArray);
    if (list == nullptr) return words;
    for (const Node& item : list->items) {
      if (item.is(Node::Type::kString) && !item.string.empty()) {
        words.push_back(item.string);
      } else {
        Error(item, fmt::format("\"{}\" must hold words", key));
      }
    }
    return words;
  }
  void Only(const Node& node, std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : node.members) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      errors_.push_back(fmt::format("{}:{}:{}: unknown key \"{}\"; known: {}", name_,
                                    value.key_line, value.key_column, key, fmt::join(known, ", ")));
    }
  }
  void Error(const Node& node, std::string_view text) {
    errors_.push_back(fmt::format("{}:{}:{}: {}", name_, node.line, node.column, text));
  }
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  std::string name_;
  std::vector<std::string> errors_;
};

void ReadAllow(const Node& root, Reader& reader, OutboundRules& out) {
  const Node* list = reader.Child(root, "allow", Node::Type::kArray);
  if (list == nullptr) return;
  for (const Node& entry : list->items) {
    reader.Only(entry, {"why", "hosts"});
    reader.String(entry, "why");
    for (const std::string& host : reader.Words(entry, "hosts")) {
      const Result<Url> url = Url::Parse("http://" + host + "/");
      if (!url || url->host() != host || host.find('.') == std::string::npos)
        reader.Error(entry, fmt::format("\"{}\" is no host name", host));
      out.allow.insert(host);
    }
  }
}

void ReadKinds(const Node& root, Reader& reader, OutboundRules& out) {
  const Node* kinds = reader.Child(root, "kinds", Node::Type::kTable);
  if (kinds == nullptr) return;
  for (const auto& [kind, node] : kinds->members) {
    const auto severity = SeverityByName(node.string);
    if (FindKind(kind) == nullptr) reader.Error(node, fmt::format("unknown kind \"{}\"", kind));
    if (!severity || *severity == Severity::kHint) {
      reader.Error(node, fmt::format("\"{}\" must be \"low\", \"medium\" or \"high\"", kind));
      continue;
    }
    out.kinds.emplace(kind, *severity);
  }
}

std::vector<OutboundRules::Mark> ReadMarks(const Node& parked, std::string_view key,
                                           Reader& reader) {
  std::vector<OutboundRules::Mark> marks;
  const Node* list = reader.Child(parked, key, Node::Type::kArray);
  if (list == nullptr) return marks;
  for (const Node& entry : list->items) {
    reader.Only(entry, {"name", "any"});
    OutboundRules::Mark mark{reader.String(entry, "name"), reader.Words(entry, "any")};
    for (std::string& word : mark.any) word = AsciiLower(word);
    marks.push_back(std::move(mark));
  }
  return marks;
}

bool HasAny(std::string_view lower, const OutboundRules::Mark& mark) {
  return std::any_of(mark.any.begin(), mark.any.end(), [lower](const std::string& word) {
    return lower.find(word) != std::string_view::npos;
  });
}

std::string_view TextAt(const Document& document, Span span) {
  return std::string_view(document.text).substr(span.begin, span.size());
}

// A foreign address that carries the name: the offer of a market.
bool IsOffered(const Page& page, std::string_view domain) {
  const auto is_offer = [domain](const Url& url) {
    return !url.empty() && ContainsIgnoreCase(url.path_and_query(), domain) &&
           RegistrableDomain(url.host()) != domain;
  };
  const std::vector<Link>& links = page.document.links;
  return is_offer(page.response.final_url) ||
         std::any_of(links.begin(), links.end(),
                     [&is_offer](const Link& link) { return is_offer(link.url); });
}

}  // namespace

bool OutboundRules::Allows(std::string_view host) const {
  for (;;) {
    if (allow.contains(host)) return true;
    const size_t dot = host.find('.');
    if (dot == std::string_view::npos) return false;
    host.remove_prefix(dot + 1);
  }
}

Result<OutboundRules> ReadOutboundRules(std::string_view text, std::string_view name) {
  Result<Node> root = ParseToml(text, name);
  if (!root) return root.error();
  Reader reader(name);
  OutboundRules out;
  reader.Only(*root, {"allow", "kinds", "parked"});
  ReadAllow(*root, reader, out);
  ReadKinds(*root, reader, out);
  if (const Node* parked = reader.Child(*root, "parked", Node::Type::kTable)) {
    reader.Only(*parked, {"marks_min", "thin", "words", "scripts"});
    out.marks_min = reader.Number(*parked, "marks_min");
    out.thin = reader.Number(*parked, "thin");
    out.words = ReadMarks(*parked, "words", reader);
    out.scripts = ReadMarks(*parked, "scripts", reader);
  }
  if (!reader.errors().empty()) return Error{Code::kInvalid, Join(reader.errors(), "\n")};
  return out;
}

const OutboundRules& BuiltinOutboundRules() {
  static const OutboundRules kBuiltin = [] {
    CHECK(embedded::outbound().size() == 1);
    Result<OutboundRules> read =
        ReadOutboundRules(embedded::outbound().front().bytes, "rules/outbound.toml");
    if (!read) std::fprintf(stderr, "%s\n", read.error().text.c_str());
    CHECK(read.ok());
    return std::move(*read);
  }();
  return kBuiltin;
}

std::vector<std::string> ParkedMarks(const OutboundRules& rules, std::string_view host,
                                     const Page& page) {
  const Document& document = page.document;
  const std::string_view visible = TextAt(document, document.visible);
  const std::string seen = AsciiLower(CollapseSpace(document.title + "\n" + std::string(visible)));
  std::vector<std::string> marks;
  for (const OutboundRules::Mark& mark : rules.words) {
    if (HasAny(seen, mark)) marks.push_back(mark.name);
  }
  if (marks.empty()) return {};
  std::string loads;
  for (const Zone& zone : document.zones) {
    if (zone.kind == ZoneKind::kScript) loads.append(TextAt(document, zone.text)).append("\n");
  }
  for (const Link& link : document.links) {
    if (link.kind == LinkKind::kScriptSource || link.kind == LinkKind::kFrame)
      loads.append(link.href).append("\n");
  }
  loads = AsciiLower(loads);
  for (const OutboundRules::Mark& mark : rules.scripts) {
    if (HasAny(loads, mark)) marks.push_back(mark.name);
  }
  const std::string domain = RegistrableDomain(host);
  if (ContainsIgnoreCase(document.title, domain)) marks.emplace_back("标题即域名");
  if (IsOffered(page, domain)) marks.emplace_back("链接到域名交易页");
  if (CountCodePoints(visible) < rules.thin) marks.emplace_back("页面几乎没有内容");
  if (marks.size() < rules.marks_min) marks.clear();
  return marks;
}

}  // namespace xuncha
