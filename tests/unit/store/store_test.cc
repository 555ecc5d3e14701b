// The store as the program uses it: opening, the registry, runs, what is known of
// URLs, and how little a quiet night writes.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/files.h"
#include "base/limits.h"
#include "store/codec.h"
#include "store/snapshots.h"
#include "tests/unit/store/support.h"

namespace xuncha::testing_support {
namespace {

constexpr Millis kNight = 24 * 3600 * 1000;
constexpr Millis kStart = 1'767'225'600'000;

class StoreTest : public ::testing::Test {
 protected:
  void Open() {
    store_.reset();
    store_ = Must(OpenStore(directory_.path()));
  }
  // A new run with a lease on the site.
  Lease BeginNight() {
    now_ += kNight;
    const xuncha::Run run = Must(store_->BeginRun(rules_, Sha256(std::to_string(now_)), now_)).run;
    return Must(store_->ledger().Acquire(site_.id, run.id, now_, kNight));
  }
  void EndNight(const Lease& lease) { Must(store_->ledger().Release(lease, true)); }
  void CommitPage(const Lease& lease, const Page& page, std::vector<UrlEntry> discovered = {}) {
    const auto outcomes = Must(store_->ledger().Commit(
        lease, {{.page = &page, .discovered = std::move(discovered)}}, now_));
    ASSERT_EQ(outcomes.at(0), CommitOutcome::kCommitted);
  }
  void Night(const Page& page) {
    const Lease lease = BeginNight();
    CommitPage(lease, page);
    EndNight(lease);
  }
  UrlState State(std::string_view url = kUrl) {
    const std::optional<UrlState> state = Must(store_->UrlOf(site_.id, url));
    EXPECT_TRUE(state.has_value());
    return state.value_or(UrlState{});
  }
  Observation Latest(std::string_view url = kUrl) {
    const std::optional<Observation> seen = Must(store_->LatestObservation(site_.id, url));
    EXPECT_TRUE(seen.has_value());
    return seen.value_or(Observation{});
  }

  static constexpr std::string_view kUrl = "http://www.example.edu.cn/news/1.html";
  TempDirectory directory_;
  std::unique_ptr<Store> store_ = Must(OpenStore(directory_.path()));
  const Site site_ = MakeSite("www.example.edu.cn");
  Digest rules_ = Sha256("rules");
  Millis now_ = kStart;
};

// ---- opening --------------------------------------------------------------------

TEST_F(StoreTest, IsNotMadeUnlessAskedFor) {
  const std::string absent = directory_.path() + "/absent";
  const auto opened = Store::Open({.directory = absent});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(absent)) << "looking must not leave anything";
  EXPECT_EQ(Store::Open({.directory = absent, .create = true, .read_only = true}).error().code,
            Code::kNotFound);
}

TEST_F(StoreTest, LetsInOneOpener) {
  const auto again = OpenStore(directory_.path());
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kConflict);
  EXPECT_NE(again.error().text.find("正在写入"), std::string::npos) << again.error().text;
}

TEST_F(StoreTest, RefusesANewerStoreAndTouchesNothing) {
  store_.reset();
  const std::string format = directory_.path() + "/FORMAT";
  ASSERT_EQ(Must(ReadFile(format, 100)), "xuncha store\nformat 1\n") << "as in FORMAT.md";
  Must(WriteFileAtomically(format, "xuncha store\nformat 2\n"));
  const auto opened = OpenStore(directory_.path());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kNewer);
  EXPECT_NE(
      opened.error().text.find("由更新版本的 xuncha 写入（格式 2，本程序最高读到 1）；请升级"),
      std::string::npos)
      << opened.error().text;
  Must(WriteFileAtomically(format, "xuncha store\nformat 1\n"));
  EXPECT_TRUE(OpenStore(directory_.path()).ok());
}

