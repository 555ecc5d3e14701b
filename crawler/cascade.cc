// SPDX-License-Identifier: Apache-2.0
#include "crawler/cascade.h"

#include <algorithm>
#include <tuple>

#include "base/limits.h"

namespace xuncha {
namespace {

uint64_t HashOf(uint32_t above, const Subject& subject) {
  uint64_t hash = above + 0x9E3779B97F4A7C15u;
  const auto add = [&hash](uint32_t value) { hash = (hash ^ value) * 0xFF51AFD7ED558CCDu; };
  add(subject.name);
  add(subject.id);
  for (uint32_t i = 0; i < subject.class_count; ++i) add(subject.classes[i]);
  return hash ^ hash >> 32;
}

}  // namespace

void Cascade::Add(const StyleSheet& sheet, Contents contents) {
  sheets_.push_back({&sheet, contents});
}

void Cascade::Changed() {
  places_.clear();
  slots_.clear();
  ++generation_;
}

bool Cascade::empty() const {
  return std::all_of(sheets_.begin(), sheets_.end(),
                     [](const Sheet& sheet) { return sheet.sheet->empty(); });
}

// Where the place is, or would be.
uint32_t* Cascade::Slot(uint32_t above, const Subject& subject) {
  const size_t mask = slots_.size() - 1;
  for (size_t at = HashOf(above, subject) & mask;; at = (at + 1) & mask) {
    const uint32_t index = slots_[at];
    if (index == kNowhere || (places_[index].above == above && places_[index].subject == subject))
      return &slots_[at];
  }
}

void Cascade::Grow() {
  slots_.assign(std::max<size_t>(256, slots_.size() * 2), kNowhere);
  for (uint32_t i = 0; i < places_.size(); ++i) *Slot(places_[i].above, places_[i].subject) = i;
}

void Cascade::Ask(const Subject& subject, std::span<const Subject> ancestors, Said& said) {
  ranked_.clear();
  for (uint32_t i = 0; i < sheets_.size(); ++i) {
    if (work_ > limits::kStyleWorkMax) break;  // the reader records it
    matched_.clear();
    work_ +=
        sheets_[i].sheet->Match(subject, ancestors, matched_, limits::kStyleWorkMax + 1 - work_);
    for (const MatchedRule& rule : matched_) {
      if (rule.style != nullptr) {
        ranked_.push_back({rule, i});
      } else if (sheets_[i].contents == Contents::kAsked) {
        said.contents.push_back(rule.content);
      }
    }
  }
  std::sort(ranked_.begin(), ranked_.end(), [](const Ranked& a, const Ranked& b) {
    return std::tie(a.rule.specificity, a.sheet, a.rule.order) <
           std::tie(b.rule.specificity, b.sheet, b.rule.order);
  });
  for (const Ranked& ranked : ranked_)
    (ranked.rule.important ? said.important : said.style).Apply(*ranked.rule.style);
}

const Cascade::Said& Cascade::Stack::Open(Cascade& cascade, const Element& element) {
  const Subject subject = SubjectOf(element);
  if (generation_ != cascade.generation_) {
    // Elements opened under other rules do not lead to a place that is known.
    std::fill(places_.begin(), places_.end(), kNowhere);
    generation_ = cascade.generation_;
  }
  const uint32_t above = places_.empty() ? kTop : places_.back();
  const std::span<const Subject> ancestors = subjects_;
  const Said* said = &cascade.unkept_;
  uint32_t place = kNowhere;
  if (above != kNowhere && cascade.places_.size() < limits::kStylePlacesMax) {
    if (cascade.places_.size() * 2 >= cascade.slots_.size()) cascade.Grow();
    uint32_t* slot = cascade.Slot(above, subject);
    if (*slot == kNowhere) {
      *slot = static_cast<uint32_t>(cascade.places_.size());
      Place& added = cascade.places_.emplace_back(Place{above, subject, {}});
      cascade.Ask(subject, ancestors, added.said);
    }
    place = *slot;
    said = &cascade.places_[place].said;
  } else {
    cascade.unkept_ = {};
    cascade.Ask(subject, ancestors, cascade.unkept_);
  }
  subjects_.push_back(subject);
  places_.push_back(place);
  return *said;
}

void Cascade::Stack::Close() {
  subjects_.pop_back();
  places_.pop_back();
}

}  // namespace xuncha
