// Casework: an incident on its way from the first verdict to its end. Who has it in
// hand, notices to the owner with their terms, suppressions.
//
// Every deed goes by the table of casework_states.h. It is refused with kConflict if the
// incident is not as the caller saw it (version), not in a state for it, or in somebody
// else's hands; with kInvalid if the order lacks something; with kDenied if the person may
// not do it. The text says what to do. A deed, its event, its entry in the audit chain and
// all it changes are one batch.
//
// The incident's version grows with each deed but claim, release and what only renews.
//
// Reads: any thread. Writes: main thread; each is an entry of the audit chain in
// the same batch.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/limits_desk.h"
#include "base/result.h"
#include "store/case_cluster.h"
#include "store/case_file.h"
#include "store/casework_states.h"
#include "store/store.h"
#include "store/suppression.h"

namespace xuncha {

class AuditChain;
class Batch;
class Database;

// Who wants to do something to which incident.
struct CaseOrder {
  std::string incident;             // whole id
  std::optional<uint64_t> version;  // as the caller saw it; nothing: whatever it is
  std::string by;
  Party as = Party::kOfficer;
  std::string reason;       // or note
  std::string approved_by;  // the second person, where the deed needs one
};

// A notice and the only copy of the secret in its link.
struct IssuedNotice {
  Notice notice;
  std::string token;  // 64 hexadecimal digits; not stored: put it on the notice now
  Incident incident;
};

class Casework {
 public:
  Casework(Database& database, AuditChain& chain);  // borrows both

  // ---- reading ----

  // An empty one, with its id, if nobody ever touched the incident.
  Result<CaseFile> FileOf(std::string_view incident) const;
  Result<Notice> NoticeById(const NoticeNumber& number) const;
  // The notice to rectify of the file's round, whose term counts; nothing if there is none.
  Result<std::optional<Notice>> RectifyOf(const CaseFile& file) const;
  // By number; of all years if `year` is 0. Returning false stops, here and below.
  Status EachNotice(uint32_t year, const std::function<bool(const Notice&)>& visit) const;
  Status EachReply(std::string_view incident,
                   const std::function<bool(const OwnerReply&)>& visit) const;
  Status EachRecheck(std::string_view incident,
                     const std::function<bool(const Recheck&)>& visit) const;
  Result<Recheck> RecheckOf(std::string_view incident, uint64_t number) const;
  // Everything whose time comes before `until`, earliest first: for a scheduler with the
  // time as it is, for a list of what is coming with a later one.
  Status EachDue(Millis until, const std::function<bool(const Due&)>& visit) const;
  // What the incident's deeds are now, for this person: for buttons and help.
  Result<std::vector<CaseDeed>> PossibleDeeds(std::string_view incident, Party as) const;

  // ---- deciding ----

  // One of the four verdicts. Has effects outside only `undo_for` later; with 0 at once.
  Result<Incident> Judge(const CaseOrder& order, CaseDeed verdict, const CasePolicy& policy,
                         Millis now, Millis undo_for = limits::kUndoMillis);
  // Any deed that needs no more than the order says: kUndo, kNote, kAskRecheck,
  // kRejectObjection, kAcceptObjection, kApproveCutoff, kRefuseCutoff, kDoCutOff, kRestore,
  // kClose, kReopen, kReportSent (the reason is the reference), kClaim, kRelease.
  // kInvalid of others.
  Result<Incident> Act(const CaseOrder& order, CaseDeed deed, Millis now);
  // To a person, or with an empty name to nobody.
  Result<Incident> Assign(const CaseOrder& order, std::string_view to, Millis now);
  // Its verdict has had its effects outside.
  Status Settle(std::string_view incident, Millis now);

  // ---- the ladder ----

  // Issues kRectify, kReminder or kCutoffAdvice, whichever the deed is: kNotify, kRemind,
  // kAdviseCutoff. `site` is as registered. kLimit above limits::kNoticesPerIncidentMax.
  Result<IssuedNotice> Issue(const CaseOrder& order, CaseDeed deed, const Site& site,
                             const CasePolicy& policy, Millis now);
  struct RecheckPlan {
    std::string site;
    std::vector<std::string> urls;  // of its findings, each once
  };
  Result<RecheckPlan> PlanRecheck(std::string_view incident) const;
  // What the run's observations say of the incident's pages.
  Result<Recheck> RecordRecheck(std::string_view incident, uint64_t run, Millis now);

