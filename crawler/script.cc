// SPDX-License-Identifier: Apache-2.0
#include "crawler/script.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/script_text.h"

namespace xuncha {
namespace {

// Search engines whose visitors are led astray, and their crawlers. A name that is
// part of a browser's (baidubrowser, baiduboxapp) says nothing.
constexpr std::string_view kEngines[] = {"baidu", "sogou",   "soso",  "haosou", "so.com",
                                         "sm.cn", "shenma",  "yisou", "bing",   "google",
                                         "yahoo", "toutiao", "360"};
constexpr std::string_view kSpiders[] = {"spider", "googlebot", "bingbot", "yandexbot", "slurp"};

bool NamesEngine(std::string_view text) {
  for (std::string_view engine : kEngines) {
    for (size_t at = 0; (at = FindIgnoreCase(text, engine, at)) != std::string_view::npos;
         at += engine.size()) {
      const std::string_view rest = text.substr(at + engine.size());
      if (!StartsWithIgnoreCase(rest, "browser") && !StartsWithIgnoreCase(rest, "box") &&
          !StartsWithIgnoreCase(rest, "mobile") && !StartsWithIgnoreCase(rest, "se") &&
          !StartsWithIgnoreCase(rest, "ee")) {
        return true;
      }
    }
  }
  return false;
}

bool NamesSpider(std::string_view text) {
  return std::any_of(std::begin(kSpiders), std::end(kSpiders),
                     [text](std::string_view name) { return ContainsIgnoreCase(text, name); });
}

bool IsAddress(std::string_view text) {
  return text.size() >= 8 && text.size() <= limits::kUrlBytesMax &&
         (StartsWithIgnoreCase(text, "http://") || StartsWithIgnoreCase(text, "https://") ||
          (text.starts_with("//") && text.find('.') != std::string_view::npos)) &&
         text.find_first_of(" \n\"'<>") == std::string_view::npos;
}

// What strings become at the place where they stand.
enum class Sink : uint8_t { kNone, kWrite, kCode, kMove, kTitle, kSource };

class Reader {
 public:
  Reader(std::string_view script, Variables& variables) : lexer_(script), variables_(variables) {}

  ScriptReading Read() {
    Token before;
    while (true) {
      const Lexer here = lexer_;
      const Token token = lexer_.Next();
      if (token.kind == Token::Kind::kEnd) break;
      switch (token.kind) {
        case Token::Kind::kName:
          OnName(token, before);
          break;
        case Token::Kind::kString:
        case Token::Kind::kTemplate:
          OnString(here, token, before);
          break;
        case Token::Kind::kRegex:
          OnWords(lexer_.Text(token));
          break;
        case Token::Kind::kNumber:
          OnNumber(token);
          break;
        case Token::Kind::kPunct:
          OnPunct(token, before);
          break;
        case Token::Kind::kEnd:
          break;
      }
      before = token;
    }
    return std::move(reading_);
  }

 private:
  struct Bracket {
    Sink sink = Sink::kNone;
    bool assigned = false;  // the sink ends with the statement
  };
  static constexpr size_t kBracketsMax = 256;  // deeper ones share the last

  Sink sink() const { return brackets_.back().sink; }

  void OnName(const Token& token, const Token& before) {
    const std::string_view name = lexer_.Text(token);
    const bool member = before.kind == Token::Kind::kPunct && before.punct == '.';
    if (!member) chain_.clear();
    Chain(name);
    if (name.size() > 4 && name.starts_with("_0x")) ++reading_.facts.number_names;
    if (name == "eval" && Packed()) {
      chain_.clear();
      return;
    }
    // A name that stands for a string, or a decoding call, begins an expression.
    if (member) return;
    const Token next = lexer_.Peek();
    const bool call = next.kind == Token::Kind::kPunct && next.punct == '(';
    const bool known = variables_.values.find(name) != variables_.values.end();
    const bool starts =
        (call && (name == "unescape" || name == "decodeURIComponent" || name == "decodeURI" ||
                  ContainsIgnoreCase(name, "atob") || ContainsIgnoreCase(name, "64"))) ||
        name == "String" || name == "window" || (known && !next.assign);
    if (!starts) return;
    // Try the whole expression from this name.
    Lexer from(lexer_.script(), token.begin);
    if (std::optional<Value> value = Evaluate(from, variables_); value && !value->is_list) {
      lexer_ = from;
      Take(*value, token.begin);
      chain_.clear();
    }
  }

