// store hold and store purge: what must stay, and what goes when its time has come.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/keeping.h"
#include "app/purging.h"
#include "base/files.h"
#include "base/system_code.h"
#include "base/text.h"
#include "base/tree.h"

namespace xuncha {
namespace {

std::string ScopeText(const Hold& hold) {
  std::vector<std::string> parts;
  if (!hold.site.empty()) parts.push_back("网站 " + hold.site);
  if (!hold.url.empty()) parts.push_back("网址 " + hold.url);
  if (!hold.incident.empty()) parts.push_back("事件 " + hold.incident);
  if (hold.from != 0) parts.push_back("自 " + FormatTime(hold.from));
  if (hold.until != 0) parts.push_back("至 " + FormatTime(hold.until) + " 前");
  return Neutralise(Join(parts, "，"));
}

std::string HoldText(const Hold& hold) {
  std::string text =
      fmt::format("{}  {}\n    {} 由 {} 冻结，依据 {}：{}\n    当时涵盖 {} 条观测{}\n", hold.id(),
                  ScopeText(hold), FormatTime(hold.placed), Neutralise(hold.by),
                  Neutralise(hold.reference), Neutralise(hold.reason), hold.covered,
                  hold.expires == 0 ? "" : "；到期 " + FormatTime(hold.expires));
  if (hold.released != 0) {
    text += fmt::format(
        "    {} 由 {} 解除{}：{}\n", FormatTime(hold.released), Neutralise(hold.released_by),
        hold.approved_by.empty() ? "" : "，" + Neutralise(hold.approved_by) + " 批准",
        Neutralise(hold.release_reason));
  }
  return text;
}

std::string HoldJson(const Hold& hold) {
  Node node = MakeTable();
  const auto text = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) Put(node, name, MakeString(value));
  };
  const auto time = [&](std::string_view name, Millis value) {
    if (value != 0) Put(node, name, MakeString(FormatTime(value)));
  };
  text("id", hold.id());
  text("site", hold.site);
  text("url", hold.url);
  text("incident", hold.incident);
  time("from", hold.from);
  time("until", hold.until);
  text("by", hold.by);
  text("reason", hold.reason);
  text("reference", hold.reference);
  time("placed", hold.placed);
  time("expires", hold.expires);
  Put(node, "covered", MakeInteger(static_cast<int64_t>(hold.covered)));
  text("covered_root", hold.covered_root.hex());
  time("released", hold.released);
  text("released_by", hold.released_by);
  text("approved_by", hold.approved_by);
  text("release_reason", hold.release_reason);
  return WriteJson(node) + "\n";
}

Result<Hold> HoldFrom(const Arguments& arguments, Store& store) {
  Hold hold{.site = arguments.Get("--site"),
            .url = arguments.Get("--url"),
            .by = arguments.Get("--by"),
            .reason = arguments.Get("--reason"),
            .reference = arguments.Get("--reference")};
  for (const auto& [time, into] : {std::pair{arguments.Since("--from"), &hold.from},
                                   std::pair{arguments.Until("--until"), &hold.until},
                                   std::pair{arguments.Until("--expires"), &hold.expires}}) {
    if (!time) return time.error();
    *into = *time;
  }
  if (arguments.Has("--incident")) {
    const Result<Incident> incident = store.cases().IncidentById(arguments.Get("--incident"));
    if (!incident) return incident.error();
    hold.incident = incident->id;
  }
  return hold;
}

Node CountJson(const PurgeReport::Count& count) {
  Node node = MakeTable();
  Put(node, "records", MakeInteger(static_cast<int64_t>(count.records)));
  Put(node, "bytes", MakeInteger(static_cast<int64_t>(count.bytes)));
  return node;
}

std::string PurgeJson(const PurgeReport& report, PurgeOptions::Mode mode) {
  Node node = MakeTable();
  const auto number = [&](std::string_view name, uint64_t value) {
    Put(node, name, MakeInteger(static_cast<int64_t>(value)));
  };
  Put(node, "dry_run", MakeBool(mode == PurgeOptions::Mode::kDryRun));
  for (const Keep keep : {Keep::kRoutine, Keep::kFinding}) {
    Put(node, keep == Keep::kRoutine ? "observations_routine" : "observations_finding",
        CountJson(report.observations[static_cast<size_t>(keep)]));
  }
  Put(node, "bodies", CountJson(report.bodies));
  Put(node, "findings", CountJson(report.findings));
  Put(node, "urls", CountJson(report.urls));
  Put(node, "runs", CountJson(report.runs));
  number("urls_forgotten", report.forgotten);
  number("rewritten", report.rewritten);
  number("held", report.held);
  number("leaned_on", report.leaned_on);
  Put(node, "routine_before", MakeString(FormatTime(report.routine_before)));
  Put(node, "findings_before", MakeString(FormatTime(report.findings_before)));
  return WriteJson(node) + "\n";
}

