// finding, explain: what was found, and why.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "app/case_words.h"
#include "app/commands.h"
#include "app/coverage.h"
#include "base/charset.h"
#include "base/text.h"
#include "base/tree.h"
#include "reports/mask.h"
#include "reports/page_line.h"
#include "reports/run_report.h"
#include "reports/words.h"

namespace xuncha {
namespace {

std::string Discount(const StoredFinding& stored, const Discounted& discounted) {
  if (discounted.JudgedFalse(stored)) return "  已判误报，不计入发现\n";
  const Suppression* const by = discounted.SuppressedBy(stored);
  if (by == nullptr) return "";
  return fmt::format("  已免报（{}，到 {} 为止），不计入发现\n", by->id(), FormatTime(by->expires));
}

// The words of the evidence as the page had them, from the snapshot: a finding
// keeps them masked. Empty where they did not come from the body.
class Original {
 public:
  static Result<Original> Open(Store& store, const StoredFinding& stored) {
    Original out;
    Result<std::string> body = store.blobs().Get(stored.body);
    if (!body) return body.error();
    out.body_ = std::move(*body);
    out.charset_ = IsValidUtf8(out.body_) ? Charset::kUtf8 : Charset::kGb18030;
    const auto seen = store.LatestObservation(stored.site, stored.url);
    if (!seen) return seen.error();
    if (seen->has_value() && (*seen)->body == stored.body) out.charset_ = (*seen)->charset;
    return out;
  }

  std::string Found(const Evidence& evidence) const {
    const Span source = evidence.source;
    if (source.empty() || source.end > body_.size()) return {};
    return DecodeToUtf8(std::string_view(body_).substr(source.begin, source.size()), charset_).utf8;
  }

