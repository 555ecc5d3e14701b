// The table of commands. Each group has a file of its own.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "app/cli.h"
#include "app/session.h"

namespace xuncha {

std::span<const CommandSpec> Commands();

int RunInit(Session& session, const Arguments& arguments);
int RunSiteImport(Session& session, const Arguments& arguments);
int RunSiteAdd(Session& session, const Arguments& arguments);
int RunSiteList(Session& session, const Arguments& arguments);
int RunSiteShow(Session& session, const Arguments& arguments);
int RunSiteExport(Session& session, const Arguments& arguments);
int RunSiteRemove(Session& session, const Arguments& arguments);
int RunCrawl(Session& session, const Arguments& arguments);
int RunScan(Session& session, const Arguments& arguments);
int RunRescan(Session& session, const Arguments& arguments);
int RunRulesCheck(Session& session, const Arguments& arguments);
int RunRulesList(Session& session, const Arguments& arguments);
int RunRulesEval(Session& session, const Arguments& arguments);
int RunRulesBench(Session& session, const Arguments& arguments);
int RunRulesImport(Session& session, const Arguments& arguments);
int RunRulesLists(Session& session, const Arguments& arguments);
int RunRulesRemove(Session& session, const Arguments& arguments);
int RunFindingList(Session& session, const Arguments& arguments);
int RunFindingShow(Session& session, const Arguments& arguments);
int RunExplain(Session& session, const Arguments& arguments);
int RunIncidentList(Session& session, const Arguments& arguments);
int RunIncidentShow(Session& session, const Arguments& arguments);
int RunIncidentVerdict(Session& session, const Arguments& arguments);
int RunIncidentClaim(Session& session, const Arguments& arguments);
int RunIncidentRelease(Session& session, const Arguments& arguments);
int RunIncidentAssign(Session& session, const Arguments& arguments);
int RunIncidentNote(Session& session, const Arguments& arguments);
int RunIncidentNotify(Session& session, const Arguments& arguments);
int RunIncidentRemind(Session& session, const Arguments& arguments);
int RunIncidentLink(Session& session, const Arguments& arguments);
int RunIncidentAcknowledge(Session& session, const Arguments& arguments);
int RunIncidentRepaired(Session& session, const Arguments& arguments);
int RunIncidentRecheck(Session& session, const Arguments& arguments);
int RunObjectionAdd(Session& session, const Arguments& arguments);
int RunObjectionAccept(Session& session, const Arguments& arguments);
int RunObjectionReject(Session& session, const Arguments& arguments);
int RunIncidentReported(Session& session, const Arguments& arguments);
int RunCutoffAdvise(Session& session, const Arguments& arguments);
int RunCutoffApprove(Session& session, const Arguments& arguments);
int RunCutoffRefuse(Session& session, const Arguments& arguments);
int RunCutoffDone(Session& session, const Arguments& arguments);
int RunIncidentRestore(Session& session, const Arguments& arguments);
int RunIncidentClose(Session& session, const Arguments& arguments);
int RunIncidentReopen(Session& session, const Arguments& arguments);
int RunIncidentDue(Session& session, const Arguments& arguments);
int RunSuppressAdd(Session& session, const Arguments& arguments);
int RunSuppressList(Session& session, const Arguments& arguments);
int RunSuppressRemove(Session& session, const Arguments& arguments);
int RunClusterList(Session& session, const Arguments& arguments);
int RunClusterDecide(Session& session, const Arguments& arguments);
int RunStoreStats(Session& session, const Arguments& arguments);
int RunStoreVerify(Session& session, const Arguments& arguments);
int RunStoreBackup(Session& session, const Arguments& arguments);
int RunStoreRestore(Session& session, const Arguments& arguments);
int RunHoldAdd(Session& session, const Arguments& arguments);
int RunHoldList(Session& session, const Arguments& arguments);
int RunHoldRelease(Session& session, const Arguments& arguments);
int RunStorePurge(Session& session, const Arguments& arguments);
int RunChainShow(Session& session, const Arguments& arguments);
int RunChainSign(Session& session, const Arguments& arguments);
int RunChainExport(Session& session, const Arguments& arguments);
int RunChainVerify(Session& session, const Arguments& arguments);
int RunChainProve(Session& session, const Arguments& arguments);
int RunEvidenceExport(Session& session, const Arguments& arguments);
int RunEvidenceVerify(Session& session, const Arguments& arguments);
int RunEvidenceList(Session& session, const Arguments& arguments);
int RunServe(Session& session, const Arguments& arguments);
int RunUserAdd(Session& session, const Arguments& arguments);
int RunUserSubject(Session& session, const Arguments& arguments);
int RunUserList(Session& session, const Arguments& arguments);
int RunUserDisable(Session& session, const Arguments& arguments);
int RunUserEnable(Session& session, const Arguments& arguments);
int RunUserPassword(Session& session, const Arguments& arguments);
int RunUserToken(Session& session, const Arguments& arguments);
int RunUserSessions(Session& session, const Arguments& arguments);
int RunReportRun(Session& session, const Arguments& arguments);
int RunReportNotice(Session& session, const Arguments& arguments);
int RunReportAuthority(Session& session, const Arguments& arguments);
int RunReportIncident(Session& session, const Arguments& arguments);
int RunReportRecheck(Session& session, const Arguments& arguments);
int RunReportMonth(Session& session, const Arguments& arguments);
int RunReportLedger(Session& session, const Arguments& arguments);
int RunReportTemplates(Session& session, const Arguments& arguments);
int RunDraw(Session& session, const Arguments& arguments);
int RunDoctor(Session& session, const Arguments& arguments);
int RunTellTest(Session& session, const Arguments& arguments);
int RunTellList(Session& session, const Arguments& arguments);
int RunTellSend(Session& session, const Arguments& arguments);
int RunCompletion(Session& session, const Arguments& arguments);
int RunManual(Session& session, const Arguments& arguments);
int RunStoreRecover(Session& session, const Arguments& arguments);

}  // namespace xuncha
