// The picture of a captured page: asked for by a form, shown when it is drawn, blurred
// where its kind says so until somebody presses for it. The page never comes near the
// desk's origin as markup, only as a PNG the desk made of it (drawings.h).
//
// SPDX-License-Identifier: Apache-2.0
#include "console/pages_picture.h"

#include "base/charset.h"
#include "base/text.h"
#include "console/desk.h"
#include "console/page_parts.h"
#include "reports/mask.h"

namespace xuncha {
namespace {

constexpr std::string_view kLookAgainSeconds = "2";

std::string PictureLink(const StoredFinding& stored) {
  return "/finding/" + PercentEncode(stored.finding.id) + "/picture";
}

// The finding, for who may see its incident.
Result<StoredFinding> FindingFor(Visit& visit) {
  Result<StoredFinding> found = visit.desk.store().cases().FindingById(visit.request.parts.at(0));
  if (!found) return found;
  const Result<bool> may = MaySee(visit, found->site);
  if (!may) return may.error();
  if (!*may) return Error{Code::kNotFound, Say(visit, "incident.none")};
  return found;
}

void Show(Visit& visit, Fields& shown, const StoredFinding& stored,
          const Drawings::Drawing& drawing) {
  using State = Drawings::State;
  shown.Set("HREF", PictureLink(stored)).Set("WHY", PlainLine(drawing.why));
  const bool possible = OfficersDeskOf(visit).drawings().possible();
  shown.ShowIf("NO_BROWSER", !possible);
  if (!possible) return;
  shown.ShowIf("WAITING", drawing.state == State::kWaiting)
      .ShowIf("FAILED", drawing.state == State::kFailed);
  if (drawing.state == State::kNone || drawing.state == State::kFailed) {
    Fields& ask = shown.Add("ASK");
    ask.ShowIf("FIRST", drawing.state == State::kNone)
        .ShowIf("AGAIN", drawing.state == State::kFailed);
  }
  if (drawing.state == State::kReady) shown.Add("READY").Set("SRC", PictureLink(stored) + ".png");
}

}  // namespace

Result<std::string> MarkupOf(const Store& store, const StoredFinding& stored) {
  const Result<std::string> body = store.blobs().Get(stored.body);
  if (!body) return body.error();
  const auto seen = store.ObservationOf(stored.site, stored.url, stored.last_run);
  if (!seen) return seen.error();
  Charset charset = IsValidUtf8(*body) ? Charset::kUtf8 : Charset::kGb18030;
  if (*seen && (*seen)->body == stored.body) charset = (*seen)->charset;
  const std::string markup = DecodeToUtf8(*body, charset).utf8;
  // A document is what it begins as; a page has no NUL in any charset.
  if (markup.starts_with("%PDF-") || markup.starts_with("PK\x03\x04") ||
      markup.find('\0') != std::string::npos)
    return Error{Code::kInvalid, "这不是网页，不能绘制；请看正文"};
  return MaskIdentifiers(markup);
}

std::string_view BlurOf(const Finding& finding) {
  return finding.kind == "porn" || finding.kind == "violence" ? "blur" : "";
}

void AddPicture(Visit& visit, Fields& fields, const StoredFinding& stored) {
  Fields& shown = fields.Add("PICTURE");
  shown.ShowIf("BLURRED", !BlurOf(stored.finding).empty());
  Show(visit, shown, stored, OfficersDeskOf(visit).drawings().Look(stored.body));
}

Reply PicturePage(Visit& visit) {
  const Result<StoredFinding> stored = FindingFor(visit);
  if (!stored) return Problem(visit, stored.error());
  const Result<bool> kept = visit.desk.store().blobs().Exists(stored->body);
  if (!kept) return Problem(visit, kept.error());
  const bool clear = visit.request.Query("clear") == "1";
  const bool blurs = !BlurOf(stored->finding).empty();
  Fields fields;
  fields
      .Set("INCIDENT_HREF", LinkTo(IncidentLink(StableId({stored->site, stored->finding.kind})),
                                   {{"finding", stored->finding.id}}))
      .Set("URL", PlainLine(stored->url))
      .Set("LAST", TimeText(stored->last_seen))
      .Set("DIGEST", stored->body.hex())
      .Set("BLUR", blurs && !clear ? "blur" : "")
      .Set("CLEAR_HREF", LinkTo(PictureLink(*stored), {{"clear", "1"}}));
  fields.ShowIf("BLURRED", blurs && !clear).ShowIf("CLEAR", blurs && clear);
  fields.ShowIf("NOT_KEPT", !*kept);
  Drawings::Drawing drawing;
  if (*kept) {
    drawing = OfficersDeskOf(visit).drawings().Look(stored->body);
    Show(visit, fields, *stored, drawing);
  }
  Reply reply = Page(visit, "picture.tpl", "picture.title", fields);
  if (drawing.state == Drawings::State::kWaiting)
    reply.headers.emplace_back("Refresh", kLookAgainSeconds);
  return reply;
}

Reply PictureAsk(Visit& visit) {
  const Result<StoredFinding> stored = FindingFor(visit);
  if (!stored) return Problem(visit, stored.error());
  const Store& store = visit.desk.store();
  const Status asked = OfficersDeskOf(visit).drawings().Ask(
      stored->body, [&store, stored = *stored] { return MarkupOf(store, stored); });
  if (!asked) return Problem(visit, asked.error());
  return Redirect(PictureLink(*stored));
}

Reply PictureBytes(Visit& visit) {
  const Result<StoredFinding> stored = FindingFor(visit);
  if (!stored) return Problem(visit, stored.error());
  // What retention has removed is not shown from memory either.
  const Result<bool> kept = visit.desk.store().blobs().Exists(stored->body);
  if (!kept) return Problem(visit, kept.error());
  const Drawings::Drawing drawing = OfficersDeskOf(visit).drawings().Look(stored->body);
  if (!*kept || drawing.state != Drawings::State::kReady)
    return Problem(visit, 404, Say(visit, "picture.none"));
  Reply reply{.type = "image/png", .body = *drawing.png};
  reply.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  return reply;
}

}  // namespace xuncha