 private:
  std::string body_;
  Charset charset_ = Charset::kUtf8;
};

// The chain of one piece of evidence: rule, place, reading, original bytes.
std::string EvidenceText(const Evidence& evidence) {
  std::string text = fmt::format("  · {}（{}，{}）\n", Shown(evidence.rule),
                                 evidence.strong ? "强" : "弱", ProofText(evidence.proof));
  if (!evidence.found.empty()) {
    const Excerpt masked = MaskExcerpt(evidence.before, evidence.found, evidence.after);
    text += fmt::format("    原文：…{}【{}】{}…\n", Shown(masked.before), Shown(masked.found),
                        Shown(masked.after));
    text += fmt::format(
        "    词条：{}；位置：{}{}；读法：{}\n", Shown(evidence.pattern),
        ZoneText(evidence.in_anchor ? ZoneKind::kAnchor : evidence.zone),
        evidence.hiding == Hiding::kNone ? "" : fmt::format("（{}）", HidingText(evidence.hiding)),
        ChannelText(evidence.channel));
    if (!evidence.source.empty()) {
      text += fmt::format("    原始字节：第 {} 至 {} 字节\n", evidence.source.begin,
                          evidence.source.end);
    }
  }
  if (!evidence.detail.empty()) text += fmt::format("    细节：{}\n", Shown(evidence.detail));
  if (!evidence.because.empty()) text += fmt::format("    理由：{}\n", Shown(evidence.because));
  return text;
}

// Whoever sees identifiers whole says why, and the chain of deeds keeps it. It is
// written first: what cannot be recorded is not shown.
Status RecordUnmasked(Session& session, const Arguments& arguments, Store& store,
                      const StoredFinding& stored) {
  const std::string reason(Trim(arguments.Get("--reason")));
  const std::string by(Trim(arguments.Get("--by")));
  if (reason.empty() || by.empty()) {
    return Error{
        Code::kInvalid,
        "finding show：--unmasked 须写明 --by 与 --reason，查看个人信息要有人负责、有据可查"};
  }
  Deed deed;
  deed.kind = "unmask";
  deed.actor = by;
  deed.what = reason;
  deed.refs = {"finding:" + stored.finding.id, "sha256:" + stored.body.hex()};
  Status recorded = store.audit().Record(deed);
  if (recorded) session.Say(fmt::format("已记录：{} 查看了未遮盖的内容，理由：{}", by, reason));
  return recorded;
}

// Where the answer came from that the page's finding was seen in; empty if another answer
// came since.
Result<std::string> ServerText(Store& store, const StoredFinding& found) {
  const auto seen = store.LatestObservation(found.site, found.url);
  if (!seen) return seen.error();
  if (!seen->has_value() || (*seen)->body != found.body) return std::string();
  const Exchange& exchange = (*seen)->exchange;
  std::string text;
  if (!exchange.remote_address.empty())
    text += fmt::format("  服务器：{}\n", Neutralise(exchange.remote_address));
  if (exchange.names.digest.empty()) return text;
  const Result<std::string> names = store.blobs().Get(exchange.names.digest);
  if (!names) return names.error();
  return text + fmt::format("  域名解析：{}\n", NamesText(*names));
}

int Show(Session& session, const Arguments& arguments, bool with_dismissals) {
  const std::string& id = arguments.positional[0];
  // Seeing identifiers whole goes on record.
  Result<std::unique_ptr<Store>> store =
      arguments.Has("--unmasked") ? session.OpenStore() : session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Result<StoredFinding> found = (*store)->cases().FindingById(id);
  if (!found) return session.Fail(found.error());
  std::optional<Original> original;
  if (arguments.Has("--unmasked")) {
    if (Status recorded = RecordUnmasked(session, arguments, **store, *found); !recorded) {
      return session.Fail(recorded.error());
    }
    Result<Original> opened = Original::Open(**store, *found);
    if (!opened) return session.Fail(opened.error());
    original = std::move(*opened);
  }
  std::string text = FindingHead(*found);
  text +=
      fmt::format("  页面标题：{}\n  首次发现：{}；最近一次：{}；{}\n  快照 SHA-256：{}\n",
                  Shown(found->title), FormatTime(found->first_seen), FormatTime(found->last_seen),
                  fmt::format("{}{}", found->standing ? "仍然存在" : "页面上已不再出现",
                              found->history ? "；由以后的规则复核历史查出" : ""),
                  found->body.hex());
  const Result<std::string> server = ServerText(**store, *found);
  if (!server) return session.Fail(server.error());
  text += *server;
  text += "依据：\n";
  for (const Evidence& evidence : found->finding.evidence) {
    text += EvidenceText(evidence);
    const std::string whole = original ? original->Found(evidence) : std::string();
    if (!whole.empty()) text += fmt::format("    未遮盖：{}\n", Neutralise(whole));
  }
  if (!found->finding.signals.empty()) {
    text += "结构迹象：\n";
    for (const std::string& name : found->finding.signals) {
      const std::optional<SignalKind> kind = SignalByName(name);
      text += fmt::format("  · {}{}\n", name, kind ? fmt::format("：{}", SignalText(*kind)) : "");
    }
  }
  if (with_dismissals && !found->dismissals.empty()) {
    text += "已排除的命中：\n";
    for (const Dismissal& dismissal : found->dismissals) {
      text += EvidenceText(dismissal.evidence);
      text += fmt::format("    排除：{}\n", Shown(dismissal.reason));
    }
  }
  session.Out(text);
  return kClean;
}

}  // namespace

int RunFindingList(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  const Result<Severity> fail_on = FailOn(arguments, *config);
  if (!fail_on) return session.Fail(fail_on.error());
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  const Result<std::vector<Site>> sites = (*store)->Sites();
  if (!sites) return session.Fail(sites.error());
  const bool hints = arguments.Has("--all");
  const Result<Discounted> discounted = Discounted::Read(**store, session.clock().Now());
  if (!discounted) return session.Fail(discounted.error());
  struct Row {
    Severity severity;
    int score;
    std::string text;
  };
  std::vector<Row> rows;  // the worst first
  bool found = false;
  Status failed = Ok();
  // One JSON object per page, as `crawl --json` writes it; findings come in order
  // of site and URL, so those of one page are next to one another.
  PageLine line;
  uint64_t count = 0;
  const auto flush = [&] {
    if (!line.url.empty())
      session.Out(PageLineJson(line, hints ? Severity::kHint : Severity::kLow) + "\n");
    line = {};
  };
  const Status read =
      (*store)->cases().EachFinding(arguments.Get("--site"), [&](const StoredFinding& stored) {
        if (!stored.standing) return true;
        const Suppression* const suppressed = discounted->SuppressedBy(stored);
        const bool is_none = suppressed != nullptr || discounted->JudgedFalse(stored);
        found |= !is_none && stored.finding.severity >= *fail_on;
        if (!hints && stored.finding.severity == Severity::kHint) return true;
        ++count;
        if (!arguments.Has("--json")) {
          rows.push_back({is_none ? Severity::kHint : stored.finding.severity, stored.finding.score,
                          FindingHead(stored) + Discount(stored, *discounted)});
          return true;
        }
        if (line.url != stored.url || line.site != stored.site) {
          flush();
          line.site = stored.site;
          line.url = stored.url;
          line.title = stored.title;
          const Result<Url> url = Url::Parse(stored.url);
          line.path = url ? std::string(url->path_and_query()) : stored.url;
          const auto seen = (*store)->LatestObservation(stored.site, stored.url);
          if (!seen) {
            failed = seen.error();
            return false;
          }
          if (seen->has_value()) {
            const auto site = std::find_if(sites->begin(), sites->end(),
                                           [&](const Site& s) { return s.id == stored.site; });
            if (site != sites->end()) line.tally = Tallier(*site).Of(**seen);
            line.status = (*seen)->status;
            line.checked = (*seen)->checked;
            line.limits = (*seen)->limits;
          }
        }
        line.findings.push_back(stored.finding);
        return true;
      });
  flush();
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::pair(b.severity, b.score) < std::pair(a.severity, a.score);
  });
  for (const Row& row : rows) session.Out(row.text);
  if (!read) return session.Fail(read.error());
  if (!failed) return session.Fail(failed.error());
  const Result<std::vector<CoverageGap>> gaps = GapsOf(**store, *sites, arguments.Get("--site"));
  if (!gaps) return session.Fail(gaps.error());
  // A site that was removed keeps its findings.
  if (Status known = CheckSites(*sites, arguments.All("--site")); !known && count == 0)
    return session.Fail(known.error());
  if (count == 0)
    session.Say(gaps->empty() ? "没有仍然存在的发现"
                              : "没有发现，但未能全部检查，不能视为无问题：");
  if (!gaps->empty()) session.Say(Trim(CoverageText(*gaps)));
  return found ? kFindings : gaps->empty() ? kClean : kPartial;
}

int RunFindingShow(Session& session, const Arguments& arguments) {
  return Show(session, arguments, false);
}

int RunExplain(Session& session, const Arguments& arguments) {
  return Show(session, arguments, true);
}

}  // namespace xuncha
