// What a page of the officers' desk is made of: a request comes in, a handler makes a
// reply of it. Neither knows of sockets.
//
// A route says in one table (routes.cc) which method, which path, which role and
// whether it changes anything; the desk checks all of that before the handler is
// called, so that no handler can forget it. What is no GET has passed the checks of
// origin and CSRF token; a request under /api/ came with a session or a token.
//
// Handlers run on any thread of the server: they read the store freely and change it
// only by Desk::Change, which waits for the thread that owns it.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/tree.h"
#include "reports/channel.h"
#include "store/accounts.h"
#include "store/case_file.h"
#include "store/store.h"

namespace xuncha {

// A file sent with a form.
struct Upload {
  std::string field;
  std::string name;  // as the sender says; never used as a path
  std::string bytes;
};

// All values are percent-decoded, valid UTF-8 without NUL and within the caps of
// limits.h: a request that is not is answered before a handler sees it. Line ends in
// forms are "\n".
struct Request {
  std::string method;      // "GET" (also for HEAD), "POST"
  bool head_only = false;  // it was HEAD: nobody sees what is answered
  std::string path;        // "/incident/9c1e", without the query
  std::multimap<std::string, std::string, std::less<>> query;
  std::multimap<std::string, std::string, std::less<>> form;
  std::vector<Upload> uploads;
  std::string body;                                         // of a JSON request
  std::map<std::string, std::string, std::less<>> headers;  // names in small letters
  std::map<std::string, std::string, std::less<>> cookies;
  std::string address;             // of the client
  std::vector<std::string> parts;  // what the `{}` of the route's path stand for

  // The first value of a name, or "".
  std::string_view Query(std::string_view name) const;
  std::string_view Form(std::string_view name) const;
  std::string_view Header(std::string_view name) const;  // name in small letters
  std::string_view Cookie(std::string_view name) const;
  // All values of a name, as of check boxes.
  std::vector<std::string_view> FormAll(std::string_view name) const;
};

struct Reply {
  int status = 200;
  std::string type = "text/html; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // besides those every reply has
};
// 303. REQUIRES: `location` begins with one slash: a path of ours.
Reply Redirect(std::string location);
Reply JsonReply(const Node& node, int status = 200);
// A file to be saved, never shown: attachment, sandboxed, not sniffed. `name` is cut
// down to what is safe in a header.
Reply Download(std::string bytes, std::string_view type, std::string_view name);

enum class Language : uint8_t { kChinese, kEnglish };

// What a template is filled with. A name is in capitals; each is escaped for the place
// it stands in, by the template engine and not by hand.
class Fields {
 public:
  Fields& Set(std::string_view name, std::string_view value);
  Fields& Set(std::string_view name, int64_t value);
  // One more turn of the section {{#NAME}}...{{/NAME}}, which is not shown at all if
  // there is none. What is not set inside is looked up outside.
  Fields& Add(std::string_view section);
  // The section once, with nothing of its own, if `shown`.
  Fields& ShowIf(std::string_view section, bool shown);
  // One more turn of {{>NAME}}, made of another template, which does not see what is set
  // outside.
  Fields& Include(std::string_view name, std::string_view template_name);

  // For the engine.
  struct Child {
    std::string name;
    std::string template_name;  // empty: a section
    std::list<Fields> one;      // exactly one; a list, for Fields is not yet complete here
  };
  const std::vector<std::pair<std::string, std::string>>& values() const { return values_; }
  const std::list<Child>& children() const { return children_; }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  std::list<Child> children_;  // a list: what Add returned stays where it is
};

class Desk;

// Who asks, and what a handler may use.
struct Visit {
  const Request& request;
  Desk& desk;
  const Account* account = nullptr;  // nullptr: nobody is signed in (routes for anybody)
  RoleSet roles = 0;                 // the account's; of a token perhaps less
  std::string csrf;                  // for the forms of the page
  Language language = Language::kChinese;
  Digest session;  // the caller's own; empty if by token or nobody

