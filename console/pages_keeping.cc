// What is kept and what went: holds, evidence handed out, purges; and the chain of deeds.
// All of it to read; placing, releasing and exporting ask two persons at the command line.
//
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "base/day.h"
#include "base/limits.h"
#include "base/text.h"
#include "console/page_parts.h"
#include "console/pages.h"

namespace xuncha {
namespace {

constexpr size_t kEntries = 50;
constexpr uint64_t kEntriesRead = 5'000;  // of the chain, for one list of purges

// Of the tabs, only those that open.
void AddTabs(const Visit& visit, Fields& fields) {
  fields.ShowIf("MAY_AUDIT", visit.May(kRecordReaders));
}

// A ref of the chain, with a link where there is a page for it.
void AddRef(Fields& row, const std::string& ref) {
  Fields& one = row.Add("REF");
  const size_t colon = ref.find(':');
  const std::string noun = ref.substr(0, colon);
  const std::string name = colon == std::string::npos ? "" : ref.substr(colon + 1);
  constexpr size_t kNameShown = 40;
  std::string text = PlainLine(ref);
  if (noun == "sha256" && name.size() > kNameShown) text = ref.substr(0, 7 + 16) + "…";
  std::string href;
  if (noun == "incident") href = IncidentLink(name);
  if (noun == "site") href = SiteLink(name);
  if (noun == "run") href = "/run/" + PercentEncode(name);
  if (href.empty()) {
    one.Add("PLAIN").Set("TEXT", text);
  } else {
    one.Add("LINK").Set("TEXT", text).Set("HREF", href);
  }
}

void AddEntry(const Visit& visit, Fields& fields, const AuditEntry& entry) {
  Fields& row = fields.Add("ROW");
  row.Set("NUMBER", static_cast<int64_t>(entry.number))
      .Set("TIME", TimeText(entry.time))
      .Set("KIND", DeedWord(visit, entry.kind))
      .Set("ACTOR", PlainLine(entry.actor))
      .Set("WHAT", PlainLine(entry.what));
  for (const std::string& ref : entry.refs) AddRef(row, ref);
}

}  // namespace

Reply HoldsPage(Visit& visit) {
  const Millis now = visit.desk.clock().Now();
  std::vector<Hold> holds;
  const Status read = visit.desk.store().holds().Each([&](const Hold& hold) {
    holds.push_back(hold);
    return true;
  });
  if (!read) return Problem(visit, read.error());
  std::ranges::reverse(holds);
  std::ranges::stable_sort(holds, std::greater<>(), [&](const Hold& h) { return h.InForce(now); });
  Fields fields;
  fields.ShowIf("EMPTY", holds.empty()).ShowIf("CUT", holds.size() > limits::kDeskRowsMax);
  if (holds.size() > limits::kDeskRowsMax) holds.resize(limits::kDeskRowsMax);
  for (const Hold& hold : holds) {
    Fields& row = fields.Add("ROW");
    row.Set("ID", hold.id())
        .Set("BY", PlainLine(hold.by))
        .Set("REASON", PlainLine(hold.reason))
        .Set("REFERENCE", PlainLine(hold.reference))
        .Set("PLACED", TimeText(hold.placed))
        .Set("EXPIRES", DateText(hold.expires))
        .Set("COVERED", static_cast<int64_t>(hold.covered));
    if (!hold.site.empty()) row.Add("SITE").Set("TEXT", PlainLine(hold.site));
    if (!hold.url.empty()) row.Add("URL").Set("TEXT", PlainLine(hold.url));
    if (!hold.incident.empty())
      row.Add("INCIDENT").Set("TEXT", hold.incident).Set("HREF", IncidentLink(hold.incident));
    row.ShowIf("IN_FORCE", hold.InForce(now))
        .ShowIf("FOR_EVER", hold.expires == 0)
        .ShowIf("ENDS", hold.expires != 0);
    if (hold.released != 0)
      row.Add("RELEASED")
          .Set("TIME", TimeText(hold.released))
          .Set("BY", PlainLine(hold.released_by));
  }
  AddTabs(visit, fields);
  return Page(visit, "holds.tpl", "holds.title", fields);
}

Reply ExportsPage(Visit& visit) {
  std::vector<EvidenceExport> exports;
  const Status read = visit.desk.store().exports().Each([&](const EvidenceExport& one) {
    exports.push_back(one);
    return true;
  });
  if (!read) return Problem(visit, read.error());
  std::ranges::reverse(exports);
  Fields fields;
  fields.ShowIf("EMPTY", exports.empty()).ShowIf("CUT", exports.size() > limits::kDeskRowsMax);
  if (exports.size() > limits::kDeskRowsMax) exports.resize(limits::kDeskRowsMax);
  for (const EvidenceExport& one : exports) {
    Fields& row = fields.Add("ROW");
    row.Set("ID", one.id())
        .Set("TIME", TimeText(one.begun))
        .Set("REFERENCE", PlainLine(one.reference))
        .Set("AUTHORITY", PlainLine(one.authority))
        .Set("OFFICERS", PlainLine(Join(one.officers, ", ")))
        .Set("BY", PlainLine(one.by))
        .Set("APPROVED", PlainLine(one.approved_by))
        .Set("ITEMS", static_cast<int64_t>(one.items))
        .Set("SIZE", SizeText(one.bytes))
        .Set("DIGEST", one.package.empty() ? "" : one.package.hex());
    for (const std::string& ref : one.scope) AddRef(row, ref);
    row.ShowIf("UNMASKED", one.unmasked).ShowIf("GOING", one.ended == 0);
    if (!one.failure.empty()) row.Add("FAILED").Set("WHY", PlainLine(one.failure));
  }
  AddTabs(visit, fields);
  return Page(visit, "exports.tpl", "exports.title", fields);
}

Reply PurgesPage(Visit& visit) {
  const Store& store = visit.desk.store();
  const Result<PurgeFacts> last = store.LastPurge();
  if (!last) return Problem(visit, last.error());
  Fields fields;
  if (last->time != 0) {
    Fields& facts = fields.Add("LAST");
    facts.Set("TIME", TimeText(last->time))
        .Set("ROUTINE", last->policy.routine / kDay)
        .Set("FINDINGS", last->policy.findings / kDay);
    facts.ShowIf("UNFINISHED", last->unfinished);
  } else {
    fields.ShowIf("NEVER", true);
  }
  const Result<uint64_t> size = store.audit().Size();
  if (!size) return Problem(visit, size.error());
  size_t shown = 0;
  uint64_t number = *size;
  const uint64_t end = *size > kEntriesRead ? *size - kEntriesRead : 0;
  for (; number > end && shown < kEntries; --number) {
    const auto entry = store.audit().EntryAt(number);
    if (!entry) return Problem(visit, entry.error());
    if (!*entry || !(*entry)->kind.starts_with("purge")) continue;
    ++shown;
    AddEntry(visit, fields, **entry);
  }
  fields.ShowIf("EMPTY", shown == 0).ShowIf("CUT", number > 0 && shown > 0);
  AddTabs(visit, fields);
  return Page(visit, "purges.tpl", "purges.title", fields);
}

Reply AuditPage(Visit& visit) {
  const AuditChain& chain = visit.desk.store().audit();
  const Result<uint64_t> size = chain.Size();
  if (!size) return Problem(visit, size.error());
  uint64_t top = *size;
  const std::string_view text = visit.request.Query("from");
  if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), top);
  top = std::min(top, *size);
  Fields fields;
  uint64_t number = top;
  for (size_t shown = 0; number > 0 && shown < kEntries; --number, ++shown) {
    const auto entry = chain.EntryAt(number);
    if (!entry) return Problem(visit, entry.error());
    if (*entry) AddEntry(visit, fields, **entry);
  }
  fields.Set("SIZE", static_cast<int64_t>(*size)).ShowIf("EMPTY", *size == 0);
  const auto checkpoint = chain.LastCheckpoint();
  if (!checkpoint) return Problem(visit, checkpoint.error());
  if (*checkpoint) {
    fields.Add("CHECKPOINT")
        .Set("SIZE_SIGNED", static_cast<int64_t>((*checkpoint)->size))
        .Set("TIME", TimeText((*checkpoint)->time))
        .ShowIf("STAMPED", !(*checkpoint)->timestamp.empty());
  } else {
    fields.ShowIf("NOT_SIGNED", true);
  }
  AddPager(fields,
           top < *size
               ? LinkTo("/audit", {{"from", std::to_string(std::min(*size, top + kEntries))}})
               : "",
           number > 0 ? LinkTo("/audit", {{"from", std::to_string(number)}}) : "");
  return Page(visit, "audit.tpl", "audit.title", fields);
}

}  // namespace xuncha
