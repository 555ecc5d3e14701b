// SPDX-License-Identifier: Apache-2.0
#include "crawler/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/extract.h"
#include "crawler/links.h"
#include "rules/judge.h"
#include "rules/kinds.h"
#include "store/codec.h"

namespace xuncha {
namespace {

// The names are those the search engine and the browser use of themselves.
constexpr std::string_view kSpiderAgent =
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)";
constexpr std::string_view kBrowserAgent =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/124.0.0.0 Safari/537.36";
constexpr std::string_view kResultsPage = "https://www.baidu.com/s?wd=";

bool ShowsAPage(uint16_t status) {
  return (status >= 200 && status < 400 && status != 304) || IsGone(status);
}

// Of somebody else, and none of the services that every campus site uses.
bool IsStranger(const Page& page, const Url& url) {
  if (url.empty() || IsInstitution(url.host())) return false;
  if (RegistrableDomain(url.host()) == RegistrableDomain(page.permit.url().host())) return false;
  for (std::string_view own : page.permit.site().hosts) {
    if (own.starts_with("*.")) own.remove_prefix(2);
    if (RegistrableDomain(own) == RegistrableDomain(url.host())) return false;
  }
  return true;
}

struct Targets {
  std::set<std::string> moves;  // strangers' domains a visitor is sent to
  std::set<std::string> links;  // those that links lead to
};

Targets TargetsOf(const Page& page) {
  Targets targets;
  for (const Link& link : page.document.links) {
    const bool moves = link.kind == LinkKind::kRedirect || link.kind == LinkKind::kMetaRefresh ||
                       link.kind == LinkKind::kHeaderRefresh;
    const bool leads = link.kind == LinkKind::kAnchor || link.kind == LinkKind::kArea ||
                       link.kind == LinkKind::kFrame || link.kind == LinkKind::kScript;
    if ((moves || leads) && IsStranger(page, link.url))
      (moves ? targets.moves : targets.links).insert(RegistrableDomain(link.url.host()));
  }
  return targets;
}

// Those of `more` that are not in `base`.
std::vector<std::string> Beyond(const std::set<std::string>& more,
                                const std::set<std::string>& base) {
  std::vector<std::string> beyond;
  std::set_difference(more.begin(), more.end(), base.begin(), base.end(),
                      std::back_inserter(beyond));
  return beyond;
}

bool SameKind(const Finding& a, const Finding& b) {
  return a.kind == b.kind && a.clause == b.clause;
}

const Finding* OfKind(const std::vector<Finding>& findings, const Finding& like) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&like](const Finding& f) { return SameKind(f, like); });
  return found == findings.end() ? nullptr : &*found;
}

void Replace(std::vector<Finding>& findings, Finding finding) {
  std::erase_if(findings, [&finding](const Finding& f) { return SameKind(f, finding); });
  findings.push_back(std::move(finding));
}

bool HasStrongWords(const Finding& finding) {
  return std::any_of(finding.evidence.begin(), finding.evidence.end(),
                     [](const Evidence& e) { return e.strong && !e.found.empty(); });
}

bool HasSignal(const Page& page, SignalKind kind) {
  return std::any_of(page.document.signals.begin(), page.document.signals.end(),
                     [kind](const Signal& signal) { return signal.kind == kind; });
}

// Titles of the kinds that the other offers and the page does not. What needs more
// proof than its words counts where the whole text is another one as well.
std::set<std::string> NewOffers(const Page& page, const Page& other) {
  const uint64_t a = page.document.simhash, b = other.document.simhash;
  const bool another_text = a != 0 && b != 0 && HammingDistance(a, b) >= limits::kCloakBitsMin &&
                            page.document.title != other.document.title;
  std::set<std::string> offers;
  for (const Finding& finding : other.findings) {
    const Finding* own = OfKind(page.findings, finding);
    const bool more = finding.severity >= Severity::kLow
                          ? own == nullptr || own->severity < Severity::kLow
                          : own == nullptr && another_text && HasStrongWords(finding);
    if (!more) continue;
    const KindInfo* kind = FindKind(finding.kind);
    offers.emplace(kind == nullptr ? finding.kind : kind->title);
  }
  return offers;
}

