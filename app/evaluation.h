// Measures judgement against a truth file: precision, recall and F1 over pages,
// as which kind they were flagged, per kind and technique of the truth, false flags per 1000 clean
// pages, clause accuracy, and the pages it got wrong with the reasons for each.
//
// Truth is JSON lines {"site","path","clause":[..],"kind","technique","hard"};
// an empty clause list is a clean page. "/" and "/index.html" are one page.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/result.h"

namespace xuncha {

struct Truth {
  std::string site;
  std::string path;
  std::vector<int> clauses;  // empty: clean
  std::string kind;
  std::string technique;
  bool hard = false;
};

Result<std::vector<Truth>> ReadTruth(const std::string& path);

class Evaluation {
 public:
  Evaluation(std::vector<Truth> truth, Severity least);

  // Pages the truth does not name are not counted.
  void Add(const Page& page);
  std::string Report(bool list) const;

 private:
  struct Outcome {
    bool seen = false;
    bool flagged = false;
    std::vector<int> clauses;
    std::set<std::string> kinds;
    std::string reasons;  // one line per finding
  };
  std::vector<Truth> truth_;
  Severity least_;
  std::map<std::string, size_t> index_;  // site + path -> truth_
  std::vector<Outcome> outcomes_;
};

}  // namespace xuncha
