// RE2.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/confirm.h"

#include <fmt/format.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "matcher/fold_table.h"
#include "matcher/width.h"

namespace xuncha {
namespace {

constexpr int kAtomBytesMin = 3;  // one Han character: reading a page for nothing costs more
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
  re2::FilteredRE2 filtered{kAtomBytesMin};
  int count = 0;
};

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
    int id = 0;
    if (out->rep_->filtered.Add(folded, options, &id) != re2::RE2::NoError ||
        id != static_cast<int>(i)) {
      return Error{Code::kInvalid,
                   fmt::format("{}: expression \"{}\" is refused; simplify it", i, sources[i])};
    }
  }
  out->rep_->count = static_cast<int>(sources.size());
  if (!sources.empty()) out->rep_->filtered.Compile(&out->atoms_);
  out->demanding_.resize(out->atoms_.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    out->Relate(static_cast<int>(i), FoldExpression(sources[i]));
  }
  return out;
}

// FilteredRE2 keeps to itself which atoms belong to which expression; asked about
// one expression alone, it tells.
void Expressions::Relate(int expression, const std::string& folded) {
  re2::FilteredRE2 alone(kAtomBytesMin);
  std::vector<std::string> own;
  int id = 0;
  CHECK(alone.Add(folded, ExpressionOptions(), &id) == re2::RE2::NoError);
  alone.Compile(&own);
  size_t widest = 0;
  bool known = !own.empty();
  for (const std::string& atom : own) {
    widest = std::max(widest, atom.size());
    const auto at = std::find(atoms_.begin(), atoms_.end(), atom);
    known = known && at != atoms_.end();
    if (!known) break;
    demanding_[static_cast<size_t>(at - atoms_.begin())].push_back(expression);
  }
  // A match is no wider than this and holds the atom; the prefilter may tell the
  // place without the signs at the atom's ends.
  const size_t width = WidthMax(folded);
  const bool bounded = known && width <= kReachBytesMax;
  reach_.push_back(bounded ? static_cast<uint32_t>(width + widest) : 0);
}

std::vector<int> Expressions::Candidates(const std::vector<int>& seen) const {
  std::vector<int> out;
  if (rep_->count == 0) return out;
  if (atoms_.empty()) {  // nothing to filter by: FilteredRE2 does not answer then
    for (int i = 0; i < rep_->count; ++i) out.push_back(i);
    return out;
  }
  rep_->filtered.AllPotentials(seen, &out);
  return out;
}

void Expressions::Find(int expression, std::string_view text, Span part,
                       const std::function<Next(Span)>& found,
                       const std::function<Next()>& may_go_on) const {
  CHECK(part.begin <= part.end && part.end <= text.size());
  const re2::RE2& re = rep_->filtered.GetRE2(expression);
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
