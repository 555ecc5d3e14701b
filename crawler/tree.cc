// SPDX-License-Identifier: Apache-2.0
#include "crawler/tree.h"

#include <gumbo.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/shorten.h"

namespace xuncha {
namespace {

// What one parse may use. Gumbo's allocator functions get a pointer to this.
struct Budget {
  Arena* arena = nullptr;
  sigjmp_buf out;
};
constexpr int kOutOfMemory = 1;
constexpr int kOutOfTime = 2;

// The parse this thread is in: all that the handler of the alarm knows. Written and
// read by one thread, the handler's own.
thread_local Budget* volatile parsing = nullptr;

const int kAlarm = SIGRTMIN + 3;

// Interrupts only Gumbo's C frames and the arena's bump of a pointer, which the next
// Reset forgets; an alarm that comes when the parse is over finds nobody.
void OnAlarm(int) {
  Budget* const budget = parsing;
  if (budget != nullptr) siglongjmp(budget->out, kOutOfTime);
}

// Rings once, when this thread has had its CPU time. Gumbo searches its stacks of open
// elements for minutes without a call of ours, so only a signal can end that.
class Alarm {
 public:
  Alarm() {
    static const bool handled = [] {
      struct sigaction action = {};
      action.sa_handler = OnAlarm;
      action.sa_flags = SA_RESTART | SA_NODEFER;  // it leaves by a jump, with no mask to restore
      return sigaction(kAlarm, &action, nullptr) == 0;
    }();
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = kAlarm;
    event._sigev_un._tid = gettid();
    made_ = handled && timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0;
    if (!made_) return;
    itimerspec when = {};
    when.it_value.tv_sec = limits::kParseCpuMillisMax / 1000;
    when.it_value.tv_nsec = limits::kParseCpuMillisMax % 1000 * 1'000'000;
    set_ = timer_settime(timer_, 0, &when, nullptr) == 0;
  }
  ~Alarm() {
    if (made_) timer_delete(timer_);
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  bool set() const { return set_; }

 private:
  timer_t timer_ = {};
  bool made_ = false, set_ = false;
};

// Only Gumbo's C frames lie between this and the sigsetjmp in Parse.
void* AllocateForGumbo(void* userdata, size_t size) {
  Budget& budget = *static_cast<Budget*>(userdata);
  void* memory = budget.arena->Allocate(size);
  if (memory == nullptr) siglongjmp(budget.out, kOutOfMemory);
  return memory;
}

void FreeForGumbo(void*, void*) {}

struct Parsed {
  TreeEnd end;
  const GumboOutput* output;
};

Parsed ParseWithin(Budget& budget, std::string_view markup) {
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = AllocateForGumbo;
  options.deallocator = FreeForGumbo;
  options.userdata = &budget;
  options.max_errors = 0;  // error records are quadratic in memory on deep pages
  switch (sigsetjmp(budget.out, 0)) {
    case 0: {
      parsing = &budget;
      const GumboOutput* output = gumbo_parse_with_options(&options, markup.data(), markup.size());
      parsing = nullptr;
      return {TreeEnd::kDone, output};
    }
    case kOutOfMemory:
      parsing = nullptr;
      return {TreeEnd::kMemory, nullptr};
    default:
      parsing = nullptr;
      return {TreeEnd::kTime, nullptr};
  }
}

Parsed Parse(std::string_view markup, Arena& arena) {
  Budget budget;
  budget.arena = &arena;
  const Alarm alarm;
  if (!alarm.set()) return {TreeEnd::kTime, nullptr};  // nothing is parsed without an end in sight
  return ParseWithin(budget, markup);
}

constexpr size_t kTagNameMax = 16;  // bytes; of those in Tag none is longer

const std::array<Tag, GUMBO_TAG_LAST + 1>& TagsOfGumbo() {
  static const std::array<Tag, GUMBO_TAG_LAST + 1> table = [] {
    std::array<Tag, GUMBO_TAG_LAST + 1> tags{};
    for (int i = 0; i < GUMBO_TAG_UNKNOWN; ++i) {
      tags[i] = TagByName(gumbo_normalized_tagname(static_cast<GumboTag>(i)));
    }
    return tags;
  }();
  return table;
}

class Walk {
 public:
  // `markup` is what was parsed.
  Walk(ShortMarkup& markup, Arena& arena, MarkupSink& sink)
      : markup_(markup), parsed_(markup.text()), arena_(arena), sink_(sink), tags_(TagsOfGumbo()) {
    stack_.reserve(64);
    attributes_.reserve(16);
  }

