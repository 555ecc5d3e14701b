// rules import, lists, remove: an institution's own word lists, kept as packs in
// the data directory. What is written was loaded, compiled and tried first; on
// any complaint the list that is in force stays.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "app/commands.h"
#include "app/offline.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "matcher/samples.h"
#include "rules/kinds.h"
#include "rules/lists.h"

namespace xuncha {
namespace {

constexpr size_t kShownMax = 20;  // words named in a sentence; the rest is counted

std::string PathOf(const Session& session, std::string_view name) {
  return fmt::format("{}/{}.toml", session.ListsDirectory(), name);
}

Status NeedDataDirectory(const Session& session) {
  if (!session.ListsDirectory().empty()) return Ok();
  return Error{Code::kNotFound,
               fmt::format("{}：不是数据目录（没有 xuncha.toml）；先运行 xuncha init {}",
                           session.data_dir(), session.data_dir())};
}

Result<ListOptions> ReadListOptions(const Session& session, const Arguments& arguments) {
  ListOptions options;
  options.name = arguments.Get("--name");
  if (options.name.empty()) {
    return Error{Code::kInvalid,
                 "rules import：缺少 --name；给词表起个名字（小写字母、数字、“-”）"};
  }
  options.kind = arguments.Get("--kind", "custom");
  options.title = arguments.Get("--title");
  options.source = arguments.positional[0];
  options.imported = FormatTime(session.clock().Now());
  options.read = WordAsRead;
  if (arguments.Has("--take-frequent")) options.frequent = FrequentWords::kTake;
  if (arguments.Has("--clause")) {
    const Result<uint32_t> clause = arguments.Number("--clause", 0, kClauses);
    if (!clause) return clause.error();
    options.clause = static_cast<int>(*clause);
    const KindInfo* kind = FindKind(options.kind);
    if (kind != nullptr && kind->clause != 0 && kind->clause != options.clause) {
      return Error{
          Code::kInvalid,
          fmt::format("rules import：类别 {} 属于第 {} 项；去掉 --clause，或用 --kind custom",
                      kind->name, kind->clause)};
    }
  }
  return options;
}

// An engine of nothing but the list, to try its words.
Result<std::unique_ptr<Engine>> EngineOf(const std::string& pack) {
  LoadReport report;
  const std::vector<PackSource> sources = {{"list", pack}};
  Result<RuleSet> rules = LoadRules(sources, &report);
  if (!rules) return rules.error();
  return MakeEngine(std::move(*rules), {});
}

std::set<std::string> WordsOn(const Engine& engine, const Page& page) {
  std::set<std::string> words;
  for (const Hit& hit : page.hits) words.insert(engine.rules.patterns[hit.pattern].text);
  return words;
}

// Words that are not found in a text of nothing but themselves.
Status RefuseUnreadable(const Engine& engine, const ImportedList& list, ListOptions& options) {
  Result<Matcher::Scratch> scratch = engine.matcher->NewScratch();
  if (!scratch) return scratch.error();
  for (const ListWord& word : list.taken) {
    Page page = PageOfText(word.text, ZoneKind::kText);
    engine.matcher->Match(page, *scratch);
    if (!WordsOn(engine, page).count(word.text)) {
      options.refused[word.text] = "照原样写在网页上也读不出来；去掉词中的符号";
    }
  }
  return Ok();
}

// Counts on how many texts of `path` each word stands.
Status Measure(const Session& session, const Engine& engine, const ImportedList& list,
               const std::string& path, ListOptions& options) {
  uint64_t texts = 0;
  std::map<std::string, uint64_t> found;
  const auto count = [&](const Page& page) {
    ++texts;
    for (const std::string& word : WordsOn(engine, page)) ++found[word];
    return Ok();
  };
  if (Status read = ScanTexts(engine, path, session.stop(), count); !read) return read;
  if (texts == 0) {
    return Error{Code::kInvalid, fmt::format("{}：没有文本，无法实测", Neutralise(path))};
  }
  for (const ListWord& word : list.taken) {
    const auto at = found.find(word.text);
    options.measured[word.text] = {at == found.end() ? 0 : at->second, texts};
  }
  return Ok();
}

// Which rules look for a word already, by how it reads.
std::map<std::string, std::string> WordsInForce(const RuleSet& rules) {
  std::map<std::string, std::string> out;
  for (const Pattern& pattern : rules.patterns) {
    if (pattern.kind != PatternKind::kLiteral || pattern.uses.empty()) continue;
    const Use& use = pattern.uses.front();  // kAny stands first
    const Rule& rule = rules.rules[use.rule];
    std::string& said = out[WordAsRead(pattern.text)];
    if (!said.empty() && use.role != Role::kAny) continue;
    if (rules.PackOf(rule).hint_only) {
      said = fmt::format("词表 {} 已有", rule.id);
    } else if (use.role == Role::kAny || use.role == Role::kAll) {
      said = fmt::format("规则 {} 已有", rule.id);
    } else if (use.role == Role::kNear) {
      said = fmt::format("规则 {} 用作加重的词", rule.id);
    } else {
      said = fmt::format("规则 {} 用作排除的词，多见于正当内容", rule.id);
    }
  }
  return out;
}

std::string Some(const std::vector<std::string>& words) {
  std::string out;
  for (size_t i = 0; i < words.size() && i < kShownMax; ++i) {
    out += fmt::format("{}{}", i == 0 ? "" : "、", Neutralise(words[i]));
  }
  if (words.size() > kShownMax) out += fmt::format(" 等 {} 个", words.size());
  return out;
}

// What replacing one list by another changes.
std::string Changes(const ListRecord& old, const ListRecord& fresh) {
  const std::set<std::string> before(old.words.begin(), old.words.end());
  const std::set<std::string> after(fresh.words.begin(), fresh.words.end());
  std::vector<std::string> added, gone;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(added));
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(gone));
  std::string out = fmt::format("词表 {} 已在 {} 由 {} 导入，将被替换：\n", old.name, old.imported,
                                Neutralise(old.source));
  const auto changed = [&](std::string_view what, const std::string& from, const std::string& to) {
    if (from != to) out += fmt::format("  {}：{} → {}\n", what, Neutralise(from), Neutralise(to));
  };
  changed("类别", old.kind, fresh.kind);
  changed("对应", fmt::format("第 {} 项", old.clause), fmt::format("第 {} 项", fresh.clause));
  changed("标题", old.title, fresh.title);
  if (!added.empty()) out += fmt::format("  增加 {} 个词：{}\n", added.size(), Some(added));
  if (!gone.empty()) out += fmt::format("  减少 {} 个词：{}\n", gone.size(), Some(gone));
  if (added.empty() && gone.empty()) out += "  词没有变化\n";
  return out;
}

