// The picture of a captured page: the pages that show it, and its place on the page of
// an incident.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "console/web.h"
#include "store/store.h"

namespace xuncha {

Reply PicturePage(Visit& visit);   // blurred where its kind says so, until it is pressed for
Reply PictureAsk(Visit& visit);    // has it drawn
Reply PictureBytes(Visit& visit);  // PNG, and nothing else

// The picture of the finding's page if there is one, or how to have it: {{#PICTURE}}.
void AddPicture(Visit& visit, Fields& fields, const StoredFinding& stored);
// What is not to be looked at without wanting to: "blur", or nothing.
std::string_view BlurOf(const Finding& finding);

// The page of the finding as UTF-8, to be drawn: identifiers are masked where they stand
// in one piece of the source. kNotFound if it is not kept any more, kInvalid if it is no
// page.
Result<std::string> MarkupOf(const Store& store, const StoredFinding& stored);

}  // namespace xuncha
