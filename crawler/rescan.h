// Rescan asks the rules of today of everything that was ever read: what each page
// showed, since when, on how many versions, and whether it still stands. It reads
// the texts that the store keeps (store/page_text.h); nothing is fetched, and
// nothing is parsed.
//
// The visits of a site are read once, in their order. A text that a URL shows for
// the first time, or again, goes to a worker to be matched and judged; the visits
// behind it wait in a line until its conclusion is there. Texts that show nothing
// leave nothing behind, so memory is what one site's URLs take (about 250 bytes
// each, limits::kSiteUrlsMax), its findings (limits::kRescanFindingsMax), and the
// texts and visits in hand (limits::kRescan...): below 250 MB for the largest site.
//
// One thread; match and judge run on others.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "crawler/audit.h"
#include "crawler/registry.h"
#include "store/store.h"

namespace xuncha {

// A finding of one URL, over the time that was asked about.
struct PastFinding {
  StoredFinding found;    // as the newest version that shows it has it
  Millis since = 0;       // it stood from here on, without a gap, until found.last_seen
  Millis gone = 0;        // the page was read without it; 0: that never happened since
  uint64_t versions = 0;  // texts that showed it, one after the other
};

struct PastSite {
  std::string site;
  uint64_t urls = 0;
  uint64_t visits = 0;                // in the time that was asked about, that read a page
  uint64_t texts = 0;                 // versions, each time the page had become another
  uint64_t text_bytes = 0;            // of them
  uint64_t missing = 0;               // visits whose text is not kept, or no longer
  uint64_t outside = 0;               // visits of URLs that the site's scope no longer holds
  uint64_t left_out = 0;              // findings beyond limits::kRescanFindingsMax
  std::vector<PastFinding> findings;  // by URL, the worst first
};

struct RescanProgress {
  uint64_t visits = 0, texts = 0, text_bytes = 0, findings = 0;
};

class Rescan {
 public:
  // Borrowed; must outlive the rescan.
  struct Parts {
    Store& store;
    const Registry& registry;
    Stages stages;
  };
  enum class Places : uint8_t {
    kNone,    // evidence is told without its place in the body
    kInBody,  // bodies of what shows something are read, and evidence points into them
  };
  struct Options {
    size_t workers = 0;  // 0 = one for each processor
    Millis since = std::numeric_limits<Millis>::min();
    Millis until = std::numeric_limits<Millis>::max();  // not included
    Severity least = Severity::kLow;                    // below that nothing is told
    Places places = Places::kNone;
    const std::atomic<bool>* stop = nullptr;
    std::function<void(const RescanProgress&)> progress;  // called after every few texts
  };
  static Result<std::unique_ptr<Rescan>> Create(Parts parts, Options options);
  ~Rescan();

  // kConflict if it was stopped; kNotFound if the registry has no such site.
  Result<PastSite> Read(std::string_view site);

 private:
  struct Rep;
  explicit Rescan(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

// What a worker does to a page of which nothing but texts is known
// (page.text, and of views that took part in the conclusion): the findings
// and dismissals of the night that kept them, under these rules. Bodies, if they
// are there, give evidence its places. checked is kFailed if a text cannot be read;
// response.error says why.
void ExamineTexts(Page& page, const Stages& stages, Matcher::Scratch& scratch);

}  // namespace xuncha
