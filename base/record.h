// The nouns. Page is one document on its way through an audit: each stage
// writes its own group of fields and reads only the groups above it, so this
// struct, read from top to bottom, is the pipeline seen from the side
// (crawler/audit.cc is the same pipeline seen from the front).
//
// Enumerations stand in the store by number: append, never insert or reuse, and
// list the newcomer in store/enums.h.
//
// Values: a Page is moved from the fetcher to a worker to the store and owned by
// one of them at a time.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/charset.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/sketch.h"
#include "base/url.h"

namespace xuncha {

// A half-open range of bytes.
struct Span {
  uint32_t begin = 0, end = 0;
  uint32_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  bool Contains(Span other) const { return begin <= other.begin && other.end <= end; }
  friend bool operator==(const Span&, const Span&) = default;
};

// ---------------------------------------------------------------- the registry

enum class SiteClass : uint8_t { kGeneral, kLibrary, kMedical, kLaw, kResearch, kForum };
std::string_view SiteClassName(SiteClass value);  // "general", "library", ...
std::optional<SiteClass> SiteClassByName(
    std::string_view name);  // also 普通 图书馆 医疗 法学 科研 论坛

// Zero means: the configuration's default.
struct Budget {
  uint32_t pages = 0;
  uint64_t bytes = 0;
  Millis time = 0;
  uint32_t depth = 0;
  Millis delay_min = 0;  // between two requests to one host
};

// The registration form an owner filed, and how far the audit may go.
struct Site {
  std::string id;       // stable; by default the host of `address`
  std::string name;     // 网站或信息系统名称
  std::string unit;     // 单位名称
  std::string owner;    // 负责人
  std::string phone;    // 联系电话
  std::string address;  // 网址或IP, as filed
  // Optional scope; what is empty is derived from `address`.
  std::vector<std::string> hosts;           // exact, or "*.example.edu.cn"
  std::vector<std::string> path_prefixes;   // "/dept/"; empty = all
  std::vector<std::string> address_ranges;  // CIDR the site may live at besides public addresses
  std::vector<uint16_t> ports;  // declared; empty = that of `address`, 80 and 443 going together
  SiteClass site_class = SiteClass::kGeneral;
  std::vector<std::string> contacts;  // security contacts, mail or phone
  Budget budget;
  bool strict_robots = false;  // obey Disallow too
};

// What is remembered of a URL between nights.
struct UrlState {
  Digest body;   // of the last body read
  Digest rules;  // rule-set it was judged under
  std::string etag;
  std::string last_modified;
  uint64_t last_run = 0;  // run that last finished with it; 0 = never visited
  Millis first_seen = 0;
  Millis last_seen = 0;
  uint16_t status = 0;
  uint16_t depth = 0;  // link distance from home
  uint8_t gone = 0;    // consecutive runs it answered 404 or 410
  uint64_t simhash = 0;
  std::string referrer;    // the page whose link was seen first
  uint32_t links = 0;      // to its own host, when last read
  bool cloaked = false;    // other visitors got something else when it was last read
  bool unread = false;     // a document or picture, whose content is not read
  uint8_t same_views = 0;  // VisitorBit of those who last got this very body
  Digest text;             // as it was read when it was last judged; empty if it was not kept
  Digest assets;           // of the list of style sheets and scripts it was judged with; blob key
  PageSketch good;         // of the last version without a finding above hint, if it was sketched
  // What the site's other pages said of it when all were last read: "name: detail".
  std::vector<std::string> site_signals;
};

// Leave to fetch one URL once. Only the registry makes one: scope, robots and
// budget have said yes, and the addresses it may be fetched from are on it.
class Permit {
 public:
  Permit() = default;  // empty: permits nothing
  bool valid() const { return site_ != nullptr; }
  const Url& url() const { return url_; }
  // The site it is fetched for; outlives the permit (the registry owns it).
  const Site& site() const { return *site_; }
  const UrlState& known() const { return known_; }
  uint16_t depth() const { return known_.depth; }
  bool robots_disallowed() const {
    return robots_disallowed_;
  }                                         // fetched all the same, under the letter; recorded
  int attempt() const { return attempt_; }  // 0 first