TEST_F(StoreTest, RefusesADirectoryThatLostItsMark) {
  store_.reset();
  struct Case {
    std::string_view why, text;
  };
  constexpr Case kCases[] = {{"empty", ""},
                             {"another program's", "leveldb 3\n"},
                             {"no number", "xuncha store\nformat \n"},
                             {"zero", "xuncha store\nformat 0\n"},
                             {"negative", "xuncha store\nformat -1\n"},
                             {"cut", "xuncha store\nformat 1"}};
  for (const auto& [why, text] : kCases) {
    SCOPED_TRACE(why);
    Must(WriteFileAtomically(directory_.path() + "/FORMAT", text));
    const auto opened = OpenStore(directory_.path());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, Code::kDamaged);
  }
  std::filesystem::remove(directory_.path() + "/FORMAT");
  EXPECT_EQ(OpenStore(directory_.path()).error().code, Code::kDamaged)
      << "a database without its mark";
}

TEST_F(StoreTest, FinishesACreationThatWasCutOff) {
  TempDirectory other;
  Must(WriteFileAtomically(other.path() + "/FORMAT", "xuncha store\nformat 1\n"));
  EXPECT_EQ(Store::Open({.directory = other.path()}).error().code, Code::kNotFound);
  EXPECT_TRUE(OpenStore(other.path()).ok());
}

TEST_F(StoreTest, IsReadBesideAWriterAndNotWritten) {
  Must(store_->ReplaceSites({site_}));
  Night(MakePage(site_, kUrl, "body", now_));
  const auto reader =
      Must(Store::Open({.directory = directory_.path(), .read_only = true, .memory = 8 << 20}));
  EXPECT_EQ(Must(reader->Sites()).size(), 1u);
  EXPECT_EQ(Must(reader->blobs().Get(Sha256("body"))), "body");
  EXPECT_EQ(reader->ReplaceSites({site_}).error().code, Code::kDenied);
  EXPECT_EQ(reader->PutNote("a", "b").error().code, Code::kDenied);
  EXPECT_EQ(reader->blobs().Put("other").error().code, Code::kDenied);
  EXPECT_EQ(reader->ledger().Acquire(site_.id, 1, now_, kNight).error().code, Code::kDenied);
  Must(store_->PutNote("a", "b"));
}

// ---- registry, runs, notes ----------------------------------------------------------

TEST_F(StoreTest, KeepsTheRegistry) {
  const Site a = MakeSite("a.example"), b = MakeSite("b.example");
  Must(store_->ReplaceSites({b, a}));
  Site renamed = a;
  renamed.name = "新名";
  Must(store_->ReplaceSites({renamed}));
  Open();
  const std::vector<Site> sites = Must(store_->Sites());
  ASSERT_EQ(sites.size(), 2u);
  EXPECT_EQ(sites[0].name, "新名");
  EXPECT_EQ(sites[1].id, "b.example");
  Must(store_->RemoveSite("a.example"));
  EXPECT_EQ(store_->RemoveSite("a.example").error().code, Code::kNotFound);
  EXPECT_EQ(store_->ReplaceSites({a, MakeSite("")}).error().code, Code::kInvalid);
  EXPECT_EQ(Must(store_->Sites()).size(), 1u) << "all or none";
}

TEST_F(StoreTest, ResumesARunOnlyUnderTheSameLaw) {
  const Digest other = Sha256("other");
  const auto first = Must(store_->BeginRun(rules_, rules_, 1));
  EXPECT_FALSE(first.resumed);
  Open();
  const auto second = Must(store_->BeginRun(rules_, rules_, 2));
  EXPECT_TRUE(second.resumed);
  EXPECT_EQ(second.run.id, first.run.id);
  EXPECT_EQ(second.run.started, 1);
  const auto third = Must(store_->BeginRun(other, rules_, 3));
  EXPECT_FALSE(third.resumed);
  EXPECT_GT(third.run.id, first.run.id);
  EXPECT_FALSE(Must(store_->BeginRun(other, other, 4)).resumed);
  xuncha::Run ended = Must(store_->BeginRun(other, other, 5)).run;
  EXPECT_EQ(store_->EndRun(ended).error().code, Code::kInvalid) << "without an end";
  ended.ended = 6;
  ended.totals.pages = 12;
  Must(store_->EndRun(ended));
  EXPECT_FALSE(Must(store_->BeginRun(other, other, 7)).resumed) << "an ended run is over";
  const std::vector<xuncha::Run> runs = Must(store_->Runs());
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(runs[2].totals.pages, 12u);
  EXPECT_EQ(runs[3].started, 7);
  EXPECT_FALSE(Must(store_->BeginRun(other, other, 8, RunScope::kSites)).resumed)
      << "it is of something else";
  ended.id = 99;
  EXPECT_EQ(store_->EndRun(ended).error().code, Code::kNotFound);
}

