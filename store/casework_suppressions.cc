// Making, ending and asking for suppressions.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/url.h"
#include "store/cases.h"
#include "store/casework.h"
#include "store/casework_records.h"
#include "store/chain.h"
#include "store/db.h"
#include "store/keys.h"

namespace xuncha {
namespace {

constexpr Family kHere = Family::kCasework;
constexpr Millis kMatchedAgain = 12 * 3'600'000;  // nights are a day apart, and shorter

Status Wrong(std::string_view what) { return Error{Code::kInvalid, fmt::format("免报：{}", what)}; }

Status CheckDraft(const Casework::SuppressionDraft& draft, int clause) {
  if (Trim(draft.by).empty()) return Wrong("没有写明是谁；免报要有人负责");
  for (const std::string_view text :
       {std::string_view(draft.by), std::string_view(draft.approved_by),
        std::string_view(draft.reason)}) {
    if (text.size() > limits::kReasonBytesMax || !IsValidUtf8(text))
      return Wrong("姓名或理由太长，或不是 UTF-8；请改写");
  }
  if (CountCodePoints(Trim(draft.reason)) < limits::kSuppressionReasonCodePointsMin) {
    return Wrong(
        fmt::format("理由至少 {} 个字；写明为何不算问题", limits::kSuppressionReasonCodePointsMin));
  }
  if (draft.lasts <= 0 || draft.lasts > limits::kSuppressionMillisMax)
    return Wrong("有效期须在 1 至 365 天之间；到期后请重新判断");
  if (!NeedsApprover(clause)) return Ok();
  if (Trim(draft.approved_by).empty())
    return Wrong(fmt::format("第 {} 项的内容须由另一人批准；请写明批准人", clause));
  if (Trim(draft.approved_by) == Trim(draft.by))
    return Error{Code::kDenied, "免报：经办人与批准人是同一人；请由另一人批准"};
  return Ok();
}

Result<StoredFinding> FindingOf(const Database& database, std::string_view id) {
  Result<std::optional<StoredFinding>> finding = FindingOfId(database, id);
  if (!finding) return finding.error();
  if (!*finding) {
    return Error{Code::kNotFound, fmt::format("没有发现 {}；请在列表里核对编号", Neutralise(id))};
  }
  return std::move(**finding);
}

// Site, host or pattern, as the scope needs them.
Status Aim(const Casework::SuppressionDraft& draft, const StoredFinding& finding,
           Suppression& out) {
  const Result<Url> url = Url::Parse(finding.url);
  if (!url) return url.error();
  out.site = finding.site;
  switch (draft.scope) {
    case SuppressionScope::kFinding:
    case SuppressionScope::kRule:
      return Ok();
    case SuppressionScope::kSpan:
      out.host = url->host();
      return Ok();
    case SuppressionScope::kPath:
      if (draft.pattern.size() > limits::kSuppressionPatternBytesMax ||
          !draft.pattern.starts_with('/'))
        return Wrong("路径须以“/”开头，“*”代表任意字符，例如 /news/*");
      if (!PathFits(draft.pattern, url->path_and_query()))
        return Wrong("这条发现的路径不在所写的路径之内；请核对");
      out.pattern = draft.pattern;
      return Ok();
    case SuppressionScope::kTarget: {
      const std::vector<std::string> targets = TargetsOf(finding);
      const std::string host = AsciiLower(draft.host);
      if (targets.empty()) return Wrong("这条发现没有指向外部主机；请用别的范围");
      if (host.empty() && targets.size() > 1) {
        return Wrong(fmt::format("这条发现指向 {} 个主机（{}）；请写明哪一个", targets.size(),
                                 Join(targets, "、")));
      }
      if (!host.empty() && std::find(targets.begin(), targets.end(), host) == targets.end())
        return Wrong(
            fmt::format("这条发现不指向 {}；它指向 {}", Neutralise(host), Join(targets, "、")));
      out.site.clear();
      out.host = host.empty() ? targets.front() : host;
      return Ok();
    }
  }
  return Ok();
}

Status EachFindingOf(const Database& database, std::string_view site,
                     const std::function<Result<bool>(const StoredFinding&)>& visit) {
  return database.Scan(Family::kFindings, FindingPrefix(site),
                       [&](std::string_view key, std::string_view payload) -> Result<bool> {
                         const auto finding =
                             DecodeStored<StoredFinding>(Family::kFindings, key, payload);
                         if (!finding) return finding.error();
                         return visit(*finding);
                       });
}

Status EachStanding(const Database& database, std::string_view site,
                    const std::function<Result<bool>(const StoredFinding&)>& visit) {
  return EachFindingOf(database, site, [&](const StoredFinding& finding) -> Result<bool> {
    return finding.standing ? visit(finding) : Result<bool>(true);
  });
}

bool Shares(const std::vector<std::string>& rules, const StoredFinding& finding) {
  return std::any_of(finding.finding.evidence.begin(), finding.finding.evidence.end(),
                     [&](const Evidence& evidence) {
                       return std::find(rules.begin(), rules.end(), evidence.rule) != rules.end();
                     });
}

// What the finding was made of, and no more: whoever suppresses has seen nothing else.
Status Learn(const StoredFinding& finding, Suppression& out) {
  for (const Evidence& evidence : finding.finding.evidence) out.rules.push_back(evidence.rule);
  SortUnique(out.rules);
  out.known = ContentsOf(finding, out.scope);
  if (out.known.empty()) return Wrong("这条发现没有可据以免报的依据");
  if (out.known.size() > limits::kSuppressionContentsMax) {
    return Error{Code::kLimit, fmt::format("免报：这条发现的依据超过 {} 种，请交主管处理",
                                           limits::kSuppressionContentsMax)};
  }
  return Ok();
}

// Through the batch, so that what it changes counts.
template <class Source>
Result<std::vector<Suppression>> InForceOfKey(const Source& source, const Database& database,
                                              std::string_view key, Millis now) {
  std::vector<Suppression> out;
  const std::string prefix = SuppressionIndexPrefix(key);
  const Status scanned =
      database.Scan(kHere, prefix, [&](std::string_view at, std::string_view) -> Result<bool> {
        if (at.size() != prefix.size() + 8)
          return UnreadableRecord(kHere, at, {Code::kDamaged, "not the key of an index"});
        const uint64_t number = FromBigEndian(at.substr(prefix.size()));
        auto suppression = GetRecord<Suppression>(source, kHere, SuppressionKey(number));
        if (!suppression) return suppression.error();
        if (*suppression && (*suppression)->InForce(now)) out.push_back(std::move(**suppression));
        return true;
      });
  if (!scanned) return scanned.error();
  return out;
}

std::vector<std::string> RefsOf(const Suppression& suppression) {
  std::vector<std::string> refs = {"suppression:" + suppression.id(),
                                   "finding:" + suppression.finding};
  if (!suppression.site.empty()) refs.push_back("site:" + suppression.site);
  if (!suppression.approved_by.empty()) refs.push_back("approved-by:" + suppression.approved_by);
  return refs;
}

}  // namespace

Result<Suppression> Casework::Suppress(const SuppressionDraft& draft, Millis now) {
  const Result<StoredFinding> finding = FindingOf(database_, draft.finding);
  if (!finding) return finding.error();
  if (Status good = CheckDraft(draft, finding->finding.clause); !good) return good.error();
  Suppression out{.number = 1,
                  .scope = draft.scope,
                  .finding = finding->finding.id,
                  .clause = finding->finding.clause,
                  .kind = finding->finding.kind,
                  .reason_class = draft.reason_class,
                  .reason = draft.reason,
                  .by = draft.by,
                  .approved_by = draft.approved_by,
                  .made = now,
                  .expires = now + draft.lasts};
  if (Status aimed = Aim(draft, *finding, out); !aimed) return aimed.error();
  if (Status learnt = Learn(*finding, out); !learnt) return learnt.error();
  size_t in_force = 0;
  const Status counted = EachSuppression([&](const Suppression& other) {
    in_force += other.ended == 0 ? 1 : 0;
    out.number = other.number + 1;
    return true;
  });
  if (!counted) return counted.error();
  if (in_force >= limits::kSuppressionsMax) {
    return Error{Code::kLimit, fmt::format("免报：已有 {} 条在用，不能再加；请先移除不用的"
                                           "（xuncha suppress list --stale）",
                                           in_force)};
  }
  Batch batch(database_);
  PutRecord(batch, kHere, SuppressionKey(out.number), out);
  batch.Put(kHere, SuppressionIndexKey(KeyOf(out), out.number), "");
  batch.Put(kHere,
            DueKey({.kind = DueKind::kSuppression, .at = out.expires, .suppression = out.number}),
            "");
  Deed entry{.kind = "suppress", .actor = out.by, .what = out.reason, .refs = RefsOf(out)};
  entry.refs.push_back(fmt::format("scope:{}", SuppressionScopeName(out.scope)));
  entry.refs.push_back("expires:" + FormatTime(out.expires));
  Status done = chain_.Append(batch, entry);
  if (done) done = batch.Commit();
  if (!done) return done.error();
  return out;
}

Result<Suppression> Casework::EndSuppression(uint64_t number, std::string_view by,
                                             std::string_view reason, Millis now) {
  auto found = GetRecord<Suppression>(database_, kHere, SuppressionKey(number));
  if (!found) return found.error();
  if (!*found) {
    return Error{Code::kNotFound, fmt::format("没有免报 S{}；xuncha suppress list 列出", number)};
  }
  Suppression& ended = **found;
  if (ended.ended != 0) {
    return Error{Code::kConflict,
                 fmt::format("免报 {} 已于 {} 结束", ended.id(), FormatTime(ended.ended))};
  }
  if (Trim(by).empty() && now < ended.expires)
    return Wrong(fmt::format("{} 尚未到期；要移除须写明是谁", ended.id())).error();
  if (!Trim(by).empty() && CountCodePoints(Trim(reason)) < limits::kReasonCodePointsMin) {
    return Wrong(fmt::format("移除须写明理由，至少 {} 个字", limits::kReasonCodePointsMin)).error();
  }
  if (by.size() > limits::kReasonBytesMax || reason.size() > limits::kReasonBytesMax ||
      !IsValidUtf8(by) || !IsValidUtf8(reason))
    return Wrong("姓名或理由太长，或不是 UTF-8；请改写").error();
  std::vector<Suppression> in_force;
  const Status read = EachSuppression([&](const Suppression& one) {
    if (one.InForce(now) || one.number == number) in_force.push_back(one);
    return true;
  });
  if (!read) return read.error();
  const SuppressionSet before(std::move(in_force));
  const auto is_it = [number](const Suppression* one) { return one->number == number; };
  ended.ended = now;
  ended.ended_by = by;
  ended.ended_reason = reason;
  Batch batch(database_);
  PutRecord(batch, kHere, SuppressionKey(number), ended);
  batch.Delete(kHere, SuppressionIndexKey(KeyOf(ended), number));
  batch.Delete(kHere,
               DueKey({.kind = DueKind::kSuppression, .at = ended.expires, .suppression = number}));
  // What it kept from opening an incident does so now.
  const Status grouped =
      EachStanding(database_, ended.site, [&](const StoredFinding& finding) -> Result<bool> {
        if (!Shares(ended.rules, finding)) return true;
        const std::string id = StableId({finding.site, finding.finding.kind});
        const Result<bool> member =
            database_.Has(Family::kIncidents, MemberKey(id, finding.finding.id));
        if (!member) return member.error();
        if (*member) {
          // In an incident that is open it is told of already.
          const auto incident = GetRecord<Incident>(batch, Family::kIncidents, IncidentKey(id));
          if (!incident) return incident.error();
          const std::optional<CaseState> state =
              *incident ? CaseStateByName((*incident)->state) : std::nullopt;
          const bool over = state == CaseState::kClosed || state == CaseState::kRestored;
          const std::vector<const Suppression*> hid = before.AllOf(finding);
          if (!over || std::none_of(hid.begin(), hid.end(), is_it)) return true;
        }
        const Appearance appearance = *member ? Appearance::kAgain : Appearance::kFirst;
        if (Status put = GroupFinding(batch, finding, appearance, now); !put) return put.error();
        return true;
      });
  if (!grouped) return grouped.error();
  const Deed entry{.kind = by.empty() ? "suppress-expire" : "suppress-end",
                   .actor = std::string(by),
                   .what = std::string(reason),
                   .refs = RefsOf(ended)};
  Status done = chain_.Append(batch, entry);
  if (done) done = batch.Commit();
  if (!done) return done.error();
  return std::move(ended);
}

Result<Suppression> Casework::SuppressionById(std::string_view id) const {
  std::string_view digits = id;
  if (!digits.empty() && (digits[0] == 'S' || digits[0] == 's')) digits.remove_prefix(1);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number == 0) {
    return Error{Code::kInvalid, fmt::format("“{}”不是免报编号；编号形如 S12", Neutralise(id))};
  }
  auto found = GetRecord<Suppression>(database_, kHere, SuppressionKey(number));
  if (!found) return found.error();
  if (!*found) {
    return Error{Code::kNotFound, fmt::format("没有免报 S{}；xuncha suppress list 列出", number)};
  }
  return std::move(**found);
}

