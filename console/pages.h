// The pages of the desk, a handler each; routes.cc says where they stand and who may
// enter. Those that change something answer with a redirection to the page that shows
// it, or with the form again and what was wrong.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/web.h"

namespace xuncha {

// ---- the day (pages_today.cc, pages_queue.cc) ----
Reply TodayPage(Visit& visit);
Reply QueuePage(Visit& visit);

// ---- an incident (pages_incident.cc, pages_decide.cc, pages_files.cc) ----
Reply IncidentPage(Visit& visit);
Reply IncidentJudge(Visit& visit);      // verdict, reason, version
Reply IncidentDeed(Visit& visit);       // deed, reason, version, approved_by
Reply IncidentAssign(Visit& visit);     // to, version
Reply IncidentNotice(Visit& visit);     // deed, reason, version
Reply IncidentLinkPost(Visit& visit);   // a new link for the owner, shown once
Reply NoticePaper(Visit& visit);        // as a file, for printing
Reply NoticePaperLinked(Visit& visit);  // with the link, by who has just seen it
Reply IncidentReply(Visit& visit);      // kind, text, version: what an owner said by telephone
Reply IncidentUnmask(Visit& visit);     // reason
Reply SuppressPage(Visit& visit);       // of a finding
Reply SuppressPost(Visit& visit);
Reply ClusterPage(Visit& visit);  // preview
Reply ClusterPost(Visit& visit);
Reply FindingRaw(Visit& visit);    // the bytes, as an attachment
Reply ReplyFileRaw(Visit& visit);  // an owner's picture, as an attachment

// ---- sites and runs (pages_site.cc, pages_run.cc) ----
Reply SitesPage(Visit& visit);
Reply SitePage(Visit& visit);
Reply SiteFindingsPage(Visit& visit);
Reply RunsPage(Visit& visit);
Reply RunPage(Visit& visit);

// ---- looking things up (pages_search.cc, pages_rules.cc) ----
Reply SearchPage(Visit& visit);
Reply RulesPage(Visit& visit);
Reply RulesTry(Visit& visit);

// ---- keeping (pages_keeping.cc, pages_audit.cc) ----
Reply HoldsPage(Visit& visit);
Reply ExportsPage(Visit& visit);
Reply PurgesPage(Visit& visit);
Reply SuppressionsPage(Visit& visit);
Reply SuppressionEnd(Visit& visit);
Reply AuditPage(Visit& visit);

// ---- the owner (pages_owner.cc) ----
Reply OwnerPage(Visit& visit);
Reply OwnerReplyPost(Visit& visit);
// Whether the link is one, and open.
bool OwnerLinkOpens(const Desk& desk, const std::vector<std::string>& parts);

// ---- the same for programs (pages_api.cc) ----
Reply ApiIncidents(Visit& visit);
Reply ApiIncident(Visit& visit);
Reply ApiJudge(Visit& visit);
Reply ApiSites(Visit& visit);
Reply ApiSite(Visit& visit);
Reply ApiFindings(Visit& visit);
Reply ApiRuns(Visit& visit);
Reply ApiRun(Visit& visit);
Reply ApiSearch(Visit& visit);

}  // namespace xuncha
