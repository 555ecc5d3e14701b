// Every cap in the program, each with its reason. A byte from outside meets one
// of these before it costs memory or time, and a cap that was hit is recorded
// on the page as a Limit: nothing is called clean that was not read.
//
// Any thread; constants only.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace xuncha::limits {

// ---- Fetch ----
inline constexpr size_t kBodyBytesMax =
    8 << 20;  // decoded; campus pages above 1 MB are listings, 8 MB leaves room
inline constexpr size_t kWireBytesMax =
    8 << 20;  // as sent; a body is never larger on the wire than decoded by much
inline constexpr size_t kInflateRatioMax =
    1000;  // decoded : wire, judged only above kInflateRatioFrom
inline constexpr size_t kInflateRatioFrom =
    1 << 20;  // small highly regular pages reach 1000:1 honestly
inline constexpr size_t kHeaderBytesMax =
    256 << 10;  // headers, 1xx and trailers together; libcurl itself stops at 300 KB
inline constexpr int kRedirectsMax = 10;  // browsers stop at 20; no honest page needs more than 5
inline constexpr int64_t kConnectMillisMax = 10'000;  // campus network: seconds mean a dead host
inline constexpr int64_t kTotalMillisMax = 60'000;    // one transfer, redirects counted one by one
inline constexpr int64_t kLowSpeedBytes = 100;  // slower than this, for kLowSpeedSeconds, is a drip
inline constexpr int64_t kLowSpeedSeconds = 5;
inline constexpr int64_t kFirstByteMillisMax =
    20'000;  // from request to the first header line; a cold CMS page takes seconds
inline constexpr int64_t kRetryAfterMillisMax =
    86'400'000;  // a server may ask for a day; tomorrow's run asks again
inline constexpr int64_t kRobotsMillisMax =
    15'000;  // a black-holed robots.txt must not hold a lane for long
inline constexpr size_t kCookieJarsMax =
    1'024;  // four times the sites open at once; the jar longest unused goes first
inline constexpr size_t kUrlBytesMax = 2048;  // browsers and servers agree up to here

inline constexpr int kCodingsMax = 2;  // layers of content coding undone; honest bodies have one
inline constexpr uint64_t kCodingBytesMax =
    96 << 20;  // of a layer that only another layer reads: a sitemap's 50 MB fit, and a bomb whose
               // layers make nothing but one another ends within a second
inline constexpr size_t kHopBodyBytesMax =
    64 << 10;  // kept of a redirect's own body; real ones are a line that names the target
inline constexpr size_t kRequestBytesMax = 64 << 10;  // 50 cookies, the most libcurl sends, fit
inline constexpr size_t kCertificatesBytesMax =
    128 << 10;  // of a chain as PEM; OpenSSL reads 100 KB of it in a handshake
inline constexpr size_t kAddressesMax = 16;  // of one name, kept with an exchange
// What name servers say of a host, asked beside the fetch and kept as evidence.
inline constexpr int kHostNameThreads = 4;            // a dead server of names holds one of them up
inline constexpr int64_t kHostNameMillisMax = 4'000;  // for one question; two a host
inline constexpr int64_t kHostNameAgeMillis =
    3'600'000;  // until a host is asked for again: the usual time to live
inline constexpr size_t kHostNamesMax = 4'096;        // hosts whose answers are in memory
inline constexpr size_t kHostNameBytesMax = 8 << 10;  // of one answer as text

// ---- robots.txt and sitemaps ----
inline constexpr size_t kRobotsBytesMax = 512 << 10;  // RFC 9309 2.5: at least 500 KiB
inline constexpr size_t kSitemapBytesMax = 50 << 20;  // sitemaps.org: 50 MB uncompressed
inline constexpr size_t kSitemapUrlsMax = 50'000;     // sitemaps.org
inline constexpr int kSitemapsPerSiteMax = 100;
inline constexpr size_t kRobotsRulesMax =
    10'000;  // each URL is held against all of them; real files have hundreds
inline constexpr int64_t kCrawlDelayMillisMax =
    300'000;  // longer is honoured over several nights, and reported