// The list of what went, written as it goes.
class ListFile {
 public:
  ~ListFile() {
    if (file_ != nullptr) std::fclose(file_);
  }
  ListFile() = default;
  ListFile(const ListFile&) = delete;
  ListFile& operator=(const ListFile&) = delete;

  Status Open(const std::string& path) {
    path_ = path;
    file_ = std::fopen(path.c_str(), "wxe");  // nobody's file is overwritten
    if (file_ != nullptr) return Ok();
    if (errno != EEXIST) return Failed();
    return Error{Code::kConflict, fmt::format("{}：文件已存在，不覆盖；换一个文件名", path)};
  }
  // On the disk when it returns: the store forgets what it has listed.
  Status Add(const std::vector<std::string>& lines) {
    empty_ = false;
    for (const std::string& line : lines) {
      if (std::fputs((line + "\n").c_str(), file_) == EOF) return Failed();
    }
    return std::fflush(file_) == 0 && ::fsync(::fileno(file_)) == 0 ? Ok() : Failed();
  }
  Status Close() {
    std::FILE* file = std::exchange(file_, nullptr);
    const bool closed = std::fclose(file) == 0;
    if (empty_) ::unlink(path_.c_str());  // nothing went: no list of it
    return closed ? Ok() : Failed();
  }

 private:
  Status Failed() const {
    return Error{CodeOfSystem(errno),
                 fmt::format("{}：无法写清单（{}）；检查磁盘", path_, SystemText(errno))};
  }
  std::string path_;
  std::FILE* file_ = nullptr;
  bool empty_ = true;
};

// Signs what was just entered in the chain. What was done stands without it, too.
int Sealed(const Session& session, Store& store) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const Result<SigningKey> key = InstallationKey(session, store);
  if (!key) return session.Fail(key.error());
  const Result<Checkpoint> sealed = SealChain(session, store, *config, *key);
  return sealed ? static_cast<int>(kClean) : session.Fail(sealed.error());
}

}  // namespace

int RunHoldAdd(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  Result<Hold> hold = HoldFrom(arguments, **store);
  if (!hold) return session.Fail(hold.error());
  const Result<Hold> placed = (*store)->holds().Place(std::move(*hold), session.clock().Now());
  if (!placed) return session.Fail(placed.error());
  session.Out(arguments.Has("--json") ? HoldJson(*placed) : HoldText(*placed));
  if (placed->covered == 0)
    session.Say("注意：目前没有观测记录落在这个范围内；请核对网站、网址和时间");
  return Sealed(session, **store);
}

int RunHoldList(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  bool any = false;
  const Millis now = session.clock().Now();
  const Status listed = (*store)->holds().Each([&](const Hold& hold) {
    if (!arguments.Has("--all") && !hold.InForce(now)) return true;
    any = true;
    session.Out(arguments.Has("--json") ? HoldJson(hold) : HoldText(hold));
    return true;
  });
  if (!listed) return session.Fail(listed.error());
  if (!any) session.Say(arguments.Has("--all") ? "从未冻结过" : "没有有效的冻结");
  return kClean;
}

int RunHoldRelease(Session& session, const Arguments& arguments) {
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  const Result<Hold> hold = (*store)->holds().Lift(arguments.positional[0],
                                                   {.by = arguments.Get("--by"),
                                                    .approved_by = arguments.Get("--approved-by"),
                                                    .reason = arguments.Get("--reason")},
                                                   session.clock().Now());
  if (!hold) return session.Fail(hold.error());
  session.Out(HoldText(*hold));
  return Sealed(session, **store);
}

int RunStorePurge(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  PurgeOptions options;
  if (arguments.Has("--dry-run")) options.mode = PurgeOptions::Mode::kDryRun;
  options.clock_is_right = arguments.Has("--clock-is-right");
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  ListFile list;
  if (arguments.Has("--list")) {
    if (Status opened = list.Open(arguments.Get("--list")); !opened)
      return session.Fail(opened.error());
    options.list = [&](const std::vector<std::string>& lines) { return list.Add(lines); };
  }
  const Result<PurgeReport> report = PurgeStore(session, **store, *config, options);
  Status written = Ok();
  if (arguments.Has("--list")) written = list.Close();
  if (session.stop()) {
    session.Say("已中断；再次运行 xuncha store purge 从中断处继续");
    return kInterrupted;
  }
  if (!report) return session.Fail(report.error());
  session.Out(arguments.Has("--json") ? PurgeJson(*report, options.mode)
                                      : PurgeText(*report, options.mode));
  if (!written) return session.Fail(written.error());
  if (options.mode == PurgeOptions::Mode::kDryRun || (report->empty() && !report->compacted))
    return kClean;
  return Sealed(session, **store);
}

}  // namespace xuncha