TEST_F(StoreTest, WritesRunsAndVerdictsIntoTheJournal) {
  const Lease lease = BeginNight();
  Page page = MakePage(site_, kUrl, "x", now_);
  page.findings = {MakeFinding(kUrl, "词", Severity::kHigh)};
  CommitPage(lease, page);
  const Incident incident = IncidentsOf(store_->cases()).at(0);
  Must(Decide(*store_, incident, CaseDeed::kJudgeViolation, now_));
  xuncha::Run run = Must(store_->Runs()).back();
  run.ended = now_ + 5;
  Must(store_->EndRun(run));
  std::vector<std::string> kinds;
  Must(store_->audit().Each(1, [&](const AuditEntry& entry) {
    kinds.push_back(entry.kind);
    return true;
  }));
  EXPECT_EQ(kinds, (std::vector<std::string>{"run-begin", "verdict:violation", "run-end"}));
}

TEST_F(StoreTest, KnowsWhichSitesARunHasFinished) {
  const Lease lease = BeginNight();
  EXPECT_FALSE(Must(store_->SiteDone(site_.id, lease.run)));
  Must(store_->ledger().Release(lease, false));
  EXPECT_FALSE(Must(store_->SiteDone(site_.id, lease.run)));
  EndNight(Must(store_->ledger().Acquire(site_.id, lease.run, now_, kNight)));
  EXPECT_TRUE(Must(store_->SiteDone(site_.id, lease.run)));
  EXPECT_FALSE(Must(store_->SiteDone(site_.id, lease.run + 1)));
  EXPECT_FALSE(Must(store_->SiteDone("other.example", lease.run)));
}

TEST_F(StoreTest, VoidsLeasesWhenItIsOpenedAnew) {
  const Lease before = BeginNight();
  Open();
  const Page page = MakePage(site_, kUrl, "x", now_);
  EXPECT_EQ(Must(store_->ledger().Commit(before, {{.page = &page}}, now_)).at(0),
            CommitOutcome::kFenced);
  const Lease after = Must(store_->ledger().Acquire(site_.id, before.run, now_, kNight));
  EXPECT_GT(after.token, before.token);
}

TEST_F(StoreTest, KeepsNotes) {
  EXPECT_FALSE(Must(store_->Note("robots http://a.example")).has_value());
  Must(store_->PutNote("robots http://a.example", "User-agent: *\n"));
  Must(store_->PutNote("empty", ""));
  Open();
  EXPECT_EQ(Must(store_->Note("robots http://a.example")), "User-agent: *\n");
  EXPECT_EQ(Must(store_->Note("empty")), "");
  EXPECT_EQ(store_->PutNote("big", std::string(limits::kNoteBytesMax + 1, 'x')).error().code,
            Code::kLimit);
}

// ---- what is known of URLs ------------------------------------------------------------

TEST_F(StoreTest, RemembersTheLastGoodStateOfAUrl) {
  const Page page = MakePage(site_, kUrl, "body", now_ + kNight);
  Night(page);
  Open();
  const UrlState state = State();
  EXPECT_EQ(state.body, page.body_digest);
  EXPECT_EQ(state.rules, rules_);
  EXPECT_EQ(state.etag, page.response.etag);
  EXPECT_EQ(state.last_modified, page.response.last_modified);
  EXPECT_EQ(state.last_run, 1u);
  EXPECT_EQ(state.first_seen, page.response.started);
  EXPECT_EQ(state.last_seen, page.response.started);
  EXPECT_EQ(state.status, 200);
  EXPECT_EQ(state.simhash, page.document.simhash);
  EXPECT_FALSE(Must(store_->UrlOf(site_.id, "http://www.example.edu.cn/unknown")).has_value());
}