// ---- Frontier ----
inline constexpr int kDepthMax = 32;            // link distance from the home page
inline constexpr int kPathSegmentsMax = 24;     // relative-path growth stops here
inline constexpr int kRepeatedSegmentsMax = 3;  // /a/b/a/b/a/b: BUbiNG refuses from 3
inline constexpr int kTemplateBarrenMax =
    50;  // pages of one template without a new body before it stops
inline constexpr int kTemplatePagesMax =
    5'000;  // of one template in one run, not counting those of other nights
inline constexpr size_t kLinksPerPageMax = 20'000;  // a real index page reached 9 000
inline constexpr size_t kInflightMax =
    256;  // multi_poll is the faster loop up to about 250 transfers
inline constexpr size_t kOpenSitesMax = 256;  // sites whose frontier is in memory at once
inline constexpr int kRetriesMax = 2;         // per page and run, for transient failures
inline constexpr size_t kPerAddressMax =
    2;  // transfers at once to one address: virtual hosts share a server
inline constexpr int kLaneFailuresMax =
    3;  // dead connects, or refusals, in a row before a host is left for this run
inline constexpr int64_t kStrainedMillis =
    50;  // a first byte slower than this makes the delay follow it
inline constexpr int64_t kAdaptiveDelayMillisMax = 30'000;
inline constexpr int64_t kBackoffMillisFirst = 60'000;  // 429 or 503 without Retry-After; doubles
inline constexpr int64_t kBackoffMillisMax =
    86'400'000;                                  // a night is shorter; the rest waits for the next
inline constexpr size_t kSiteUrlsMax = 200'000;  // known of one site: ten nights of its page budget
inline constexpr size_t kHostsPerSiteMax = 200;  // a wildcard name server answers for any name
inline constexpr size_t kShapePagesPerStep =
    32;  // so many pages of one template count like one step of depth
inline constexpr size_t kProbesPerSiteMax = 16;    // folders asked for a name that does not exist
inline constexpr size_t kTextsPerSiteMax = 1'024;  // SimHashes a new page is compared with
inline constexpr int kSimilarBitsMax = 3;  // of 64: the same text but for a counter or a date
inline constexpr int kGoneRunsMax = 3;  // then a missing page is asked for once in kGoneShare runs
inline constexpr uint64_t kGoneShare = 8;
inline constexpr uint64_t kUnconditionalShare =
    16;  // so many nights until every page was read in full, whatever validators say
inline constexpr size_t kReportExamplesMax = 5;            // URLs shown per reason
inline constexpr int64_t kRobotsFreshMillis = 86'400'000;  // RFC 9309 2.4
inline constexpr int64_t kRobotsUnreachableMillisMax =
    30 * kRobotsFreshMillis;  // RFC 9309 2.3.1.4: "reasonably long"
inline constexpr int64_t kLeaseMillis =
    600'000;  // a crashed auditor's sites are free again after this
inline constexpr size_t kCommitPagesMax = 64;  // pages per batch: what a crash may ask for again
inline constexpr int64_t kCommitMillisMin =
    50;  // between two batches, so that fsync does not set the pace
inline constexpr int64_t kCommitMillisMax = 1'000;

inline constexpr size_t kUnreadPeekBytes =
    16 << 10;  // of a document known to be unreadable: enough to see that it still is
inline constexpr size_t kElsewhereUrlsMax =
    200'000;  // links into other registered sites kept in one run: as many as one site may have

// ---- Views: a page as other visitors get it ----
inline constexpr uint32_t kViewsEveryDefault =
    16;  // nights until each unchanged page was looked at as others
inline constexpr uint32_t kListViewsEveryDefault =
    4;  // the same for list pages: intruders put their links where many others are
inline constexpr uint32_t kListLinksMin =
    80;  // links to its own host that make a list page: twice a usual menu
inline constexpr int kViewRefusalsMax =
    3;  // refusals in a row before a host is no longer asked as that visitor this run
inline constexpr int kCloakBitsMin = 13;  // of 64: pages whose lists and dates differ stay below
inline constexpr size_t kCloakStrangersMin =
    3;  // new foreign domains; one or two are a rotating advertisement

// ---- Outbound links: the home pages of strangers that sites link to ----
inline constexpr size_t kTargetBodyBytesMax =
    512 << 10;  // a home page to judge what a host is; what is longer is judged by its head