static Database::Visit ReadSuppression(const std::function<bool(const Suppression&)>& visit) {
  return [&visit](std::string_view key, std::string_view payload) -> Result<bool> {
    const auto one = DecodeStored<Suppression>(kHere, key, payload);
    if (!one) return one.error();
    return visit(*one);
  };
}

Status Casework::EachSuppression(const std::function<bool(const Suppression&)>& visit) const {
  return database_.Scan(kHere, kSuppressionKeys, ReadSuppression(visit));
}

Status Casework::EachSuppressionBefore(uint64_t before,
                                       const std::function<bool(const Suppression&)>& visit) const {
  return database_.ScanBack(kHere, kSuppressionKeys, before == 0 ? "" : SuppressionKey(before),
                            ReadSuppression(visit));
}

Result<SuppressionSet> Casework::SuppressionsInForce(Millis now) const {
  std::vector<Suppression> in_force;
  const Status read = EachSuppression([&](const Suppression& one) {
    if (one.InForce(now)) in_force.push_back(one);
    return true;
  });
  if (!read) return read.error();
  return SuppressionSet(std::move(in_force));
}

Result<std::optional<std::set<uint64_t>>> Casework::SuppressionsMatching(
    const std::set<uint64_t>& asked, size_t findings_max, Millis now) const {
  std::vector<Suppression> in_force;
  std::set<std::string> sites;
  Status read = EachSuppression([&](const Suppression& one) {
    if (!one.InForce(now)) return true;
    if (asked.contains(one.number)) sites.insert(one.site);
    in_force.push_back(one);
    return true;
  });
  if (!read) return read.error();
  if (sites.contains("")) sites = {""};
  const SuppressionSet set(std::move(in_force));
  std::set<uint64_t> matching;
  size_t findings = 0;
  for (const std::string& site : sites) {
    read = EachFindingOf(database_, site, [&](const StoredFinding& finding) -> Result<bool> {
      if (++findings > findings_max) return false;
      if (!finding.standing) return true;
      for (const Suppression* const one : set.AllOf(finding)) {
        if (asked.contains(one->number)) matching.insert(one->number);
      }
      return true;
    });
    if (!read) return read.error();
    if (findings > findings_max) return std::optional<std::set<uint64_t>>();
  }
  return std::optional(std::move(matching));
}

Result<bool> SuppressInBatch(Batch& batch, const StoredFinding& finding, Millis now) {
  // Most stores have none, and are asked once.
  const auto any = batch.database().LastKey(kHere, kSuppressionIndex);
  if (!any) return any.error();
  if (!*any) return false;
  Result<std::optional<Suppression>> found = FindSuppression(finding, [&](std::string_view key) {
    return InForceOfKey(batch, batch.database(), key, now);
  });
  if (!found) return found.error();
  if (!*found) return false;
  // It may be large and cover thousands: once a night says as much.
  if ((*found)->matched != 0 && now - (*found)->matched < kMatchedAgain) return true;
  (*found)->matched = now;
  (*found)->matches += 1;
  PutRecord(batch, kHere, SuppressionKey((*found)->number), **found);
  return true;
}

}  // namespace xuncha