TEST_F(StoreTest, KeepsTheLastGoodStateWhenAFetchFails) {
  Night(MakePage(site_, kUrl, "body", now_ + kNight));
  const UrlState before = State();
  Night(MakeFailed(site_, kUrl, now_ + kNight));
  const UrlState after = State();
  EXPECT_EQ(after.body, before.body);
  EXPECT_EQ(after.etag, before.etag);
  EXPECT_EQ(after.rules, before.rules);
  EXPECT_EQ(after.last_seen, before.last_seen);
  EXPECT_EQ(after.last_run, 2u);
  EXPECT_EQ(after.status, 0);
  EXPECT_EQ(after.gone, 0) << "no answer is not gone";
  const Observation seen = Latest();
  EXPECT_EQ(seen.error, "connection refused");
  ASSERT_EQ(seen.limits.size(), 1u);
  EXPECT_EQ(seen.limits[0].limit, Limit::kConnect);
  // And the night after, a 304 refers to the good one.
  Night(MakeUnchanged(site_, kUrl, now_ + kNight));
  EXPECT_TRUE(Latest().unchanged);
  EXPECT_EQ(Latest().full_run, 1u);
  EXPECT_EQ(Latest().title, "示例学院");
  EXPECT_EQ(State().status, 200);
}

TEST_F(StoreTest, CountsNightsAUrlIsGone) {
  struct Case {
    std::string_view why;
    uint16_t status;
    uint8_t gone;
  };
  constexpr Case kCases[] = {
      {"there", 200, 0},         {"missing", 404, 1},
      {"gone for good", 410, 2}, {"a server in trouble proves nothing", 503, 2},
      {"still missing", 404, 3}, {"back", 200, 0}};
  for (const auto& [why, status, gone] : kCases) {
    SCOPED_TRACE(why);
    Page page = MakePage(site_, kUrl, std::string(why), now_ + kNight);
    page.response.status = status;
    Night(page);
    EXPECT_EQ(State().gone, gone);
    EXPECT_EQ(State().status, status);
  }
}

TEST_F(StoreTest, CountsAnUnchangedErrorPageAsGoneToo) {
  Page page = MakePage(site_, kUrl, "没有找到", now_ + kNight);
  page.response.status = 404;
  Night(page);
  page.response.same_body = true;
  page.checked = Checked::kFailed;  // not examined, for it is known
  Night(page);
  EXPECT_TRUE(Latest().unchanged);
  EXPECT_EQ(State().gone, 2);
}

TEST_F(StoreTest, NeverOverwritesWhatIsKnownByALink) {
  const std::string link = "http://www.example.edu.cn/link";
  const auto entry = [&](uint16_t depth, std::string referrer) {
    return UrlEntry{link, {.depth = depth, .referrer = std::move(referrer)}};
  };
  const Lease lease = BeginNight();
  CommitPage(lease, MakePage(site_, kUrl, "a", now_),
             {entry(1, "first"), entry(2, "twice in one page")});
  EXPECT_EQ(State(link).referrer, "first");
  EXPECT_EQ(State(link).last_run, 0u) << "never visited";
  EXPECT_EQ(State(link).first_seen, now_);
  const Page page = MakePage(site_, link, "b", now_);
  CommitPage(lease, page);
  EXPECT_EQ(State(link).referrer, "first") << "the visit keeps whence it came";
  EXPECT_EQ(State(link).depth, 1);
  CommitPage(lease, MakePage(site_, "http://www.example.edu.cn/2", "c", now_), {entry(5, "late")});
  EXPECT_EQ(State(link).body, page.body_digest);
  EXPECT_EQ(State(link).depth, 1);
}

TEST_F(StoreTest, CommitsAPageAndTheLinkToItInOneBatch) {
  const std::string link = "http://www.example.edu.cn/link";
  const Lease lease = BeginNight();
  const Page from = MakePage(site_, kUrl, "a", now_), to = MakePage(site_, link, "b", now_);
  const std::vector<UrlEntry> found = {{link, {.depth = 3, .referrer = "from"}}};
  Must(store_->ledger().Commit(lease, {{.page = &to}, {.page = &from, .discovered = found}}, now_));
  EXPECT_EQ(State(link).body, to.body_digest);
  EXPECT_EQ(State(link).last_run, lease.run);
}