inline constexpr int64_t kTargetMillisMax = 15'000;  // one request; a slow stranger waits for none
inline constexpr int kTargetStepsMax = 5;            // hosts a link may lead on to
inline constexpr size_t kTargetsAtOnceMax = 16;      // so that the sites keep their connections
inline constexpr uint32_t kTargetsPerRunDefault = 500;
inline constexpr uint32_t kTargetsPerSiteDefault =
    50;  // a campus site links to some hundred strangers: all are seen in a few nights
inline constexpr int64_t kTargetsMillisMax =
    300'000;  // of one site, all together; the rest waits for another night
inline constexpr size_t kTargetHostsMax = 2'000;  // known of one site; a link farm has more
inline constexpr size_t kTargetsBadMax = 256;     // of one site, told to its pages
inline constexpr size_t kTargetPagesMax =
    20;  // of one site told of a target that is gone or for sale: a footer is on every page
inline constexpr size_t kTargetFindingsMax = 4;  // of one target; more kinds say nothing new
inline constexpr int64_t kTargetFreshMillis =
    int64_t{7} * 86'400'000;  // before a target that was fine is looked at again
inline constexpr int64_t kTargetDelayMillis = 1'000;  // between two requests to one stranger
inline constexpr int64_t kTargetCrawlDelayMillisMax = 10'000;  // one that asks for more is left
inline constexpr int64_t kNameAgainMillis =
    20'000;  // until a name that does not exist is asked for once more
inline constexpr int64_t kNameMillisMax = 12'000;  // for an answer about one name

// ---- Extract ----
inline constexpr size_t kTreeBytesMax = 2 << 20;  // decoded text given to the tree; beyond it flat
inline constexpr size_t kArenaBytesMax =
    256 << 20;  // 35 bytes of tree per input byte measured: 70 MB at kTreeBytesMax, the rest for
                // pages of tags only
inline constexpr int64_t kParseCpuMillisMax =
    1'500;                                 // ordinary pages take 1; quadratic ones take minutes
inline constexpr int kTreeDepthMax = 512;  // as Chromium; below it text is read as siblings
inline constexpr size_t kZonesMax = 20'000;
inline constexpr size_t kScriptBytesMax = 1 << 20;  // script text read for strings, per page
inline constexpr int kDecodeDepthMax = 3;           // layers of script string encoding undone
inline constexpr int kExpressionDepthMax = 16;  // brackets and calls inside one script expression
inline constexpr size_t kScriptValueBytesMax =
    4 << 20;  // text put together while reading scripts; a doubled string stops here
inline constexpr size_t kScriptAheadBytesMax =
    1 << 20;  // script text passed over to see whether it is what it seems, and then read again
inline constexpr size_t kCssRulesMax = 8192;  // of one style sheet; a large framework has 5000
inline constexpr size_t kStyleWorkMax = 20'000'000;  // selector comparisons of one page: 100 ms
inline constexpr size_t kStylePlacesMax =
    16'384;  // places of elements whose styles are kept; real pages have a hundred
inline constexpr size_t kTextBytesMax = 4 << 20;  // zones together
inline constexpr size_t kSelectorCompoundsMax =
    6;  // deeper selectors are not held against the page
inline constexpr size_t kSelectorTriesMax =
    65'536;  // ancestors tried for one element and selector; only made-up sheets need more than 100
inline constexpr size_t kCssContentsMax =
    256;  // texts of `content:` on one page; real sheets: icons
inline constexpr size_t kBlockNameBytesMax = 60;  // of an element's name or id, as officers read it
inline constexpr size_t kScriptVariablesMax = 4'096;   // of one script; obfuscators use hundreds
inline constexpr size_t kScriptChainBytesMax = 200;    // of a.b.c: only the last names count
inline constexpr size_t kScriptWordsBytesMax = 4'096;  // of one string asked for names of engines
inline constexpr size_t kHostsComparedMax =
    64;  // last hosts of a page that a link's is compared with; links to one host stand together

// ---- Style sheets and scripts that pages load ----
inline constexpr size_t kLoadsPerPageMax = 64;  // real pages load 5 to 30
inline constexpr size_t kLoadTagsMax =
    1'024;  // tags that may load something, looked at in one page: with those that load twice
inline constexpr size_t kAssetBytesMax = 1
                                         << 20;  // of one; the largest bundles measured are 700 KB
