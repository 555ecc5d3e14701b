// SPDX-License-Identifier: Apache-2.0
#include "app/offline.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "app/scan_archive.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "crawler/asset.h"
#include "crawler/audit.h"
#include "crawler/fetch.h"
#include "crawler/registry.h"
#include "crawler/site_facts.h"
#include "matcher/samples.h"

namespace xuncha {
namespace {

// Sites made for a scan: each has the one host its folder is named after.
class LocalSites {
 public:
  Result<Permit> PermitFor(const std::string& site_name, const std::string& path,
                           UrlState known = {}) {
    auto found = registries_.find(site_name);
    if (found == registries_.end()) {
      Site site;
      site.id = site_name;
      site.name = site.unit = site.owner = site.phone = site_name;
      site.address = "http://" + site_name + "/";
      Result<Site> complete = CompleteSite(std::move(site));
      if (!complete) {  // a folder whose name is no host: judged under a stand-in host
        site = {};
        site.name = site.unit = site.owner = site.phone = site_name;
        site.address = "http://local.invalid/";
        complete = CompleteSite(std::move(site));
        if (!complete) return complete.error();
      }
      complete->id = site_name;
      found =
          registries_.emplace(site_name, std::make_unique<Registry>(std::vector<Site>{*complete}))
              .first;
    }
    const Site& site = *found->second->sites()[0];
    std::string encoded;
    for (const char c : path) {
      if (c == '%' || c == '?' || c == '#') {
        encoded += PercentEncodeByte(static_cast<unsigned char>(c));
      } else {
        encoded += c;
      }
    }
    const Result<Url> base = Url::Parse(fmt::format("http://{}/", site.hosts[0]));
    if (!base) return base.error();
    const Result<Url> url = Url::Resolve(*base, "/" + encoded);
    if (!url) return url.error();
    Refusal why = Refusal::kNone;
    Permit permit = found->second->Allow(site, *url, std::move(known), false, 0, &why);
    if (!permit.valid()) return Error{Code::kInvalid, fmt::format("{}：路径不能作为网址", path)};
    return permit;
  }

 private:
  std::map<std::string, std::unique_ptr<Registry>> registries_;
};

// Style sheets and scripts from the folders that pages are scanned in.
class LocalAssets {
 public:
  // `root` holds a folder for each site; `folder` is that of the page's own site.
  // Both end with a slash; `root` may be empty.
  void Join(Page& page, const std::string& root, const std::string& folder) {
    const std::string own(page.permit.url().host());
    page.assets = Assemble(FindLoads(page), [&](const Load& load) -> std::shared_ptr<const Asset> {
      const std::string host(load.url.host());
      if (host != own && root.empty()) return nullptr;
      const std::string path = PercentDecode(load.url.path());
      if (path.find("/../") != std::string::npos) return nullptr;
      return Read((host == own ? folder : root + host + "/") + path.substr(1), load.kind);
    });
  }

 private:
  std::shared_ptr<const Asset> Read(const std::string& file, LinkKind kind) {
    const auto key = std::make_pair(kind, file);
    if (const auto found = assets_.find(key); found != assets_.end()) return found->second;
    if (bytes_ > limits::kAssetCacheBytesMax) {
      assets_.clear();
      bytes_ = 0;
    }
    std::shared_ptr<const Asset> asset;
    if (const Result<std::string> body = ReadFile(file, limits::kBodyBytesMax)) {
      asset = std::make_shared<const Asset>(ReadAsset(kind, *body, ""));
      bytes_ += asset->bytes();
    }
    return assets_[key] = asset;
  }

  std::map<std::pair<LinkKind, std::string>, std::shared_ptr<const Asset>> assets_;
  size_t bytes_ = 0;
};

// Where a file stands: in the folder of its site, and that in the folder of all.
struct Place {
  std::string root, folder, file;
};

Result<Page> ScanFile(const Engine& engine, Matcher::Scratch& scratch, LocalAssets& assets,
                      Permit permit, const Place& place) {
  const std::string& file = place.file;
  Page page;
  page.permit = std::move(permit);
  page.response.status = 200;
  page.response.final_url = page.permit.url();
  Result<std::string> body = ReadFile(file, limits::kBodyBytesMax);
  if (!body && body.error().code == Code::kLimit) {
    page.limits.push_back(
        {Limit::kBodyBytes, fmt::format("文件超过 {} 字节，未检查", limits::kBodyBytesMax)});
    return page;
  }
  if (!body) return body.error();
  page.response.body = std::move(*body);
  assets.Join(page, place.root, place.folder);
  Examine(page, engine.stages(), scratch);
  return page;
}

// The pages of one site, held back until all are read: then each is told what the
// others say of it, and those of which that is something are read once more.
class SiteScan {
 public:
  SiteScan(const Engine& engine, Matcher::Scratch& scratch, LocalSites& sites,
           const PageVisit& visit)
      : engine_(engine), scratch_(scratch), sites_(sites), visit_(visit) {}