std::string_view OnlyFor(Visitor as) {
  return as == Visitor::kSpider ? "仅对搜索引擎蜘蛛显示" : "仅对来自搜索引擎的访客显示";
}

SignalKind SignalOf(Visitor as) {
  return as == Visitor::kSpider ? SignalKind::kCloakedBody : SignalKind::kCloakedReferrer;
}

std::string Some(const std::vector<std::string>& names) {
  constexpr size_t kShown = 3;
  const auto end = names.begin() + static_cast<ptrdiff_t>(std::min(names.size(), kShown));
  return fmt::format("{}{}", fmt::join(names.begin(), end, "、"), end == names.end() ? "" : " 等");
}

bool IsTurn(const Url& url, uint64_t run, uint64_t every) {
  return (Hash64(url.text()) + run) % every == 0;
}

bool IsForVisitors(const Response& response) {
  return response.body.empty() || SniffType(response.body, response.content_type) == "html";
}

// A clock or a token is another body every night, and the same text.
bool HasAnotherText(const Page& page) {
  if (page.checked == Checked::kFailed) return false;  // nothing was read
  const UrlState& known = page.permit.known();
  const uint64_t text = page.document.simhash;
  if (known.last_run == 0 || known.status != page.response.status) return true;
  if (known.body == page.body_digest && !known.body.empty()) return false;
  return text == 0 || known.simhash == 0 ||
         HammingDistance(text, known.simhash) > limits::kSimilarBitsMax;
}

}  // namespace

bool IsFetchedWhole(const Url& url, const UrlState& known, uint64_t run) {
  return known.depth == 0 || known.cloaked || IsTurn(url, run, limits::kUnconditionalShare);
}

std::vector<Visitor> ViewsDue(const Page& page, const Run& run, ViewTurns turns) {
  const Response& response = page.response;
  const UrlState& known = page.permit.known();
  if (!ShowsAPage(response.status) && !response.not_modified) return {};
  if (response.not_modified ? known.unread : !IsForVisitors(response)) return {};
  if (known.depth != 0 && !known.cloaked && !HasAnotherText(page)) {
    const bool list = known.links >= limits::kListLinksMin;
    if (!IsTurn(page.permit.url(), run.id, list ? turns.lists : turns.others)) return {};
  }
  return {Visitor::kSpider, Visitor::kSearch};
}

UrlState KnownTo(Visitor as, const Page& page, uint64_t run) {
  const UrlState& known = page.permit.known();
  const bool same_as_ever = page.response.not_modified || page.response.same_body;
  if (as == Visitor::kAgain || !same_as_ever || (known.same_views & VisitorBit(as)) == 0 ||
      IsFetchedWhole(page.permit.url(), known, run))
    return {};
  return known;
}

Fetcher::Ask AskAs(const Visitor* as, const Site& site) {
  Fetcher::Ask ask;
  if (as == nullptr || *as == Visitor::kAgain) return ask;
  if (*as == Visitor::kSpider) {
    ask.user_agent = kSpiderAgent;
    return ask;
  }
  ask.user_agent = kBrowserAgent;
  ask.referrer = kResultsPage;
  for (const char c : site.name) ask.referrer += PercentEncodeByte(static_cast<unsigned char>(c));
  return ask;
}

bool IsComparable(const View& view) {
  return ShowsAPage(view.response.status) || view.response.not_modified;
}