TEST_F(StoreTest, ListsTheUrlsOfASiteWithTheirStates) {
  const Lease lease = BeginNight();
  std::vector<UrlEntry> links;
  for (int i = 0; i < 50; ++i)
    links.push_back({fmt::format("http://www.example.edu.cn/{}", i), {}});
  CommitPage(lease, MakePage(site_, kUrl, "a", now_), links);
  CommitPage(lease, MakePage(site_, links[7].url, "b", now_));
  std::map<std::string, uint64_t> runs;
  Must(store_->EachUrl(site_.id, [&](const UrlEntry& entry) {
    runs[entry.url] = entry.state.last_run;
    return true;
  }));
  EXPECT_EQ(runs.size(), 51u);
  EXPECT_EQ(runs[links[7].url], lease.run);
  EXPECT_EQ(runs[std::string(kUrl)], lease.run);
  EXPECT_EQ(runs[links[8].url], 0u);
  int visited = 0;
  Must(store_->EachUrl(site_.id, [&](const UrlEntry&) { return ++visited < 3; }));
  EXPECT_EQ(visited, 3);
  Must(store_->EachUrl("www.example.edu", [&](const UrlEntry&) {
    ADD_FAILURE() << "of another site, whose id begins the same";
    return true;
  }));
}

// ---- observations -----------------------------------------------------------------------

TEST_F(StoreTest, KeepsEveryObservation) {
  Page page = MakePage(site_, kUrl, "body", now_ + kNight);
  page.response.hops = {{"http://www.example.edu.cn/", std::string(kUrl), 301, true, ""}};
  page.response.tls = {true, "TLSv1.3", "AES", "self-signed certificate"};
  page.document.charset = Charset::kGb18030;
  page.document.signals = {{SignalKind::kHiddenLinks, "12 links", {}, 12}};
  page.limits = {{Limit::kZones, "cut"}};
  Night(page);
  Night(MakePage(site_, kUrl, "changed", now_ + kNight));
  const Observation second = Latest();
  EXPECT_EQ(second.body, Sha256("changed"));
  EXPECT_EQ(second.previous_run, 1u);
  const Observation first =
      Must(store_->ObservationOf(site_.id, kUrl, second.previous_run)).value();
  EXPECT_EQ(first.site, site_.id);
  EXPECT_EQ(first.url, kUrl);
  EXPECT_EQ(first.run, 1u);
  EXPECT_EQ(first.previous_run, 0u);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers, page.response.headers);
  EXPECT_EQ(first.title, "示例学院");
  ASSERT_EQ(first.hops.size(), 1u);
  EXPECT_EQ(first.hops[0].status, 301);
  EXPECT_EQ(first.tls.error, "self-signed certificate");
  EXPECT_EQ(first.charset, Charset::kGb18030);
  EXPECT_EQ(first.body_bytes, 4u);
  EXPECT_EQ(first.checked, Checked::kFull);
  ASSERT_EQ(first.limits.size(), 1u);
  EXPECT_EQ(first.signals, (std::vector<std::string>{"hidden-links: 12 links"}));
  EXPECT_EQ(first.rules, rules_);
  EXPECT_EQ(Must(store_->blobs().Get(first.body)), "body");
}

TEST_F(StoreTest, FillsAnUnchangedObservationFromTheFullOne) {
  Night(MakePage(site_, kUrl, "body", now_ + kNight));
  Night(MakeUnchanged(site_, kUrl, now_ + kNight));
  Night(MakeUnchanged(site_, kUrl, now_ + kNight));
  int visited = 0;
  Must(store_->EachObservation(site_.id, 3, [&](const Observation& seen) {
    ++visited;
    EXPECT_TRUE(seen.unchanged);
    EXPECT_EQ(seen.run, 3u);
    EXPECT_EQ(seen.previous_run, 2u);
    EXPECT_EQ(seen.full_run, 1u);
    EXPECT_EQ(seen.time, now_);
    EXPECT_EQ(seen.elapsed, 35);
    EXPECT_EQ(seen.status, 304);
    EXPECT_EQ(seen.url, kUrl);
    EXPECT_EQ(seen.title, "示例学院");
    EXPECT_EQ(seen.body, Sha256("body"));
    EXPECT_EQ(seen.body_bytes, 4u);
    EXPECT_EQ(seen.checked, Checked::kFull);
    EXPECT_EQ(seen.remote_address, "10.1.2.3:80");
    return true;
  }));
  EXPECT_EQ(visited, 1);
}

