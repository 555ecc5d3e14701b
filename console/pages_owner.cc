// The owner's page, opened by the secret in the link of a notice and by nothing else: what
// was found, as text; and what the owner can say to it. Every use goes on record.
//
// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <set>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "console/page_parts.h"
#include "console/pages.h"
#include "console/pictures.h"
#include "reports/mask.h"
#include "rules/letter.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr size_t kFindings = 30;

std::optional<ReplyKind> KindOf(std::string_view name) {
  for (const ReplyKind kind : {ReplyKind::kAcknowledge, ReplyKind::kRepaired,
                               ReplyKind::kAskRecheck, ReplyKind::kObject}) {
    if (ReplyKindName(kind) == name) return kind;
  }
  return std::nullopt;
}

// Why the link opens nothing, plainly; the secret is not repeated.
Reply Closed(Visit& visit, const Error& error) {
  Fields fields;
  const bool expired = error.code == Code::kDenied;
  fields.ShowIf("EXPIRED", expired).ShowIf("WRONG", !expired);
  return Page(visit, "owner_closed.tpl", "owner.title", fields, expired ? 410 : 404);
}

Reply Show(Visit& visit, const Casework::OwnerDoor& door, std::string_view problem, int status) {
  const Store& store = visit.desk.store();
  const Notice& notice = door.notice;
  Fields fields;
  fields.Set("ACTION", "/o/" + PercentEncode(visit.request.parts.at(0)))
      .Set("PRINTED", PlainLine(notice.printed))
      .Set("INSTITUTION", PlainLine(notice.institution))
      .Set("SITE", PlainLine(notice.site_name.empty() ? notice.site : notice.site_name))
      .Set("UNIT", PlainLine(notice.unit))
      .Set("OWNER", PlainLine(notice.owner))
      .Set("KIND", KindWord(visit, notice.finding_kind))
      .Set("ISSUED", TimeText(notice.issued))
      .Set("STATE_TEXT", StateWord(visit, door.incident.state))
      .Set("REASON", PlainLine(notice.reason))
      .Set("BY", PlainLine(visit.request.Form("by")))
      .Set("WRITTEN", visit.request.Form("text"))
      .Set("FILES_MAX", static_cast<int64_t>(limits::kReplyFilesMax))
      .Set("SIZE_MAX", SizeText(limits::kPictureBytesMax));
  if (notice.deadline != 0) {
    const Millis now = visit.desk.clock().Now();
    fields.Add("TERM")
        .Set("DEADLINE", TimeText(notice.deadline))
        .Set("WHEN", UntilText(visit, notice.deadline, now))
        .Set("LATE", notice.deadline <= now ? "late" : "");
  }
  for (const std::string& basis : notice.basis) fields.Add("BASIS").Set("TEXT", PlainLine(basis));
  if (notice.clause != 0) {
    fields.Add("CLAUSE")
        .Set("NAME", ClauseName(notice.clause))
        .Set("TEXT", ClauseText(notice.clause));
  }
  size_t shown = 0;
  for (const std::string& id : notice.findings) {
    if (++shown > kFindings) break;
    const Result<StoredFinding> finding = store.cases().FindingById(id);
    if (!finding) continue;  // gone with what was kept of it
    Fields& one = fields.Add("FINDING");
    one.Set("URL", PlainLine(finding->url))
        .Set("TITLE", PlainLine(finding->title))
        .Set("BECAUSE", PlainLine(finding->finding.because))
        .Set("LAST", TimeText(finding->last_seen));
    one.ShowIf("IS_GONE", !finding->standing);
    // Often many rules find the same words: each is shown once, and a few are enough.
    constexpr size_t kWordsShown = 3;
    std::set<std::string> words;
    for (const Evidence& evidence : finding->finding.evidence) {
      if (evidence.found.empty() || words.size() == kWordsShown) continue;
      if (!words.insert(evidence.found).second) continue;
      const Excerpt excerpt = MaskExcerpt(evidence.before, evidence.found, evidence.after);
      one.Add("WORDS")
          .Set("BEFORE", PlainLine(excerpt.before))
          .Set("FOUND", PlainLine(excerpt.found))
          .Set("AFTER", PlainLine(excerpt.after));
    }
  }
  if (notice.findings_total > shown)
    fields.Add("MORE").Set("COUNT", static_cast<int64_t>(notice.findings_total - shown));
  Newest<OwnerReply> replies;
  const Status read = store.casework().EachReply(door.incident.id, [&](const OwnerReply& reply) {
    replies.Add(reply);
    return true;
  });
  if (!read) return Problem(visit, read.error());
  if (replies.left_out() > 0) fields.Add("OLDER").Set("COUNT", replies.left_out());
  for (const OwnerReply& reply : replies.kept()) {
    fields.Add("REPLY")
        .Set("TIME", TimeText(reply.time))
        .Set("KIND",
             Either(visit, ReplyKindText(reply.kind), CaseDeedWord(visit, DeedOf(reply.kind))))
        .Set("BY", reply.notice.empty() ? Say(visit, "owner.by-office") : PlainLine(reply.by))
        .Set("TEXT", PlainLine(reply.text));
  }
  std::optional<Recheck> last;
  const Status looked = store.casework().EachRecheck(door.incident.id, [&](const Recheck& one) {
    last = one;
    return true;
  });
  if (!looked) return Problem(visit, looked.error());
  if (last) {
    fields.Add("RECHECK")
        .Set("TIME", TimeText(last->time))
        .Set("OUTCOME",
             Either(visit, RecheckOutcomeText(last->outcome), RecheckOutcomeName(last->outcome)))
        .Set("GONE", static_cast<int64_t>(last->gone))
        .Set("STAND", static_cast<int64_t>(last->stand));
  }
  const std::optional<CaseState> state = CaseStateByName(door.incident.state);
  for (const ReplyKind kind : {ReplyKind::kAcknowledge, ReplyKind::kRepaired,
                               ReplyKind::kAskRecheck, ReplyKind::kObject}) {
    const auto step = state ? FindStep(*state, DeedOf(kind)) : Result<const CaseStep*>(Error{});
    if (!step || !(*step)->Allows(Party::kOwner)) continue;
    // The next step stands out: to acknowledge, then to report the repair.
    const bool next = kind == ReplyKind::kAcknowledge ||
                      (kind == ReplyKind::kRepaired && state != CaseState::kNotified);
    fields.Add("ANSWER")
        .Set("PRIMARY", next ? "primary" : "")
        .Set("VALUE", ReplyKindName(kind))
        .Set("TEXT", Either(visit, ReplyKindText(kind), CaseDeedWord(visit, DeedOf(kind))));
    fields.Set("CAN_ANSWER", "1");
  }
  if (!problem.empty()) fields.Add("PROBLEM").Set("TEXT", problem);
  return Page(visit, "owner.tpl", "owner.title", fields, status);
}

}  // namespace