  void Chain(std::string_view name) {
    if (chain_.size() > limits::kScriptChainBytesMax) chain_.clear();
    if (!chain_.empty()) chain_.push_back('.');
    chain_ += name;
    if (name == "userAgent" || name == "appVersion") reading_.facts.tests_agent = true;
    if (name == "referrer" || name == "referer") reading_.facts.tests_referrer = true;
  }

  std::string_view Last() const {
    const size_t dot = chain_.rfind('.');
    return dot == std::string::npos ? std::string_view(chain_)
                                    : std::string_view(chain_).substr(dot + 1);
  }

  void OnWords(std::string_view words) {
    if (words.size() < 2 || words.size() > limits::kScriptWordsBytesMax) return;
    ScriptFacts& facts = reading_.facts;
    if (!facts.names_engine) facts.names_engine = NamesEngine(words);
    if (!facts.names_spider) facts.names_spider = NamesSpider(words);
  }

  void OnNumber(const Token& token) {
    const std::string_view digits = lexer_.Text(token);
    if (digits.size() >= 11 && IsWorthReading(digits)) {
      reading_.strings.push_back({std::string(digits), token.begin});
    }
  }

  void OnString(const Lexer& here, const Token& token, const Token& before) {
    const std::string_view literal = lexer_.Text(token);
    // ["name"] behind a value is a member.
    if (before.kind == Token::Kind::kPunct && before.punct == '[' && member_bracket_) {
      const Token next = lexer_.Peek();
      if (next.kind == Token::Kind::kPunct && next.punct == ']') {
        bool disguise = false;
        const std::string name = DecodeLiteral(literal, &disguise);
        if (disguise) ++reading_.facts.hidden_names;
        chain_ = bracket_chain_;
        Chain(name);
        lexer_.Next();
        brackets_.pop_back();
        if (brackets_.empty()) brackets_.push_back({});
        after_member_ = true;
        return;
      }
    }
    OnWords(literal);
    // Most strings of most scripts are short words of the machine.
    if (sink() == Sink::kNone && literal.size() < 12 &&
        literal.find('\\') == std::string_view::npos && !IsWorthReading(literal)) {
      const Token next = lexer_.Peek();
      if (next.kind != Token::Kind::kPunct || (next.punct != '+' && next.punct != '.')) {
        if (!pending_name_.empty()) {
          Value value;
          value.text = std::string(literal.substr(1, literal.size() - 2));
          variables_.Set(pending_name_, std::move(value));
          pending_name_.clear();
        }
        return;
      }
    }
    Lexer from = here;
    std::optional<Value> value = Evaluate(from, variables_);
    if (!value || value->is_list) {
      pending_name_.clear();
      return;
    }
    lexer_ = from;
    Take(*value, token.begin);
  }

  // An expression's value at the place where it stands.
  void Take(const Value& value, size_t offset) {
    if (!pending_name_.empty()) {
      variables_.Set(pending_name_, value);
      pending_name_.clear();
    }
    if (value.decoded) OnWords(value.text);
    ScriptFacts& facts = reading_.facts;
    switch (sink()) {
      case Sink::kWrite:
        facts.writes = true;
        facts.disguised_sink |= value.disguise;
        reading_.written.push_back({value.text, offset});
        return;
      case Sink::kCode:
        facts.disguised_sink |= value.disguise;
        reading_.code.push_back({value.text, offset});
        return;
      case Sink::kMove:
        reading_.moves.push_back({value.text, offset});
        break;
      case Sink::kSource:
        reading_.sources.push_back({value.text, offset});
        break;
      case Sink::kTitle:
        reading_.titles.push_back({value.text, offset});
        break;
      case Sink::kNone:
        break;
    }
    if (IsWorthReading(value.text)) {
      reading_.strings.push_back({value.text, offset});
    } else if (std::optional<std::string> words = PackedWords(value.text)) {
      reading_.strings.push_back({std::move(*words), offset});
    }
  }

