// SPDX-License-Identifier: Apache-2.0
#include "store/index.h"

#include <fmt/format.h>

#include <utility>

#include "store/cases.h"
#include "store/db.h"
#include "store/index_keeping.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {
namespace {

// The id stands behind a severity and a time; before them a state that ends with NUL
// and a byte for stock.
constexpr size_t kBeforeId = 1 + 1 + 8;

// Keys under `prefix`, from the place on; a place is what stands behind `head`.
Status Walk(const Database& database, Family family, const std::string& prefix, size_t head,
            Direction direction, const Place& from, const Database::Visit& visit) {
  const std::string start = prefix.substr(0, head) + from;
  if (direction == Direction::kBackward) {
    // A place before all of the list is the beginning of the list, not another one.
    if (!from.empty() && start < prefix) return Ok();
    const bool behind = !from.empty() && !start.starts_with(prefix);
    return database.ScanBack(family, prefix, from.empty() || behind ? std::string() : start, visit);
  }
  return database.ScanFrom(family, prefix, from.empty() || start < prefix ? prefix : start,
                           [&](std::string_view key, std::string_view payload) -> Result<bool> {
                             if (!from.empty() && key == start) return true;
                             return visit(key, payload);
                           });
}

std::string_view IdOfListKey(std::string_view key, std::string_view prefix, bool with_severity) {
  // `prefix` ends behind the byte for stock, or that of the severity.
  const size_t begin = prefix.size() + kBeforeId - 1 - (with_severity ? 1 : 0);
  return begin < key.size() ? key.substr(begin) : std::string_view();
}

}  // namespace

Status Index::Made() const {
  const auto mark = GetRecord<IndexMark>(database_, Family::kIndex, kIndexMarkKey);
  if (!mark) return mark.error();
  if (*mark && (*mark)->version == kIndexVersion) return Ok();
  return Error{Code::kConflict,
               "数据：索引还没有建立；请先以读写方式打开一次（例如启动 xuncha serve）"};
}

Result<IncidentRow> Index::Row(std::string_view id) const {
  auto incident = GetRecord<Incident>(database_, Family::kIncidents, IncidentKey(id));
  if (!incident) return incident.error();
  if (!*incident) return Error{Code::kNotFound, fmt::format("没有事件 {}；请在列表里核对编号", id)};
  auto indexed = GetRecord<IndexedIncident>(database_, Family::kIndex, IndexedIncidentKey(id));
  if (!indexed) return indexed.error();
  IncidentRow row{.incident = std::move(**incident)};
  if (!*indexed) {
    return UnreadableRecord(Family::kIndex, IndexedIncidentKey(id),
                            {Code::kDamaged, "an incident is missing in the index"});
  }
  row.standing = (*indexed)->standing;
  row.gone = (*indexed)->gone;
  for (auto& rule : (*indexed)->rules) row.rules.push_back(std::move(rule.rule));
  return row;
}

Status Index::EachIncident(const IncidentQuery& query, Direction direction, const Place& from,
                           const VisitIncident& visit) const {
  if (Status made = Made(); !made) return made;
  const std::string prefix = ListPrefix(query);
  // A place is the same with and without a severity in the query.
  const size_t head = prefix.size() - (query.severity ? 1 : 0);
  return Walk(database_, Family::kIndex, prefix, head, direction, from,
              [&](std::string_view key, std::string_view) -> Result<bool> {
                auto row = Row(IdOfListKey(key, prefix, query.severity.has_value()));
                if (!row && row.error().code == Code::kNotFound) {
                  return UnreadableRecord(Family::kIndex, key,
                                          {Code::kDamaged, "names an incident that is not there"});
                }
                if (!row) return row.error();
                return visit(Place(key.substr(head)), *row);
              });
}

Result<std::vector<IncidentRow>> Index::IncidentsOf(std::string_view site) const {
  if (Status made = Made(); !made) return made.error();
  std::vector<IncidentRow> rows;
  std::string prefix = std::string("s").append(site);
  prefix += '\0';
  const Status scanned = database_.Scan(
      Family::kIndex, prefix, [&](std::string_view key, std::string_view) -> Result<bool> {
        const size_t state_end = key.find('\0', prefix.size());
        if (state_end == std::string_view::npos || state_end + 1 + kBeforeId >= key.size())
          return UnreadableRecord(Family::kIndex, key, {Code::kDamaged, "is no key of a list"});
        auto row = Row(key.substr(state_end + 1 + kBeforeId));
        if (!row) return row.error();
        rows.push_back(std::move(*row));
        return true;
      });
  if (!scanned) return scanned.error();
  return rows;
}

Result<IncidentRow> Index::IncidentById(std::string_view id) const {
  if (Status made = Made(); !made) return made.error();
  return Row(id);
}