  Status Add(const std::string& site, const std::string& path, Place place) {
    if (site != site_ || held_.size() >= limits::kScanPagesMax) {
      if (Status finished = Finish(); !finished) return finished;
      site_ = site;
    }
    Result<Permit> permit = sites_.PermitFor(site, path);
    if (!permit) return permit.error();
    Result<Page> page = ScanFile(engine_, scratch_, assets_, std::move(*permit), place);
    if (!page) return page.error();
    // Whoever is shown the page asks for its title and what was concluded.
    Held held{.path = path, .place = std::move(place), .sketch = std::move(page->document.sketch)};
    std::string title = std::move(page->document.title);
    page->document = {};
    page->document.title = std::move(title);
    page->response.body = page->packed_body = {};
    page->hits = {};
    page->assets = nullptr;
    held.page = std::move(*page);
    held_.push_back(std::move(held));
    return Ok();
  }

  Status Finish() {
    SiteFacts facts(Home());
    for (const Held& held : held_) {
      if (!held.sketch.empty()) facts.Add(Shown(held));
    }
    for (Held& held : held_) {
      UrlState known;
      if (!held.sketch.empty()) {
        for (const Signal& signal : facts.Of(Shown(held)))
          known.site_signals.push_back(
              fmt::format("{}: {}", SignalName(signal.kind), signal.detail));
      }
      if (!known.site_signals.empty()) {
        Result<Permit> permit = sites_.PermitFor(site_, held.path, std::move(known));
        if (!permit) return permit.error();
        Result<Page> again = ScanFile(engine_, scratch_, assets_, std::move(*permit), held.place);
        if (!again) return again.error();
        held.page = std::move(*again);
      }
      if (Status visited = visit_(held.page); !visited) return visited;
      held = {};
    }
    held_.clear();
    return Ok();
  }

 private:
  struct Held {
    Page page;
    std::string path;
    Place place;
    PageSketch sketch;
  };

  // A folder has no night before.
  SitePage Shown(const Held& held) const {
    return {.url = held.page.permit.url(), .now = held.sketch, .good = nothing_};
  }
  // Saved sites keep their home page under its file's name.
  Url Home() const {
    for (const Held& held : held_) {
      const std::string_view path = held.page.permit.url().path();
      if (path == "/index.html" || path == "/index.htm") return held.page.permit.url();
    }
    return {};
  }

  const Engine& engine_;
  Matcher::Scratch& scratch_;
  LocalSites& sites_;
  const PageVisit& visit_;
  LocalAssets assets_;
  const PageSketch nothing_;
  std::string site_;
  std::vector<Held> held_;
};

}  // namespace

Status ScanFiles(const Engine& engine, const std::vector<std::string>& paths,
                 const std::atomic<bool>& stop, const PageVisit& visit,
                 const ArchiveVisit& archive) {
  Result<Matcher::Scratch> scratch = engine.matcher->NewScratch();
  if (!scratch) return scratch.error();
  LocalSites sites;
  SiteScan scan(engine, *scratch, sites, visit);
  for (const std::string& path : paths) {
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0) {
      return Error{Code::kNotFound, fmt::format("{}：没有这个文件或目录", Neutralise(path))};
    }
    std::vector<std::string> names;
    std::string root;
    if (S_ISDIR(info.st_mode)) {
      Result<std::vector<std::string>> listed = ListFiles(path);
      if (!listed) return listed.error();
      names = std::move(*listed);
      root = path + "/";
    } else {
      names.push_back(path);
    }
    for (const std::string& name : names) {
      if (stop) return Ok();
      if (archive && (IsArchiveName(name) || IsArchiveFile(root + name))) {
        if (Status unpacked = archive(root + name); !unpacked) return unpacked;
        continue;
      }
      const size_t slash = root.empty() ? std::string::npos : name.find('/');
      const std::string site = slash == std::string::npos ? "local" : name.substr(0, slash);
      const std::string rest = slash == std::string::npos
                                   ? (root.empty() ? name.substr(name.rfind('/') + 1) : name)
                                   : name.substr(slash + 1);
      Place place{.root = root, .folder = root, .file = root + name};
      if (slash != std::string::npos) place.folder += site + "/";
      if (root.empty()) place.folder = name.substr(0, name.rfind('/') + 1);
      if (Status scanned = scan.Add(site, rest, std::move(place)); !scanned) return scanned;
    }
  }
  return scan.Finish();
}