inline constexpr size_t kAssetCacheBytesMax =
    128 << 20;  // read and kept: some 500 large sheets; what goes is read again from the store
inline constexpr size_t kAssetUrlsMax = 65'536;  // whose state tonight is remembered; as above
inline constexpr size_t kAssetListsMax = 4'096;  // likewise: templates of all open sites
inline constexpr size_t kJoiningPagesMax =
    128;  // pages in hand that wait for what they load: half of all in hand
inline constexpr size_t kJoiningPerSiteMax = 48;    // so that a slow host holds up no other site
inline constexpr size_t kYieldBytesMax = 64 << 10;  // what one script would do to a page
inline constexpr size_t kScriptNamesMax = 4'096;    // names in the strings of one script
inline constexpr size_t kScriptNameBytesMax = 80;   // of a string that may hold names of elements
inline constexpr size_t kScriptFactsBytesMax =
    32 << 10;  // in larger scripts tests and deeds have nothing to do with one another

inline constexpr size_t kLimitsPerPageMax =
    64;  // kept of one page; the rest is counted. Whoever wants to know more fetches it himself

// ---- Sketches, and what a site's pages say of one another ----
inline constexpr size_t kSketchTitleBytesMax = 120;  // search engines show about 30 Han characters
inline constexpr size_t kSketchShapeMax =
    16;  // least hashes: an estimate within an eighth, and 80 bytes
inline constexpr size_t kShapeElementsMax =
    256;  // elements asked for their classes; a template has a few dozen so near the root
inline constexpr size_t kSketchDomainsMax =
    64;  // strangers; more is a directory, or a farm by itself
inline constexpr size_t kSketchFoldersMax = 64;  // menus of the largest campus sites name about 40
inline constexpr size_t kSketchBlocksMax = 8;    // an injection adds one or two
inline constexpr size_t kSketchTextBytesMax = 4096;  // enough to know a text's writing by
inline constexpr size_t kSiteTemplatesMax = 64;      // kinds of template told apart on one site
inline constexpr size_t kSiteFoldersMax = 4'096;   // top folders of one site; real ones have dozens
inline constexpr size_t kSiteDomainsMax = 65'536;  // strangers counted over one site: 2 MB
inline constexpr size_t kSiteBlocksMax = 16'384;   // link blocks counted over one site: 1 MB
inline constexpr size_t kScanPagesMax =
    20'000;  // of one scanned site held back until all are read: 40 MB
inline constexpr size_t kSecondLooksMax =
    500;  // pages of one site read again in one night for what the others say of them

// ---- Match ----
inline constexpr size_t kHitsPerPatternMax = 64;  // more of the same word prove nothing more
inline constexpr size_t kHitsLastMax =
    16;  // of those the last on the page: innocent places before them must not use up all
inline constexpr size_t kHitsPerPageMax = 10'000;
inline constexpr size_t kContextHitsPerPageMax = 6'000;  // leaves room for what accuses
inline constexpr size_t kContextHitsMax =
    1'024;  // per pattern that is only context (near, unless): each place counts
inline constexpr int64_t kMatchCpuMillisMax = 2'000;
inline constexpr size_t kStretchBytesMax =
    1 << 20;  // text read in rarer ways (split, turned, spaced); clean pages need 1 %
inline constexpr size_t kAtomPlacesMax =
    20'000;  // words near which expressions are run; with more, they read whole zones
inline constexpr size_t kMatcherCacheBytesMax =
    512 << 20;  // a compiled database; 50 000 literals measured 8 MB
inline constexpr size_t kRegexProgramMax =
    4'000;  // RE2 program size of one expression: without its automaton RE2 takes as many steps
            // for each byte, and a window of text must not outlast the page's budget
inline constexpr size_t kRegexLooseProgramMax =
    1'500;  // of one that names no word, and so reads every page in full; a surname beside a number
            // takes 1 000
inline constexpr size_t kRegexMemoryMax = 8 << 20;

// ---- Rules ----
inline constexpr size_t kPackBytesMax = 8 << 20;
inline constexpr size_t kLiteralBytesMax = 512;
inline constexpr size_t kLiteralsMax = 500'000;
// An offer is goods, act, terms and a way to reach: more parts are several rules.
inline constexpr size_t kPartsMax = 6;