  // Depth first with a stack of its own: 16 bytes a level, bounded by the arena
  // the levels were built in.
  bool Run(const GumboNode* document) {
    stack_.push_back({&document->v.document.children, 0});
    while (true) {
      Level& level = stack_.back();
      if (level.next < level.children->length) {
        const auto* node = static_cast<const GumboNode*>(level.children->data[level.next++]);
        last_ = IsElement(node) && IsLast(level);
        if (Enter(node, static_cast<int>(stack_.size()) - 1)) {
          stack_.push_back({&node->v.element.children, 0});
        }
        continue;
      }
      stack_.pop_back();
      if (stack_.empty()) return too_deep_;
      if (static_cast<int>(stack_.size()) - 1 < limits::kTreeDepthMax) sink_.Close();
    }
  }

 private:
  struct Level {
    const GumboVector* children;
    unsigned next;
  };
  static bool IsElement(const GumboNode* node) {
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
  }

  // No element comes behind what was taken last. Looks only as far as the next one does.
  static bool IsLast(const Level& level) {
    for (unsigned i = level.next; i < level.children->length; ++i) {
      if (IsElement(static_cast<const GumboNode*>(level.children->data[i]))) return false;
    }
    return true;
  }

  // Reports `node`; true if its children are to be visited next.
  bool Enter(const GumboNode* node, int depth) {
    switch (node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_CDATA:
      case GUMBO_NODE_WHITESPACE: {
        const std::string_view raw = View(node->v.text.original_text);
        sink_.Text(Whole(node->v.text.text, raw), raw);
        return false;
      }
      case GUMBO_NODE_COMMENT: {
        std::string_view raw = View(node->v.text.original_text);
        if (raw.starts_with("<!--")) raw.remove_prefix(4);
        if (raw.ends_with("-->")) raw.remove_suffix(3);
        sink_.Comment(raw);
        return false;
      }
      case GUMBO_NODE_DOCUMENT:
        return false;
      case GUMBO_NODE_ELEMENT:
      case GUMBO_NODE_TEMPLATE:
        break;
    }
    const GumboElement& element = node->v.element;
    OpenElement(node);
    const bool children = element.children.length > 0;
    if (depth < limits::kTreeDepthMax) {
      if (!children) sink_.Close();
      return children;
    }
    // Below the depth cap an element ends where it begins, and what it holds
    // follows as siblings; only text that is no text (scripts) stays inside.
    too_deep_ = true;
    if (IsRawText(tags_[element.tag])) {
      for (unsigned i = 0; i < element.children.length; ++i) {
        const GumboNode* child = static_cast<const GumboNode*>(element.children.data[i]);
        if (!IsElement(child)) Enter(child, depth + 1);
      }
      sink_.Close();
      return false;
    }
    sink_.Close();
    return children;
  }