Status ScanTexts(const Engine& engine, const std::string& path, const std::atomic<bool>& stop,
                 const PageVisit& visit) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return ScanFiles(engine, {path}, stop, visit);
  }
  const Result<std::string> text = ReadFile(path, limits::kCsvBytesMax);
  if (!text) return text.error();
  Result<Matcher::Scratch> scratch = engine.matcher->NewScratch();
  if (!scratch) return scratch.error();
  for (const std::string_view line : Split(*text, '\n')) {
    if (Trim(line).empty()) continue;
    Page page = PageOfText(line, ZoneKind::kText);
    engine.matcher->Match(page, *scratch);
    if (Status visited = visit(page); !visited) return visited;
  }
  return Ok();
}

Status ScanUrl(const Engine& engine, const Config& config, const Clock& clock,
               const std::string& text, const std::atomic<bool>& stop, const PageVisit& visit) {
  const Result<Url> url = Url::Parse(text);
  if (!url) return Error{Code::kInvalid, fmt::format("{}：{}", Neutralise(text), url.error().text)};
  Site site;
  site.name = site.unit = site.owner = site.phone = "scan";
  site.address = url->text();
  const std::string host(url->host());
  if (url->HostIsAddress())
    site.address_ranges.push_back(
        std::string(host[0] == '[' ? host.substr(1, host.size() - 2) : host));
  if (host == "localhost") site.address_ranges = {"127.0.0.0/8", "::1"};
  // A `resolve` entry is the operator's own word on where the host lives.
  for (const std::string& entry : config.resolve) {
    const std::vector<std::string_view> parts = Split(entry, ':');
    if (parts.size() == 4) site.address_ranges.push_back(std::string(parts[2]));
  }
  Result<Site> complete = CompleteSite(std::move(site));
  if (!complete) return complete.error();
  complete->path_prefixes.clear();
  const Registry registry({*complete});
  Refusal why = Refusal::kNone;
  Permit permit = registry.Allow(*registry.sites()[0], *url, {}, false, 0, &why);
  if (!permit.valid())
    return Error{Code::kInvalid, fmt::format("{}：不能抓取这个网址", Neutralise(text))};

  Fetcher::Options options;
  options.user_agent = config.user_agent;
  options.resolve = config.resolve;
  options.ca_bundle = config.ca_bundle;
  Fetcher fetcher(registry, clock, options, [](const Site&, const Url&) { return false; });
  Result<Matcher::Scratch> scratch = engine.matcher->NewScratch();
  if (!scratch) return scratch.error();
  const auto fetch = [&](Permit leave) -> std::optional<Page> {
    fetcher.Start(std::move(leave));
    while (fetcher.Active() > 0 && !stop) {
      for (Page& page : fetcher.Wait(1000)) return std::move(page);
    }
    return std::nullopt;
  };
  std::optional<Page> page = fetch(std::move(permit));
  if (!page) return Ok();
  page->assets = Assemble(FindLoads(*page), [&](const Load& load) -> std::shared_ptr<const Asset> {
    Permit leave = registry.Allow(*registry.sites()[0], load.url, {}, false, 0, nullptr);
    if (!leave.valid() || stop) return nullptr;  // of another site
    const std::optional<Page> loaded = fetch(std::move(leave));
    if (loaded && loaded->response.status == 200) {
      return std::make_shared<const Asset>(
          ReadAsset(load.kind, loaded->response.body, loaded->response.content_type));
    }
    if (!loaded || loaded->response.status < 400 || loaded->response.status >= 500)
      page->limits.push_back({Limit::kAssets, load.url.text()});
    return nullptr;
  });
  Examine(*page, engine.stages(), *scratch);
  return visit(*page);
}

}  // namespace xuncha