// ---- Registry ----
inline constexpr size_t kCsvBytesMax = 16 << 20;
inline constexpr size_t kCsvRowsMax = 100'000;
inline constexpr size_t kCsvFieldBytesMax = 4096;
inline constexpr size_t kCsvComplaintsMax =
    200;  // bad rows listed at once; nobody corrects more in one sitting

// ---- TOML and JSON ----
inline constexpr int kTreeNodeDepthMax =
    64;  // nobody writes rules deeper; readers recurse, so it is bounded

// ---- Rules that did not fire, explained ----
inline constexpr size_t kAccountLinesMax = 12;  // of one rule and sample: a screen half full
inline constexpr size_t kAccountWordsMax = 6;   // named in one line; the rule itself has them all

// ---- Findings ----
inline constexpr size_t kExcerptCharsMax = 120;  // on each side of a hit
inline constexpr size_t kEvidencePerFindingMax = 32;
inline constexpr size_t kSignalEvidenceMax = 8;      // of those: the other 24 are words
inline constexpr size_t kDismissalsPerPageMax = 64;  // an officer who asks why not reads no more

// ---- Store ----
inline constexpr size_t kBlobBytesMax =
    64 << 20;  // a sitemap of 50 MB, the largest thing fetched, fits
inline constexpr uint32_t kSnapshotDepthMax =
    15;  // differences between a body and the whole one they begin at: each sixteenth version is
         // whole, which costs a fifth more than each thirty-second and halves the reading
inline constexpr size_t kDeltaBytesMax =
    8
    << 20;  // of bodies kept as differences: all pages; sitemaps may be larger, and are kept whole
inline constexpr size_t kDeltaShareMin =
    4;  // a difference above this part of its body is none: the body has become another
inline constexpr size_t kChainBytesMax =
    40 << 20;  // packed, of all that one body is restored from: the first whole and each
               // difference a quarter come to 38 MB
inline constexpr size_t kDictionaryBytes =
    110 << 10;  // of one site; what zstd's trainer makes by default, 0.5 % of a night's bodies
inline constexpr size_t kDictionaryTextBytes =
    16 << 10;  // its last part, before which texts are packed: one of most pages fits
inline constexpr size_t kDictionarySampleBytes =
    100'000;  // of one body to learn from; what is common to pages stands before that
inline constexpr size_t kDictionarySamplesMin =
    32;  // bodies; below it a dictionary costs what it saves
inline constexpr size_t kDictionarySamplesFirst =
    128;  // then a site still being read learns from what there is
inline constexpr size_t kDictionarySamplesMax = 256;
inline constexpr size_t kDictionaryLearnBytesMax =
    8 << 20;  // of all samples: the trainer takes a second and six times as much memory
inline constexpr size_t kDictionariesCachedMax =
    64;  // ready for readers: 0.7 MB each, and as long to make one as to read twenty bodies
inline constexpr size_t kNoteBytesMax = 1 << 20;  // a robots.txt of 512 KB fits
inline constexpr size_t kSiteIdBytesMax = 255;    // a host name has at most 253
inline constexpr size_t kStoreFaultsMax =
    1'000;  // told of one store; nobody reads more before restoring a backup

// ---- Rescan ----
inline constexpr size_t kTextBytesKeptMax =
    32 << 20;  // of one page as read: zones have 4 MB, names and places in the body the rest
inline constexpr size_t kTextSignalsMax = 4'096;  // of one page; real pages have a handful
inline constexpr size_t kRescanReadingsMax =
    128;  // texts unpacked at once; with kRescanBytesMax what they cost
inline constexpr size_t kRescanBytesMax = 64 << 20;  // of texts in hand, unpacked
inline constexpr size_t kRescanWaitingMax =
    65'536;  // visits that wait for the conclusion of a text before them: 4 MB
inline constexpr size_t kRescanFindingsMax =
    20'000;  // told of one site, 3 KB each; more is a site to close, not to read about

// ---- Retention ----
inline constexpr int64_t kRetentionMillisMin =
    int64_t{184} * 86'400'000;  // Cybersecurity Law (in force 2026), article 23: logs for no less
                                // than six months; the longest six have 184 days
inline constexpr int64_t kRetentionMillisMax =
    int64_t{100 * 366} * 86'400'000;  // longer is for ever, and that is what holds are for