bool OwnerLinkOpens(const Desk& desk, const std::vector<std::string>& parts) {
  return desk.store().casework().OpenToken(parts.at(0), desk.clock().Now()).ok();
}

Reply OwnerPage(Visit& visit) {
  const std::string& token = visit.request.parts.at(0);
  const Result<Casework::OwnerDoor> door =
      visit.desk.store().casework().OpenToken(token, visit.desk.clock().Now());
  if (!door) return Closed(visit, door.error());
  // Who asks for the head alone, as programs do that look at links in mail, has read nothing.
  if (!visit.request.head_only) {
    const Status recorded = visit.desk.Change([&](Store& store) {
      return store.casework().RecordTokenUse(token, visit.request.address,
                                             visit.desk.clock().Now());
    });
    if (!recorded) return Problem(visit, recorded.error());
  }
  return Show(visit, *door, "", 200);
}

Reply OwnerReplyPost(Visit& visit) {
  const std::string& token = visit.request.parts.at(0);
  const Result<Casework::OwnerDoor> door =
      visit.desk.store().casework().OpenToken(token, visit.desk.clock().Now());
  if (!door) return Closed(visit, door.error());
  const std::optional<ReplyKind> kind = KindOf(visit.request.Form("answer"));
  if (!kind) return Show(visit, *door, Say(visit, "owner.no-answer"), 400);
  Casework::ReplyDraft draft{.kind = *kind,
                             .notice = door->notice.number,
                             .from = visit.request.address,
                             .text = std::string(Trim(visit.request.Form("text")))};
  for (const Upload& upload : visit.request.uploads) {
    if (upload.bytes.empty()) continue;  // a browser sends an empty one for none
    const Result<std::string_view> type = PictureType(upload.bytes);
    if (!type) return Show(visit, *door, type.error().text, 400);
    if (draft.files.size() == limits::kReplyFilesMax)
      return Show(visit, *door, Say(visit, "owner.too-many"), 400);
    draft.files.push_back({upload.name, std::string(*type), upload.bytes});
  }
  const std::string by(Trim(visit.request.Form("by")));
  if (by.empty()) return Show(visit, *door, Say(visit, "owner.no-name"), 400);
  const Status done = visit.desk.Change([&](Store& store) -> Status {
    const Millis now = visit.desk.clock().Now();
    const Result<Incident> incident = store.casework().Reply(
        {.incident = door->incident.id, .by = by, .as = Party::kOwner}, draft, now);
    return incident ? Ok() : Status(incident.error());
  });
  if (!done) return Show(visit, *door, done.error().text, 400);
  return Redirect(LinkTo("/o/" + PercentEncode(token), {{"done", "done.replied"}}));
}

}  // namespace xuncha
