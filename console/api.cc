// SPDX-License-Identifier: Apache-2.0
#include "console/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace xuncha {
namespace {

// "/api/incident/{}/note" as OpenAPI writes it, and the parameters for it.
std::string PathTemplate(std::string_view path, Node& parameters) {
  std::string out;
  int number = 0;
  for (const std::string_view part : Split(path.substr(1), '/')) {
    if (part != "{}") {
      out += fmt::format("/{}", part);
      continue;
    }
    const std::string name = fmt::format("part{}", ++number);
    out += "/{" + name + "}";
    Node parameter = MakeTable();
    Put(parameter, "name", MakeString(name));
    Put(parameter, "in", MakeString("path"));
    Put(parameter, "required", MakeBool(true));
    Node schema = MakeTable();
    Put(schema, "type", MakeString("string"));
    Put(parameter, "schema", std::move(schema));
    parameters.items.push_back(std::move(parameter));
  }
  return out;
}

Node StringSchema() {
  Node schema = MakeTable();
  Put(schema, "type", MakeString("string"));
  return schema;
}

Node ReplyNode(std::string_view what) {
  Node reply = MakeTable();
  Put(reply, "description", MakeString(what));
  return reply;
}

Node OperationOf(const Route& route, Node parameters) {
  Node operation = MakeTable();
  Put(operation, "summary", MakeString(route.what));
  Put(operation, "x-roles", MakeString(RoleNames(route.roles)));
  Node properties = MakeTable();
  for (const std::string_view piece : Split(route.fields, ';')) {
    const size_t colon = piece.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = Trim(piece.substr(0, colon)),
                           what = Trim(piece.substr(colon + 1));
    if (route.method == "GET") {
      Node parameter = MakeTable();
      Put(parameter, "name", MakeString(name));
      Put(parameter, "in", MakeString("query"));
      Put(parameter, "description", MakeString(what));
      Put(parameter, "schema", StringSchema());
      parameters.items.push_back(std::move(parameter));
    } else {
      Node schema = MakeTable();
      Put(schema, "description", MakeString(what));
      Put(properties, name, std::move(schema));
    }
  }
  if (!parameters.items.empty()) Put(operation, "parameters", std::move(parameters));
  if (route.method == "POST") {
    Node schema = MakeTable(), media = MakeTable(), content = MakeTable(), body = MakeTable();
    Put(schema, "type", MakeString("object"));
    Put(schema, "properties", std::move(properties));
    Put(media, "schema", std::move(schema));
    Put(content, "application/json", std::move(media));
    Put(body, "content", std::move(content));
    Put(operation, "requestBody", std::move(body));
  }
  Node replies = MakeTable();
  Put(replies, "200", ReplyNode("Done; a JSON object."));
  Put(replies, "401", ReplyNode("No session and no valid token."));
  Put(replies, "403", ReplyNode("The role may not do this, or the CSRF token is missing."));
  Put(replies, "default", ReplyNode("An object with `error` and `status`."));
  Put(operation, "responses", std::move(replies));
  return operation;
}

}  // namespace

std::string OpenApi(std::span<const Route> routes) {
  Node document = MakeTable(), info = MakeTable(), paths = MakeTable();
  Put(document, "openapi", MakeString("3.1.0"));
  Put(info, "title", MakeString("xuncha"));
  Put(info, "version", MakeString("1"));
  Put(info, "description",
      MakeString("Authorization: Bearer with a token of `xuncha user token`; or the session's "
                 "cookie, then with X-CSRF-Token for all that is no GET."));
  Put(document, "info", std::move(info));
  std::vector<std::string> done;
  for (const Route& route : routes) {
    if (!route.path.starts_with("/api/")) continue;
    Node parameters = MakeArray();
    const std::string path = PathTemplate(route.path, parameters);
    if (std::ranges::find(done, path) != done.end()) continue;
    done.push_back(path);
    Node methods = MakeTable();
    for (const Route& other : routes) {
      if (other.path == route.path)
        Put(methods, AsciiLower(other.method), OperationOf(other, parameters));
    }
    Put(paths, path, std::move(methods));
  }
  Put(document, "paths", std::move(paths));
  Node bearer = MakeTable(), schemes = MakeTable(), components = MakeTable();
  Put(bearer, "type", MakeString("http"));
  Put(bearer, "scheme", MakeString("bearer"));
  Put(schemes, "token", std::move(bearer));
  Put(components, "securitySchemes", std::move(schemes));
  Put(document, "components", std::move(components));
  Node use = MakeTable(), security = MakeArray();
  Put(use, "token", MakeArray());
  security.items.push_back(std::move(use));
  Put(document, "security", std::move(security));
  return WriteJson(document);
}

