// Who may do what: the one table. A test walks it with nobody, with an expired session,
// with every role, without CSRF token and from a foreign origin.
//
// SPDX-License-Identifier: Apache-2.0
#include "console/api.h"
#include "console/pages.h"
#include "console/pages_accounts.h"
#include "console/pages_clusters.h"
#include "console/pages_picture.h"
#include "console/pages_sign_in.h"
#include "console/web.h"

namespace xuncha {
namespace {

// Who decides incidents; who may see identifiers whole.
constexpr RoleSet kWorkers = kOfficerOnly | kApproverOnly;
constexpr RoleSet kUnmaskers = kApproverOnly | kAdministratorOnly;

constexpr RoleSet kAccountReaders = kAdministratorOnly | RoleBit(DeskRole::kAuditor);

constexpr Route kRoutes[] = {
    // ---- coming in ----
    {"GET", "/sign-in", kAnybody, ShowSignIn, "The form to sign in with."},
    {"POST", "/sign-in", kAnybody, DoSignIn, "Signs in."},
    {"GET", "/sign-in/provider", kAnybody, ShowProvider, "Leads to the identity provider.", "", 0,
     Pace::kWaits},
    {"GET", "/sign-in/provider/return", kAnybody, ShowProviderReturn,
     "Where the identity provider sends people back.", "", 0, Pace::kWaits},
    {"POST", "/sign-out", kEverybody, DoSignOut, "Ends the caller's session."},
    {"POST", "/appearance", kAnybody, DoAppearance, "Sets language and colours of the browser."},

    // ---- one's own ----
    {"GET", "/account", kEverybody, ShowAccount, "The caller's account and sessions."},
    {"POST", "/account/password", kEverybody, DoPassword, "Changes the caller's password."},
    {"POST", "/account/session/end", kEverybody, DoEndSession, "Ends a session of the caller."},
    {"GET", "/account/second-factor", kEverybody, ShowSecondFactor, "A new second factor."},
    {"POST", "/account/second-factor", kEverybody, DoSecondFactor, "Takes it into use."},

    // ---- the day ----
    {"GET", "/", kEverybody, TodayPage, "What there is to do today."},
    {"GET", "/queue", kInside, QueuePage, "Incidents of one state, the gravest first."},

    // ---- an incident ----
    {"GET", "/incident/{}", kEverybody, IncidentPage, "An incident, with what can be done."},
    {"POST", "/incident/{}/judge", kWorkers, IncidentJudge, "A verdict, with its reason."},
    {"POST", "/incident/{}/deed", kWorkers, IncidentDeed, "Any other deed of the casework."},
    {"POST", "/incident/{}/assign", kWorkers, IncidentAssign, "Gives it to a person."},
    {"POST", "/incident/{}/notice", kWorkers, IncidentNotice, "Issues a notice or an advice."},
    {"POST", "/incident/{}/link", kWorkers, IncidentLinkPost, "A new link for the owner."},
    {"GET", "/incident/{}/paper/{}", kEverybody, NoticePaper, "A notice as a file."},
    {"POST", "/incident/{}/paper/{}", kWorkers, NoticePaperLinked,
     "The same with the owner's link, by who has just seen it."},
    {"POST", "/incident/{}/reply", kWorkers, IncidentReply, "What the owner said by telephone."},
    {"POST", "/incident/{}/unmask", kUnmaskers, IncidentUnmask, "Shows identifiers whole."},
    {"GET", "/incident/{}/reply/{}/{}", kEverybody, ReplyFileRaw, "A picture an owner sent."},
    {"POST", "/finding/{}/raw", kUnmaskers, FindingRaw, "The bytes of a captured page."},
    {"GET", "/finding/{}/picture", kEverybody, PicturePage, "A captured page, drawn."},
    {"POST", "/finding/{}/picture", kEverybody, PictureAsk, "Has it drawn."},
    {"GET", "/finding/{}/picture.png", kEverybody, PictureBytes, "The drawing itself."},
    {"GET", "/finding/{}/suppress", kWorkers, SuppressPage, "The form of a suppression."},
    {"POST", "/finding/{}/suppress", kWorkers, SuppressPost, "Previews or makes it."},
    {"GET", "/clusters", kInside, ClustersPage, "The largest clusters."},
    {"GET", "/cluster", kInside, ClusterPage, "What one intrusion left in many places."},
    {"POST", "/cluster", kWorkers, ClusterPost, "Judges a cluster at once."},
    {"GET", "/suppressions", kInside, SuppressionsPage, "Suppressions."},
    {"POST", "/suppression/{}/end", kWorkers, SuppressionEnd, "Ends a suppression."},

    // ---- sites and runs ----
    {"GET", "/sites", kEverybody, SitesPage, "Sites and how each stands."},
    {"GET", "/site/{}", kEverybody, SitePage, "A site: record, history, findings."},
    {"GET", "/site/{}/findings", kEverybody, SiteFindingsPage, "Its findings page by page."},
    {"GET", "/runs", kInside, RunsPage, "Runs, the newest first."},
    {"GET", "/run/{}", kInside, RunPage, "A run and its sites."},

    // ---- looking things up ----
    {"GET", "/search", kInside, SearchPage, "Sites, findings, addresses, stored texts."},
    {"GET", "/rules", kInside, RulesPage, "Rules, their hits and their false positives."},
    {"POST", "/rules/try", kInside, RulesTry, "What the rules make of a text."},

    // ---- keeping ----
    {"GET", "/holds", kInside, HoldsPage, "Legal holds."},
    {"GET", "/exports", kInside, ExportsPage, "Evidence that was handed out."},
    {"GET", "/purges", kInside, PurgesPage, "What was purged."},
    {"GET", "/audit", kRecordReaders, AuditPage, "The chain of deeds."},

    // ---- accounts ----
    {"GET", "/accounts", kAccountReaders, ShowAccounts, "All accounts and tokens."},
    {"POST", "/accounts/add", kAdministratorOnly, DoAddAccount, "Adds an account."},
    {"POST", "/accounts/change", kAdministratorOnly, DoChangeAccount,
     "Disables or enables an account, sets its password, forgets its second factor, ends its "
     "sessions."},
    {"POST", "/accounts/token", kAdministratorOnly, DoAddToken, "Adds a token, shown once."},
    {"POST", "/accounts/token/end", kAdministratorOnly, DoEndToken, "Revokes a token."},

    // ---- the owner ----
    {"GET", "/o/{}", kAnybody, OwnerPage, "What a notice is about, for who has its link."},
    {"POST", "/o/{}", kAnybody, OwnerReplyPost, "The owner's answer.", "",
     limits::kDeskUploadBytesMax, Pace::kQuick, OwnerLinkOpens},

    // ---- for programs ----
    {"GET", "/healthz", kAnybody, ShowHealth, "Says ok."},
    {"GET", "/metrics", kAnybody, ShowMetrics,
     "Figures for Prometheus; for this machine, and with a session or token."},
    {"GET", "/api/openapi.json", kEverybody, ShowOpenApi, "This description."},
    {"GET", "/api/me", kEverybody, ShowMe, "Who the caller is, and the CSRF token of a session."},
    {"GET", "/api/incidents", kInside, ApiIncidents, "Incidents of one state.",
     "state: as files name it, new by default; severity: hint to high; kind: one; site: one; "
     "baseline: 1 for stock; after: next of the list before"},
    {"GET", "/api/incident/{}", kInside, ApiIncident, "An incident and its findings.",
     "after: next of the list before"},
    {"POST", "/api/incident/{}/verdict", kWorkers, ApiJudge, "A verdict.",
     "verdict: violation, false-positive, cannot-tell or escalate; reason: why; version: as seen"},
    {"GET", "/api/sites", kInside, ApiSites, "Sites and how each stands.",
     "after: next of the list before"},
    {"GET", "/api/site/{}", kInside, ApiSite, "A site."},
    {"GET", "/api/findings", kInside, ApiFindings, "Findings by site and address.",
     "site: one; after: next of the list before"},
    {"GET", "/api/runs", kInside, ApiRuns, "The latest runs."},
    {"GET", "/api/run/{}", kInside, ApiRun, "A run."},
    {"GET", "/api/search", kInside, ApiSearch, "Sites, findings and texts.",
     "q: what to look for; site: within one; findings: next of the answer before"},
};

constexpr NavigationEntry kNavigation[] = {
    {"/", "today.title", kInside},
    {"/queue", "queue.title", kInside},
    {"/sites", "sites.title", kEverybody},
    {"/runs", "runs.title", kInside},
    {"/search", "search.title", kInside},
    {"/suppressions", "suppressions.title", kInside},
    {"/rules", "rules.title", kInside},
    {"/holds", "keeping.title", kInside},
    {"/audit", "audit.title", kRecordReaders},
    {"/accounts", "accounts.title", kAccountReaders},
};

}  // namespace

std::span<const Route> Routes() { return kRoutes; }
std::span<const NavigationEntry> Navigation() { return kNavigation; }

}  // namespace xuncha