  bool May(RoleSet any) const { return (roles & any) != 0; }
  // The name that stands in records: the account's.
  const std::string& who() const;
};

// A word or sentence of the catalogue (words/*.txt). Each {NAME} in it is replaced.
// An unknown key is a bug: the tests walk all that stand in templates and sources.
using Words = std::initializer_list<std::pair<std::string_view, std::string_view>>;
std::string Say(const Visit& visit, std::string_view key, Words with = {});

// The page `template_name` inside the layout, with its title from the catalogue. Set
// besides what `fields` bring: CSRF, PATH.
Reply Page(Visit& visit, std::string_view template_name, std::string_view title_key,
           const Fields& fields, int status = 200);
// Says what is wrong and what to do: a page, or JSON under /api/.
Reply Problem(Visit& visit, int status, std::string_view what);
// The same, with the status that fits the code.
Reply Problem(Visit& visit, const Error& error);

// Roles that may enter by a route; kAnybody also lets in who is not signed in.
inline constexpr RoleSet kAnybody = 0;
inline constexpr RoleSet kOfficerOnly = RoleBit(DeskRole::kOfficer);
inline constexpr RoleSet kApproverOnly = RoleBit(DeskRole::kApprover);
inline constexpr RoleSet kAdministratorOnly = RoleBit(DeskRole::kAdministrator);
inline constexpr RoleSet kEverybody = kAllRoles;  // who is signed in, whatever their role
// Those who read the chain of deeds.
inline constexpr RoleSet kRecordReaders =
    kApproverOnly | kAdministratorOnly | RoleBit(DeskRole::kAuditor);
// Those who see all units; a reviewer sees one.
inline constexpr RoleSet kInside = kAllRoles & ~RoleBit(DeskRole::kReviewer);

// A handler that asks another server waits, and gets a thread of its own for it: those of the
// server are few, and everybody's.
enum class Pace : uint8_t { kQuick, kWaits };

struct Route {
  std::string_view method;  // "GET" or "POST"
  std::string_view path;    // "/incident/{}": each {} is one part of the path, never empty
  RoleSet roles = kAnybody;
  Reply (*handle)(Visit&) = nullptr;
  std::string_view what;  // one sentence in English: tests, OpenAPI
  // Of an API route: its query or JSON fields as "name: what; name: what", for OpenAPI.
  std::string_view fields;
  size_t body_max = limits::kDeskBodyBytesMax;  // kDeskUploadBytesMax where files come
  Pace pace = Pace::kQuick;
  // Of a route for anybody that files come to: whether the path opens anything, asked before
  // a body of more than kDeskBodyBytesMax is read.
  bool (*opens)(const Desk&, const std::vector<std::string>& parts) = nullptr;
};
// The table; the one place that says who may do what.
std::span<const Route> Routes();

// An entry of the bar at the head of each page, shown to whom it is open.
struct NavigationEntry {
  std::string_view path;
  std::string_view word;  // key of the catalogue
  RoleSet roles;
};
std::span<const NavigationEntry> Navigation();

class RuleTrial;  // console/rule_trial.h

// What handlers share.
class Desk {
 public:
  virtual ~Desk() = default;
  virtual const Store& store() const = 0;
  virtual const Clock& clock() const = 0;
  // How long things take and who is who, as configured; never nullptr, and shared, for the
  // configuration may be read again meanwhile.
  virtual std::shared_ptr<const CasePolicy> policy() const = 0;
  // How people are told: notices go to owners by it. Shared likewise.
  virtual std::shared_ptr<const TellPolicy> tell() const = 0;
  // The rules in force, to look at and to try; nullptr where there are none at hand.
  // Shared: they may change while somebody looks.
  virtual std::shared_ptr<const RuleTrial> trial() const = 0;
  // Of the installation: reports/, lists/, xuncha.toml. Empty in some tests.
  virtual const std::string& data_directory() const = 0;
  // Runs the change on the thread that owns the store and waits for it. kConflict if it
  // did not get its turn in time; then nothing was changed and nothing will be. `change`
  // may refer to the handler's own variables.
  virtual Status Change(const std::function<Status(Store&)>& change) = 0;
  virtual std::string Word(Language language, std::string_view key) const = 0;
  // "/assets/desk.1f3c5a77.css" of "desk.css".
  virtual std::string AssetPath(std::string_view name) const = 0;
  // The template alone, without the layout.
  virtual std::string Fill(Language language, std::string_view template_name,
                           const Fields& fields) const = 0;
};

}  // namespace xuncha