// A change of the law belongs on the chain of deeds.
Status RecordList(Store& store, std::string_view kind, const ListRecord& list) {
  Deed deed;
  deed.kind = kind;
  deed.what = fmt::format("词表 {}（{}，第 {} 项，{} 个词），来自 {}", list.name, list.kind,
                          list.clause, list.words.size(), list.source);
  deed.refs = {"list:" + list.name, "sha256:" + list.digest};
  return store.audit().Record(deed);
}

std::string RemarksText(std::string_view file, std::string_view verdict,
                        const std::vector<ListRemark>& remarks) {
  std::string out;
  for (const ListRemark& remark : remarks) {
    out += fmt::format("{}:{}:{}: {}“{}”：{}\n", file, remark.line, remark.column, verdict,
                       Neutralise(remark.word), remark.why);
  }
  return out;
}

}  // namespace

int RunRulesImport(Session& session, const Arguments& arguments) {
  if (Status there = NeedDataDirectory(session); !there) return session.Fail(there.error());
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  Result<ListOptions> options = ReadListOptions(session, arguments);
  if (!options) return session.Fail(options.error());
  const std::string& file = arguments.positional[0];
  const Result<std::string> bytes = ReadFile(file, limits::kPackBytesMax);
  if (!bytes) return session.Fail(bytes.error());
  const auto refuse = [&](const Error& error) {
    return session.Fail({error.code, fmt::format("{}：未导入\n{}", file, error.text)});
  };

  // First everything that can be searched for, to try it; then what stays.
  ListOptions all = *options;
  all.frequent = FrequentWords::kTake;
  Result<ImportedList> list = ImportList(*bytes, all);
  if (!list) return refuse(list.error());
  const Result<std::unique_ptr<Engine>> alone = EngineOf(list->pack);
  if (!alone) return refuse(alone.error());
  if (Status read = RefuseUnreadable(**alone, *list, *options); !read) return refuse(read.error());
  if (arguments.Has("--text")) {
    if (Status measured = Measure(session, **alone, *list, arguments.Get("--text"), *options);
        !measured) {
      return refuse(measured.error());
    }
  }
  list = ImportList(*bytes, *options);
  if (!list) return refuse(list.error());

  // The law as it would be: what does not load with it is not written.
  const std::string path = PathOf(session, options->name);
  const EngineOptions engine_options = session.RuleOptions(*config);
  Result<std::vector<PackSource>> packs = ReadRuleSources(engine_options.sources);
  if (!packs) return refuse(packs.error());
  std::string old;
  const auto same = std::find_if(packs->begin(), packs->end(),
                                 [&](const PackSource& pack) { return pack.name == path; });
  if (same != packs->end()) {
    old = std::move(same->text);
    packs->erase(same);
  }
  LoadReport report;
  const Result<RuleSet> others = LoadRules(*packs, &report);
  if (!others) return refuse(others.error());
  // Where the next load will find it, so that the digest is the same.
  const std::string among = session.ListsDirectory() + "/";
  const auto place = std::find_if(packs->begin(), packs->end(), [&](const PackSource& pack) {
    return pack.name.starts_with(among) && pack.name > path;
  });
  packs->insert(place, {path, list->pack});
  const Result<std::unique_ptr<Engine>> together = BuildEngine(*packs, engine_options);
  if (!together) return refuse(together.error());

  std::vector<ListRemark> known;
  const std::map<std::string, std::string> in_force = WordsInForce(*others);
  for (const ListWord& word : list->taken) {
    if (const auto at = in_force.find(WordAsRead(word.text)); at != in_force.end()) {
      known.push_back({word.text, word.line, word.column, at->second});
    }
  }
  session.Out(RemarksText(file, "未采用", list->left_out));
  session.Out(RemarksText(file, "已采用，但", known));
  const Result<ListRecord> fresh = ReadListRecord(list->pack, path);
  if (!fresh) return refuse(fresh.error());
  if (!old.empty()) {
    const Result<ListRecord> before = ReadListRecord(old, path);
    if (!before) return refuse(before.error());
    session.Out(Changes(*before, *fresh));
  }
  const bool dry = arguments.Has("--dry-run");
  if (!dry) {
    // Opened first: a change of the law that cannot be recorded is not made.
    Result<std::unique_ptr<Store>> store = session.OpenStore();
    if (!store) return refuse(store.error());
    if (Status made = MakeDirectories(session.ListsDirectory()); !made) return refuse(made.error());
    if (Status written = WriteFileAtomically(path, list->pack); !written) {
      return refuse(written.error());
    }
    if (Status recorded = RecordList(**store, "list-import", *fresh); !recorded) {
      return session.Fail(recorded.error());
    }
  }
  session.Say(fmt::format(
      "{}：采用 {} 个词，未采用 {} 个，与现有规则相同 {} 个；命中只作提示\n{}", options->name,
      list->taken.size(), list->left_out.size(), known.size(),
      dry ? "只作检查，未写入" : fmt::format("已写入 {}；下次巡查按新的规则集重新判断", path)));
  return kClean;
}

