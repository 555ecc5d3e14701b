// RE2.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/confirm.h"

#include <fmt/format.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/limits.h"
#include "base/text.h"
#include "matcher/fold_table.h"
#include "matcher/width.h"

namespace xuncha {
namespace {

// Two Han characters; single ones stand everywhere. An expression that holds no two
// together is looked for by single ones: reading every page for it costs more.
constexpr int kAtomBytesMin[] = {4, 3};
constexpr size_t kSets = std::size(kAtomBytesMin);
constexpr size_t kWindowBytes = 64 << 10;   // between two looks at the budget
constexpr size_t kOverlapBytes = 4 << 10;   // a match is not longer than this across windows
constexpr size_t kReachBytesMax = 2 << 10;  // wider expressions read whole zones

re2::RE2::Options ExpressionOptions() {
  re2::RE2::Options options;
  options.set_case_sensitive(false);  // the text is folded to lower case
  options.set_log_errors(false);
  options.set_max_mem(static_cast<int64_t>(limits::kRegexMemoryMax));
  return options;
}

void AppendFolded(std::string& out, char32_t c) {
  const Fold fold = FoldOf(c);
  if (fold.kind == CharKind::kDropped) return;
  std::string bytes(fold.bytes);
  if (bytes.empty()) AppendUtf8(bytes, c);
  for (const char b : bytes) {
    const unsigned char byte = static_cast<unsigned char>(b);
    if (byte < 0x80 && !IsAsciiAlnum(byte) && byte != ' ') out += '\\';
    out += b;
  }
}

}  // namespace

struct Expressions::Rep {
  struct Set {
    explicit Set(int atom_bytes_min) : filtered(atom_bytes_min) {}
    re2::FilteredRE2 filtered;
    std::vector<int> expressions;  // by their number in `filtered`
    std::vector<std::string> atoms;
    int first = 0;  // where `atoms` begin in Expressions::atoms_
  };
  struct Place {
    size_t set;
    int number;
  };
  std::array<Set, kSets> sets{Set(kAtomBytesMin[0]), Set(kAtomBytesMin[1])};
  std::vector<Place> places;  // by expression
};

namespace {

// FilteredRE2 keeps to itself which atoms belong to which expression; asked about
// one expression alone, it tells.
std::vector<std::string> AtomsOf(const std::string& folded, size_t set) {
  re2::FilteredRE2 alone(kAtomBytesMin[set]);
  std::vector<std::string> atoms;
  int id = 0;
  CHECK(alone.Add(folded, ExpressionOptions(), &id) == re2::RE2::NoError);
  alone.Compile(&atoms);
  return atoms;
}

}  // namespace

Expressions::Expressions() : rep_(std::make_unique<Rep>()) {}
Expressions::~Expressions() = default;

Result<std::unique_ptr<Expressions>> Expressions::Build(const std::vector<std::string>& sources) {
  std::unique_ptr<Expressions> out(new Expressions);  // private constructor: no make_unique
  const re2::RE2::Options options = ExpressionOptions();
  for (size_t i = 0; i < sources.size(); ++i) {
    const std::string folded = FoldExpression(sources[i]);
    // Tried alone first: FilteredRE2 tells no reasons.
    const re2::RE2 alone(folded, options);
    if (!alone.ok()) {
      return Error{Code::kInvalid, fmt::format("{}: expression \"{}\": {}; see RE2's syntax", i,
                                               sources[i], alone.error())};
    }
    if (static_cast<size_t>(alone.ProgramSize()) > limits::kRegexProgramMax) {
      return Error{
          Code::kInvalid,
          fmt::format(
              "{}: expression \"{}\" is too large ({} steps, at most {}); use smaller repeats", i,
              sources[i], alone.ProgramSize(), limits::kRegexProgramMax)};
    }
    const size_t set = AtomsOf(folded, 0).empty() ? 1 : 0;
    Rep::Set& into = out->rep_->sets[set];
    int number = 0;
    if (into.filtered.Add(folded, options, &number) != re2::RE2::NoError ||
        number != static_cast<int>(into.expressions.size())) {
      return Error{Code::kInvalid,
                   fmt::format("{}: expression \"{}\" is refused; simplify it", i, sources[i])};
    }
    into.expressions.push_back(static_cast<int>(i));
    out->rep_->places.push_back({set, number});
  }
  for (Rep::Set& set : out->rep_->sets) {
    if (!set.expressions.empty()) set.filtered.Compile(&set.atoms);
    set.first = static_cast<int>(out->atoms_.size());
    out->atoms_.insert(out->atoms_.end(), set.atoms.begin(), set.atoms.end());
  }
  out->demanding_.resize(out->atoms_.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    out->Relate(static_cast<int>(i), FoldExpression(sources[i]));
  }
  return out;
}

void Expressions::Relate(int expression, const std::string& folded) {
  const size_t set_number = rep_->places[static_cast<size_t>(expression)].set;
  const Rep::Set& set = rep_->sets[set_number];
  const std::vector<std::string> own = AtomsOf(folded, set_number);
  size_t widest = 0;
  bool known = !own.empty();
  for (const std::string& atom : own) {
    widest = std::max(widest, atom.size());
    const auto at = std::find(set.atoms.begin(), set.atoms.end(), atom);
    known = known && at != set.atoms.end();
    if (!known) break;
    demanding_[static_cast<size_t>(set.first + (at - set.atoms.begin()))].push_back(expression);
  }
  // A match is no wider than this and holds the atom; the prefilter may tell the
  // place without the signs at the atom's ends.
  const size_t width = WidthMax(folded);
  const bool bounded = known && width <= kReachBytesMax;
  reach_.push_back(bounded ? static_cast<uint32_t>(width + widest) : 0);
}

std::vector<int> Expressions::Candidates(const std::vector<int>& seen) const {
  std::vector<int> out, atoms, numbers;
  for (const Rep::Set& set : rep_->sets) {
    if (set.atoms.empty()) {  // nothing to filter by: FilteredRE2 does not answer then
      out.insert(out.end(), set.expressions.begin(), set.expressions.end());
      continue;
    }
    atoms.clear();
    for (const int atom : seen) {
      if (atom >= set.first && atom < set.first + static_cast<int>(set.atoms.size()))
        atoms.push_back(atom - set.first);
    }
    set.filtered.AllPotentials(atoms, &numbers);
    for (const int number : numbers) out.push_back(set.expressions[static_cast<size_t>(number)]);
  }
  return out;
}

void Expressions::Find(int expression, std::string_view text, Span part,
                       const std::function<Next(Span)>& found,
                       const std::function<Next()>& may_go_on) const {
  CHECK(part.begin <= part.end && part.end <= text.size());
  const Rep::Place place = rep_->places[static_cast<size_t>(expression)];
  const re2::RE2& re = rep_->sets[place.set].filtered.GetRE2(place.number);
  const re2::StringPiece whole(text.data(), text.size());
  size_t from = part.begin;  // matches begin here or later
  for (size_t window = part.begin; window < part.end || window == part.begin;) {
    if (may_go_on() == Next::kStop) return;
    const bool last = part.end - window <= kWindowBytes + kOverlapBytes;
    const size_t stop = last ? part.end : StepForward(text, window + kWindowBytes, 0);
    const size_t edge = last ? part.end : stop + kOverlapBytes;
    from = std::max(from, window);
    re2::StringPiece match;
    while (from <= edge && re.Match(whole, from, edge, re2::RE2::UNANCHORED, &match, 1)) {
      const size_t begin = static_cast<size_t>(match.data() - text.data());
      if (begin >= stop && !last) break;  // the next window's
      const size_t end = begin + match.size();
      if (!match.empty() &&
          found({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}) == Next::kStop) {
        return;
      }
      if (end > from && !match.empty()) {
        from = end;
      } else {  // an empty match: step over one character
        if (begin >= part.end) return;
        from = StepForward(text, begin, 1);
      }
    }
    if (last) return;
    window = stop;
  }
}

std::string FoldExpression(std::string_view source) {
  std::string out;
  int depth = 0;  // inside [...]
  for (size_t at = 0; at < source.size();) {
    const size_t start = at;
    const char32_t c = NextCodePoint(source, &at);
    if (c == '\\' && at < source.size()) {  // an escape stays, with what it escapes
      NextCodePoint(source, &at);
      out += source.substr(start, at - start);
      continue;
    }
    if (c == '[') ++depth;
    if (c == ']' && depth > 0) depth = 0;
    if (c < 0x80) {
      out += static_cast<char>(c);
      continue;
    }
    // The ends of a range keep their order only if they stay what they are.
    const bool range = depth > 0 && ((start > 0 && source[start - 1] == '-') ||
                                     (at < source.size() && source[at] == '-'));
    std::string folded;
    AppendFolded(folded, c);
    if (range || (depth > 0 && folded.empty())) {
      out += source.substr(start, at - start);
    } else {
      out += folded;
    }
  }
  return out;
}

}  // namespace xuncha
