// init and site: the data directory and the registry.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/commands.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "crawler/registry.h"

namespace xuncha {
namespace {

// New rows replace those of the same id; the others stay.
Status SaveSites(Session& session, const std::vector<Site>& sites) {
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return store.error();
  return (*store)->ReplaceSites(sites);
}

Result<Site> FindSite(Session& session, const std::string& id) {
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return store.error();
  const Result<std::vector<Site>> sites = (*store)->Sites();
  if (!sites) return sites.error();
  std::vector<std::string_view> ids;
  for (const Site& site : *sites) {
    if (site.id == id) return site;
    ids.push_back(site.id);
  }
  const std::string nearest = Nearest(id, ids);
  return Error{Code::kNotFound,
               fmt::format("没有登记网站“{}”{}；xuncha site list 列出全部", Neutralise(id),
                           nearest.empty() ? "" : fmt::format("，是否指“{}”", nearest))};
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
  if (!arguments.Has("--dry-run")) {
    if (Status saved = SaveSites(session, *sites); !saved) return session.Fail(saved.error());
  }
  session.Say(fmt::format(
      "{} {} 个网站", arguments.Has("--dry-run") ? "检查通过，未写入：" : "已导入", sites->size()));
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
  const Result<Site> found = FindSite(session, arguments.positional[0]);
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
