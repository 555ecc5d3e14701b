// doctor: examines the installation.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/doctor.h"
#include "base/text.h"
#include "base/tree.h"

namespace xuncha {
namespace {

std::string_view MarkOf(Health health) {
  switch (health) {
    case Health::kOk:
      return "✓";
    case Health::kWarn:
      return "!";
    case Health::kFail:
      return "✗";
    case Health::kUnknown:
      return "?";
  }
  return "";
}

// Several lines of a message stand under one another.
std::string Indented(std::string_view text) {
  std::string out;
  for (const std::string_view line : Split(text, '\n'))
    out += (out.empty() ? "" : "\n    ") + Neutralise(line);
  return out;
}

}  // namespace

int RunDoctor(Session& session, const Arguments& arguments) {
  const std::vector<Checkup> checkups =
      Examine(session, arguments.Has("--probe") ? Reach::kProbe : Reach::kHere);
  const auto count = [&checkups](Health health) {
    return std::count_if(checkups.begin(), checkups.end(),
                         [health](const Checkup& checkup) { return checkup.health == health; });
  };
  const auto failed = count(Health::kFail), warned = count(Health::kWarn),
             unknown = count(Health::kUnknown);
  const int code = failed > 0 ? kFindings : unknown > 0 ? kPartial : kClean;
  if (arguments.Has("--json")) {
    Node node = MakeTable();
    Put(node, "time", MakeString(FormatTime(session.clock().Now())));
    Put(node, "version", MakeString(kVersion));
    Put(node, "state",
        MakeString(HealthName(failed > 0    ? Health::kFail
                              : unknown > 0 ? Health::kUnknown
                              : warned > 0  ? Health::kWarn
                                            : Health::kOk)));
    Node list = MakeArray();
    for (const Checkup& checkup : checkups) {
      Node one = MakeTable();
      Put(one, "name", MakeString(checkup.name));
      Put(one, "state", MakeString(HealthName(checkup.health)));
      Put(one, "found", MakeString(checkup.found));
      if (!checkup.meaning.empty()) Put(one, "meaning", MakeString(checkup.meaning));
      if (!checkup.todo.empty()) Put(one, "todo", MakeString(checkup.todo));
      list.items.push_back(std::move(one));
    }
    Put(node, "checks", std::move(list));
    session.Out(WriteJson(node) + "\n");
    return code;
  }
  for (const Checkup& checkup : checkups) {
    session.Out(
        fmt::format("{} {}：{}\n", MarkOf(checkup.health), checkup.title, Indented(checkup.found)));
    if (!checkup.meaning.empty()) session.Out("    后果：" + Indented(checkup.meaning) + "\n");
    if (!checkup.todo.empty()) session.Out("    该做：" + Indented(checkup.todo) + "\n");
  }
  session.Out(fmt::format("{} 项检查：{} 项要处理，{} 项要留意，{} 项查不出\n", checkups.size(),
                          failed, warned, unknown));
  return code;
}

}  // namespace xuncha