  void OnPunct(const Token& token, const Token& before) {
    if (token.assign) return OnAssign(token.begin);
    switch (token.punct) {
      case '(': {
        Bracket bracket;
        const bool call = before.kind == Token::Kind::kName || after_member_;
        bracket.sink = call                                           ? CallSink()
                       : before.punct == '(' || sink() == Sink::kNone ? sink()
                                                                      : Sink::kNone;
        if (bracket.sink == Sink::kMove) reading_.facts.moves = true;
        Push(bracket);
        chain_.clear();
        break;
      }
      case '[': {
        member_bracket_ =
            before.kind == Token::Kind::kName || after_member_ ||
            (before.kind == Token::Kind::kPunct && (before.punct == ']' || before.punct == ')'));
        bracket_chain_ = member_bracket_ ? chain_ : std::string();
        const bool wanted = !pending_name_.empty() || sink() != Sink::kNone;
        if (!member_bracket_ && wanted && Array(token.begin)) break;
        Push({});
        break;
      }
      case '{':
        Push({});
        chain_.clear();
        break;
      case ')':
      case ']':
      case '}':
        if (brackets_.size() > 1) brackets_.pop_back();
        if (token.punct == '}') chain_.clear();
        break;
      case ';':
        if (brackets_.back().assigned) brackets_.back() = {};
        pending_name_.clear();
        chain_.clear();
        break;
      case '.':
        break;
      case ',':
        // document.write(a, b) writes both; timers take code first only.
        if (sink() == Sink::kCode || sink() == Sink::kMove || brackets_.back().assigned) {
          brackets_.back() = {};
        }
        pending_name_.clear();
        chain_.clear();
        break;
      case '+':
        break;
      default:
        pending_name_.clear();
        chain_.clear();
    }
    after_member_ = false;
  }

  void Push(Bracket bracket) {
    if (brackets_.size() < kBracketsMax) brackets_.push_back(bracket);
  }

  // `name = [ ... ]`, or an array that is joined to a string at once.
  bool Array(size_t offset) {
    Lexer from(lexer_.script(), offset);
    std::optional<Value> value = Evaluate(from, variables_);
    if (!value || (value->is_list && pending_name_.empty())) return false;
    lexer_ = from;
    if (value->is_list) {
      for (const std::string& item : value->list) {
        OnWords(item);
        if (IsWorthReading(item)) reading_.strings.push_back({item, offset});
      }
      variables_.Set(pending_name_, std::move(*value));
      pending_name_.clear();
    } else {
      Take(*value, offset);
    }
    return true;
  }

  Sink CallSink() const {
    const std::string_view name = Last();
    if (name == "write" || name == "writeln") return Sink::kWrite;
    if (name == "insertAdjacentHTML" || name == "html" || name == "append" || name == "prepend") {
      return Sink::kWrite;
    }
    if (name == "eval" || name == "setTimeout" || name == "setInterval" || name == "execScript" ||
        name == "Function") {
      return Sink::kCode;
    }
    if (name == "open" ||
        ((name == "replace" || name == "assign") && ContainsIgnoreCase(chain_, "location"))) {
      return Sink::kMove;
    }
    return Sink::kNone;
  }

  void OnAssign(size_t offset) {
    const std::string_view name = Last();
    Bracket& bracket = brackets_.back();
    bracket = {};
    pending_name_.clear();
    ScriptFacts& facts = reading_.facts;
    if (name == "innerHTML" || name == "outerHTML") {
      bracket = {Sink::kWrite, true};
    } else if (name == "location" || (name == "href" && ContainsIgnoreCase(chain_, "location"))) {
      bracket = {Sink::kMove, true};
      facts.moves = true;
    } else if (name == "src" || (name == "href" && chain_ != "href")) {
      bracket = {Sink::kSource, true};
    } else if (name == "title" && ContainsIgnoreCase(chain_, "document.")) {
      bracket = {Sink::kTitle, true};
      facts.sets_title = true;
    } else if (!name.empty() && lexer_.script().substr(offset, 2) != "+=") {
      pending_name_ = name;
    }
    chain_.clear();
    after_member_ = false;
  }