// An exchange as the fetcher hands it over, with a redirect before it.
Page MakeSecurePage(const Site& site, std::string_view url, Millis time) {
  Page page = MakePage(site, url, "body", time);
  Response& response = page.response;
  response.asked = time + 7;
  response.request = "GET /b HTTP/1.1\r\n\r\n";
  response.local_address = "10.1.2.2:40000";
  response.addresses = {"10.1.2.3"};
  response.timing = {.connected = 3, .ended = 120};
  response.coding = "gzip";
  response.coded_body = "body, packed";
  response.tls = {.used = true, .version = "TLSv1.3", .certificates = "PEM"};
  response.tls.chain = Sha256("PEM");
  response.names.text = "20260101000000\nwww.example.edu.cn. 60 IN A 10.1.2.3\n";
  response.names.digest = Sha256(response.names.text);
  Hop hop{.from = std::string(url), .to = "http://www.example.edu.cn/b", .status = 302};
  hop.followed = true;
  hop.exchange = ExchangeOf(response);
  hop.exchange.headers = "HTTP/1.1 302 Found\r\n\r\n";
  hop.exchange.body = "moved";
  hop.exchange.body_digest = Sha256("moved");
  response.hops = {hop};
  return page;
}

TEST_F(StoreTest, KeepsTheExchangeAsItWent) {
  const Page page = MakeSecurePage(site_, kUrl, now_ + kNight);
  Night(page);
  const Observation seen = **store_->ObservationOf(site_.id, kUrl, 1);
  EXPECT_EQ(seen.exchange.headers, page.response.headers);
  EXPECT_EQ(seen.exchange.request, page.response.request);
  EXPECT_EQ(seen.exchange.remote_address, "10.1.2.3:80");
  EXPECT_EQ(seen.exchange.local_address, "10.1.2.2:40000");
  EXPECT_EQ(seen.exchange.addresses, page.response.addresses);
  EXPECT_EQ(seen.exchange.timing.ended, 120);
  EXPECT_EQ(seen.exchange.started, page.response.asked);
  EXPECT_EQ(seen.exchange.coded, Sha256("body, packed"));
  EXPECT_EQ(seen.exchange.body_digest, Sha256("body"));
  EXPECT_EQ(*store_->blobs().Get(seen.exchange.tls.chain), "PEM");
  EXPECT_EQ(*store_->blobs().Get(seen.exchange.names.digest), page.response.names.text);
  ASSERT_EQ(seen.hops.size(), 1u);
  EXPECT_EQ(seen.hops[0].exchange.names.digest, seen.exchange.names.digest);
  EXPECT_EQ(seen.hops[0].exchange.headers, "HTTP/1.1 302 Found\r\n\r\n");
  EXPECT_EQ(*store_->blobs().Get(seen.hops[0].exchange.body_digest), "moved");
  // Nothing was found on it, so the body as it came is not kept.
  EXPECT_FALSE(seen.coded_kept);
  EXPECT_FALSE(*store_->blobs().Exists(seen.exchange.coded));
  EXPECT_EQ(BlobsOf(seen).size(), 4u);
}

TEST_F(StoreTest, KeepsTheCodedBodyOfAPageWithFindings) {
  Page page = MakeSecurePage(site_, kUrl, now_ + kNight);
  page.findings = {MakeFinding(kUrl, "百家乐", Severity::kHigh)};
  Night(page);
  const Observation seen = **store_->ObservationOf(site_.id, kUrl, 1);
  EXPECT_TRUE(seen.coded_kept);
  EXPECT_EQ(*store_->blobs().Get(seen.exchange.coded), "body, packed");
  EXPECT_EQ(BlobsOf(seen).size(), 5u);
}