  void OpenElement(const GumboNode* node) {
    const GumboElement& gumbo = node->v.element;
    Element element;
    element.tag = tags_[gumbo.tag];
    element.last = last_;
    element.clone = (node->parse_flags & (GUMBO_INSERTION_RECONSTRUCTED_FORMATTING_ELEMENT |
                                          GUMBO_INSERTION_ADOPTION_AGENCY_CLONED)) != 0;
    if (element.tag != Tag::kOther) {
      element.name = TagName(element.tag);
    } else if (gumbo.tag != GUMBO_TAG_UNKNOWN) {
      element.name = gumbo_normalized_tagname(gumbo.tag);
    } else {
      GumboStringPiece name = gumbo.original_tag;
      gumbo_tag_from_original_text(&name);
      element.name = View(name);
      element.tag = TagByName(AsciiLower(element.name.substr(0, kTagNameMax)));  // newer than Gumbo
    }
    if (gumbo.original_tag.data != nullptr && Inside(gumbo.original_tag.data)) {
      element.source = static_cast<uint32_t>(markup_.Source(Offset(gumbo.original_tag.data)));
    }
    attributes_.clear();
    for (unsigned i = 0; i < gumbo.attributes.length; ++i) {
      const auto* from = static_cast<const GumboAttribute*>(gumbo.attributes.data[i]);
      Attribute& attribute = attributes_.emplace_back();
      if (from->attr_namespace == GUMBO_ATTR_NAMESPACE_NONE) {
        attribute.name = Whole({from->name, from->original_name.length}, View(from->original_name));
        attribute.id = AttrByName(attribute.name);
      } else {  // xlink:href arrives as href
        attribute.name = from->name;
        if (from->attr_namespace == GUMBO_ATTR_NAMESPACE_XLINK && attribute.name == "href") {
          attribute.id = Attr::kHref;
        }
      }
      attribute.raw = View(from->original_value);
      attribute.value = Whole(from->value, attribute.raw);
      if (!attribute.raw.empty() && (attribute.raw[0] == '"' || attribute.raw[0] == '\'')) {
        attribute.raw.remove_prefix(1);
        if (!attribute.raw.empty()) attribute.raw.remove_suffix(1);
      }
    }
    element.attributes = attributes_;
    sink_.Open(element);
  }

  size_t Offset(const char* at) const { return static_cast<size_t>(at - parsed_.data()); }
  bool Inside(const char* at) const {
    return at >= parsed_.data() && at <= parsed_.data() + parsed_.size();
  }
  // A piece of the source; empty if Gumbo's pointer is not into what it parsed.
  std::string_view View(const GumboStringPiece& piece) {
    if (piece.length == 0 || !Inside(piece.data)) return {};
    const size_t begin = Offset(piece.data);
    return markup_.Source(begin, begin + std::min(piece.length, parsed_.size() - begin));
  }
  // What Gumbo made of a piece, as long as it was; `raw`, with references not
  // decoded, when the arena is full.
  std::string_view Whole(std::string_view piece, std::string_view raw) {
    const size_t size = markup_.RestoredSize(piece);
    if (size == piece.size()) return piece;
    char* whole = static_cast<char*>(arena_.Allocate(size));
    if (whole == nullptr) return raw;
    markup_.Restore(piece, whole);
    return {whole, size};
  }

  ShortMarkup& markup_;
  std::string_view parsed_;
  Arena& arena_;
  MarkupSink& sink_;
  const std::array<Tag, GUMBO_TAG_LAST + 1>& tags_;
  std::vector<Level> stack_;
  std::vector<Attribute> attributes_;
  bool too_deep_ = false;
  bool last_ = false;  // of the element being entered
};

}  // namespace

Arena::Arena() {
  void* memory = mmap(nullptr, limits::kArenaBytesMax, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) base_ = static_cast<char*>(memory);
}

Arena::~Arena() {
  if (base_ != nullptr) munmap(base_, limits::kArenaBytesMax);
}

void Arena::Reset() {
  if (used_ > kKept) madvise(base_ + kKept, used_ - kKept, MADV_DONTNEED);
  used_ = 0;
}

TreeResult ReadTree(std::string_view markup, Arena& arena, MarkupSink& sink) {
  arena.Reset();
  ShortMarkup shortened(markup);
  const Parsed parsed = Parse(shortened.text(), arena);
  TreeResult result;
  result.end = parsed.end;
  if (parsed.end == TreeEnd::kDone) {
    result.too_deep = Walk(shortened, arena, sink).Run(parsed.output->document);
  }
  return result;
}

TreeEnd ParseOnly(std::string_view markup, Arena& arena) {
  arena.Reset();
  return Parse(markup, arena).end;
}

}  // namespace xuncha