  // eval(function(p,a,c,k,e,d){...}('payload',62,44,'a|b|c'.split('|'),0,{})): the
  // lexer stands behind "eval". True if it was that, and is behind it now.
  bool Packed() {
    Lexer from = lexer_;
    auto punct = [&from](char wanted) {
      const Token token = from.Next();
      return token.kind == Token::Kind::kPunct && token.punct == wanted;
    };
    auto name = [&from](std::string_view wanted) {
      const Token token = from.Next();
      return token.kind == Token::Kind::kName && from.Text(token) == wanted;
    };
    const size_t offset = lexer_.at();
    if (!punct('(') || !name("function") || !punct('(') || !name("p") || !punct(',') ||
        !name("a") || !punct(',') || !name("c")) {
      return false;
    }
    // Over the rest of the parameters and the body; in vain, if it is not what it seems.
    Token token;
    for (int depth = 1; depth > 0 && variables_.ahead_left > 0;) {
      token = from.Next();
      if (token.kind == Token::Kind::kEnd) break;
      if (token.kind != Token::Kind::kPunct) continue;
      if (token.punct == '{') ++depth;
      if (token.punct == '}' && --depth == 1) break;
    }
    const size_t ahead = from.at() - offset;
    if (ahead > variables_.ahead_left) variables_.exhausted = true;
    const bool whole = token.punct == '}' && ahead <= variables_.ahead_left;
    variables_.ahead_left -= std::min(ahead, variables_.ahead_left);
    if (!whole) return false;
    reading_.facts.packed = true;
    if (!punct('(')) return false;
    const std::optional<Value> payload = Evaluate(from, variables_);
    if (!payload || payload->is_list || !punct(',')) return false;
    int base = 0;
    const std::string_view digits = from.Text(from.Next());
    std::from_chars(digits.data(), digits.data() + digits.size(), base);
    if (base < 2 || base > 62 || !punct(',')) return false;
    from.Next();  // the number of words
    if (!punct(',')) return false;
    std::optional<Value> words = Evaluate(from, variables_);
    if (!words) return false;
    if (!words->is_list) words->list = {words->text};
    std::string code = Unpack(payload->text, base, words->list);
    if (code.size() > variables_.bytes_left) {
      variables_.exhausted = true;
      return false;
    }
    variables_.bytes_left -= code.size();
    reading_.code.push_back({std::move(code), offset});
    lexer_ = from;
    return true;
  }

  Lexer lexer_;
  Variables& variables_;
  ScriptReading reading_;
  std::vector<Bracket> brackets_{1};
  std::string chain_;          // "document.write": the names that lead to here
  std::string bracket_chain_;  // the chain before the last '['
  std::string pending_name_;   // the variable a value will be given to
  bool member_bracket_ = false;
  bool after_member_ = false;  // behind ["name"]
};

}  // namespace

void ScriptFacts::Add(const ScriptFacts& other) {
  sets_title |= other.sets_title;
  tests_agent |= other.tests_agent;
  tests_referrer |= other.tests_referrer;
  names_engine |= other.names_engine;
  names_spider |= other.names_spider;
  moves |= other.moves;
  packed |= other.packed;
  writes |= other.writes;
  disguised_sink |= other.disguised_sink;
  hidden_names += other.hidden_names;
  number_names += other.number_names;
}

bool IsDataOfText(std::string_view text) {
  if (!StartsWithIgnoreCase(text, "data:")) return false;
  const std::string_view type = text.substr(0, text.find(','));
  return StartsWithIgnoreCase(type, "data:text/") || ContainsIgnoreCase(type, "script");
}

bool IsWorthReading(std::string_view text) {
  if (IsDataOfText(text)) return true;
  constexpr size_t kNumberDigits = 7;  // the shortest telephone number
  size_t digits = 0, han = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    // Lead bytes E3..E9 hold kana, Han and their punctuation; F0 the rest of Han.
    if (c >= 0xE3 && ((c <= 0xE9) || c == 0xF0 || c == 0xEF)) {
      if (++han >= 2) return true;
    }
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits >= kNumberDigits) return true;
    if (c == ':' && text.substr(at).starts_with("://")) return true;
    if (c == '<' && at + 2 < text.size() &&
        ((text[at + 1] >= 'a' && text[at + 1] <= 'z') ||
         (text[at + 1] >= 'A' && text[at + 1] <= 'Z'))) {
      return true;
    }
  }
  return IsAddress(text);
}

ScriptReading ReadScript(std::string_view script, Variables& variables) {
  return Reader(script, variables).Read();
}

}  // namespace xuncha