inline constexpr size_t kHoldsMax =
    1'000;  // in force at once; each observation is held against all of them
inline constexpr size_t kHoldTextBytesMax = 4096;  // of who, why and whose letter
inline constexpr size_t kPurgeBatchMax =
    10'000;  // records that go in one batch: 2 MB of keys, and one entry of the audit chain
inline constexpr size_t kPurgeReferencesMax =
    512 << 10;  // references sorted in memory at once, 33 MB; the rest waits in a file
inline constexpr int64_t kClockGapMillisMax =
    int64_t{8} * 86'400'000;  // between two runs; more is a holiday, or a clock set forward, and
                              // only a person can tell

// ---- Audit chain ----
inline constexpr size_t kAuditEntryBytesMax =
    256 << 10;  // an officer's reason is a page of text, a purge names a thousand records
inline constexpr size_t kAuditLineBytesMax =
    2 << 20;  // of an exported chain: an entry with every byte escaped, or a checkpoint with its
              // timestamp
inline constexpr size_t kAuditProblemsMax =
    200;  // told of one chain; one broken link breaks every checkpoint behind it
inline constexpr size_t kDeedSitesMax = 20;  // named in one entry; the entry has the sum of all
inline constexpr size_t kTrustBytesMax = 4 << 20;  // of a CA file; a system's bundle has 220 KB
inline constexpr size_t kTimestampBytesMax = 64 << 10;  // a token with three certificates has 6 KB
inline constexpr size_t kKeyFileBytesMax = 16 << 10;    // a key in PEM has 250 bytes
inline constexpr int64_t kTimestampMillisMax = 20'000;  // for an authority to answer
inline constexpr int64_t kClockStepMillisMin =
    10'000;  // NTP slews at most 1.8 s an hour; more than this was set by hand

// ---- Web archives ----
inline constexpr size_t kWarcHeaderBytesMax =
    64 << 10;  // of one record; the longest real ones carry a URL twice
inline constexpr size_t kWarcFieldsMax = 256;  // of one record; the standard names twenty
inline constexpr uint64_t kWarcBlockBytesMax =
    80 << 20;  // a sitemap with its headers fits; larger records are named and skipped
inline constexpr uint64_t kWarcSkippedBytesMax =
    uint64_t{64} << 30;  // unpacked in all while reading one file; ends a bomb that is skipped over
inline constexpr uint64_t kWarcRatioMax = 100;  // unpacked : packed; archives of text reach 20
inline constexpr uint64_t kWarcRatioFrom = 1ULL << 30;   // judged only above
inline constexpr uint64_t kWarcRecordsMax = 20'000'000;  // of one file; a crawl of a month
inline constexpr size_t kWarcComplaintsMax = 200;        // told of one file
inline constexpr uint64_t kWaczBytesMax = uint64_t{64}
                                          << 30;   // of all members, unpacked: each is read twice
inline constexpr uint64_t kWaczRatioMax = 200;     // of that, to the package's size
inline constexpr size_t kWaczMembersMax = 10'000;  // of one package; ours have a dozen
inline constexpr size_t kWaczNameBytesMax = 1'024;
inline constexpr size_t kWaczDirectoryBytesMax = 16 << 20;  // a zip's list of members
inline constexpr size_t kWaczJsonBytesMax = 16 << 20;       // datapackage.json: 10 000 resources
inline constexpr uint64_t kWaczIndexBytesMax = uint64_t{1} << 30;  // the index, held while checked
inline constexpr size_t kWaczLineBytesMax = 64 << 10;              // of index and list of pages
inline constexpr size_t kWaczRecordsMax = 1'000'000;  // written into one package; 300 MB of index
inline constexpr size_t kWaczPagesMax = 1'000'000;
inline constexpr size_t kWaczTextBytesMax = 1 << 20;  // of a page's text in the list of pages

// ---- Evidence packages ----
inline constexpr size_t kExportTextBytesMax = 4'096;  // of each name, number and opinion
inline constexpr size_t kExportOfficersMax = 16;      // two is the rule; a joint team has ten
inline constexpr size_t kExportItemsMax =
    100'000;  // observations in one package: two years of one page, or a night of a large site;
              // what is known of each is held while the lists are made, 1 KB
