// The page of an incident, made anew after each deed that failed on it as well: with
// what was wrong, and with what the officer had written.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "console/finding_view.h"
#include "console/page_parts.h"
#include "console/web.h"

namespace xuncha {

// The owner's way in, just made: nobody has it again, so the page shows it this once.
struct HandedLink {
  std::string notice;  // id of its number
  std::string told;    // whom it was given to, and what is left to do
  std::string link;    // as a whole address
};

struct IncidentView {
  Identifiers identifiers = Identifiers::kMasked;
  std::string problem;    // what was wrong with the last deed; empty: nothing
  std::string deed;       // its name; "verdict" of any verdict
  std::string written;    // the reason that was written for it, kept for that form alone
  bool conflict = false;  // somebody else was faster: what they did is shown
  Millis seen = 0;        // when the page was made that the deed was asked from
  int status = 200;
  HandedLink handed;  // with an empty link: none
};

// The address of the owner's page: where the desk is said to stand, else where the
// visitor sees it.
std::string OwnerAddress(const Visit& visit, std::string_view token);

// Which of a notice's links is in force, without opening anything: who asks for a new one says
// which they want to replace.
std::string LinkMark(const Notice& notice);

// kNotFound as a page if there is no such incident, or the visitor may not see it.
Reply ShowIncident(Visit& visit, std::string_view id, const IncidentView& view = {});

// The forms for what the visitor may do with it now.
Status AddForms(Visit& visit, Fields& fields, const IncidentRow& row, const CaseFile& file,
                const IncidentView& view);
// What was said and looked at: notices, replies, re-checks, events.
Status AddHistory(Visit& visit, Fields& fields, const IncidentRow& row, const CaseFile& file,
                  const IncidentView& view);
// The finding that is looked at: text, source, other views, difference.
Status AddFinding(Visit& visit, Fields& fields, const StoredFinding& stored,
                  Identifiers identifiers);

}  // namespace xuncha