TEST_F(StoreTest, WritesNoExchangeAgainForAnUnchangedPage) {
  Night(MakeSecurePage(site_, kUrl, now_ + kNight));
  Page again = MakeSecurePage(site_, kUrl, now_ + kNight);
  again.response.same_body = true;
  again.response.names.text = "20260102000000\nwww.example.edu.cn. 59 IN A 10.1.2.3\n";
  again.response.names.digest = Sha256(again.response.names.text);
  again.response.hops[0].exchange.started += kNight;
  again.response.hops[0].exchange.headers = "HTTP/1.1 302 Found\r\nDate: another\r\n\r\n";
  Night(again);
  const Observation seen = **store_->ObservationOf(site_.id, kUrl, 2);
  EXPECT_EQ(seen.full_run, 1u);
  EXPECT_EQ(seen.hops[0].exchange.headers, "HTTP/1.1 302 Found\r\n\r\n");
  EXPECT_EQ(seen.exchange.request, again.response.request);
  EXPECT_FALSE(*store_->blobs().Exists(again.response.names.digest));
}

TEST_F(StoreTest, SaysWhatEachReadingShowed) {
  Page bad = MakePage(site_, kUrl, "bad", now_ + kNight);
  bad.findings = {MakeFinding(kUrl, "词", Severity::kHigh)};
  const std::vector<std::string> shown = {bad.findings[0].id};
  Night(bad);
  EXPECT_EQ(Latest().findings, shown);
  Night(MakeUnchanged(site_, kUrl, now_ + kNight));
  EXPECT_EQ(Latest().findings, shown) << "as the version it is";
  Night(MakePage(site_, kUrl, "clean", now_ + kNight));
  EXPECT_TRUE(Latest().findings.empty());
  bad.response.started = now_ + kNight;
  Night(bad);
  EXPECT_EQ(Latest().findings, shown);
  EXPECT_TRUE(Must(store_->ObservationOf(site_.id, kUrl, 3))->findings.empty());

  // What others got is told of what they got.
  Page cloaked = MakePage(site_, kUrl, "clean", now_ + kNight);
  View& spider = cloaked.views.emplace_back();
  spider.as = Visitor::kSpider;
  spider.differs = true;
  spider.response = bad.response;
  spider.body_digest = Sha256("bad");
  spider.packed_body =
      store_->snapshots().Pack({.digest = spider.body_digest, .raw = "bad"}).record;
  cloaked.findings = bad.findings;
  cloaked.findings[0].seen_in = spider.body_digest;
  Night(cloaked);
  EXPECT_TRUE(Latest().findings.empty());
  ASSERT_EQ(Latest().views.size(), 1u);
  EXPECT_EQ(Latest().views[0].findings, shown);
}

TEST_F(StoreTest, ASecondLookAtAnUnchangedPageSaysWhoseTheAnswerIs) {
  Night(MakePage(site_, kUrl, "body", now_ + kNight));
  for (const uint64_t run : {2u, 3u}) {
    const Lease lease = BeginNight();
    CommitPage(lease, MakeUnchanged(site_, kUrl, now_));
    Page look = MakePage(site_, kUrl, "body", now_);
    look.second_look = true;
    look.text = "the site's word";
    look.text_digest = Sha256(look.text);
    look.findings = {MakeFinding(kUrl, "站内", Severity::kLow)};
    CommitPage(lease, look);
    EndNight(lease);
    const Observation seen = Latest();
    EXPECT_EQ(seen.full_run, run);
    EXPECT_EQ(seen.exchange_run, 1u) << "what was received that night";
    EXPECT_EQ(seen.status, 304);
    EXPECT_EQ(seen.text, look.text_digest);
    EXPECT_EQ(seen.findings, std::vector<std::string>{look.findings[0].id});
  }
  EXPECT_EQ(Must(store_->ObservationOf(site_.id, kUrl, 1))->exchange_run, 0u);
}