inline constexpr size_t kExportFindingsMax = 10'000;  // written out in its documents
inline constexpr size_t kExportEntriesMax =
    10'000;  // of the audit chain with a proof each: 3 KB a line
inline constexpr size_t kExportPicturesMax = 20;      // pages drawn; a browser takes seconds each
inline constexpr int64_t kBrowserMillisMax = 60'000;  // for one page or document to be drawn
inline constexpr size_t kBrowserMemoryMax = size_t{3} << 30;  // of all its processes, where the
                                                              // system can hold them to it
inline constexpr size_t kBrowserOutputBytesMax = 64 << 20;    // of one picture or printed document
inline constexpr size_t kEvidenceFileBytesMax =
    512 << 20;  // of one list or document of a package that is held to check it

// ---- The officers' desk ----
inline constexpr size_t kDeskConnectionsMax = 256;  // at once; an officer's browser opens six
inline constexpr size_t kDeskConnectionsPerAddressMax =
    64;                                              // a proxy before it speaks for everybody
inline constexpr unsigned kDeskIdleSecondsMax = 15;  // without a byte either way; ends slow clients
inline constexpr size_t kDeskHeaderBytesMax =
    32 << 10;  // of a request, all headers; browsers send 2 KB
inline constexpr size_t kDeskTargetBytesMax = 8 << 10;  // path and query of a request
inline constexpr size_t kDeskBodyBytesMax =
    256 << 10;  // of a form without files; a reason is a page of text
inline constexpr size_t kDeskUploadBytesMax =
    8 << 20;  // of a request with files: an owner's pictures
inline constexpr size_t kDeskFieldsMax =
    2'048;  // of one form; a cluster of a thousand items has one each
inline constexpr size_t kDeskFieldBytesMax = 64 << 10;  // of one field, files apart
inline constexpr size_t kDeskSessionsMax =
    1'000;  // signed in at once; who comes then must wait (limits_desk.h: ten of one account)
inline constexpr size_t kDeskRowsMax = 200;  // of one page of a list
inline constexpr size_t kDeskTextBytesMax =
    64 << 10;  // of a captured page shown at once around what was found
inline constexpr size_t kDeskWritesWaitingMax =
    256;  // changes that wait for the owner of the store
inline constexpr int64_t kDeskWriteMillisMax =
    20'000;  // for a change to have its turn beside a crawl
inline constexpr size_t kDeskScannedMax =
    20'000;  // findings looked at to see which suppressions are still in use; then it says so
inline constexpr size_t kDeskPlaceBytesMax = 4096;   // of a place in a list, in a link: a URL fits
inline constexpr size_t kSearchTextsMax = 400;       // stored texts unpacked for one search: 0.2 s
inline constexpr size_t kSearchBytesMax = 32 << 20;  // of them, unpacked
inline constexpr size_t kSearchWordsBytesMax = 256;  // of what is looked for
inline constexpr size_t kDiffLinesMax = 3'000;       // of each of two versions compared
inline constexpr size_t kDiffEditsMax =
    1'000;  // between them; more is another page, and is shown as such. A million steps at most
inline constexpr size_t kDiffBytesMax = 1 << 20;      // of each version
inline constexpr size_t kTryTextBytesMax = 32 << 10;  // of a text rules are tried on
inline constexpr uint32_t kPictureSideMax = 10'000;   // pixels of an owner's picture
inline constexpr size_t kPictureBytesMax = 4 << 20;   // of one
inline constexpr size_t kAccountNameBytesMax = 64;
inline constexpr size_t kPasswordBytesMin = 12;    // no rule of composition: length is what counts
inline constexpr size_t kPasswordBytesMax = 1024;  // hashed in constant memory, but not for ever
inline constexpr size_t kAccountsMax = 10'000;
inline constexpr size_t kSignInFailuresMax =
    10;  // of one name at one address, or of one address, within the window below
inline constexpr int64_t kSignInWindowMillis = 15 * 60'000;

// ---- Casework ----
inline constexpr size_t kReasonBytesMax = 4'096;   // an officer's, of a decision
inline constexpr size_t kReasonCodePointsMin = 4;  // less says nothing; a suppression asks for ten
inline constexpr int64_t kCaseLeaseMillis =
    15 * 60'000;  // one person works on an incident; renewed by what they do
