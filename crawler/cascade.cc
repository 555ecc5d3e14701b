// SPDX-License-Identifier: Apache-2.0
#include "crawler/cascade.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "base/limits.h"
#include "crawler/limits_style.h"

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

// Of the names of attributes that tests ask for.
uint64_t NameBit(std::string_view name) {
  return name.empty() ? 0 : uint64_t{1} << ((name.size() * 7 + static_cast<uint8_t>(name[0])) & 63);
}

void Cascade::Add(const StyleSheet& sheet, Contents contents) {
  sheets_.push_back({&sheet, contents});
  gathered_ = false;
}

const CssVariables* Cascade::variables() const {
  return sheets_.empty() ? nullptr : &sheets_.back().sheet->variables();
}

void Cascade::Gather() {
  gathered_ = true;
  attribute_tests_.clear();
  place_tests_.clear();
  attribute_names_ = 0;
  asks_names_ = false;
  std::unordered_set<uint32_t> known;
  for (const Sheet& sheet : sheets_) {
    for (const SelectorTest& test : sheet.sheet->tests()) {
      if (!known.insert(test.hash).second) continue;
      (test.IsPlace() ? place_tests_ : attribute_tests_).push_back(&test);
      if (!test.IsPlace()) attribute_names_ |= NameBit(test.name);
      asks_names_ |= test.kind == SelectorTest::Kind::kNthOfType;
    }
  }
  GatherLayers();
}

// Layers of one name are one, wherever they stand; those in a layer come before what
// stands in it itself.
void Cascade::GatherLayers() {
  constexpr size_t kLayersMax = 256;  // of all sheets; people name five
  std::vector<std::string_view> order;
  const auto place = [&order](std::string_view name) {
    return std::find(order.begin(), order.end(), name);
  };
  for (const Sheet& sheet : sheets_) {
    for (const std::string& name : sheet.sheet->layers()) {
      if (place(name) != order.end()) continue;
      cut_ |= order.size() >= kLayersMax;
      if (order.size() >= kLayersMax) break;
      const size_t dot = name.rfind('.');
      const auto outer =
          dot == std::string::npos ? order.end() : place(std::string_view(name).substr(0, dot));
      order.insert(outer, name);
    }
  }
  for (Sheet& sheet : sheets_) {
    sheet.ranks.clear();
    for (const std::string& name : sheet.sheet->layers())
      sheet.ranks.push_back(static_cast<uint32_t>(place(name) - order.begin()));
  }
}

void Cascade::TestAttributes(const Element& element, Subject& subject) {
  for (const Attribute& attribute : element.attributes) {
    if ((attribute_names_ & NameBit(attribute.name)) == 0) continue;
    work_ += attribute_tests_.size();
    for (const SelectorTest* test : attribute_tests_) {
      if (test->name != attribute.name) continue;
      work_ += test->WorkOf(attribute.value);
      if (work_ > limits::kStyleWorkMax) return;  // the reader records it
      if (test->Holds(attribute.value)) subject.Bear(test->hash);
    }
  }
}

void Cascade::Changed() {
  gathered_ = false;
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
        const uint32_t layer = rule.layer == StyleSheet::kUnlayered ? StyleSheet::kUnlayered
                                                                    : sheets_[i].ranks[rule.layer];
        ranked_.push_back({rule, i, rule.important ? ~layer : layer});
      } else if (sheets_[i].contents == Contents::kAsked) {
        said.contents.push_back(rule.content);
      }
    }
  }
  std::sort(ranked_.begin(), ranked_.end(), [](const Ranked& a, const Ranked& b) {
    return std::tie(a.layer, a.rule.specificity, a.sheet, a.rule.order) <
           std::tie(b.layer, b.rule.specificity, b.sheet, b.rule.order);
  });
  for (const Ranked& ranked : ranked_)
    (ranked.rule.important ? said.important : said.style).Apply(*ranked.rule.style);
}

void Cascade::Stack::TestPlace(Cascade& cascade, const Element& element, Subject& subject) {
  children_.resize(subjects_.size() + 1);
  Children& siblings = children_.back();
  const uint32_t place = ++siblings.count;
  uint32_t of_name = 0;
  if (cascade.asks_names_) {
    const auto known =
        std::find_if(siblings.of_name.begin(), siblings.of_name.end(),
                     [&subject](const auto& entry) { return entry.first == subject.name; });
    if (known != siblings.of_name.end()) {
      of_name = ++known->second;
    } else if (siblings.of_name.size() < limits::kSiblingKindsMax) {
      siblings.of_name.emplace_back(subject.name, of_name = 1);
    } else {
      cascade.cut_ = true;  // what comes after them has no place
    }
  }
  cascade.work_ += cascade.place_tests_.size();
  for (const SelectorTest* test : cascade.place_tests_) {
    const bool holds = test->kind == SelectorTest::Kind::kLast ? element.last
                       : test->kind == SelectorTest::Kind::kNth
                           ? test->Holds(place)
                           : of_name > 0 && test->Holds(of_name);
    if (holds) subject.Bear(test->hash);
  }
}

const Cascade::Said& Cascade::Stack::Open(Cascade& cascade, const Element& element) {
  if (!cascade.gathered_) cascade.Gather();
  Subject subject = SubjectOf(element);
  if (!cascade.attribute_tests_.empty()) cascade.TestAttributes(element, subject);
  if (!cascade.place_tests_.empty()) TestPlace(cascade, element, subject);
  cascade.cut_ |= subject.cut;
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
  if (children_.size() > subjects_.size() + 1) children_.pop_back();
}

}  // namespace xuncha