 private:
  friend class Registry;
  const Site* site_ = nullptr;
  Url url_;
  UrlState known_;
  bool robots_disallowed_ = false;
  int attempt_ = 0;
};

// ------------------------------------------------------------------- the limits

// A cap that was hit, or another reason why a page was not read in full.
enum class Limit : uint8_t {
  kBodyBytes,
  kWireBytes,
  kInflateRatio,
  kHeaderBytes,
  kTotalTime,
  kLowSpeed,
  kConnectTime,
  kRedirects,
  kRedirectLoop,
  kRedirectScope,
  kAddressPolicy,
  kResolve,
  kConnect,
  kTls,
  kProtocol,
  kTruncated,
  kDecoding,
  kStatus,
  kUnreadType,
  kTreeBytes,
  kTreeMemory,
  kTreeTime,
  kTreeDepth,
  kZones,
  kLinks,
  kScriptBytes,
  kTextBytes,
  kHits,
  kMatchTime,
  kMatcherError,
  kFraming,
  kRobots,
  kAssets,
};
std::string_view LimitName(Limit value);  // "body-bytes"
std::string_view LimitText(Limit value);  // Chinese, for officers: "正文超过上限，其余部分未读取"

struct LimitHit {
  Limit limit;
  std::string detail;  // "cut at 8388608 bytes"
};
bool Has(const std::vector<LimitHit>& limits, Limit limit);

enum class Checked : uint8_t { kFull, kFlat, kFailed };
std::string_view CheckedName(Checked value);  // "full", "flat", "failed"
std::string_view CheckedText(Checked value);  // Chinese

// -------------------------------------------------------------------- the fetch

// Facts about the TLS connection; errors are facts too, and hide no content.
struct TlsFacts {
  bool used = false;
  std::string version;  // "TLSv1.3"
  std::string cipher;
  std::string error;         // verification error text, or empty
  Digest chain;              // SHA-256 of `certificates`, under which the store keeps them
  std::string certificates;  // PEM, as the server sent them, its own first; empty once stored
};

// What the system's name servers said of a host, asked beside the fetch, which asks for
// itself: text as crawler/host_names.h writes it.
struct NameFacts {
  Digest digest;     // of the text, a BlobStore key; empty: not asked, or no answer yet
  std::string text;  // empty once stored
};

// When the parts of one exchange were done, in milliseconds from its beginning.
// What was not needed (on a connection that was open already) is 0.
struct Timing {
  Millis resolved = 0, connected = 0, secured = 0, sent = 0, first_byte = 0, ended = 0;
};

// One request and its answer as they went over the wire; with the body, it is what
// an archive of it is made from.
struct Exchange {
  std::string url;                     // asked for
  Millis started = 0;                  // wall clock
  std::string request;                 // request line and headers, as sent
  std::string headers;                 // status line and headers, byte-exact; empty: no HTTP answer
  std::string trailers;                // likewise
  std::string remote_address;          // "10.1.2.3:80"
  std::string local_address;           // likewise
  std::vector<std::string> addresses;  // of the name, as far as they were tried, in that order
  TlsFacts tls;
  Timing timing;
  uint64_t wire_bytes = 0;  // of the body as sent, chunks joined
  std::string coding;       // content coding that was undone: "gzip"; empty: none
  Digest coded;             // SHA-256 of the body before that; empty: none was undone
  std::string body;         // after that, ≤ limits::kHopBodyBytesMax; empty once stored
  Digest body_digest;       // of what is kept of it; empty: no body
  bool cut = false;         // more of it came, or was to come, than is kept
  NameFacts names;          // of the host asked
};

// One redirect that was seen, followed or not.
struct Hop {
  std::string from;
  std::string to;  // as resolved; as sent if it does not resolve
  uint16_t status = 0;
  bool followed = false;
  std::string refused;  // why not: "scope", "address", "loop", "limit", "scheme", "url", "robots",
                        // "budget", "unsafe"
  Exchange exchange;    // of the redirect; empty if not followed: then it is the page's own
};

struct Response {
  std::string user_agent;  // asked as; empty = the crawler's own name
  std::string referrer;    // Referer sent; empty = none
  Millis started = 0;      // wall clock
  Millis elapsed = 0;
  Millis first_byte = 0;  // from request to first byte: what politeness adapts to
  uint16_t status = 0;    // 0: no HTTP answer
  std::string headers;    // status line and headers byte-exact as received, last hop
  std::string trailers;
  std::string body;          // content-decoded, cut at the cap
  std::string content_type;  // header value
  std::string etag, last_modified;
  std::string remote_address;  // "10.1.2.3:80"
  uint64_t wire_bytes = 0;     // body bytes before content decoding
  std::string request;         // of the last hop, as are these:
  Millis asked = 0;            // wall clock; `started` is that of the first hop
  std::string local_address;
  std::vector<std::string> addresses;  // see Exchange
  Timing timing;
  std::string coding;      // content coding undone; empty: none
  std::string coded_body;  // the body before that; empty if none was
  Digest coded_digest;     // worker: of that; empty: whoever needs it makes it
  std::vector<Hop> hops;
  Url final_url;  // of the body
  TlsFacts tls;
  NameFacts names;
  Millis retry_after = 0;     // asked for by the server, as a length of time; 0 = none
  std::string error;          // why status is 0, or why the body is short
  bool not_modified = false;  // 304, or
  bool same_body = false;     // 200 with the digest known from the last visit
};

// The last hop's exchange, without its body.
Exchange ExchangeOf(const Response& response);

// Whom else a page is fetched as, to see what they get. The page itself is what
// we get under our own name.
// kAgain is nobody else: ourselves once more, where another got something else. kTarget
// is no visitor of the page at all, but one that followed a link of it to a page of
// somebody else's (LinkTarget below).
enum class Visitor : uint8_t { kSpider, kSearch, kAgain, kTarget };
inline constexpr size_t kVisitors = 2;  // without kAgain and kTarget
constexpr uint8_t VisitorBit(Visitor v) { return static_cast<uint8_t>(1u << static_cast<int>(v)); }
std::string_view VisitorName(Visitor value);  // "spider": a search engine's spider, "search": a
                                              // browser coming from its results
std::string_view VisitorText(Visitor value);  // Chinese

// The server says that nothing stands there (any more).
constexpr bool IsGone(uint16_t status) { return status == 404 || status == 410; }

// What another visitor got in the same place, right after us.
struct View {
  Visitor as = Visitor::kSpider;
  Response response;
  std::vector<LimitHit> limits;  // fetch: what was cut short
  Digest body_digest;            // worker: SHA-256 of response.body
  std::string packed_body;       // worker: set if the view differs, and so is kept
  Digest text_digest;            // worker: likewise, as Page::text_digest
  std::string text;              // worker: likewise
  std::string packed_text;       // worker: likewise
  bool compared = false;         // worker: it came, and could be held against the page
  bool differs = false;          // worker: by more than chance
};

// ------------------------------------------------------------------ the reading

enum class ZoneKind : uint8_t {
  kTitle,
  kMeta,
  kText,
  kHidden,
  kAnchor,
  kHref,
  kScript,
  kAttribute,
  kComment,
  kAttachment,
  kHeader,
};
inline constexpr int kZoneKinds = 11;
std::string_view ZoneName(ZoneKind kind);  // "title", ...
std::string_view ZoneText(ZoneKind kind);  // Chinese: "标题"
std::optional<ZoneKind> ZoneByName(std::string_view name);
constexpr uint16_t ZoneBit(ZoneKind kind) {
  return static_cast<uint16_t>(1u << static_cast<int>(kind));
}

enum class Hiding : uint8_t {
  kNone,
  kDisplayNone,
  kVisibility,
  kOpacity,
  kFontSize,
  kSameColour,
  kOffScreen,
  kIndent,
  kZeroSize,
  kClip,
  kTransform,
  kBehind,
  kMarquee,
  kNoscript,
  kTemplate,
  kAfterHtml,
  kHiddenAttribute,
  kDetails,
};
std::string_view HidingName(Hiding value);  // "display-none"
std::string_view HidingText(Hiding value);  // Chinese

// A piece of the page's text and where it stood. Zones do not overlap and are in
// the order of Document::text. kAnchor is not a zone of its own in the list:
// text inside a link lies in the kText or kHidden zone around it, and Link::text
// marks it, so nothing is scanned twice.
struct Zone {
  ZoneKind kind = ZoneKind::kText;
  Hiding hiding = Hiding::kNone;
  Span text;           // in Document::text
  std::string detail;  // meta name, attribute name, header name, hidden element as "div.foot"
};

// text[run.text ...] up to the next run's text came from source[run.source ...]
// of the body as UTF-8, byte for byte; kGenerated text (decoded from scripts)
// points to the place it was decoded from and does not advance.
struct SourceRun {
  uint32_t text = 0;
  uint32_t source = 0;
  bool generated = false;
};

enum class LinkKind : uint8_t {
  kAnchor,
  kArea,
  kFrame,
  kForm,
  kLink,
  kMetaRefresh,
  kHeaderRefresh,
  kHeaderLink,
  kScript,
  kSitemap,
  kCanonical,
  kScriptSource,
  kImage,
  kStyle,
  kRedirect,
  kAlternate,
};
std::string_view LinkKindName(LinkKind kind);
std::string_view LinkKindText(LinkKind kind);  // Chinese

struct Link {
  std::string href;  // as written, decoded
  Url url;           // resolved; empty if it is no http(s) URL
  LinkKind kind = LinkKind::kAnchor;
  Span text;  // its words, in Document::text; empty if none
  Hiding hiding = Hiding::kNone;
  bool nofollow = false;
};

// A structural fact that words alone do not show. The table in record.cc gives
// each its name, strength and Chinese text.
enum class SignalKind : uint8_t {
  kTitleRewrite,        // script sets document.title under a condition on agent or referrer
  kEntityHead,          // title or meta spelled in numeric entities, body not
  kDuplicateMeta,       // a second description/keywords, the first one foreign
  kPackedScript,        // eval(function(p,a,c,k,e,...
  kObfuscatedScript,    // window["\x64..."], _0x arrays, fromCharCode lists feeding document.write
  kHeadScript,          // short-named script right after title or meta
  kReferrerRedirect,    // location change guarded by a test for search engines
  kMetaRefreshOff,      // meta refresh within 2 s to another registrable domain
  kForeignBase,         // base href to another domain
  kHiddenFrame,         // 0/1-pixel or hidden frame to another domain
  kHiddenLinks,         // hidden block with links to other domains
  kTinyAnchors,         // one-character or empty anchors to other domains
  kLinksAfterHtml,      // links behind </html>
  kCommentLinks,        // foreign links in comments, noscript or template
  kForeignScriptWrite,  // script writes markup with foreign links
  kParserDifference,    // raw bytes hold links or text that the tree lost
  kSpiderBranch,        // script or page branches on a search spider's name
  kLinkFarm,            // many foreign domains in one block
  kCheapDomains,        // share of foreign links to cheap or numeric hosts
  kReflectedQuery,      // words of the query stand in the title
  kForeignLanguage,     // title in a script the site does not use
  kCharsetLie,          // declared charset is not the real one
  kSoft404,
  kNearDuplicate,
  kCloakedBody,       // another body for spiders
  kCloakedReferrer,   // another body for visitors from a search engine
  kHeaderRefreshOff,  // Refresh header to another domain
  kRedirectOff,       // redirect to another registrable domain
  kForeignForm,       // form that posts to another domain
  kCssContent,        // words put in by CSS content:
  kReversedText,      // direction override
  kRandomPath,        // shape of a generated mirror path
  // What takes more than the page to see: its last good version, or its site's
  // other pages.
  kTitleReplaced,  // another title over a body that stands
  kNewDomains,     // strangers that no page of the site linked to before
  kRepeatedBlock,  // a block of strangers on many pages that is no part of their template
  kOrphanMirror,   // a folder of random name that the rest of the site does not link
  kMassNewPages,   // a folder full of pages overnight, of a template never seen
  kTemplateBreak,  // a template that the rest of the site does not use
  kLoneDomains,    // strangers that no page elsewhere on the site links to
  // What looking at the targets of its links says of it (crawler/outbound.h).
  kTargetExpired,    // a linked domain is registered no more: anybody may take it
  kTargetParked,     // a linked domain is for sale, or full of advertisements
  kTargetReplaced,   // another site stands where a linked one stood
  kTargetViolating,  // a linked site violates the letter
};
inline constexpr int kSignalKinds = 43;
// Whether the signal is one of those: it tells of a finding how serious it is, and
// not which it is.
constexpr bool IsComparison(SignalKind kind) {
  return kind == SignalKind::kForeignLanguage || kind >= SignalKind::kTitleReplaced;
}
enum class Strength : uint8_t { kWeak, kMedium, kStrong };
std::string_view SignalName(SignalKind kind);  // "hidden-links": as rules and JSON write it
std::string_view SignalText(SignalKind kind);  // Chinese, for officers
Strength SignalStrength(SignalKind kind);
std::optional<SignalKind> SignalByName(std::string_view name);

struct Signal {
  SignalKind kind;
  std::string detail;  // what was seen: "12 links to 9 domains in div#foot (display-none)"
  Span text;           // where in Document::text, if it has a place there
  uint32_t count = 0;  // links, domains, ...: what `detail` counts, if anything
};

// What Extract makes of a body.
struct Document {
  Charset charset = Charset::kUtf8;
  Charset declared = Charset::kUnknown;
  bool markup = false;  // HTML or XML; else plain text
  std::string title;    // collapsed, as a browser shows it
  std::string text;     // all zones, one after the other, '\n' between
  std::vector<Zone> zones;
  std::vector<SourceRun> runs;  // ascending by text
  std::vector<Link> links;
  std::vector<Signal> signals;
  Span visible;          // the part of `text` a visitor reads; for SimHash and excerpts
  uint64_t simhash = 0;  // of the visible text; 0 if too little
  PageSketch sketch;     // of an HTML page; empty for all else
};

// ----------------------------------------------------------------- the matching

// How the text was read when a pattern was found. kPlain is the usual folding.
enum class Channel : uint8_t { kPlain, kSqueezed, kSplit, kHomophone, kReversed, kDigits, kRaw };
inline constexpr int kChannels = 7;
std::string_view ChannelName(Channel channel);  // "plain", "squeezed", ...
std::string_view ChannelText(Channel channel);  // Chinese
constexpr uint8_t ChannelBit(Channel c) { return static_cast<uint8_t>(1u << static_cast<int>(c)); }

// A pattern of the rule-set found in the text.
struct Hit {
  uint32_t pattern = 0;    // RuleSet::patterns
  Span text;               // in Document::text, whole characters
  uint32_t zone = 0;       // Document::zones
  bool in_anchor = false;  // inside a link's words
  Channel channel = Channel::kPlain;
};

// ------------------------------------------------------------------ the judging

enum class Severity : uint8_t { kHint, kLow, kMedium, kHigh };
std::string_view SeverityName(Severity value);  // "hint", ...
std::string_view SeverityText(Severity value);  // 提示 低 中 高
std::optional<Severity> SeverityByName(std::string_view name);

// The kinds of proof the judge counts as independent of one another.
enum class Proof : uint8_t {
  kHead,
  kVisible,
  kUnseen,
  kStructure,
  kDestination,
  kDifference,
  kIdentifier
};
std::string_view ProofName(Proof proof);
std::string_view ProofText(Proof proof);

// One reason inside a finding or a dismissal; enough to show it to an owner
// without the page at hand.
struct Evidence {
  std::string rule;  // rule id, or signal name for bare structure
  Proof proof = Proof::kVisible;
  bool strong = false;
  ZoneKind zone = ZoneKind::kText;
  bool in_anchor = false;
  Hiding hiding = Hiding::kNone;
  Channel channel = Channel::kPlain;
  std::string pattern;        // as the pack writes it
  std::string found;          // the original characters
  std::string before, after;  // context, ≤ limits::kExcerptCharsMax characters each
  Span source;          // in the original bytes of the body; empty for headers and generated text
  std::string because;  // the rule's sentence
  std::string detail;   // signal detail, validator note, near word
};

struct Finding {
  std::string id;  // StableId of site, URL, kind and the sorted evidence identities
  int clause = 0;  // 1..10
  std::string kind;
  Severity severity = Severity::kHint;
  int score = 0;                     // 0..100, for ordering only
  std::vector<Evidence> evidence;    // strongest first
  std::vector<std::string> signals;  // names
  std::string because;               // one Chinese sentence for officer and owner
  Digest seen_in;  // the body it was found in, if that is not the page's own but a view's
};

struct Dismissal {
  Evidence evidence;
  std::string reason;  // "context: 打击 within 60", "site class library", "allow-list: 体育学院"
};

// -------------------------------------------------------------------- the links

// What is known of a host outside the registered sites that they link to: its home
// page was looked at (crawler/outbound.h).
enum class TargetVerdict : uint8_t {
  kUnknown,  // not looked at, not reached, or not allowed to: says nothing
  kFine,
  kExpired,    // the domain is registered no more
  kParked,     // for sale, or nothing but advertisements
  kViolating,  // `findings` say what
};
std::string_view TargetVerdictName(TargetVerdict value);  // "expired"
std::string_view TargetVerdictText(TargetVerdict value);  // Chinese
constexpr bool IsBad(TargetVerdict value) { return value >= TargetVerdict::kExpired; }

struct LinkTarget {
  std::string host;  // as links name it
  std::string url;   // asked for; where that led stands in `hops`
  TargetVerdict verdict = TargetVerdict::kUnknown;
  bool replaced = false;          // not the site that once was there
  std::string why;                // Chinese: by what the verdict came, or why there is none
  std::string title;              // of what was read
  Digest body;                    // BlobStore key of it; empty: there is none
  uint16_t status = 0;            // 0: no answer
  std::vector<Finding> findings;  // what counts of those on it, worst first
  std::vector<Hop> hops;
  Exchange exchange;  // of the last hop
};

// -------------------------------------------------------------------- the page

struct PageAssets;  // crawler/asset.h
class Dictionary;   // store/codec.h

struct Page {
  Permit permit;            // registry, frontier: what may be fetched
  Response response;        // fetch: what came back
  std::vector<View> views;  // frontier: what others got; empty if not asked for
  // joiner: the style sheets and scripts of its site, shared with the pages that load
  // them too; may be null
  std::shared_ptr<const PageAssets> assets;
  std::string asset_list;       // joiner: what they were, for the store; empty: there are none
  Digest asset_list_digest;     // worker: of that; empty: the commit makes it
  bool assets_changed = false;  // joiner: they are not what the page was judged with
  // audit: its site's, to pack its body with; may be null
  std::shared_ptr<const Dictionary> dictionary;
  Digest body_digest;                  // worker: SHA-256 of response.body
  std::string packed_body;             // worker: response.body as the store keeps it
                                       // (store/snapshots.h); empty: the store has it, or packs it
  Document document;                   // extract: what it says, and where
  std::vector<Hit> hits;               // match: which patterns stand where
  std::vector<Finding> findings;       // judge: what follows, hints included
  std::vector<Dismissal> dismissals;   // judge: what does not, and why
  Checked checked = Checked::kFailed;  // any stage may lower it; Examine sets kFull on success
  std::vector<LimitHit> limits;        // every stage: what was cut short
  Digest text_digest;        // worker: of what match and judge were given (store/page_text.h)
  std::string text;          // worker: that
  std::string packed_text;   // worker: the same as the store keeps it; empty: the store has it
  bool second_look = false;  // read once more this run, from the store (crawler/second_look.h)
  // audit: what is wrong with targets its site links to; may be null
  std::shared_ptr<const std::vector<LinkTarget>> targets;
  std::vector<uint32_t> linked_targets;  // worker: which of `targets` it links to itself
};

// How a run went, in figures.
struct RunTotals {
  uint64_t sites = 0, pages = 0, unchanged = 0, flat = 0, failed = 0, unread = 0;
  uint64_t findings[4] = {0, 0, 0, 0};  // by Severity
  uint64_t bytes = 0;
};

// What a run was asked to read. Only one of all sites is a night's work: what counts nights,
// or calls for help when there was none, passes over the others.
enum class RunScope : uint8_t { kAllSites, kSites, kPages };

struct Run {
  uint64_t id = 0;  // ascending
  Millis started = 0;
  Millis ended = 0;  // 0: still going, or cut off
  Digest rules;
  Digest config;
  RunTotals totals;
  RunScope scope = RunScope::kAllSites;
};

}  // namespace xuncha
