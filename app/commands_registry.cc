// init and site: the data directory and the registry.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "app/commands.h"
#include "app/coverage.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "crawler/registry.h"
#include "store/casework_states.h"

namespace xuncha {
namespace {

constexpr size_t kChangesShown = 20;  // sites, on a terminal; the chain counts all

// The sites that are registered; none where there is no store yet.
Result<std::vector<Site>> Registered(const Session& session) {
  const Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (store) return (*store)->Sites();
  if (store.error().code == Code::kNotFound) return std::vector<Site>();
  return store.error();
}

// What putting `sites` beside those that are registered would do: rows of the same id
// are replaced; the others stay, and what they claim is theirs.
struct Filing {
  uint64_t added = 0, changed = 0, same = 0;
  std::string changes;  // a line for each that changes, the first kChangesShown

  std::string Text() const {
    return fmt::format("新增 {}，更改 {}，未变 {}", added, changed, same);
  }
};
Result<Filing> Compare(const std::vector<Site>& before, const std::vector<Site>& sites) {
  Filing filing;
  std::vector<Site> all;  // in this order: who comes later is the one told of
  const auto named = [](const std::vector<Site>& list, const std::string& id) {
    return std::find_if(list.begin(), list.end(), [&](const Site& s) { return s.id == id; });
  };
  for (const Site& site : before) {
    if (named(sites, site.id) == sites.end()) all.push_back(site);
  }
  all.insert(all.end(), sites.begin(), sites.end());
  if (Status apart = CheckScopes(all); !apart) return apart.error();
  for (const Site& site : sites) {
    const auto was = named(before, site.id);
    if (was == before.end()) {
      ++filing.added;
      continue;
    }
    const std::vector<std::string> changes = SiteChanges(*was, site);
    if (changes.empty()) {
      ++filing.same;
    } else if (++filing.changed <= kChangesShown) {
      filing.changes +=
          fmt::format("\n  {}  {}", Neutralise(site.id), Neutralise(Join(changes, "；")));
    }
  }
  return filing;
}

Status SaveSites(Session& session, const std::vector<Site>& sites) {
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return store.error();
  return (*store)->ReplaceSites(sites);
}

// One row, read as those of a file are, so that what is added can be exported and imported.
Result<Site> ReadForm(Result<Site> read) {
  if (read) return read;
  // "第 2 行第 4 列（联系电话）：……": nobody wrote lines and columns here.
  std::string text;
  for (const std::string_view line : Split(read.error().text, '\n')) {
    const size_t column = line.find("列（");
    if (!line.starts_with("第 2 行") || column == std::string_view::npos) continue;
    text += (text.empty() ? "" : "\n") +
            std::string(line.substr(column + std::string_view("列").size()));
  }
  return Error{Code::kInvalid,
               "site add：未登记" + (text.empty() ? read.error().text : "\n" + text)};
}

// The columns of the form by their English names, which the options have, too.
struct FormOption {
  std::string_view option;
  std::string Site::*required = nullptr;
};
constexpr FormOption kForm[] = {
    {"--name", &Site::name},
    {"--unit", &Site::unit},
    {"--owner", &Site::owner},
    {"--phone", &Site::phone},
    {"--address", &Site::address},
    {"--id"},
    {"--hosts"},
    {"--paths"},
    {"--ranges"},
    {"--ports"},
    {"--class"},
    {"--contacts"},
    {"--pages"},
    {"--bytes"},
    {"--time"},
    {"--depth"},
    {"--delay"},
    {"--strict"},
};

// The registered site that is to be replaced; nullptr: there is none.
const Site* Meant(const std::vector<Site>& before, const Arguments& arguments) {
  const Result<Site> named = CompleteSite({.address = arguments.Get("--address")});
  const std::string id = arguments.Get("--id", named ? named->id : "");
  const auto found =
      std::find_if(before.begin(), before.end(), [&id](const Site& site) { return site.id == id; });
  return found == before.end() ? nullptr : &*found;
}

// `site` with what is given; what was derived from an address goes with it.
Result<Site> Filled(Site site, const Arguments& arguments) {
  if (arguments.Has("--address") && arguments.Get("--address") != site.address) {
    site.hosts.clear();
    site.path_prefixes.clear();
    site.ports.clear();
  }
  std::vector<std::pair<std::string_view, std::string>> cells;
  for (const FormOption& one : kForm) {
    if (arguments.Has(one.option))
      cells.emplace_back(one.option.substr(2), arguments.Get(one.option));
    const bool empty =
        one.required != nullptr && Trim(arguments.Get(one.option, site.*one.required)).empty();
    if (empty) {
      return Error{Code::kInvalid,
                   fmt::format("site add：缺少 {}；登记表的五项都要填", one.option)};
    }
  }
  return ReadForm(FillForm(site, cells));
}

Result<Site> FindSite(const Store& store, const std::string& id) {
  const Result<std::vector<Site>> sites = store.Sites();
  if (!sites) return sites.error();
  for (const Site& site : *sites) {
    if (site.id == id) return site;
  }
  return NoSuchSite(id, *sites);
}

Node SiteJson(const Site& site) {
  Node node = MakeTable();
  Put(node, "id", MakeString(site.id));
  Put(node, "name", MakeString(site.name));
  Put(node, "unit", MakeString(site.unit));
  Put(node, "owner", MakeString(site.owner));
  Put(node, "phone", MakeString(site.phone));
  Put(node, "address", MakeString(site.address));
  Put(node, "class", MakeString(SiteClassName(site.site_class)));
  Node hosts = MakeArray();
  for (const std::string& host : site.hosts) hosts.items.push_back(MakeString(host));
  Put(node, "hosts", std::move(hosts));
  return node;
}

// Of a site's own; what it does not name is as configured for all.
std::string Cap(uint64_t value) { return value == 0 ? "—" : fmt::format("{}", value); }
std::string Time(Millis value) {
  if (value == 0) return "—";
  return value % 1000 == 0 ? fmt::format("{} 秒", value / 1000) : fmt::format("{} 毫秒", value);
}

std::string Or(std::string_view value, std::string_view otherwise = "—") {
  return std::string(Neutralise(value.empty() ? otherwise : value));
}

}  // namespace

int RunInit(Session& session, const Arguments& arguments) {
  const std::string directory =
      arguments.positional.empty() ? session.data_dir() : arguments.positional[0];
  const std::string path = directory + "/xuncha.toml";
  if (FileExists(path)) {
    session.Say(fmt::format("{} 已是数据目录，未作改动", directory));
    return kClean;
  }
  if (Status made = MakeDirectories(directory); !made) return session.Fail(made.error());
  if (Status written = WriteFileAtomically(path, DefaultConfigText()); !written) {
    return session.Fail(written.error());
  }
  session.Say(fmt::format("已建立数据目录 {}；下一步：xuncha --data {} site import 登记表.csv",
                          directory, directory));
  return kClean;
}

int RunSiteImport(Session& session, const Arguments& arguments) {
  const Result<std::string> bytes = ReadFile(arguments.positional[0], limits::kCsvBytesMax);
  if (!bytes) return session.Fail(bytes.error());
  const Result<std::vector<Site>> sites = ReadSitesCsv(*bytes);
  if (!sites) {
    return session.Fail(
        {sites.error().code,
         fmt::format("{}：未导入任何网站\n{}", arguments.positional[0], sites.error().text)});
  }
  if (sites->empty())
    return session.Fail(
        {Code::kInvalid, fmt::format("{}：表里没有网站，只有表头", arguments.positional[0])});
  const Result<std::vector<Site>> before = Registered(session);
  if (!before) return session.Fail(before.error());
  const Result<Filing> filing = Compare(*before, *sites);
  if (!filing) return session.Fail(filing.error());
  if (!arguments.Has("--dry-run")) {
    if (Status saved = SaveSites(session, *sites); !saved) return session.Fail(saved.error());
  }
  session.Say(fmt::format("{} {} 个网站：{}{}",
                          arguments.Has("--dry-run") ? "检查通过，未写入：" : "已导入",
                          sites->size(), filing->Text(), filing->changes));
  return kClean;
}

int RunSiteAdd(Session& session, const Arguments& arguments) {
  const Result<std::vector<Site>> before = Registered(session);
  if (!before) return session.Fail(before.error());
  Site site;
  if (arguments.Has("--replace")) {
    if (const Site* was = Meant(*before, arguments)) site = *was;
  }
  const Result<Site> complete = Filled(site, arguments);
  if (!complete) return session.Fail(complete.error());
  const Result<Filing> filing = Compare(*before, {*complete});
  if (!filing) return session.Fail(filing.error());
  if (filing->same > 0) {
    session.Say(fmt::format("{} 已经登记，没有变化", complete->id));
    return kClean;
  }
  if (filing->changed > 0 && !arguments.Has("--replace")) {
    return session.Fail(
        {Code::kConflict,
         fmt::format("这个网址已经登记，未作改动；要更改请加 --replace{}", filing->changes)});
  }
  if (Status saved = SaveSites(session, {*complete}); !saved) return session.Fail(saved.error());
  session.Say(fmt::format("{} {}{}", filing->changed > 0 ? "已更改" : "已登记", complete->id,
                          filing->changes));
  return kClean;
}

int RunSiteList(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Result<std::vector<Site>> sites = (*store)->Sites();
  if (!sites) return session.Fail(sites.error());
  for (const Site& site : *sites) {
    if (arguments.Has("--json")) {
      session.Out(WriteJson(SiteJson(site)) + "\n");
    } else {
      session.Out(fmt::format("{}\t{}\t{}\t{}\n", Or(site.id), Or(site.name), Or(site.unit),
                              Or(site.address)));
    }
  }
  if (sites->empty()) session.Say("还没有登记网站；xuncha site import 登记表.csv");
  return kClean;
}

int RunSiteShow(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Result<Site> found = FindSite(**store, arguments.positional[0]);
  if (!found) return session.Fail(found.error());
  const Site& site = *found;
  std::string ports;
  for (const uint16_t port : site.ports)
    ports += (ports.empty() ? "" : "、") + std::to_string(port);
  session.Out(fmt::format(
      "网站标识      {}\n名称          {}\n单位名称      {}\n负责人        {}\n联系电话      "
      "{}\n网址或IP      {}\n"
      "主机          {}\n路径前缀      {}\n允许地址段    {}\n端口          {}\n类别          "
      "{}\n安全联系人    {}\n"
      "严格 robots   {}\n"
      "每夜上限      {} 页，{} 字节，{}，{} 层（空缺的项按 xuncha.toml）\n"
      "最小间隔      {}\n",
      Or(site.id), Or(site.name), Or(site.unit), Or(site.owner), Or(site.phone), Or(site.address),
      Or(Join(site.hosts, "、")), Or(Join(site.path_prefixes, "、"), "全部"),
      Or(Join(site.address_ranges, "、"), "仅公网地址"), Or(ports), SiteClassName(site.site_class),
      Or(Join(site.contacts, "、")),
      site.strict_robots ? "是：robots.txt 禁止的页面不查" : "否：robots.txt 禁止的页面也查",
      Cap(site.budget.pages), Cap(site.budget.bytes), Time(site.budget.time),
      Cap(site.budget.depth), Time(site.budget.delay_min)));
  return kClean;
}

// What was seen and found stays, and is there again should the site be registered
// again; but a case that nobody has closed would be on no list any more.
int RunSiteRemove(Session& session, const Arguments& arguments) {
  const std::string& id = arguments.positional[0];
  Result<std::unique_ptr<Store>> store =
      arguments.Has("--dry-run") ? session.ReadStore() : session.OpenStore();
  if (!store) return session.Fail(store.error());
  if (const Result<Site> found = FindSite(**store, id); !found) return session.Fail(found.error());
  size_t open = 0;
  const Status read = (*store)->cases().EachIncident([&](const Incident& incident) {
    const std::optional<CaseState> state = CaseStateByName(incident.state);
    open += incident.site == id && !(state && IsAtRest(*state));
    return true;
  });
  if (!read) return session.Fail(read.error());
  if (open > 0) {
    return session.Fail(
        {Code::kConflict,
         fmt::format(
             "site remove：网站“{}”还有 {} 个未办结的事件；请先用 xuncha incident list 查看、"
             "作出判断并结案",
             id, open)});
  }
  if (arguments.Has("--dry-run")) {
    session.Say(fmt::format("可以移除 {}：今后不再巡查，已有的记录都保留；未改动", id));
    return kClean;
  }
  if (Status removed = (*store)->RemoveSite(id); !removed) return session.Fail(removed.error());
  session.Say(fmt::format("已移除 {} 的登记，今后不再巡查；已有的记录都保留", id));
  return kClean;
}

int RunSiteExport(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Result<std::vector<Site>> sites = (*store)->Sites();
  if (!sites) return session.Fail(sites.error());
  const std::string csv = WriteSitesCsv(*sites);
  if (arguments.positional.empty()) {
    session.Out(csv);
    return kClean;
  }
  if (FileExists(arguments.positional[0])) {
    return session.Fail({Code::kConflict, fmt::format("{}：文件已存在，不覆盖；换一个文件名",
                                                      arguments.positional[0])});
  }
  if (Status written = WriteFileAtomically(arguments.positional[0], csv); !written) {
    return session.Fail(written.error());
  }
  session.Say(fmt::format("已导出 {} 个网站到 {}", sites->size(), arguments.positional[0]));
  return kClean;
}

}  // namespace xuncha