TEST_F(StoreTest, WritesInFullWhenAnUnchangedPageWasReachedInAnotherWay) {
  Night(MakePage(site_, kUrl, "body", now_ + kNight));
  Page expired = MakeUnchanged(site_, kUrl, now_ + kNight);
  expired.response.tls = {true, "TLSv1.3", "AES", "certificate has expired"};
  Night(expired);
  EXPECT_TRUE(Latest().unchanged);
  EXPECT_EQ(Latest().full_run, 2u);
  EXPECT_EQ(Latest().tls.error, "certificate has expired");
  EXPECT_EQ(Latest().headers, expired.response.headers);
  EXPECT_EQ(Latest().title, "示例学院");
  EXPECT_EQ(Latest().body, Sha256("body"));
  Page moved = expired;
  moved.response.started = now_ + kNight;
  moved.response.remote_address = "10.1.2.4:80";
  Night(moved);
  EXPECT_EQ(Latest().full_run, 2u) << "another address is kept beside the reference";
  EXPECT_EQ(Latest().remote_address, "10.1.2.4:80");
}

TEST_F(StoreTest, TakesABodyPackedAheadOrPacksItItself) {
  const std::string text(10'000, 'a');
  Page ahead = MakePage(site_, kUrl, text, now_);
  ahead.packed_body = PackBody(text);
  Page bare = MakePage(site_, "http://www.example.edu.cn/2", text + "b", now_);
  bare.body_digest = {};
  const Lease lease = BeginNight();
  CommitPage(lease, ahead);
  CommitPage(lease, bare);
  EXPECT_EQ(Must(store_->blobs().Get(Sha256(text))), text);
  EXPECT_EQ(Must(store_->blobs().Get(Sha256(text + "b"))), text + "b");
  EXPECT_EQ(Latest("http://www.example.edu.cn/2").body, Sha256(text + "b"));
}

TEST_F(StoreTest, ShowsDismissalsOfTheSameKindWithAFinding) {
  Page page = MakePage(site_, kUrl, "x", now_);
  page.findings = {MakeFinding(kUrl, "词", Severity::kHigh)};
  page.dismissals = {{{.rule = "gambling.terms"}, "context"}, {{.rule = "fraud.terms"}, "context"}};
  CommitPage(BeginNight(), page);
  const StoredFinding finding = FindingsOf(store_->cases(), site_.id).at(0);
  ASSERT_EQ(finding.dismissals.size(), 1u);
  EXPECT_EQ(finding.dismissals[0].evidence.rule, "gambling.terms");
  EXPECT_EQ(finding.title, "示例学院");
  EXPECT_EQ(finding.body, page.body_digest);
}

// ---- size -------------------------------------------------------------------------------

size_t LogBytes(const std::string& directory) {
  size_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory + "/db")) {
    if (entry.path().extension() == ".log") bytes += entry.file_size();
  }
  return bytes;
}

// What reaches the disk in a quiet night, keys and RocksDB's own framing counted.
TEST_F(StoreTest, WritesLittleForAnUnchangedPage) {
  constexpr int kPages = 200;
  const auto url = [](int i) {
    return fmt::format("http://www.example.edu.cn/info/1047/{}/a-rather-long-name-of-a-page.htm",
                       10'000 + i);
  };
  const Lease first = BeginNight();
  for (int i = 0; i < kPages; ++i)
    CommitPage(first, MakePage(site_, url(i), fmt::format("{}", i), now_));
  EndNight(first);
  const Lease second = BeginNight();
  std::vector<Page> pages;
  for (int i = 0; i < kPages; ++i) pages.push_back(MakeUnchanged(site_, url(i), now_));
  std::vector<DonePage> done;
  for (const Page& page : pages) done.push_back({.page = &page});
  const size_t before = LogBytes(directory_.path());
  Must(store_->ledger().Commit(second, done, now_));
  const size_t written = LogBytes(directory_.path()) - before;
  RecordProperty("bytes_per_unchanged_page", static_cast<int>(written / kPages));
  EXPECT_GT(written, 0u);
  EXPECT_LE(written / kPages, 200u);
}

}  // namespace
}  // namespace xuncha::testing_support