  // ---- the owner ----

  struct OwnerDoor {
    Notice notice;
    Incident incident;
  };
  // What the token in a link opens. kNotFound: there is none such, or another has taken its
  // place; kDenied: it has expired, or the incident is closed or
  // judged false.
  Result<OwnerDoor> OpenToken(std::string_view token, Millis now) const;
  // A use is recorded, that of reading too; one within limits::kLinkUseMillis of the last
  // is that one still.
  Status RecordTokenUse(std::string_view token, std::string_view from, Millis now);
  // A new secret for the notice; the old one opens nothing any more.
  Result<std::string> RenewToken(const NoticeNumber& notice, std::string_view by,
                                 const CasePolicy& policy, Millis now);
  struct ReplyDraft {
    ReplyKind kind = ReplyKind::kAcknowledge;
    NoticeNumber notice;  // over its link; empty: an officer writes it down (order.as)
    std::string from;
    std::string text;
    struct File {
      std::string name, type, bytes;
    };
    std::vector<File> files;  // ≤ limits::kReplyFilesMax, together ≤ limits::kDeskUploadBytesMax
  };
  // Acknowledge, repaired, ask for a re-check, object. kLimit of an owner above
  // limits::kOwnerRepliesMax.
  Result<Incident> Reply(const CaseOrder& order, const ReplyDraft& draft, Millis now);

  // ---- suppressions ----

  struct SuppressionDraft {
    std::string finding;  // whole id
    SuppressionScope scope = SuppressionScope::kFinding;
    std::string pattern;  // of kPath
    std::string host;     // of kTarget; empty: the only one the finding leads to
    SuppressionReason reason_class = SuppressionReason::kFalsePositive;
    std::string reason;
    std::string by;
    std::string approved_by;
    Millis lasts = kSuppressionDefault;
  };
  Result<Suppression> Suppress(const SuppressionDraft& draft, Millis now);
  // What of its findings stands opens incidents again, closed and restored ones too. One
  // judged false stays so: that verdict was on what the incident held, and has no end.
  Result<Suppression> EndSuppression(uint64_t number, std::string_view by, std::string_view reason,
                                     Millis now);
  Result<Suppression> SuppressionById(std::string_view id) const;  // "S12" or "12"
  // By number, ended ones too.
  Status EachSuppression(const std::function<bool(const Suppression&)>& visit) const;
  // Newest first, those made before number `before`; of 0, from the newest.
  Status EachSuppressionBefore(uint64_t before,
                               const std::function<bool(const Suppression&)>& visit) const;
  Result<SuppressionSet> SuppressionsInForce(Millis now) const;
  // Of `asked`, those in force that have a part in covering a finding that stands. Reads the
  // findings of the sites they are about, those of all if one aims at a host led to; nothing
  // if these are more than `findings_max`.
  Result<std::optional<std::set<uint64_t>>> SuppressionsMatching(const std::set<uint64_t>& asked,
                                                                 size_t findings_max,
                                                                 Millis now) const;

  // ---- clusters ----

  // Of findings that stand, in incidents an officer has to decide; of at least two
  // incidents; largest first, at most `most`. Reads all of them.
  Result<std::vector<ClusterLine>> Clusters(size_t most) const;
  Result<ClusterPreview> PreviewCluster(
      const ClusterKey& key, std::string_view by, Millis now,
      size_t judged_read_max = limits::kClusterJudgedReadMax) const;
  // The members of the preview that are not to be skipped, each held against its version.
  Result<ClusterResult> DecideCluster(const ClusterPreview& preview, CaseDeed verdict,
                                      const CaseOrder& order, const CasePolicy& policy, Millis now,
                                      Millis undo_for = limits::kUndoMillis);

 private:
  Database& database_;
  AuditChain& chain_;
};

// ---- for the commit of pages (cases.cc) ----

// Whether a suppression in force covers the finding; its match is counted in the batch.
Result<bool> SuppressInBatch(Batch& batch, const StoredFinding& finding, Millis now);
// The crawl has opened the incident again: its clocks stop, and a new round begins.
Status BeginRound(Batch& batch, std::string_view incident);
// Something of the incident stands that its last re-check did not see: it is due again.
Status VoidProof(Batch& batch, const Incident& incident, Millis now);

}  // namespace xuncha
