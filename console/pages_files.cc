// Bytes as they were got, always as attachments: what a captured page or an owner sent is
// never shown in the desk's own origin.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "console/page_parts.h"
#include "console/pages.h"
#include "console/pictures.h"
#include "store/index.h"

namespace xuncha {

// Whole, identifiers and all: so it asks for the same reason and goes on the same record
// as seeing them.
Reply FindingRaw(Visit& visit) {
  const Result<StoredFinding> found =
      visit.desk.store().cases().FindingById(visit.request.parts.at(0));
  if (!found) return Problem(visit, found.error());
  const Result<bool> may = MaySee(visit, found->site);
  if (!may) return Problem(visit, may.error());
  if (!*may) return Problem(visit, 404, Say(visit, "incident.none"));
  const Result<std::string> reason = UnmaskReason(visit);
  if (!reason) return Problem(visit, reason.error());
  const Status recorded = visit.desk.Change([&](Store& store) {
    return store.audit().Record(
        {.kind = "unmask",
         .actor = visit.who(),
         .what = *reason,
         .refs = {"finding:" + found->finding.id, "sha256:" + found->body.hex()}});
  });
  if (!recorded) return Problem(visit, recorded.error());
  Result<std::string> bytes = visit.desk.store().blobs().Get(found->body);
  if (!bytes) return Problem(visit, bytes.error());
  return Download(std::move(*bytes), "application/octet-stream",
                  "page-" + found->finding.id + ".bin");
}

Reply ReplyFileRaw(Visit& visit) {
  const auto& parts = visit.request.parts;
  const Result<IncidentRow> row = visit.desk.store().index().IncidentById(parts.at(0));
  if (!row) return Problem(visit, row.error());
  const Result<bool> may = MaySee(visit, row->incident.site);
  if (!may) return Problem(visit, may.error());
  std::optional<ReplyFile> wanted;
  if (*may) {
    const Status read =
        visit.desk.store().casework().EachReply(row->incident.id, [&](const OwnerReply& reply) {
          if (std::to_string(reply.number) != parts.at(1)) return true;
          for (size_t i = 0; i < reply.files.size(); ++i) {
            if (std::to_string(i) == parts.at(2)) wanted = reply.files[i];
          }
          return false;
        });
    if (!read) return Problem(visit, read.error());
  }
  if (!wanted) return Problem(visit, 404, Say(visit, "problem.nowhere"));
  Result<std::string> bytes = visit.desk.store().blobs().Get(wanted->digest);
  if (!bytes) return Problem(visit, bytes.error());
  // By what it is, not by what was once written down of it; and never under the sender's
  // name: what is a picture by its first bytes is a script to a program that goes by ".hta".
  const Result<std::string_view> type = PictureType(*bytes);
  const std::string_view ending = type ? PictureEnding(*type) : ".bin";
  return Download(std::move(*bytes), type ? *type : "application/octet-stream",
                  "reply-" + parts.at(1) + "-" + parts.at(2) + std::string(ending));
}

}  // namespace xuncha