inline constexpr int64_t kUndoMillis = 30'000;  // before a decision has effects outside
inline constexpr size_t kClusterMax = 1'000;    // decided at once
inline constexpr int64_t kSuppressionMillisMax = int64_t{365} * 86'400'000;
inline constexpr size_t kSuppressionsMax =
    10'000;  // in force at once; each finding is held against them
inline constexpr size_t kReplyBytesMax = 16 << 10;  // an owner's words to a notice
inline constexpr size_t kReplyFilesMax = 5;         // pictures of the repair, with one reply
inline constexpr uint64_t kOwnerRepliesMax =
    50;  // over the links of one incident; with pictures they fill 400 MB, kept for good
inline constexpr int64_t kLinkUseMillis =
    60'000;  // an owner's link opened again and again is one entry of the chain
inline constexpr size_t kNoticesPerIncidentMax = 100;
inline constexpr size_t kNoticeFindingsMax = 500;  // named by one; nobody reads a longer list
inline constexpr size_t kRecheckPagesMax = 200;    // told one by one; the digest is over all
inline constexpr size_t kRecheckUrlsMax =
    5'000;  // fetched for one incident; more is a night's work
inline constexpr size_t kSuppressionReasonCodePointsMin = 10;
inline constexpr size_t kSuppressionContentsMax = 4'096;  // kinds of evidence one covers; 32 KB
inline constexpr size_t kSuppressionPatternBytesMax = 512;
inline constexpr size_t kClustersMax = 100'000;       // counted at once: 20 MB
inline constexpr size_t kClusterSamplesMax = 5;       // shown before a decision
inline constexpr size_t kHolidayBytesMax = 64 << 10;  // a table of holidays; a year has 300 bytes

// ---- Messages ----
inline constexpr size_t kMessageBytesMax = 16 << 10;  // of a mail's text; robots take less
inline constexpr size_t kMessageRecipientsMax = 50;
inline constexpr size_t kMessagesWaitingMax = 10'000;       // more is a fault of ours, not news
inline constexpr int kMessageAttemptsMax = 8;               // with growing pauses: a day in all
inline constexpr size_t kMessageAnswerBytesMax = 64 << 10;  // of a server's answer
inline constexpr int64_t kMessageMillisMax = 30'000;        // for one to be handed over
inline constexpr size_t kChannelsMax = 20;                  // a desk has three
inline constexpr size_t kMessagePartsMax = 20;              // in one digest
inline constexpr size_t kMessageLinesMax = 200;             // of one part; the rest is counted
inline constexpr size_t kMessageFieldBytesMax = 2'048;      // of a subject, a line, a link
inline constexpr size_t kMessageAnswerKeptMax = 400;        // of an answer, in the log
inline constexpr int64_t kMessageKeptMillis =
    int64_t{366} * 86'400'000;  // of the log; whom a notice went to stands in the audit chain
inline constexpr size_t kSecretFileBytesMax = 16 << 10;  // a password, or an address with a key
inline constexpr size_t kWeComTextBytesMax = 2'048;      // what the service takes, as are these
inline constexpr size_t kWeComMarkdownBytesMax = 4'096;
inline constexpr size_t kDingTalkBodyBytesMax = 20'000;
inline constexpr size_t kFeishuBodyBytesMax = 20 << 10;
inline constexpr size_t kWebhookBodyBytesMax = 64 << 10;
inline constexpr size_t kWeComPerMinuteMax = 20;
inline constexpr size_t kDingTalkPerMinuteMax = 20;
inline constexpr int64_t kDingTalkPauseMillis = 600'000;  // what it takes from who sends more
inline constexpr size_t kFeishuPerMinuteMax = 100;
inline constexpr size_t kFeishuPerSecondMax = 5;
inline constexpr size_t kMailPerMinuteMax = 30;  // a campus relay slows down whoever sends more
inline constexpr size_t kWebhookPerMinuteMax = 60;
inline constexpr int kWebhookAttemptsMax = 3;

// ---- The installation's own health ----
inline constexpr int64_t kDoctorToolMillisMax = 5'000;  // for timedatectl and its like to answer
inline constexpr size_t kDoctorToolBytesMax = 64 << 10;

}  // namespace xuncha::limits
