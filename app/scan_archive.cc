// Two passes: the first keeps style sheets and scripts, for they may stand behind the
// page that loads them; the second judges.
//
// SPDX-License-Identifier: Apache-2.0
#include "app/scan_archive.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "crawler/asset.h"
#include "crawler/audit.h"
#include "crawler/extract.h"
#include "crawler/registry.h"
#include "reports/wacz.h"
#include "reports/warc.h"

namespace xuncha {
namespace {

// One site for each origin. Hosts are named by the archive, so few are kept at once.
class ArchiveSites {
 public:
  Result<Permit> PermitFor(const Url& url) {
    const std::string origin = url.origin();
    auto found = registries_.find(origin);
    if (found == registries_.end()) {
      if (registries_.size() >= limits::kOpenSitesMax) registries_.clear();
      Site site;
      site.name = site.unit = site.owner = site.phone = std::string(url.host());
      site.address = origin + "/";
      Result<Site> complete = CompleteSite(std::move(site));
      if (!complete) return complete.error();
      complete->id = std::string(url.host());
      complete->path_prefixes.clear();
      found = registries_.emplace(origin, std::make_unique<Registry>(std::vector<Site>{*complete}))
                  .first;
    }
    const Site& site = *found->second->sites()[0];
    Refusal why = Refusal::kNone;
    Permit permit = found->second->Allow(site, url, {}, false, 0, &why);
    if (!permit.valid()) return Error{Code::kInvalid, "不能作为网页判读"};
    return permit;
  }

 private:
  std::map<std::string, std::unique_ptr<Registry>> registries_;
};

// What stands in front of a WARC file's own bytes: nothing, or a member of a package.
struct Part {
  std::string name;
  std::function<Result<ByteSource>()> open;
};

constexpr size_t kUriShownMax = 200;  // bytes; enough to find the record by

// Tools write down what they were answered, what they took from it, and what they did:
// the last is no page.
bool IsAnswer(const WarcRecord& record) {
  return record.type != "request" && record.type != "warcinfo" && record.type != "metadata";
}

class Scan {
 public:
  Scan(const Engine& engine, Matcher::Scratch& scratch, const std::atomic<bool>& stop,
       const PageVisit& visit)
      : engine_(engine), scratch_(scratch), stop_(stop), visit_(visit) {}

  Status Run(const std::vector<Part>& parts) {
    for (const Part& part : parts) {
      const Status read = Each(part, [&](const WarcRecord& record) { return KeepAsset(record); });
      if (!read) return read;
    }
    result_ = {};
    for (const Part& part : parts) {
      const Status read = Each(part, [&](const WarcRecord& record) { return Judge(record); });
      if (!read) return read;
    }
    return Ok();
  }
  ArchiveScan& result() { return result_; }

 private:
  void Problem(std::string_view where, std::string_view what) {
    if (result_.problems.size() < limits::kWarcComplaintsMax)
      result_.problems.push_back(fmt::format("{}：{}", Neutralise(where), Neutralise(what)));
  }

  Status Unread(const WarcRecord& record, std::string_view why) {
    ++result_.unread;
    const std::string_view uri = record.target_uri;
    if (StartsWithIgnoreCase(uri, "http"))
      Problem(uri.substr(0, kUriShownMax), fmt::format("未判读：{}", why.substr(0, kUriShownMax)));
    return Ok();
  }

  template <class Use>
  Status Each(const Part& part, const Use& use) {
    Result<ByteSource> source = part.open();
    if (!source) return source.error();
    WarcReader reader(std::move(*source));
    while (!stop_) {
      const Result<std::optional<WarcRecord>> record = reader.Next();
      if (!record) {
        Problem(part.name, fmt::format("从这里起未判读：{}", record.error().text));
        break;
      }
      if (!*record) break;
      ++result_.records;
      if (Status used = use(**record); !used) return used;
    }
    for (const std::string& complaint : reader.complaints()) Problem(part.name, complaint);
    return Ok();
  }

