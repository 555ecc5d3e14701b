// SPDX-License-Identifier: Apache-2.0
#include "reports/page_line.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "reports/mask.h"

namespace xuncha {

Node FindingJson(const Finding& finding) {
  Node node = MakeTable();
  Put(node, "id", MakeString(finding.id));
  Put(node, "clause", MakeInteger(finding.clause));
  Put(node, "kind", MakeString(finding.kind));
  Put(node, "severity", MakeString(SeverityName(finding.severity)));
  Put(node, "score", MakeInteger(finding.score));
  Node zones = MakeArray(), rules = MakeArray(), signals = MakeArray();
  const auto add = [](Node& list, std::string_view name) {
    for (const Node& item : list.items) {
      if (item.string == name) return;
    }
    list.items.push_back(MakeString(name));
  };
  for (const Evidence& evidence : finding.evidence) {
    if (!evidence.found.empty()) {
      add(zones, evidence.in_anchor ? ZoneName(ZoneKind::kAnchor) : ZoneName(evidence.zone));
    }
    add(rules, evidence.rule);
  }
  for (const std::string& signal : finding.signals) add(signals, signal);
  Put(node, "zones", std::move(zones));
  Put(node, "rules", std::move(rules));
  Put(node, "signals", std::move(signals));
  std::string excerpt;
  if (!finding.evidence.empty()) {
    const Evidence& best = finding.evidence.front();
    const Excerpt masked = MaskExcerpt(best.before, best.found, best.after);
    excerpt = masked.before + "【" + masked.found + "】" + masked.after;
  }
  Put(node, "excerpt", MakeString(excerpt));
  Put(node, "because", MakeString(finding.because));
  return node;
}

PageLine LineOfPage(const Page& page) {
  PageLine line;
  line.site = page.permit.site().id;
  line.path = std::string(page.permit.url().path_and_query());
  line.url = page.permit.url().text();
  line.title = page.document.title;
  line.status = page.response.status;
  line.checked = page.checked;
  line.limits = page.limits;
  line.findings = page.findings;
  line.tally = Tallier(page.permit.site())
                   .Of({.url = line.url,
                        .status = line.status,
                        .checked = line.checked,
                        .limits = line.limits,
                        .error = page.response.error});
  // Whoever names it wants it judged, whatever a crawl takes it for.
  if (line.tally == Tally::kService) line.tally = line.status < 300 ? Tally::kRead : Tally::kAbsent;
  return line;
}

std::string PageLineJson(const PageLine& line, Severity least) {
  Node node = MakeTable();
  Put(node, "site", MakeString(line.site));
  Put(node, "path", MakeString(line.path));
  Put(node, "url", MakeString(line.url));
  Put(node, "title", MakeString(MaskIdentifiers(line.title)));
  Put(node, "status", MakeInteger(line.status));
  Node findings = MakeArray();
  int64_t below = 0;
  for (const Finding& finding : line.findings) {
    if (finding.severity < least) {
      ++below;
    } else {
      findings.items.push_back(FindingJson(finding));
    }
  }
  Put(node, "findings", std::move(findings));
  if (below > 0) Put(node, "hints", MakeInteger(below));
  const Checked checked = line.tally == Tally::kFailed ? Checked::kFailed : line.checked;
  Put(node, "checked", MakeString(CheckedName(checked)));
  Put(node, "tally", MakeString(TallyName(line.tally)));
  Node limits = MakeArray();
  for (const LimitHit& hit : line.limits) {
    Node limit = MakeTable();
    Put(limit, "limit", MakeString(LimitName(hit.limit)));
    Put(limit, "detail", MakeString(hit.detail));
    limits.items.push_back(std::move(limit));
  }
  Put(node, "limits", std::move(limits));
  return WriteJson(node);
}

Status EachPageLine(const Store& store, CaseStore& cases, const std::vector<Site>& sites,
                    uint64_t run, const std::function<Status(const PageLine&)>& visit) {
  for (const Site& site : sites) {
    // A site's standing findings are few; its pages are many and are streamed.
    std::map<std::string, std::vector<Finding>, std::less<>> by_url;
    if (Status read = cases.EachFinding(site.id,
                                        [&](const StoredFinding& stored) {
                                          if (stored.standing)
                                            by_url[stored.url].push_back(stored.finding);
                                          return true;
                                        });
        !read) {
      return read;
    }
    Status visited = Ok();
    const Tallier tallier(site);
    if (Status read = store.EachObservation(
            site.id, run,
            [&](const Observation& seen) {
              PageLine line;
              line.site = site.id;
              line.url = seen.url;
              const Result<Url> url = Url::Parse(seen.url);
              line.path = url ? std::string(url->path_and_query()) : seen.url;
              line.title = seen.title;
              line.status = seen.status;
              line.tally = tallier.Of(seen);
              line.checked = seen.checked;
              line.limits = seen.limits;
              const auto found = by_url.find(seen.url);
              if (found != by_url.end()) line.findings = found->second;
              std::sort(line.findings.begin(), line.findings.end(),
                        [](const Finding& a, const Finding& b) { return a.score > b.score; });
              visited = visit(line);
              return visited.ok();
            });
        !read) {
      return read;
    }
    if (!visited) return visited;
  }
  return Ok();
}

}  // namespace xuncha
