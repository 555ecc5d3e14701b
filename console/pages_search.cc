// Search: sites, incidents and findings by their ids and words, pages by address, and
// within one site the stored texts of its pages. It reads so much for one question and
// no more; where it stopped it says so and offers to go on.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "base/url.h"
#include "console/page_parts.h"
#include "console/pages.h"
#include "console/search.h"
#include "crawler/night_report.h"
#include "store/index.h"
#include "store/page_text.h"

namespace xuncha {
namespace {

constexpr size_t kSitesShown = 20, kFindingsShown = 20, kTextsShown = 20;
constexpr size_t kSitesRead = 20'000;
constexpr size_t kFindingsRead = 2'000;  // for one question: 20 ms
constexpr size_t kAround = 120;          // bytes of text on either side

bool FitsFinding(const StoredFinding& finding, std::string_view words) {
  if (ContainsIgnoreCase(finding.url, words) || ContainsIgnoreCase(finding.title, words))
    return true;
  return std::ranges::any_of(finding.finding.evidence, [&](const Evidence& evidence) {
    return ContainsIgnoreCase(evidence.found, words) || evidence.rule == words;
  });
}

Status FindSites(const Store& store, const SearchQuery& query, SearchResult& result) {
  size_t read = 0;
  return store.index().EachSite(Direction::kForward, {}, [&](const Place&, const Site& site) {
    if (++read > kSitesRead) return false;
    for (const std::string_view part :
         {std::string_view(site.id), std::string_view(site.name), std::string_view(site.unit),
          std::string_view(site.owner), std::string_view(site.address)}) {
      if (!ContainsIgnoreCase(part, query.words)) continue;
      if (result.sites.size() < kSitesShown) result.sites.push_back(site);
      ++result.sites_total;
      break;
    }
    return true;
  });
}

// An id is looked up; words are looked for, so many findings at a time.
Status FindFindings(const Store& store, const SearchQuery& query, SearchResult& result) {
  constexpr size_t kIdMin = 6;
  const bool hex = query.words.size() >= kIdMin &&
                   std::ranges::all_of(query.words, [](char c) { return HexValue(c) >= 0; });
  if (hex) {
    const Result<StoredFinding> finding = store.cases().FindingById(query.words);
    if (finding) result.findings.push_back(*finding);
    const Result<Incident> incident = store.cases().IncidentById(query.words);
    if (incident) result.incident = incident->id;
  }
  size_t read = 0;
  return store.index().EachFinding(
      query.site, Direction::kForward, query.from_finding,
      [&](const Place& place, const StoredFinding& finding) {
        if (++read > kFindingsRead || result.findings.size() >= kFindingsShown) {
          result.findings_stopped = true;
          return false;
        }
        result.last_finding = place;
        if (FitsFinding(finding, query.words)) result.findings.push_back(finding);
        return true;
      });
}

Status FindPage(const Store& store, const SearchQuery& query, SearchResult& result) {
  const Result<Url> url = Url::Parse(query.words);
  if (!url) return Ok();
  // A site's name for us need not be its host, nor has it one host only.
  Status failed;
  size_t looked = 0;
  const Status read =
      store.index().EachSite(Direction::kForward, {}, [&](const Place&, const Site& site) {
        if (++looked > kSitesRead) return false;
        if (!query.site.empty() && site.id != query.site) return true;
        if (site.hosts.empty() && site.id != url->host() &&
            !ContainsIgnoreCase(site.address, url->host()))
          return true;
        const auto known = store.UrlOf(site.id, url->text());
        if (!known) {
          failed = known.error();
          return false;
        }
        if (*known) result.pages.push_back({site.id, std::string(url->text()), **known});
        return true;
      });
  return read ? failed : read;
}

Status FindTexts(const Store& store, const SearchQuery& query, SearchResult& result) {
  if (query.site.empty()) return Ok();
  Status failed;
  size_t bytes = 0;
  uint64_t skip = query.from_text;
  const Status read = store.EachUrl(query.site, [&](const UrlEntry& entry) {
    if (entry.state.text.empty()) return true;
    if (skip > 0) {
      --skip;
      ++result.texts_done;
      return true;
    }
    if (result.texts_read == limits::kSearchTextsMax || bytes > limits::kSearchBytesMax ||
        result.texts.size() == kTextsShown) {
      result.texts_stopped = true;
      return false;
    }
    ++result.texts_read;
    ++result.texts_done;
    const Result<std::string> packed = store.blobs().Get(entry.state.text);
    if (!packed && packed.error().code == Code::kNotFound) return true;
    const Result<Document> document = packed ? DecodeText(*packed) : packed.error();
    if (!document) {
      failed = document.error();
      return false;
    }
    bytes += document->text.size();
    const size_t at = FindIgnoreCase(document->text, query.words);
    if (at == std::string::npos) return true;
    // As the page writes it, whatever the letters of the question.
    const std::string word = document->text.substr(at, query.words.size());
    result.texts.push_back({entry.url, document->title,
                            MarkWords(document->text, {word}, kAround, Identifiers::kMasked)});
    return true;
  });
  return read ? failed : read;
}

}  // namespace

Result<SearchResult> Search(const Store& store, const SearchQuery& query) {
  SearchResult result;
  for (const auto find : {&FindSites, &FindPage, &FindFindings, &FindTexts}) {
    if (Status found = find(store, query, result); !found) return found.error();
  }
  return result;
}

Reply SearchPage(Visit& visit) {
  SearchQuery query{.words = std::string(Trim(visit.request.Query("q"))),
                    .site = std::string(Trim(visit.request.Query("site"))),
                    .from_finding = PlaceOfText(visit.request.Query("findings"))};
  const std::string_view texts = visit.request.Query("texts");
  for (const char c : texts.substr(0, 9)) {
    if (IsAsciiDigit(c)) query.from_text = query.from_text * 10 + static_cast<uint64_t>(c - '0');
  }
  Fields fields;
  fields.Set("WORDS", query.words).Set("SITE", query.site);
  if (query.words.empty()) {
    fields.ShowIf("HELP", true);
    return Page(visit, "search.tpl", "search.title", fields);
  }
  if (query.words.size() > limits::kSearchWordsBytesMax)
    return Problem(visit, 400, Say(visit, "search.too-long"));
  const Result<SearchResult> found = Search(visit.desk.store(), query);
  if (!found) return Problem(visit, found.error());
  fields.ShowIf("ASKED", true);
  for (const Site& site : found->sites) {
    fields.Add("SITE_ROW")
        .Set("HREF", SiteLink(site.id))
        .Set("NAME", PlainLine(site.name.empty() ? site.id : site.name))
        .Set("ID", PlainLine(site.id))
        .Set("UNIT", PlainLine(site.unit));
  }
  fields.Set("SITES_TOTAL", static_cast<int64_t>(found->sites_total));
  fields.ShowIf("NO_SITES", found->sites.empty()).ShowIf("SOME_SITES", !found->sites.empty());
  if (!found->incident.empty())
    fields.Add("INCIDENT").Set("HREF", IncidentLink(found->incident)).Set("ID", found->incident);
  for (const SearchResult::KnownPage& page : found->pages) {
    fields.Add("PAGE_ROW")
        .Set("URL", PlainLine(page.url))
        .Set("SITE_HREF", SiteLink(page.site))
        .Set("STATUS", static_cast<int64_t>(page.state.status))
        .Set("SEEN", TimeText(page.state.last_seen))
        .Set("FIRST", TimeText(page.state.first_seen));
  }
  for (const StoredFinding& finding : found->findings) {
    Fields& row = fields.Add("FINDING_ROW");
    row.Set("URL", PlainLine(finding.url))
        .Set("TITLE", PlainLine(finding.title))
        .Set("KIND", KindWord(visit, finding.finding.kind))
        .Set("SEVERITY", SeverityName(finding.finding.severity))
        .Set("SEVERITY_TEXT", SeverityWord(visit, finding.finding.severity))
        .Set("HREF", finding.finding.severity > Severity::kHint
                         ? LinkTo(IncidentLink(StableId({finding.site, finding.finding.kind})),
                                  {{"finding", finding.finding.id}})
                         : SiteLink(finding.site) + "/findings");
    row.ShowIf("IS_GONE", !finding.standing);
  }
  fields.ShowIf("NO_FINDINGS", found->findings.empty());
  if (found->findings_stopped) {
    fields.Add("FINDINGS_STOPPED")
        .Set("HREF", LinkTo("/search", {{"q", query.words},
                                        {"site", query.site},
                                        {"findings", TextOfPlace(found->last_finding)}}));
  }
  fields.ShowIf("TEXTS_NEED_SITE", query.site.empty());
  // What is kept of a site that was removed can still be looked at.
  const Result<std::optional<Site>> within = visit.desk.store().index().SiteOf(query.site);
  if (!within) return Problem(visit, within.error());
  const bool unknown = !query.site.empty() && !*within && found->texts_done == 0;
  fields.ShowIf("NO_SUCH_SITE", unknown);
  if (!query.site.empty() && !unknown) {
    Fields& shown = fields.Add("TEXTS");
    shown.Set("READ", static_cast<int64_t>(found->texts_done));
    shown.ShowIf("NO_TEXTS", found->texts.empty());
    for (const SearchResult::Text& text : found->texts) {
      Fields& row = shown.Add("TEXT_ROW");
      row.Set("URL", PlainLine(text.url)).Set("TITLE", PlainLine(text.title));
      AddMarked(row, "TEXT", text.text);
    }
    if (found->texts_stopped) {
      shown.Add("TEXTS_STOPPED")
          .Set("HREF", LinkTo("/search", {{"q", query.words},
                                          {"site", query.site},
                                          {"texts", std::to_string(found->texts_done)}}));
    }
  }
  return Page(visit, "search.tpl", "search.title", fields);
}

}  // namespace xuncha
