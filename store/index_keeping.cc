// SPDX-License-Identifier: Apache-2.0
#include "store/index_keeping.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "store/casework_states.h"
#include "store/keys.h"
#include "store/records.h"

namespace xuncha {

// ---- keys -----------------------------------------------------------------------

namespace {

constexpr char kEnd = '\0';

std::string Key(char head, std::string_view name) {
  std::string key(1, head);
  return key.append(name);
}

// Highest first.
char SeverityByte(Severity severity) {
  return static_cast<char>(static_cast<uint8_t>(Severity::kHigh) - static_cast<uint8_t>(severity));
}

// Behind the head of a list, in the order it is shown.
std::string ListTail(const IndexedIncident& incident, std::string_view id) {
  std::string tail = incident.state;
  tail += kEnd;
  tail += incident.baseline ? '\1' : '\0';
  tail += SeverityByte(incident.severity);
  tail += BigEndian(static_cast<uint64_t>(std::max<Millis>(incident.opened, 0)));
  return tail.append(id);
}

std::set<std::string> RulesOf(const StoredFinding& finding) {
  std::set<std::string> rules;
  for (const Evidence& evidence : finding.finding.evidence) rules.insert(evidence.rule);
  return rules;
}

IndexedIncident::Rule& RuleOf(IndexedIncident& incident, const std::string& name) {
  const auto place = std::ranges::lower_bound(incident.rules, name, {},
                                              [](const auto& rule) { return rule.rule; });
  if (place != incident.rules.end() && place->rule == name) return *place;
  return *incident.rules.insert(place, {.rule = name});
}

// How often something is known, by one more or less; the record goes at nothing.
Status Count(Batch& batch, const std::string& key, int64_t by) {
  const auto before = GetRecord<IndexCount>(batch, Family::kIndex, key);
  if (!before) return before.error();
  const uint64_t count =
      before->value_or(IndexCount{}).count + static_cast<uint64_t>(by);  // wraps as it should
  if (count == 0) {
    batch.Delete(Family::kIndex, key);
  } else {
    PutRecord(batch, Family::kIndex, key, IndexCount{.count = count});
  }
  return Ok();
}

// Puts the record, or takes it away if it says nothing.
template <class Record>
void PutOrDrop(Batch& batch, const std::string& key, const Record& record) {
  std::string payload = EncodeRecord(record);
  if (payload.empty()) {
    batch.Delete(Family::kIndex, key);
  } else {
    batch.Put(Family::kIndex, key, std::move(payload));
  }
}

void CountFinding(IndexedSite& site, const StoredFinding& finding, uint64_t by) {
  (finding.standing ? site.standing[static_cast<size_t>(finding.finding.severity)] : site.gone) +=
      by;
}
template <class Counted>  // IndexedIncident or IndexedRule
void CountStanding(Counted& counted, const StoredFinding& finding, uint64_t by) {
  (finding.standing ? counted.standing : counted.gone) += by;
}

constexpr uint64_t kOneLess = ~uint64_t{0};  // added, it takes one away

Error NoIndexed(std::string_view id) {
  return UnreadableRecord(Family::kIndex, IndexedIncidentKey(id),
                          {Code::kDamaged, "an incident is missing in the index"});
}

// What is stock still waits as stock: once somebody has judged it, it stands in the lists
// of its state like any other.
void TakeOver(IndexedIncident& known, const Incident& incident) {
  known.site = incident.site;
  known.kind = incident.kind;
  known.state = incident.state;
  known.severity = incident.severity;
  known.baseline = incident.baseline && incident.state == CaseStateName(CaseState::kNew);
  known.opened = incident.opened;
}

// Adds the finding to what is known of its incident, or takes it away.
Status ChangeIncident(Batch& batch, std::string_view id, const StoredFinding* before,
                      const StoredFinding* after) {
  const std::string key = IndexedIncidentKey(id);
  auto found = GetRecord<IndexedIncident>(batch, Family::kIndex, key);
  if (!found) return found.error();
  if (!*found) return NoIndexed(id);
  IndexedIncident& incident = **found;
  if (before != nullptr) CountStanding(incident, *before, kOneLess);
  if (after != nullptr) CountStanding(incident, *after, 1);
  const std::set<std::string> were = before != nullptr ? RulesOf(*before) : std::set<std::string>();
  const std::set<std::string> are = after != nullptr ? RulesOf(*after) : std::set<std::string>();
  for (const std::string& rule : are) {
    if (were.contains(rule)) continue;
    if (++RuleOf(incident, rule).findings > 1) continue;
    if (Status counted = Count(batch, RuleStateKey(rule, incident.state), 1); !counted)
      return counted;
  }
  for (const std::string& rule : were) {
    if (are.contains(rule)) continue;
    if (--RuleOf(incident, rule).findings > 0) continue;
    if (Status counted = Count(batch, RuleStateKey(rule, incident.state), -1); !counted)
      return counted;
  }
  std::erase_if(incident.rules, [](const auto& rule) { return rule.findings == 0; });
  PutRecord(batch, Family::kIndex, key, incident);
  return Ok();
}

}  // namespace

std::string IndexedIncidentKey(std::string_view id) { return Key('i', id); }
std::string IndexedSiteKey(std::string_view site) { return Key('f', site); }
std::string IndexedRuleKey(std::string_view rule) { return Key('r', rule); }
std::string RuleStateKey(std::string_view rule, std::string_view state) {
  std::string key = Key('t', rule);
  key += kEnd;
  return key.append(state);
}

std::string IncidentCountKey(const IndexedIncident& incident) {
  std::string key = Key('n', incident.state);
  key += kEnd;
  key += incident.kind;
  key += kEnd;
  key += incident.baseline ? '\1' : '\0';
  key += SeverityByte(incident.severity);
  return key;
}

std::vector<std::string> ListKeys(const IndexedIncident& incident, std::string_view id) {
  const std::string tail = ListTail(incident, id);
  return {Key('a', tail), Key('k', incident.kind) + kEnd + tail,
          Key('s', incident.site) + kEnd + tail};
}

std::string ListPrefix(const IncidentQuery& query) {
  std::string prefix = !query.site.empty()   ? Key('s', query.site) + kEnd
                       : !query.kind.empty() ? Key('k', query.kind) + kEnd
                                             : std::string("a");
  prefix += query.state;
  prefix += kEnd;
  prefix += query.baseline ? '\1' : '\0';
  if (query.severity) prefix += SeverityByte(*query.severity);
  return prefix;
}

// ---- keeping --------------------------------------------------------------------

Status IndexIncident(Batch& batch, const Incident& incident) {
  for (const std::string& part : {incident.id, incident.site, incident.kind, incident.state}) {
    if (part.empty() || part.find(kEnd) != std::string::npos)
      return Error{Code::kInvalid,
                   "事件的编号、网站、类别或状态为空或含有控制字符；请检查规则文件"};
  }
  const std::string key = IndexedIncidentKey(incident.id);
  auto found = GetRecord<IndexedIncident>(batch, Family::kIndex, key);
  if (!found) return found.error();
  IndexedIncident now = found->value_or(IndexedIncident{});
  TakeOver(now, incident);
  if (*found) {
    const IndexedIncident& before = **found;
    if (ListKeys(before, incident.id) == ListKeys(now, incident.id)) return Ok();
    for (const std::string& listed : ListKeys(before, incident.id))
      batch.Delete(Family::kIndex, listed);
    if (Status counted = Count(batch, IncidentCountKey(before), -1); !counted) return counted;
    for (const auto& rule : before.rules) {
      if (before.state == now.state) break;
      if (Status counted = Count(batch, RuleStateKey(rule.rule, before.state), -1); !counted)
        return counted;
      if (Status counted = Count(batch, RuleStateKey(rule.rule, now.state), 1); !counted)
        return counted;
    }
  }
  for (const std::string& listed : ListKeys(now, incident.id))
    batch.Put(Family::kIndex, listed, "");
  PutRecord(batch, Family::kIndex, key, now);
  return Count(batch, IncidentCountKey(now), 1);
}

Status IndexMember(Batch& batch, std::string_view incident, const StoredFinding& finding) {
  return ChangeIncident(batch, incident, nullptr, &finding);
}

Status IndexFinding(Batch& batch, const StoredFinding* before, const StoredFinding* after) {
  CHECK(before != nullptr || after != nullptr);
  const StoredFinding& finding = after != nullptr ? *after : *before;
  const bool same = before != nullptr && after != nullptr && before->standing == after->standing &&
                    before->finding.severity == after->finding.severity &&
                    RulesOf(*before) == RulesOf(*after);
  if (same) return Ok();
  const auto site = GetRecord<IndexedSite>(batch, Family::kIndex, IndexedSiteKey(finding.site));
  if (!site) return site.error();
  IndexedSite counts = site->value_or(IndexedSite{});
  if (before != nullptr) CountFinding(counts, *before, kOneLess);
  if (after != nullptr) CountFinding(counts, *after, 1);
  PutOrDrop(batch, IndexedSiteKey(finding.site), counts);

  for (const auto& [one, by] : {std::pair(before, kOneLess), std::pair(after, uint64_t{1})}) {
    if (one == nullptr) continue;
    for (const std::string& name : RulesOf(*one)) {
      const auto rule = GetRecord<IndexedRule>(batch, Family::kIndex, IndexedRuleKey(name));
      if (!rule) return rule.error();
      IndexedRule changed = rule->value_or(IndexedRule{});
      CountStanding(changed, *one, by);
      PutOrDrop(batch, IndexedRuleKey(name), changed);
    }
  }

  const std::string incident = StableId({finding.site, finding.finding.kind});
  const Result<bool> member =
      batch.Has(Family::kIncidents, MemberKey(incident, finding.finding.id));
  if (!member) return member.error();
  return *member ? ChangeIncident(batch, incident, before, after) : Ok();
}

// ---- the whole ------------------------------------------------------------------

void IndexModel::AddIncident(const Incident& incident) {
  TakeOver(incidents_[incident.id], incident);
}

void IndexModel::AddFinding(const StoredFinding& finding, Member member) {
  CountFinding(sites_[finding.site], finding, 1);
  const std::set<std::string> rules = RulesOf(finding);
  for (const std::string& rule : rules) CountStanding(rules_[rule], finding, 1);
  if (member == Member::kNo) return;
  IndexedIncident& incident = incidents_[StableId({finding.site, finding.finding.kind})];
  CountStanding(incident, finding, 1);
  for (const std::string& rule : rules) ++RuleOf(incident, rule).findings;
}

Status IndexModel::Each(
    const std::function<Status(const std::string& key, const std::string& payload)>& visit) const {
  std::map<std::string, uint64_t> counts;
  for (const auto& [id, incident] : incidents_) {
    if (Status done = visit(IndexedIncidentKey(id), EncodeRecord(incident)); !done) return done;
    for (const std::string& listed : ListKeys(incident, id)) {
      if (Status done = visit(listed, ""); !done) return done;
    }
    ++counts[IncidentCountKey(incident)];
    for (const auto& rule : incident.rules) ++counts[RuleStateKey(rule.rule, incident.state)];
  }
  for (const auto& [key, count] : counts) {
    if (Status done = visit(key, EncodeRecord(IndexCount{.count = count})); !done) return done;
  }
  for (const auto& [site, counted] : sites_) {
    if (Status done = visit(IndexedSiteKey(site), EncodeRecord(counted)); !done) return done;
  }
  for (const auto& [rule, counted] : rules_) {
    if (Status done = visit(IndexedRuleKey(rule), EncodeRecord(counted)); !done) return done;
  }
  return Ok();
}

namespace {

Result<IndexModel> ModelOf(const Database& database) {
  IndexModel model;
  Status scanned = database.Scan(
      Family::kIncidents, IncidentKey(""),
      [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const auto incident = DecodeStored<Incident>(Family::kIncidents, key, payload);
        if (!incident) return incident.error();
        model.AddIncident(*incident);
        return true;
      });
  if (!scanned) return scanned.error();
  scanned = database.Scan(
      Family::kFindings, FindingPrefix(""),
      [&](std::string_view key, std::string_view payload) -> Result<bool> {
        const auto finding = DecodeStored<StoredFinding>(Family::kFindings, key, payload);
        if (!finding) return finding.error();
        const Result<bool> member = database.Has(
            Family::kIncidents,
            MemberKey(StableId({finding->site, finding->finding.kind}), finding->finding.id));
        if (!member) return member.error();
        model.AddFinding(*finding, *member ? IndexModel::Member::kYes : IndexModel::Member::kNo);
        return true;
      });
  if (!scanned) return scanned.error();
  return model;
}

Status CommitFull(Batch& batch) {
  return batch.size() < limits::kPurgeBatchMax ? Ok() : batch.Commit();
}

}  // namespace

Status MakeIndex(Database& database) {
  const auto mark = GetRecord<IndexMark>(database, Family::kIndex, kIndexMarkKey);
  if (!mark) return mark.error();
  if (*mark && (*mark)->version == kIndexVersion) return Ok();
  const Result<IndexModel> model = ModelOf(database);
  if (!model) return model.error();
  Batch batch(database);
  const Status cleared =
      database.EachKey(Family::kIndex, [&](std::string_view key, uint64_t) -> Result<bool> {
        batch.Delete(Family::kIndex, key);
        if (Status put = CommitFull(batch); !put) return put.error();
        return true;
      });
  if (!cleared) return cleared;
  const Status written = model->Each([&](const std::string& key, const std::string& payload) {
    batch.Put(Family::kIndex, key, payload);
    return CommitFull(batch);
  });
  if (!written) return written;
  PutRecord(batch, Family::kIndex, kIndexMarkKey, IndexMark{.version = kIndexVersion});
  return batch.Commit();
}

}  // namespace xuncha
