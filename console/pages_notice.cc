// What goes to the owner by hand: the paper of a notice, and a new link in place of one
// that was lost. The store keeps only the digest of a link, so whoever makes one sees it
// once; only then can it be printed on the paper.
//
// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include "base/text.h"
#include "console/incident_page.h"
#include "console/pages.h"
#include "reports/paper_gather.h"
#include "reports/papers.h"
#include "reports/teller.h"
#include "store/index.h"

namespace xuncha {
namespace {

constexpr size_t kTokenDigits = 64;
constexpr std::string_view kDocx =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

// The notice of the path, if the visitor may see its incident.
Result<Notice> NoticeOf(const Visit& visit) {
  const Store& store = visit.desk.store();
  const Error none{Code::kNotFound, Say(visit, "notice.none")};
  const Result<IncidentRow> row = store.index().IncidentById(visit.request.parts.at(0));
  if (!row) return row.error();
  const Result<bool> may = MaySee(visit, row->incident.site);
  if (!may) return may.error();
  const Result<NoticeNumber> number = ParseNoticeNumber(visit.request.parts.at(1));
  if (!*may || !number) return none;
  Result<Notice> notice = store.casework().NoticeById(*number);
  if (!notice || notice->incident != row->incident.id) return none;
  return notice;
}

Reply PaperFile(Visit& visit, const Notice& notice, std::string_view format,
                std::string_view link) {
  if (format != "docx" && format != "html") return Problem(visit, 400, Say(visit, "notice.format"));
  const Result<CaseFacts> facts =
      GatherNotice(visit.desk.store(), notice, *visit.desk.policy(), link);
  if (!facts) return Problem(visit, facts.error());
  const PaperInfo& info = InfoOf(PaperOf(notice.kind));
  const std::string& data = visit.desk.data_directory();
  const Result<PaperTemplate> text = TemplateOf(info, data.empty() ? data : data + "/templates");
  if (!text) return Problem(visit, text.error());
  const Paper paper = text->Fill(DataOf(*facts), notice.issued);
  const std::string name = std::string(info.name) + "-" + notice.number.id() + ".";
  if (format == "html")
    return Download(PaperHtml(paper), "text/html; charset=utf-8", name + "html");
  return Download(PaperDocx(paper), kDocx, name + "docx");
}

}  // namespace

std::string OwnerAddress(const Visit& visit, std::string_view token) {
  const std::string console = visit.desk.tell()->console;
  return OwnerLink(console.empty() ? visit.request.Header("origin") : std::string_view(console),
                   token);
}

std::string LinkMark(const Notice& notice) { return notice.token.hex().substr(0, 16); }

Reply NoticePaper(Visit& visit) {
  const Result<Notice> notice = NoticeOf(visit);
  if (!notice) return Problem(visit, notice.error());
  return PaperFile(visit, *notice, visit.request.Query("format"), "");
}

Reply NoticePaperLinked(Visit& visit) {
  const Result<Notice> notice = NoticeOf(visit);
  if (!notice) return Problem(visit, notice.error());
  const std::string_view link = Trim(visit.request.Form("link"));
  // Only the link as it was shown: whatever else stood there would be printed, too.
  const std::string_view token = link.substr(link.size() - std::min(link.size(), kTokenDigits));
  const Result<Casework::OwnerDoor> door =
      visit.desk.store().casework().OpenToken(token, visit.desk.clock().Now());
  if (!door || !(door->notice.number == notice->number) || link != OwnerAddress(visit, token))
    return Problem(visit, 400, Say(visit, "notice.no-link"));
  return PaperFile(visit, *notice, visit.request.Form("format"), link);
}

Reply IncidentLinkPost(Visit& visit) {
  const Result<IncidentRow> row =
      visit.desk.store().index().IncidentById(visit.request.parts.at(0));
  if (!row) return Problem(visit, row.error());
  HandedLink handed{.told = Say(visit, "notice.renewed")};
  const Status done = visit.desk.Change([&](Store& store) -> Status {
    const Result<Incident> incident = store.cases().IncidentById(row->incident.id);
    if (!incident) return incident.error();
    if (incident->state == CaseStateName(CaseState::kClosed))
      return Error{Code::kConflict, Say(visit, "notice.closed")};
    const Result<CaseFile> file = store.casework().FileOf(row->incident.id);
    if (!file) return file.error();
    // The last one with a link: an advice to cut off has none.
    for (auto at = file->notices.rbegin(); at != file->notices.rend(); ++at) {
      const Result<Notice> notice = store.casework().NoticeById(*at);
      if (!notice) return notice.error();
      if (notice->token.empty()) continue;
      // Sent once more, as by reloading the page that shows the new link, it would put out of
      // force the one that was just handed over.
      if (visit.request.Form("was") != LinkMark(*notice))
        return Error{Code::kConflict, Say(visit, "notice.link-changed")};
      const Result<std::string> token = store.casework().RenewToken(
          *at, visit.who(), *visit.desk.policy(), visit.desk.clock().Now());
      if (!token) return token.error();
      handed.notice = at->id();
      handed.link = OwnerAddress(visit, *token);
      return Ok();
    }
    return Error{Code::kNotFound, Say(visit, "notice.none")};
  });
  if (!done && done.error().code == Code::kConflict)
    return ShowIncident(visit, row->incident.id, {.problem = done.error().text, .status = 409});
  if (!done) return Problem(visit, done.error());
  return ShowIncident(visit, row->incident.id, {.handed = std::move(handed)});
}

}  // namespace xuncha