  Status KeepAsset(const WarcRecord& record) {
    if (!IsAnswer(record) || record.type == "revisit") return Ok();
    const Result<ArchivedAnswer> answer = ReadArchivedAnswer(record);
    if (!answer || answer->response.status != 200) return Ok();
    const Response& response = answer->response;
    const bool style = ContainsIgnoreCase(response.content_type, "css");
    if (!style && !ContainsIgnoreCase(response.content_type, "javascript") &&
        !ContainsIgnoreCase(response.content_type, "ecmascript"))
      return Ok();
    if (asset_bytes_ > limits::kAssetCacheBytesMax) return Ok();
    const LinkKind kind = style ? LinkKind::kStyle : LinkKind::kScriptSource;
    auto asset =
        std::make_shared<const Asset>(ReadAsset(kind, response.body, response.content_type));
    asset_bytes_ += asset->bytes();
    assets_.emplace(std::make_pair(kind, response.final_url.text()), std::move(asset));
    return Ok();
  }

  Status Judge(const WarcRecord& record) {
    if (!IsAnswer(record)) return Ok();
    if (record.type == "revisit") {
      ++result_.unread;
      return Ok();
    }
    const bool bare = record.type == "resource" || record.type == "conversion";
    if (!bare && record.type != "response")
      return Unread(record, fmt::format("类型为“{}”的记录", record.type));
    Result<ArchivedAnswer> answer = ReadArchivedAnswer(record);
    if (!answer) return Unread(record, answer.error().text);
    const Response& response = answer->response;
    if (response.body.empty() && !answer->limits.empty())
      return Unread(record, answer->limits[0].detail);
    if (response.body.empty() || SniffType(response.body, response.content_type) != "html") {
      ++result_.unread;
      return Ok();
    }
    Result<Permit> permit = sites_.PermitFor(response.final_url);
    if (!permit) return Unread(record, permit.error().text);
    Page page;
    page.permit = std::move(*permit);
    page.response = std::move(answer->response);
    page.limits = std::move(answer->limits);
    page.assets = Assemble(FindLoads(page), [&](const Load& load) -> std::shared_ptr<const Asset> {
      const auto found = assets_.find({load.kind, load.url.text()});
      return found == assets_.end() ? nullptr : found->second;
    });
    Examine(page, engine_.stages(), scratch_);
    ++result_.pages;
    return visit_(page);
  }

  const Engine& engine_;
  Matcher::Scratch& scratch_;
  const std::atomic<bool>& stop_;
  const PageVisit& visit_;
  ArchiveSites sites_;
  std::map<std::pair<LinkKind, std::string>, std::shared_ptr<const Asset>> assets_;
  size_t asset_bytes_ = 0;
  ArchiveScan result_;
};

constexpr std::string_view kWarcHead = "WARC/1.";

bool EndsWithIgnoreCase(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && EqualsIgnoreCase(text.substr(text.size() - end.size()), end);
}

}  // namespace

bool IsArchiveName(std::string_view path) {
  return EndsWithIgnoreCase(path, ".warc") || EndsWithIgnoreCase(path, ".warc.gz") ||
         EndsWithIgnoreCase(path, ".wacz");
}

bool IsArchiveFile(const std::string& path) {
  const Result<ByteSource> source = SourceOfFile(path);
  if (!source) return false;
  const Result<std::string> head = (*source)(kWarcHead.size());
  return head && *head == kWarcHead;
}

Result<ArchiveScan> ScanArchive(const Engine& engine, const std::string& path,
                                const std::atomic<bool>& stop, const PageVisit& visit) {
  Result<Matcher::Scratch> scratch = engine.matcher->NewScratch();
  if (!scratch) return scratch.error();
  Scan scan(engine, *scratch, stop, visit);
  if (!EndsWithIgnoreCase(path, ".wacz")) {
    if (Status done = scan.Run({{path, [&path] { return SourceOfFile(path); }}}); !done)
      return done.error();
    return std::move(scan.result());
  }
  const Result<WaczReader> package = WaczReader::Open(path);
  if (!package) {
    if (package.error().code == Code::kNotFound || package.error().code == Code::kSystem ||
        package.error().code == Code::kDenied)
      return package.error();
    return ArchiveScan{.problems = {fmt::format("{}：{}", Neutralise(path), package.error().text)}};
  }
  std::vector<Part> parts;
  for (const WaczReader::Member& member : package->members()) {
    if (!member.path.starts_with("archive/")) continue;
    parts.push_back({path + " " + member.path, [&package, &member]() -> Result<ByteSource> {
                       return package->Source(member);
                     }});
  }
  if (Status done = scan.Run(parts); !done) return done.error();
  if (parts.empty())
    scan.result().problems.push_back(fmt::format("{}：其中没有 WARC", Neutralise(path)));
  return std::move(scan.result());
}

}  // namespace xuncha