Result<std::vector<IncidentCount>> Index::IncidentCounts() const {
  if (Status made = Made(); !made) return made.error();
  std::vector<IncidentCount> counts;
  const Status scanned = database_.Scan(
      Family::kIndex, "n", [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const auto count = DecodeStored<IndexCount>(Family::kIndex, key, payload);
        if (!count) return count.error();
        const size_t state_end = key.find('\0');
        const size_t kind_end = state_end == key.npos ? key.npos : key.find('\0', state_end + 1);
        if (kind_end == key.npos || key.size() != kind_end + 3 || key.back() > 3)
          return UnreadableRecord(Family::kIndex, key, {Code::kDamaged, "is no key of a count"});
        counts.push_back({.state = std::string(key.substr(1, state_end - 1)),
                          .kind = std::string(key.substr(state_end + 1, kind_end - state_end - 1)),
                          .baseline = key[kind_end + 1] != 0,
                          .severity = static_cast<Severity>(3 - key.back()),
                          .incidents = count->count});
        return true;
      });
  if (!scanned) return scanned.error();
  return counts;
}

Status Index::EachMember(std::string_view incident, const Place& from,
                         const VisitFinding& visit) const {
  const std::string prefix = MemberPrefix(incident);
  return Walk(database_, Family::kIncidents, prefix, prefix.size(), Direction::kForward, from,
              [&](std::string_view key, std::string_view) -> Result<bool> {
                const std::string_view id = key.substr(prefix.size());
                const auto finding = FindingOfId(database_, id);
                if (!finding) return finding.error();
                if (!*finding) {
                  return UnreadableRecord(Family::kIncidents, key,
                                          {Code::kDamaged, "names a finding that is not there"});
                }
                return visit(Place(id), **finding);
              });
}

Status Index::EachFinding(std::string_view site, Direction direction, const Place& from,
                          const VisitFinding& visit) const {
  const std::string prefix = FindingPrefix(site);
  return Walk(database_, Family::kFindings, prefix, prefix.size(), direction, from,
              [&](std::string_view key, std::string_view payload) -> Result<bool> {
                const auto finding = DecodeStored<StoredFinding>(Family::kFindings, key, payload);
                if (!finding) return finding.error();
                return visit(Place(key.substr(prefix.size())), *finding);
              });
}

Result<FindingCount> Index::FindingsOf(std::string_view site) const {
  if (Status made = Made(); !made) return made.error();
  const auto counted = GetRecord<IndexedSite>(database_, Family::kIndex, IndexedSiteKey(site));
  if (!counted) return counted.error();
  FindingCount count;
  if (!*counted) return count;
  for (size_t i = 0; i < 4; ++i) count.standing[i] = (*counted)->standing[i];
  count.gone = (*counted)->gone;
  return count;
}

Result<std::vector<RuleCount>> Index::RuleCounts() const {
  if (Status made = Made(); !made) return made.error();
  std::vector<RuleCount> rules;
  Status scanned = database_.Scan(
      Family::kIndex, "r", [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const auto rule = DecodeStored<IndexedRule>(Family::kIndex, key, payload);
        if (!rule) return rule.error();
        rules.push_back(
            {.rule = std::string(key.substr(1)), .standing = rule->standing, .gone = rule->gone});
        return true;
      });
  if (!scanned) return scanned.error();
  // Both lists are in the order of names, and what took part in an incident was found.
  size_t at = 0;
  scanned = database_.Scan(
      Family::kIndex, "t", [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const auto count = DecodeStored<IndexCount>(Family::kIndex, key, payload);
        if (!count) return count.error();
        const size_t end = std::min(key.find('\0'), key.size() - 1);
        const std::string_view rule = key.substr(1, end - 1);
        while (at < rules.size() && rules[at].rule < rule) ++at;
        if (at < rules.size() && rules[at].rule == rule) {
          rules[at].states.push_back(
              {.state = std::string(key.substr(end + 1)), .incidents = count->count});
        }
        return true;
      });
  if (!scanned) return scanned.error();
  return rules;
}

Status Index::EachSite(Direction direction, const Place& from,
                       const std::function<bool(const Place&, const Site&)>& visit) const {
  return Walk(database_, Family::kSites, "", 0, direction, from,
              [&](std::string_view key, std::string_view payload) -> Result<bool> {
                const auto site = DecodeStored<Site>(Family::kSites, key, payload);
                if (!site) return site.error();
                return visit(Place(key), *site);
              });
}

Result<std::optional<Site>> Index::SiteOf(std::string_view id) const {
  return GetRecord<Site>(database_, Family::kSites, id);
}

Result<uint64_t> Index::CountSites() const {
  uint64_t sites = 0;
  const Status counted =
      database_.EachKey(Family::kSites, [&](std::string_view, uint64_t) -> Result<bool> {
        ++sites;
        return true;
      });
  if (!counted) return counted.error();
  return sites;
}

Result<uint64_t> Index::CountDone(uint64_t run) const {
  uint64_t sites = 0;
  const Status counted = database_.Scan(Family::kMeta, DoneKey(run, ""),
                                        [&](std::string_view, std::string_view) -> Result<bool> {
                                          ++sites;
                                          return true;
                                        });
  if (!counted) return counted.error();
  return sites;
}

Status Index::EachNote(
    std::string_view prefix,
    const std::function<bool(std::string_view name, std::string_view value)>& visit) const {
  const size_t head = NoteKey("").size();
  return database_.Scan(Family::kMeta, NoteKey(prefix),
                        [&](std::string_view key, std::string_view payload) -> Result<bool> {
                          const auto note = DecodeStored<NoteValue>(Family::kMeta, key, payload);
                          if (!note) return note.error();
                          return visit(key.substr(head), note->value);
                        });
}

}  // namespace xuncha