Reply ShowOpenApi(Visit& /*visit*/) {
  return {.type = "application/json", .body = OpenApi(Routes()) + "\n"};
}

Reply ShowMe(Visit& visit) {
  Node node = MakeTable();
  Put(node, "account", MakeString(visit.account->name));
  Put(node, "display", MakeString(visit.account->display));
  Put(node, "unit", MakeString(visit.account->unit));
  Node roles = MakeArray();
  for (int i = 0; i < kRoles; ++i) {
    const auto role = static_cast<DeskRole>(i);
    if (visit.May(RoleBit(role))) roles.items.push_back(MakeString(RoleName(role)));
  }
  Put(node, "roles", std::move(roles));
  if (!visit.session.empty()) Put(node, "csrf", MakeString(visit.csrf));
  return JsonReply(node);
}

Reply ShowMetrics(Visit& visit) {
  const std::string& address = visit.request.address;
  const bool local = address == "unix" || address == "::1" || address.starts_with("127.");
  const bool forwarded = !visit.request.Header("x-forwarded-for").empty();
  if (visit.account == nullptr && (!local || forwarded))
    return Problem(visit, 403, Say(visit, "problem.role"));
  const Result<std::vector<Run>> runs = visit.desk.store().Nights();
  if (!runs) return Problem(visit, runs.error());
  std::string text;
  const auto figure = [&text](std::string_view name, std::string_view type, std::string_view help,
                              auto value) {
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
  };
  // What a watcher must know first: when all was read the last time.
  const auto ended =
      std::find_if(runs->rbegin(), runs->rend(), [](const Run& run) { return run.ended != 0; });
  const Run none, &last = ended == runs->rend() ? none : *ended;
  figure("xuncha_run_last_success_timestamp_seconds", "gauge",
         "When the last complete run ended; 0 if there was none.", last.ended / 1000);
  figure("xuncha_run_last_start_timestamp_seconds", "gauge",
         "When the last run began, complete or not; 0 if there was none.",
         runs->empty() ? 0 : runs->back().started / 1000);
  figure("xuncha_run_going", "gauge", "1 if the last run has not ended.",
         !runs->empty() && runs->back().ended == 0 ? 1 : 0);
  figure("xuncha_run_duration_seconds", "gauge", "How long the last complete run took.",
         (last.ended - last.started) / 1000);
  figure("xuncha_run_sites", "gauge", "Sites of the last complete run.", last.totals.sites);
  figure("xuncha_run_pages", "gauge", "Pages of the last complete run.", last.totals.pages);
  figure("xuncha_run_pages_failed", "gauge", "Of these could not be checked.", last.totals.failed);
  figure("xuncha_run_bytes", "gauge", "Bytes the last complete run received.", last.totals.bytes);
  text +=
      "# HELP xuncha_run_findings Findings of the last complete run.\n"
      "# TYPE xuncha_run_findings gauge\n";
  for (int i = 0; i < 4; ++i) {
    text += fmt::format("xuncha_run_findings{{severity=\"{}\"}} {}\n",
                        SeverityName(static_cast<Severity>(i)), last.totals.findings[i]);
  }
  size_t sessions = 0;
  const Status counted = visit.desk.store().accounts().EachSession([&](const DeskSession&) {
    ++sessions;
    return true;
  });
  if (!counted) return Problem(visit, counted.error());
  figure("xuncha_desk_sessions", "gauge", "Open sessions of the officers' desk.", sessions);
  return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = std::move(text)};
}

Reply ShowHealth(Visit& /*visit*/) { return {.type = "text/plain; charset=utf-8", .body = "ok\n"}; }

}  // namespace xuncha
