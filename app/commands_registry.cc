// init and site: the data directory and the registry.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <set>

#include "app/commands.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "crawler/registry.h"

namespace xuncha {
namespace {

// New rows replace those of the same id; the others stay, and what they claim is theirs.
Status CheckAgainstStored(const Store& store, const std::vector<Site>& sites) {
  Result<std::vector<Site>> all = store.Sites();
  if (!all) return all.error();
  std::set<std::string_view> replaced;
  for (const Site& site : sites) replaced.insert(site.id);
  std::erase_if(*all, [&](const Site& site) { return replaced.contains(site.id); });
  all->insert(all->end(), sites.begin(), sites.end());
  return CheckScopes(*all);
}

Status SaveSites(Session& session, const std::vector<Site>& sites) {
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return store.error();
  if (Status free = CheckAgainstStored(**store, sites); !free) return free;
  return (*store)->ReplaceSites(sites);
}

// As SaveSites, but for the writing; before there is a data directory, nothing is claimed.
Status CheckSites(Session& session, const std::vector<Site>& sites) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store && store.error().code == Code::kNotFound) return Ok();
  return store ? CheckAgainstStored(**store, sites) : store.error();
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
  const bool dry = arguments.Has("--dry-run");
  const Status done = dry ? CheckSites(session, *sites) : SaveSites(session, *sites);
  if (!done) return session.Fail(done.error());
  session.Say(fmt::format("{} {} 个网站", dry ? "检查通过，未写入：" : "已导入", sites->size()));
  return kClean;
}

int RunSiteAdd(Session& session, const Arguments& arguments) {
  Site site;
  site.name = arguments.Get("--name");
  site.unit = arguments.Get("--unit");
  site.owner = arguments.Get("--owner");
  site.phone = arguments.Get("--phone");
  site.address = arguments.Get("--address");
  for (const auto& [value, option] :
       {std::pair(&site.name, "--name"), std::pair(&site.unit, "--unit"),
        std::pair(&site.owner, "--owner"), std::pair(&site.phone, "--phone"),
        std::pair(&site.address, "--address")}) {
    if (Trim(*value).empty()) {
      return session.Fail(
          {Code::kInvalid, fmt::format("site add：缺少 {}；登记表的五项都要填", option)});
    }
  }
  Result<Site> complete = CompleteSite(std::move(site));
  if (!complete) return session.Fail(complete.error());
  if (Status saved = SaveSites(session, {*complete}); !saved) return session.Fail(saved.error());
  session.Say(fmt::format("已登记 {}", complete->id));
  return kClean;
}

int RunSiteList(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.OpenStore();
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
  Result<std::unique_ptr<Store>> store = session.OpenStore();
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
      "严格 robots   {}\n",
      Or(site.id), Or(site.name), Or(site.unit), Or(site.owner), Or(site.phone), Or(site.address),
      Or(Join(site.hosts, "、")), Or(Join(site.path_prefixes, "、"), "全部"),
      Or(Join(site.address_ranges, "、"), "仅公网地址"), Or(ports), SiteClassName(site.site_class),
      Or(Join(site.contacts, "、")), site.strict_robots ? "是" : "否"));
  return kClean;
}

// What was seen and found stays, and is there again should the site be registered
// again; but a case that nobody has closed would be on no list any more.
int RunSiteRemove(Session& session, const Arguments& arguments) {
  const std::string& id = arguments.positional[0];
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  if (const Result<Site> found = FindSite(**store, id); !found) return session.Fail(found.error());
  size_t open = 0;
  const Status read = (*store)->cases().EachIncident([&](const Incident& incident) {
    open += incident.site == id && (incident.state == "new" || incident.state == "escalate");
    return true;
  });
  if (!read) return session.Fail(read.error());
  if (open > 0) {
    return session.Fail(
        {Code::kConflict,
         fmt::format(
             "site remove：网站“{}”还有 {} 个未办结的事件；请先用 xuncha incident list 查看、"
             "用 xuncha incident verdict 作出判断",
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
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  const Result<std::vector<Site>> sites = (*store)->Sites();
  if (!sites) return session.Fail(sites.error());
  const std::string csv = WriteSitesCsv(*sites);
  if (arguments.positional.empty()) {
    session.Out(csv);
    return kClean;
  }
  if (Status written = WriteFileAtomically(arguments.positional[0], csv); !written) {
    return session.Fail(written.error());
  }
  session.Say(fmt::format("已导出 {} 个网站到 {}", sites->size(), arguments.positional[0]));
  return kClean;
}

}  // namespace xuncha