int RunRulesLists(Session& session, const Arguments& arguments) {
  if (Status there = NeedDataDirectory(session); !there) return session.Fail(there.error());
  const Result<std::vector<PackSource>> lists = ReadPackFiles(session.ListsDirectory());
  if (!lists) return session.Fail(lists.error());
  size_t count = 0;
  for (const PackSource& list : *lists) {
    const Result<ListRecord> record = ReadListRecord(list.text, list.name);
    if (!record) return session.Fail(record.error());
    ++count;
    if (arguments.Has("--json")) {
      Node node = MakeTable();
      Put(node, "name", MakeString(record->name));
      Put(node, "kind", MakeString(record->kind));
      Put(node, "clause", MakeInteger(record->clause));
      Put(node, "title", MakeString(record->title));
      Put(node, "words", MakeInteger(static_cast<int64_t>(record->words.size())));
      Put(node, "left_out", MakeInteger(static_cast<int64_t>(record->left_out)));
      Put(node, "source", MakeString(record->source));
      Put(node, "digest", MakeString(record->digest));
      Put(node, "imported", MakeString(record->imported));
      session.Out(WriteJson(node) + "\n");
    } else {
      session.Out(fmt::format(
          "{}\t{}\t第 {} 项\t{} 个词\t《{}》\n  来自 {}（SHA-256 {}），{} 导入\n", record->name,
          record->kind, record->clause, record->words.size(), Neutralise(record->title),
          Neutralise(record->source), record->digest.substr(0, 16), record->imported));
    }
  }
  if (count == 0) session.Say("没有导入词表；xuncha rules import 词表.txt --name 名称");
  return kClean;
}

int RunRulesRemove(Session& session, const Arguments& arguments) {
  if (Status there = NeedDataDirectory(session); !there) return session.Fail(there.error());
  const std::string& name = arguments.positional[0];
  const std::string path = PathOf(session, name);
  if (name.find('/') != std::string::npos || !FileExists(path)) {
    return session.Fail({Code::kNotFound, fmt::format("没有词表“{}”；xuncha rules lists 列出全部",
                                                      Neutralise(name))});
  }
  const Result<std::string> text = ReadFile(path, limits::kPackBytesMax);
  if (!text) return session.Fail(text.error());
  const Result<ListRecord> record = ReadListRecord(*text, path);
  if (!record) return session.Fail(record.error());
  session.Out(fmt::format("词表 {}（{}，{} 个词，来自 {}）\n", name, record->kind,
                          record->words.size(), Neutralise(record->source)));
  if (arguments.Has("--dry-run")) {
    session.Say("只作说明，未移除");
    return kClean;
  }
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return session.Fail(store.error());
  std::error_code failed;
  if (!std::filesystem::remove(path, failed)) {
    return session.Fail({Code::kSystem, fmt::format("{}：不能移除：{}", path, failed.message())});
  }
  if (Status recorded = RecordList(**store, "list-remove", *record); !recorded) {
    return session.Fail(recorded.error());
  }
  session.Say("已移除；下次巡查按新的规则集重新判断");
  return kClean;
}

}  // namespace xuncha
