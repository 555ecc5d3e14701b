// What is said to people: counts, sites as registered, numbers of incidents and notices,
// and where to read on. Never the text of a violation, the address it stands at or leads
// to, or a citizen's data: a message leaves the house and stands on other people's screens.
// Whoever may see more reads on at the desk.
//
// Pure; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"
#include "store/deliveries.h"

namespace xuncha {

// {link} in MessagePart::closing.
inline constexpr std::string_view kLinkMark = "{link}";

// A word from outside as it may stand in a message: on one line, without what a terminal,
// a robot or a mail program would take for more than text; identifiers masked.
std::string Told(std::string_view text);

// What a run brought.
struct NightNews {
  Run run;
  std::map<std::string, std::array<uint64_t, 4>> fresh;  // incidents by kind, by Severity
  uint64_t reopened = 0;                                 // that had been closed
  uint64_t again = 0;    // in hand, and something of them that had gone stands again
  uint64_t stock = 0;    // found when a site was audited for the first time
  uint64_t waiting = 0;  // incidents nobody has judged
};
Delivery NightMessage(const NightNews& news, std::string_view console);

// No run for too long, or one that never ended. `since`: when the last good one ended, or 0.
Delivery NoRunMessage(Millis since, bool cut_off, Millis now, std::string_view console);

// An incident that somebody has to do something about.
struct CaseLine {
  std::string incident;
  std::string site;  // as registered: its name, or its id
  std::string kind;
  Severity severity = Severity::kLow;
  Millis at = 0;  // when its time is over, or was
};
// Terms that owners let pass.
Delivery OverdueMessage(const std::vector<CaseLine>& cases, Millis now, std::string_view console);
// The report to the authority is due soon, or was. Urgent.
Delivery ClockMessage(const CaseLine& one, Millis now, std::string_view console);

// A notice to an owner, as it goes out.
struct NoticeNews {
  std::string id;       // "2026-12"
  std::string printed;  // "网信整改〔2026〕12号"
  std::string title;    // 整改通知书
  std::string institution;
  std::string unit, site_name, site;
  std::string incident;
  std::string kind;  // of its gravest finding
  uint64_t findings = 0;
  Millis deadline = 0;  // 0: none
  bool reminder = false;
  std::vector<std::string> contacts;  // as registered: mail addresses and telephones
};
// Its one-time link stands where {link} is, and nowhere in the log.
Delivery NoticeMessage(const NoticeNews& notice, std::string_view link);
// It could not be handed over to the address, or, where that is empty, to anybody: `why`
// for people. `id` is its number, `printed` that of the paper.
Delivery UndeliveredMessage(std::string_view id, std::string_view printed, std::string_view address,
                            std::string_view why, std::string_view console);
Delivery TestMessage(Millis now);

enum class Dress : uint8_t {
  kBody,   // of a mail, whose subject stands in its header
  kWhole,  // subject and all
};
// At most `bytes_max` bytes. What does not fit is counted: “还有 N 项”.
std::string RenderMessage(const Delivery& message, Dress dress, size_t bytes_max);
std::string SubjectOf(const Delivery& message);

}  // namespace xuncha