std::string Difference(const Page& page, const Page& other, const Page* again) {
  // A page that is not there for others shows them nothing.
  if (other.response.status >= 400) return "";
  std::vector<std::string> parts;
  Targets own = TargetsOf(page);
  const Targets theirs = TargetsOf(other);
  std::set<std::string> offers = NewOffers(page, other);
  // Strangers that come while others go are a list that turns.
  bool turns = !Beyond(own.links, theirs.links).empty();
  if (again != nullptr) {
    Targets more = TargetsOf(*again);
    turns |= more.links != own.links;
    own.links.merge(more.links);
    own.moves.merge(more.moves);
    std::set<std::string> both;
    std::ranges::set_intersection(offers, NewOffers(*again, other),
                                  std::inserter(both, both.end()));
    offers = std::move(both);
  }
  if (const auto moves = Beyond(theirs.moves, own.moves); !moves.empty())
    parts.push_back("转向 " + Some(moves));
  if (!offers.empty()) parts.push_back(fmt::format("出现{}内容", fmt::join(offers, "、")));
  for (const Signal& signal : other.document.signals) {
    if (SignalStrength(signal.kind) == Strength::kStrong && !HasSignal(page, signal.kind) &&
        (again == nullptr || !HasSignal(*again, signal.kind)))
      parts.emplace_back(SignalText(signal.kind));
  }
  const auto strangers = Beyond(theirs.links, own.links);
  if (strangers.size() >= limits::kCloakStrangersMin && !turns)
    parts.push_back(fmt::format("多出指向 {} 的链接", Some(strangers)));
  if (parts.empty()) return "";
  if (other.document.title != page.document.title && !other.document.title.empty())
    parts.push_back(fmt::format("标题为“{}”", other.document.title));
  return Join(parts, "；");
}

bool IsUnconfirmed(const Page& page) {
  const auto is = [&page](auto what) {
    return std::any_of(page.views.begin(), page.views.end(), what);
  };
  return is([](const View& view) { return view.differs; }) &&
         !is([](const View& view) { return view.as == Visitor::kAgain; });
}

void LeaveUnconfirmed(Page& page) {
  for (View& view : page.views) {
    if (!view.differs) continue;
    if (!view.response.body.empty())
      view.packed_body = PackBody(view.response.body, page.dictionary.get());
    page.limits.push_back(
        {Limit::kTotalTime, fmt::format("{}所见不同，未及复核", VisitorText(view.as))});
  }
  page.response.same_body = false;
  if (page.checked == Checked::kFull) page.checked = Checked::kFlat;
}

Signal CloakSignal(Visitor as, std::string difference) {
  return {SignalOf(as), fmt::format("{}所见：{}", VisitorText(as), difference), {}, 0};
}

void Include(const Page& other, Visitor as, const Signal& signal, Page& page) {
  page.document.signals.push_back(signal);
  const std::string name(SignalName(signal.kind));
  for (const Finding& found : other.findings) {
    if (found.severity < Severity::kLow) continue;
    const Finding* own = OfKind(page.findings, found);
    if (own != nullptr && own->severity >= found.severity) {
      // The page shows as much to everybody; that others get another page is still told.
      Finding& known = page.findings[static_cast<size_t>(own - page.findings.data())];
      if (std::find(known.signals.begin(), known.signals.end(), name) == known.signals.end())
        known.signals.push_back(name);
      continue;
    }
    Finding finding = found;
    finding.seen_in = other.body_digest;
    finding.because = fmt::format("{}。{}", OnlyFor(as), finding.because);
    for (Evidence& evidence : finding.evidence) {
      evidence.proof = Proof::kDifference;
      evidence.detail += fmt::format("{}{}", evidence.detail.empty() ? "" : "；", OnlyFor(as));
    }
    Replace(page.findings, std::move(finding));
  }
  SortWorstFirst(page.findings);
}

bool IncludeAgain(const Page& again, Page& page) {
  bool worse = false;
  for (const Finding& found : again.findings) {
    const Finding* own = OfKind(page.findings, found);
    if (found.severity < Severity::kLow || (own != nullptr && own->severity >= found.severity))
      continue;
    Finding finding = found;
    finding.seen_in = again.body_digest;
    finding.because = fmt::format("同一夜两次访问中有一次出现。{}", finding.because);
    Replace(page.findings, std::move(finding));
    worse = true;
  }
  SortWorstFirst(page.findings);
  return worse;
}

}  // namespace xuncha
