// SPDX-License-Identifier: Apache-2.0
#include "console/web.h"

#include <algorithm>

#include "base/text.h"

namespace xuncha {
namespace {

template <class Map>
std::string_view First(const Map& values, std::string_view name) {
  const auto found = values.lower_bound(name);
  return found == values.end() || found->first != name ? std::string_view() : found->second;
}

int StatusOf(Code code) {
  switch (code) {
    case Code::kInvalid:
      return 400;
    case Code::kNotFound:
      return 404;
    case Code::kConflict:
      return 409;
    case Code::kDenied:
      return 403;
    case Code::kLimit:
      return 429;
    case Code::kDamaged:
    case Code::kNewer:
    case Code::kSystem:
      return 500;
  }
  return 500;
}

}  // namespace

std::string_view Request::Query(std::string_view name) const { return First(query, name); }
std::string_view Request::Form(std::string_view name) const { return First(form, name); }
std::string_view Request::Header(std::string_view name) const { return First(headers, name); }
std::string_view Request::Cookie(std::string_view name) const { return First(cookies, name); }

std::vector<std::string_view> Request::FormAll(std::string_view name) const {
  std::vector<std::string_view> values;
  const auto [begin, end] = form.equal_range(name);
  for (auto it = begin; it != end; ++it) values.push_back(it->second);
  return values;
}

Reply Redirect(std::string location) {
  CHECK(location.starts_with('/') && !location.starts_with("//") &&
        location.find_first_of("\r\n\\") == std::string::npos);
  Reply reply{.status = 303, .type = "text/plain; charset=utf-8"};
  reply.headers.emplace_back("Location", std::move(location));
  return reply;
}

Reply JsonReply(const Node& node, int status) {
  return {.status = status, .type = "application/json", .body = WriteJson(node) + "\n"};
}

Reply Download(std::string bytes, std::string_view type, std::string_view name) {
  std::string safe;
  for (const char c : name.substr(0, 100)) {
    const bool plain = IsAsciiAlnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
                       (c == '.' && !safe.empty());
    safe += plain ? c : '_';
  }
  Reply reply{.type = std::string(type), .body = std::move(bytes)};
  reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + safe + "\"");
  reply.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  return reply;
}

Fields& Fields::Set(std::string_view name, std::string_view value) {
  values_.emplace_back(name, value);
  return *this;
}
Fields& Fields::Set(std::string_view name, int64_t value) {
  return Set(name, std::string_view(std::to_string(value)));
}
Fields& Fields::Add(std::string_view section) {
  Child& child = children_.emplace_back(Child{.name = std::string(section)});
  return child.one.emplace_back();
}
Fields& Fields::ShowIf(std::string_view section, bool shown) {
  if (shown) Add(section);
  return *this;
}
Fields& Fields::Include(std::string_view name, std::string_view template_name) {
  Child& child = children_.emplace_back(
      Child{.name = std::string(name), .template_name = std::string(template_name)});
  return child.one.emplace_back();
}

const std::string& Visit::who() const {
  CHECK(account != nullptr);
  return account->name;
}

std::string Say(const Visit& visit, std::string_view key, Words with) {
  std::string text = visit.desk.Word(visit.language, key);
  for (const auto& [name, value] : with) {
    const std::string marker = "{" + std::string(name) + "}";
    for (size_t at = text.find(marker); at != std::string::npos;
         at = text.find(marker, at + value.size()))
      text.replace(at, marker.size(), value);
  }
  return text;
}

Reply Page(Visit& visit, std::string_view template_name, std::string_view title_key,
           const Fields& fields, int status) {
  Fields layout;
  const bool english = visit.language == Language::kEnglish;
  const std::string_view theme = visit.request.Cookie("theme");
  const std::string here = visit.request.method == "GET" ? visit.request.path : std::string("/");
  layout.Set("LANG", english ? "en" : "zh-CN")
      .Set("THEME", theme == "light" || theme == "dark" ? theme : std::string_view("auto"))
      .Set("TITLE", Say(visit, title_key))
      .Set("CSRF", visit.csrf)
      .Set("PATH", here);
  layout.ShowIf("IN_ENGLISH", english).ShowIf("IN_CHINESE", !english);
  layout.ShowIf("IS_DARK", theme == "dark").ShowIf("IS_LIGHT", theme == "light");
  if (visit.account != nullptr) {
    const Account& account = *visit.account;
    layout.Add("SIGNED_IN").Set("WHO", account.display.empty() ? account.name : account.display);
    for (const NavigationEntry& entry : Navigation()) {
      if (!visit.May(entry.roles)) continue;
      Fields& item = layout.Add("NAVIGATION");
      item.Set("HREF", entry.path).Set("LABEL", Say(visit, entry.word));
      const bool current = entry.path == "/" ? visit.request.path == "/"
                                             : visit.request.path.starts_with(entry.path);
      item.ShowIf("CURRENT", current);
    }
  }
  // What was done before the redirect that led here; only sentences of the catalogue.
  const std::string_view done = visit.request.Query("done");
  if (done.starts_with("done.") && !visit.desk.Word(visit.language, done).empty())
    layout.Add("DONE").Set("SENTENCE", Say(visit, done));
  // An included template does not see the fields outside.
  Fields& body = layout.Include("BODY", template_name);
  body = fields;
  body.Set("CSRF", visit.csrf).Set("PATH", here);
  return {.status = status, .body = visit.desk.Fill(visit.language, "layout.tpl", layout)};
}

Reply Problem(Visit& visit, int status, std::string_view what) {
  if (visit.request.path.starts_with("/api/")) {
    Node node = MakeTable();
    Put(node, "error", MakeString(what));
    Put(node, "status", MakeInteger(status));
    return JsonReply(node, status);
  }
  Fields fields;
  fields.Set("STATUS", status).Set("WHAT", what);
  return Page(visit, "problem.tpl", "problem.title", fields, status);
}

Reply Problem(Visit& visit, const Error& error) {
  return Problem(visit, StatusOf(error.code), error.text);
}

}  // namespace xuncha
