// Expressions are the regular expressions of the rules, run by RE2 over the
// plain channel. Most demand some literal text (their atoms); the prefilter looks
// for the atoms, and an expression runs only around places where one of its atoms
// was seen, as far as a match can reach; over whole zones if it has no atoms or no
// bound. RE2 is linear in the text but not cheap, so long texts are read in
// windows and the caller's budget is asked between them.
//
// Immutable after Build; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "base/result.h"

namespace xuncha {

class Expressions {
 public:
  // `sources` as the pack writes them. kInvalid names the expression RE2 refuses
  // or that is too large; Error::text starts with its index and a colon.
  static Result<std::unique_ptr<Expressions>> Build(const std::vector<std::string>& sources);
  ~Expressions();

  // Text that must be present for an expression to be worth a run, folded.
  const std::vector<std::string>& atoms() const { return atoms_; }
  // Indices of expressions whose atoms are among `seen` (indices into atoms(),
  // ascending), and of those that demand none.
  std::vector<int> Candidates(const std::vector<int>& seen) const;
  // Expressions of which a match may hold the atom, ascending.
  const std::vector<int>& Demanding(int atom) const {
    return demanding_[static_cast<size_t>(atom)];
  }
  // Bytes before and behind one of its atoms within which a match lies that holds
  // it; 0 if there is no bound.
  uint32_t Reach(int expression) const { return reach_[static_cast<size_t>(expression)]; }

  enum class Next : uint8_t { kContinue, kStop };
  // Calls `found` for each match inside `part` of the text, left to right, in places
  // of `text`; `may_go_on` is asked before each window and ends the search when it
  // says kStop.
  void Find(int expression, std::string_view text, Span part,
            const std::function<Next(Span)>& found, const std::function<Next()>& may_go_on) const;

 private:
  struct Rep;
  Expressions();
  void Relate(int expression, const std::string& folded);
  std::unique_ptr<Rep> rep_;
  std::vector<std::string> atoms_;
  std::vector<std::vector<int>> demanding_;  // by atom
  std::vector<uint32_t> reach_;              // by expression
};

// An expression as it must be written to match folded text: letters outside
// ASCII are folded one by one, what they become is escaped.
std::string FoldExpression(std::string_view source);

}  // namespace xuncha
