// The pages as officers, owners and programs get them.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "base/url.h"
#include "store/casework.h"
#include "store/deliveries.h"
#include "store/index.h"
#include "tests/unit/console/desk_world.h"
#include "tests/unit/console/pages_store.h"

namespace xuncha::testing_support {
namespace {

OfficersDesk::Options WithMail() {
  OfficersDesk::Options options;
  options.tell.console = "https://desk.example.test";
  options.tell.owners = "mail";
  options.tell.channels = {{.name = "mail",
                            .server = "smtp://mail.example.test:587",
                            .from = "xuncha@example.test",
                            .to = {"duty@example.test"}}};
  return options;
}

class PagesTest : public ::testing::Test {
 protected:
  explicit PagesTest(const OfficersDesk::Options& options = WithMail()) : world_(options) {
    FillStore(*world_.store, world_.clock);
    world_.AddAccount("officer", RoleBit(DeskRole::kOfficer));
    world_.AddAccount("second", RoleBit(DeskRole::kApprover));
    world_.AddAccount("auditor", RoleBit(DeskRole::kAuditor));
    world_.AddAccount("admin", RoleBit(DeskRole::kAdministrator));
    world_.AddAccount("reviewer", RoleBit(DeskRole::kReviewer));
    officer_ = world_.SignIn("officer");
    college_ = StableId({kCollege, "gambling"});
    library_ = StableId({kLibrary, "gambling"});
  }

  Reply Get(std::string_view target, const DeskWorld::Signed& who) {
    return world_.desk->Answer(DeskWorld::Get(target, who.cookie));
  }
  Reply Get(std::string_view target) { return Get(target, officer_); }
  Reply Post(std::string_view target, std::string_view form) {
    return world_.desk->Answer(DeskWorld::Post(target, officer_, form));
  }
  IncidentRow Row(std::string_view id) {
    const auto row = world_.store->index().IncidentById(id);
    EXPECT_TRUE(row.ok());
    return *row;
  }
  uint64_t Version(std::string_view id) { return Row(id).incident.version; }
  std::string JudgeForm(std::string_view id, std::string_view verdict) {
    return fmt::format("version={}&seen=1&verdict={}&reason=reason+enough", Version(id), verdict);
  }
  std::string FindingId() {
    std::string id;
    EXPECT_TRUE(world_.store->index()
                    .EachMember(college_, {},
                                [&](const Place&, const StoredFinding& finding) {
                                  id = finding.finding.id;
                                  return false;
                                })
                    .ok());
    return id;
  }

  DeskWorld world_;
  DeskWorld::Signed officer_;
  std::string college_, library_;
};

void ExpectHarmless(std::string_view body) {
  EXPECT_EQ(body.find("<script>alert"), std::string_view::npos);
  EXPECT_EQ(body.find("<img src=x"), std::string_view::npos);
  EXPECT_EQ(body.find('\x1b'), std::string_view::npos);
  EXPECT_EQ(body.find("\u202E"), std::string_view::npos);
  EXPECT_EQ(body.find('\0'), std::string_view::npos);
  EXPECT_EQ(body.find(" style="), std::string_view::npos);
  EXPECT_EQ(body.find("{{"), std::string_view::npos);
  EXPECT_TRUE(IsValidUtf8(body));
}

TEST_F(PagesTest, AreWholeAndHarmlessInBothLanguages) {
  const DeskWorld::Signed admin = world_.SignIn("admin");
  const std::string finding = FindingId();
  const std::string targets[] = {
      "/",
      "/queue",
      "/queue?state=closed",
      "/queue?severity=high&kind=gambling",
      "/queue?site=www.college.test",
      "/queue?baseline=1",
      "/incident/" + college_,
      "/incident/" + library_,
      "/incident/" + StableId({kCollege, "porn"}),
      "/finding/" + finding + "/suppress",
      "/cluster?key=" + PercentEncodeByte('s') + "pan%3Agambling.platform%3A" + std::string(kWords),
      "/clusters",
      "/sites",
      "/sites?gaps=1&q=%E5%9B%BE",
      "/site/www.college.test",
      "/site/lib.college.test",
      "/site/www.college.test/findings",
      "/runs",
      "/run/2",
      "/run/2?all=1",
      "/search",
      "/search?q=%3Cscript%3E",
      "/search?q=" + finding,
      "/search?q=http%3A%2F%2Fwww.college.test%2Fnews",
      "/search?q=%E7%9C%9F%E4%BA%BA&site=www.college.test",
      "/rules",
      "/suppressions",
      "/holds",
      "/exports",
      "/purges",
      "/audit",
      "/accounts",
      "/o/0000000000000000000000000000000000000000000000000000000000000000",
  };
  for (const std::string& target : targets) {
    for (const char* language : {"zh", "en"}) {
      SCOPED_TRACE(target + " " + language);
      const bool officers = target.find("suppress") != std::string::npos;
      const Reply reply =
          Get(target + (target.find('?') == std::string::npos ? "?" : "&") + "lang=" + language,
              officers ? officer_ : admin);
      EXPECT_EQ(reply.status, target.starts_with("/o/") ? 404 : 200) << reply.body;
      ExpectHarmless(reply.body);
      EXPECT_EQ(reply.body.find(kPhoneNumber), std::string::npos) << "identifiers are masked";
      EXPECT_NE(reply.body.find("<h1>"), std::string::npos);
    }
  }
}

TEST_F(PagesTest, ShowTheSameNumbersAsTheStore) {
  const Reply today = Get("/");
  EXPECT_NE(today.body.find("<p class=\"big\">3</p>"), std::string::npos) << today.body;
  const Reply queue = Get("/queue");
  EXPECT_NE(queue.body.find(college_), std::string::npos);
  EXPECT_NE(queue.body.find(library_), std::string::npos);
  // The worst before the rest, the oldest of them first.
  EXPECT_LT(queue.body.find(library_), queue.body.find(StableId({kCollege, "porn"})));
}

TEST(StockTest, StandsInFrontWhileNothingIsNew) {
  DeskWorld world;
  FillStock(*world.store, world.clock);
  world.AddAccount("officer", RoleBit(DeskRole::kOfficer));
  const std::string cookie = world.SignIn("officer").cookie;
  const std::string stock = StableId({kCollege, "gambling"});
  const Reply today = world.desk->Answer(DeskWorld::Get("/", cookie));
  EXPECT_NE(today.body.find("<p class=\"big\"><a href=\"/queue?baseline=1\">1</a>"),
            std::string::npos)
      << today.body;
  EXPECT_NE(today.body.find("（高 1）"), std::string::npos);
  EXPECT_NE(today.body.find(stock), std::string::npos) << "the gravest of it";
  EXPECT_NE(world.desk->Answer(DeskWorld::Get("/queue", cookie)).body.find(stock),
            std::string::npos);
  EXPECT_EQ(world.desk->Answer(DeskWorld::Get("/queue?state=new", cookie)).body.find(stock),
            std::string::npos)
      << "who asks for what is new gets that";
}

TEST_F(PagesTest, ShowWhatWasFoundWhereAndSinceWhen) {
  const Reply page = Get("/incident/" + college_);
  EXPECT_NE(page.body.find("<mark>真人视讯下注</mark>"), std::string::npos) << page.body;
  EXPECT_NE(page.body.find("责任人甲"), std::string::npos);
  EXPECT_NE(page.body.find("0571-00000000"), std::string::npos);
  EXPECT_NE(page.body.find("138001*****"), std::string::npos) << "masked";
  EXPECT_NE(page.body.find("class=\"came\""), std::string::npos) << "the difference";
  EXPECT_NE(page.body.find("class=\"went\""), std::string::npos);
  EXPECT_NE(page.body.find("display"), std::string::npos) << "how it was hidden";
}

TEST_F(PagesTest, TakeAVerdictAndTakeItBack) {
  const Reply judged = Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  EXPECT_EQ(judged.status, 303) << judged.body;
  EXPECT_EQ(Row(college_).incident.state, "violation");
  const Reply page = Get("/incident/" + college_);
  EXPECT_NE(page.body.find("data-seconds"), std::string::npos);
  const Reply undone = Post("/incident/" + college_ + "/deed",
                            fmt::format("deed=undo&version={}&seen=1", Version(college_)));
  EXPECT_EQ(undone.status, 303) << undone.body;
  EXPECT_EQ(Row(college_).incident.state, "new");
}

TEST_F(PagesTest, RefuseAVerdictWithoutItsReasonAndKeepWhatWasSeen) {
  const std::string form =
      fmt::format("version={}&seen=1&verdict=violation&reason=x", Version(college_));
  const Reply refused = Post("/incident/" + college_ + "/judge", form);
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("id=\"problem\""), std::string::npos);
  EXPECT_EQ(Row(college_).incident.state, "new");
  EXPECT_EQ(
      Post("/incident/" + college_ + "/judge", "verdict=violation&reason=reason+enough").status,
      400)
      << "without a version somebody's deed could be overwritten";
  EXPECT_EQ(Post("/incident/" + college_ + "/judge", JudgeForm(college_, "nonsense")).status, 400);
}

TEST_F(PagesTest, KeepWhatWasWrittenForTheDeedItWasWrittenFor) {
  Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  world_.clock.Advance(limits::kUndoMillis + 1);
  const Reply refused =
      Post("/incident/" + college_ + "/deed",
           fmt::format("deed=report-sent&version={}&seen=1&reason=fax", Version(college_)));
  EXPECT_EQ(refused.status, 400);
  const std::string judge = DeskWorld::Between(refused.body, "id=\"reason\"", "</textarea>");
  EXPECT_EQ(judge.find("fax"), std::string::npos) << judge;
  const std::string own =
      DeskWorld::Between(refused.body, "id=\"reason-report-sent\"", "</textarea>");
  EXPECT_NE(own.find("fax"), std::string::npos) << own;
  EXPECT_NE(refused.body.find("data-deed=\"report-sent\" open"), std::string::npos);
}

TEST_F(PagesTest, OfferWhatWaitsForTheVerdictOnlyWhenItCanBeDone) {
  Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  const auto notify = [&] {
    return DeskWorld::Between(Get("/incident/" + college_).body, "data-deed=\"notify\"",
                              "</details>");
  };
  EXPECT_NE(notify().find("<button disabled"), std::string::npos) << notify();
  EXPECT_TRUE(notify().starts_with(" open")) << "it is the next step";
  world_.clock.Advance(limits::kUndoMillis + 1);
  EXPECT_EQ(notify().find("disabled"), std::string::npos) << notify();
  const Reply page = Get("/incident/" + college_);
  EXPECT_LT(page.body.find("data-deed=\"notify\""), page.body.find("责任人甲"));
  EXPECT_EQ(page.body.find("class=\"primary\""), std::string::npos)
      << "no verdict stands out once there is one";
}

TEST_F(PagesTest, ShowWhatSomebodyElseDidMeanwhile) {
  const std::string form = JudgeForm(college_, "violation");
  const DeskWorld::Signed second = world_.SignIn("second");
  const Reply first = world_.desk->Answer(DeskWorld::Post(
      "/incident/" + college_ + "/judge", second, JudgeForm(college_, "false-positive")));
  EXPECT_EQ(first.status, 303) << first.body;
  const Reply late = Post("/incident/" + college_ + "/judge", form);
  EXPECT_EQ(late.status, 409);
  EXPECT_NE(late.body.find("class=\"meanwhile\""), std::string::npos);
  EXPECT_NE(late.body.find("reason enough"), std::string::npos) << "what was written is not lost";
  EXPECT_EQ(Row(college_).incident.state, "false-positive");
}

TEST_F(PagesTest, ANoticeIsPutIntoTheOutboxWithItsLink) {
  Site site = **world_.store->index().SiteOf(kCollege);
  site.contacts = {"owner@example.test"};
  ASSERT_TRUE(world_.store->ReplaceSites({site}).ok());
  Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  world_.clock.Advance(limits::kUndoMillis + 1);
  ASSERT_TRUE(world_.store->casework().Settle(college_, world_.clock.Now()).ok());
  const Reply done =
      Post("/incident/" + college_ + "/notice",
           fmt::format("version={}&seen=1&deed=notify&reason=reason+enough", Version(college_)));
  EXPECT_EQ(done.status, 303) << done.body;
  std::vector<Delivery> waiting;
  ASSERT_TRUE(world_.store->deliveries()
                  .EachOpen([&](const Delivery& message) {
                    waiting.push_back(message);
                    return true;
                  })
                  .ok());
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].to, std::vector<std::string>{"owner@example.test"});
  const std::string head = "https://desk.example.test/o/";
  ASSERT_TRUE(waiting[0].link.starts_with(head));
  EXPECT_EQ(Get(waiting[0].link.substr(head.size() - 3), world_.Anonymous()).status, 200);
}

TEST_F(PagesTest, ShowTheLinkOnceWhereNobodyWasTold) {
  Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  world_.clock.Advance(limits::kUndoMillis + 1);
  ASSERT_TRUE(world_.store->casework().Settle(college_, world_.clock.Now()).ok());
  const Reply issued =
      Post("/incident/" + college_ + "/notice",
           fmt::format("version={}&seen=1&deed=notify&reason=reason+enough", Version(college_)));
  ASSERT_EQ(issued.status, 200) << "the site has no mail address";
  EXPECT_NE(issued.body.find("没有发给任何人"), std::string::npos);
  const std::string link = DeskWorld::Between(issued.body, "data-link>", "<");
  const std::string head = "https://desk.example.test/o/";
  ASSERT_TRUE(link.starts_with(head)) << link;
  const DeskWorld::Signed owner = world_.Anonymous();
  EXPECT_EQ(Get(link.substr(head.size() - 3), owner).status, 200);
  EXPECT_EQ(Get("/incident/" + college_).body.find(link), std::string::npos) << "shown once";

  const std::string paper =
      "/incident/" + college_ + "/paper/" +
      DeskWorld::Between(issued.body, "action=\"/incident/" + college_ + "/paper/", "\"");
  EXPECT_NE(Get(paper + "?format=html").body.find("整改通知书"), std::string::npos);
  EXPECT_EQ(Get(paper + "?format=html").body.find(link), std::string::npos);
  EXPECT_TRUE(Get(paper + "?format=docx").body.starts_with("PK"));
  EXPECT_EQ(Get(paper + "?format=exe").status, 400);
  EXPECT_EQ(Get("/incident/" + library_ + paper.substr(paper.find("/paper"))).status, 404)
      << "it is another incident's";
  EXPECT_NE(Post(paper, "format=html&link=" + link).body.find(link), std::string::npos);
  EXPECT_EQ(Post(paper, "format=html&link=https://else.test/o/" + link.substr(head.size())).status,
            400)
      << "nothing but the link as shown is printed";

  const std::string was =
      DeskWorld::Between(Get("/incident/" + college_).body, "name=\"was\" value=\"", "\"");
  const Reply renewed = Post("/incident/" + college_ + "/link", "was=" + was);
  EXPECT_EQ(renewed.status, 200);
  const std::string fresh = DeskWorld::Between(renewed.body, "data-link>", "<");
  EXPECT_TRUE(fresh.starts_with(head) && fresh != link) << fresh;
  EXPECT_EQ(Get(fresh.substr(head.size() - 3), owner).status, 200);
  EXPECT_EQ(Get(link.substr(head.size() - 3), owner).status, 404);
  const Reply reloaded = Post("/incident/" + college_ + "/link", "was=" + was);
  EXPECT_EQ(reloaded.status, 409);
  EXPECT_THAT(reloaded.body, testing::HasSubstr("链接刚换过"));
  EXPECT_EQ(Get(fresh.substr(head.size() - 3), owner).status, 200) << "what was handed over opens";
  EXPECT_EQ(Post("/incident/" + library_ + "/link", "").status, 404) << "no notice, no link";
}

TEST_F(PagesTest, CountNoLookOfAProgramAtAnOwnersLink) {
  Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  world_.clock.Advance(limits::kUndoMillis + 1);
  ASSERT_TRUE(world_.store->casework().Settle(college_, world_.clock.Now()).ok());
  const Reply issued =
      Post("/incident/" + college_ + "/notice",
           fmt::format("version={}&seen=1&deed=notify&reason=reason+enough", Version(college_)));
  const std::string link = DeskWorld::Between(issued.body, "data-link>", "<");
  ASSERT_NE(link.find("/o/"), std::string::npos) << issued.body;
  RawRequest raw = DeskWorld::Get(link.substr(link.find("/o/")), world_.Anonymous().cookie);
  const auto uses = [&] {
    const auto file = world_.store->casework().FileOf(college_);
    return world_.store->casework().NoticeById(file->notices.back())->token_uses;
  };
  raw.method = "HEAD";
  EXPECT_EQ(world_.desk->Answer(raw).status, 200);
  EXPECT_EQ(uses(), 0u);
  raw.method = "GET";
  EXPECT_EQ(world_.desk->Answer(raw).status, 200);
  EXPECT_EQ(uses(), 1u);
}

TEST_F(PagesTest, GoByWhatIsConfiguredAnew) {
  Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  world_.clock.Advance(limits::kUndoMillis + 1);
  ASSERT_TRUE(world_.store->casework().Settle(college_, world_.clock.Now()).ok());
  CasePolicy policy;
  policy.institution = "另一个中心";
  TellPolicy tell;
  tell.console = "https://other.example.test";
  world_.desk->SetPolicies(policy, tell);
  const Reply issued =
      Post("/incident/" + college_ + "/notice",
           fmt::format("version={}&seen=1&deed=notify&reason=reason+enough", Version(college_)));
  const std::string link = DeskWorld::Between(issued.body, "data-link>", "<");
  EXPECT_THAT(link, testing::StartsWith("https://other.example.test/o/"));
  EXPECT_THAT(Get(link.substr(link.find("/o/")), world_.Anonymous()).body,
              testing::HasSubstr("另一个中心"));
}

OfficersDesk::Options WithAChannelNoMessageCanName() {
  OfficersDesk::Options options = WithMail();
  options.tell.channels[0].name = std::string(limits::kMessageFieldBytesMax + 1, 'x');
  options.tell.owners = options.tell.channels[0].name;
  return options;
}
class UnsentPagesTest : public PagesTest {
 protected:
  UnsentPagesTest() : PagesTest(WithAChannelNoMessageCanName()) {}
};

TEST_F(UnsentPagesTest, ShowTheLinkOfANoticeThatCannotBeQueued) {
  Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  world_.clock.Advance(limits::kUndoMillis + 1);
  ASSERT_TRUE(world_.store->casework().Settle(college_, world_.clock.Now()).ok());
  const Reply done =
      Post("/incident/" + college_ + "/notice",
           fmt::format("version={}&seen=1&deed=notify&reason=reason+enough", Version(college_)));
  EXPECT_EQ(Row(college_).incident.state, "notified");
  ASSERT_EQ(done.status, 200);
  EXPECT_NE(done.body.find("没有排入待发消息"), std::string::npos) << "and the page says so";
  const std::string link = DeskWorld::Between(done.body, "data-link>", "<");
  const std::string head = "https://desk.example.test/o/";
  ASSERT_TRUE(link.starts_with(head)) << link;
  EXPECT_EQ(Get(link.substr(head.size() - 3), world_.Anonymous()).status, 200);
}

TEST_F(PagesTest, LetTheOwnerAnswerByTheLinkOfTheNotice) {
  Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  world_.clock.Advance(limits::kUndoMillis + 1);
  ASSERT_TRUE(world_.store->casework().Settle(college_, world_.clock.Now()).ok());
  const auto site = world_.store->index().SiteOf(kCollege);
  const auto issued =
      world_.store->casework().Issue({.incident = college_, .by = "officer"}, CaseDeed::kNotify,
                                     **site, CasePolicy(), world_.clock.Now());
  ASSERT_TRUE(issued.ok()) << issued.error().text;
  const std::string link = "/o/" + issued->token;
  DeskWorld::Signed owner = world_.Anonymous();
  const Reply page = Get(link, owner);
  EXPECT_EQ(page.status, 200) << page.body;
  ExpectHarmless(page.body);
  EXPECT_NE(page.body.find(kWords), std::string::npos);
  EXPECT_EQ(page.body.find("/incident/"), std::string::npos) << "nothing leads into the desk";
  EXPECT_NE(page.body.find("依据：《互联网安全责任书》"), std::string::npos) << page.body;
  EXPECT_NE(page.body.find("请先保存页面、日志"), std::string::npos);

  // No picture, whatever it calls itself.
  const auto send = [&](std::string_view bytes) {
    RawRequest raw = DeskWorld::Get(link, owner.cookie);
    raw.method = "POST";
    raw.headers.emplace_back("origin", "http://localhost:8080");
    raw.headers.emplace_back("sec-fetch-site", "same-origin");
    raw.headers.emplace_back("content-type", "multipart/form-data; boundary=XX");
    const auto field = [](std::string_view name, std::string_view value) {
      return fmt::format("--XX\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name,
                         value);
    };
    raw.body = field("csrf", owner.csrf) + field("by", "责任人甲") +
               field("answer", "acknowledge") +
               field("text", kNasty.substr(0, kNasty.find('\x1b'))) +
               fmt::format(
                   "--XX\r\nContent-Disposition: form-data; name=\"files\"; "
                   "filename=\"../../a.png\"\r\nContent-Type: image/png\r\n\r\n{}\r\n--XX--"
                   "\r\n",
                   bytes);
    return world_.desk->Answer(raw);
  };
  EXPECT_EQ(send("<svg onload=alert(1)>").status, 400);
  const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\2\0\0\0", 29);
  const Reply answered = send(png);
  EXPECT_EQ(answered.status, 303) << answered.body;
  EXPECT_EQ(Row(college_).incident.state, "acknowledged");
  const Reply incident = Get("/incident/" + college_);
  ExpectHarmless(incident.body);
  const Reply picture = Get("/incident/" + college_ + "/reply/1/0");
  EXPECT_EQ(picture.body, png);
  EXPECT_EQ(picture.type, "image/png");
  EXPECT_TRUE(DeskWorld::HeaderOf(picture, "Content-Disposition").starts_with("attachment"));
  EXPECT_NE(DeskWorld::HeaderOf(picture, "Content-Security-Policy").find("sandbox"),
            std::string::npos);
  EXPECT_EQ(Get("/o/" + std::string(64, 'a'), owner).status, 404);
  world_.clock.Advance(Millis{40} * 86'400'000);
  EXPECT_EQ(Get(link, owner).status, 410);
}

TEST_F(PagesTest, ShowIdentifiersWholeForAReasonOnRecord) {
  const std::string target = "/incident/" + college_ + "/unmask";
  EXPECT_EQ(Post(target, "reason=because+of+the+case").status, 403) << "an officer may not";
  const DeskWorld::Signed second = world_.SignIn("second");
  const auto post = [&](std::string_view path, std::string_view form) {
    return world_.desk->Answer(DeskWorld::Post(path, second, form));
  };
  EXPECT_EQ(post(target, "reason=x").status, 400);
  const uint64_t before = *world_.store->audit().Size();
  const Reply page = post(target, "reason=because+of+the+case");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find(kPhoneNumber), std::string::npos);
  EXPECT_EQ(*world_.store->audit().Size(), before + 1);
  const Reply raw = post("/finding/" + FindingId() + "/raw", "reason=because+of+the+case");
  EXPECT_EQ(raw.status, 200);
  EXPECT_NE(raw.body.find("<script>"), std::string::npos) << "as it was got";
  EXPECT_EQ(raw.type, "application/octet-stream");
  EXPECT_NE(DeskWorld::HeaderOf(raw, "Content-Security-Policy").find("sandbox"), std::string::npos);
}

TEST_F(PagesTest, DecideAClusterAtOnceAndSayWhatWasLeft) {
  const std::string key = fmt::format("span%3Agambling.platform%3A{}", kWords);
  const Reply preview = Get("/cluster?key=" + key);
  ASSERT_EQ(preview.status, 200) << preview.body;
  EXPECT_NE(preview.body.find("将一并判断"), std::string::npos);
  EXPECT_EQ(preview.body.find("不在其内，以及原因"), std::string::npos) << "none is left out";
  std::string form = "verdict=violation&reason=reason+enough&key=" +
                     DeskWorld::Between(preview.body, "name=\"key\" value=\"", "\"");
  std::string_view rest = preview.body;
  while (true) {
    const std::string member = DeskWorld::Between(rest, "name=\"member\" value=\"", "\"");
    if (member.empty()) break;
    form += "&member=" + member;
    rest.remove_prefix(rest.find(member) + member.size());
  }
  // One of them changes after the preview was shown.
  ASSERT_TRUE(world_.store->casework()
                  .Act({.incident = library_, .by = "second", .reason = "somebody looks at it"},
                       CaseDeed::kNote, world_.clock.Now())
                  .ok());
  const Reply decided = Post("/cluster", form);
  EXPECT_EQ(decided.status, 200) << decided.body;
  EXPECT_EQ(Row(college_).incident.state, "violation");
  EXPECT_EQ(Row(library_).incident.state, "new") << "it was not what was shown";
}

TEST_F(PagesTest, ListTheLargestClustersFirstUntilTheyAreDecided) {
  const Reply page = Get("/clusters");
  EXPECT_EQ(page.status, 200);
  const size_t words = page.body.find(kWords);
  ASSERT_NE(words, std::string::npos) << page.body;
  EXPECT_NE(page.body.find("<td>2</td><td>2</td><td>2</td>", words), std::string::npos)
      << "two incidents on two sites, a finding each";
  EXPECT_EQ(page.body.find("示例不雅词"), std::string::npos) << "one alone is no cluster";
  const std::string key = fmt::format("span:gambling.platform:{}", kWords);
  Post("/cluster", fmt::format("key={}&verdict=violation&reason=reason+enough&member={}:{}&"
                               "member={}:{}",
                               key, college_, Version(college_), library_, Version(library_)));
  EXPECT_EQ(Row(college_).incident.state, "violation");
  EXPECT_EQ(Get("/clusters").body.find(kWords), std::string::npos);
}

TEST_F(PagesTest, SuppressAfterAPreview) {
  const std::string target = "/finding/" + FindingId() + "/suppress";
  const Reply preview = Post(target, "do=preview&scope=rule&class=false-positive&days=30&reason=");
  EXPECT_EQ(preview.status, 200);
  EXPECT_NE(preview.body.find("<strong>1</strong>"), std::string::npos) << preview.body;
  const Reply lacking =
      Post(target, "do=preview&scope=path&class=false-positive&days=400&pattern=&reason=ab");
  for (const char* what : {"天数超过上限", "须写路径", "不足十个字"})
    EXPECT_NE(lacking.body.find(what), std::string::npos) << what;
  EXPECT_EQ(Post(target, "do=suppress&scope=rule&class=false-positive&days=30&reason=short").status,
            400);
  EXPECT_EQ(Post(target,
                 "do=suppress&scope=rule&class=false-positive&days=30&reason=long+enough+a+reason")
                .status,
            303);
  EXPECT_NE(Get("/incident/" + college_ + "?done=done.suppressed").body.find("请判误报"),
            std::string::npos)
      << "the incident is not gone by that";
  EXPECT_NE(Get("/suppressions").body.find("S1"), std::string::npos);
}

TEST_F(PagesTest, ShowTheNewestSuppressionsAndTheOthersPageByPage) {
  constexpr int kMany = 220;
  for (int i = 0; i < kMany; ++i) {
    const auto made = world_.store->casework().Suppress(
        {.finding = FindingId(), .reason = "long enough a reason", .by = "officer"},
        world_.clock.Now());
    ASSERT_TRUE(made.ok()) << made.error().text;
  }
  const auto ids = [](std::string_view body) {
    std::vector<int> found;
    for (int i = 1; i <= kMany; ++i) {
      if (body.find(fmt::format("<strong>S{}</strong>", i)) != std::string_view::npos)
        found.push_back(i);
    }
    return found;
  };
  std::string target = "/suppressions";
  std::vector<int> seen;
  for (const int newest : {220, 20}) {
    const Reply page = Get(target);
    const std::vector<int> here = ids(page.body);
    ASSERT_FALSE(here.empty()) << target;
    EXPECT_EQ(here.back(), newest);
    seen.insert(seen.end(), here.begin(), here.end());
    target = fmt::format("/suppressions?before={}", here.front());
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(kMany));
  // On a page that has not changed nobody counts a match, and it is in use all the same.
  world_.clock.Advance(kSuppressionStale + Millis{86'400'000});
  officer_ = world_.SignIn("officer");
  const Reply later = Get("/suppressions");
  EXPECT_EQ(later.status, 200);
  EXPECT_EQ(later.body.find("久未命中"), std::string::npos);
}

TEST_F(PagesTest, ShowAReviewerTheirUnitAndNothingElse) {
  const DeskWorld::Signed reviewer = world_.SignIn("reviewer");
  EXPECT_EQ(Get("/", reviewer).status, 303);
  const Reply sites = Get("/sites", reviewer);
  EXPECT_NE(sites.body.find("lib.college.test"), std::string::npos);
  EXPECT_EQ(sites.body.find("www.college.test"), std::string::npos);
  EXPECT_EQ(Get("/incident/" + library_, reviewer).status, 200);
  EXPECT_EQ(Get("/incident/" + college_, reviewer).status, 404);
  EXPECT_EQ(Get("/site/www.college.test", reviewer).status, 404);
  EXPECT_EQ(Get("/site/www.college.test/findings", reviewer).status, 404);
  EXPECT_EQ(Get("/queue", reviewer).status, 403);
  EXPECT_EQ(Get("/search?q=college", reviewer).status, 403);
}

TEST_F(PagesTest, LeadNobodyWhereTheyMayNotGoAndNamePeople) {
  const DeskWorld::Signed auditor = world_.SignIn("auditor");
  for (const char* page : {"/holds", "/exports", "/purges"}) {
    SCOPED_TRACE(page);
    EXPECT_EQ(Get(page).body.find("href=\"/audit\""), std::string::npos);
    EXPECT_NE(Get(page, auditor).body.find("href=\"/audit\""), std::string::npos);
  }
  Post("/incident/" + college_ + "/judge", JudgeForm(college_, "violation"));
  EXPECT_NE(Get("/incident/" + college_).body.find("某 officer（officer）"), std::string::npos);
}

TEST_F(PagesTest, NameEveryDeedInBothLanguages) {
  for (int i = 0; i < kCaseDeeds; ++i) {
    const auto deed = static_cast<CaseDeed>(i);
    const std::string name(CaseDeedName(deed));
    SCOPED_TRACE(name);
    if (name.starts_with("verdict:")) continue;
    EXPECT_EQ(world_.desk->Word(Language::kChinese, "deed." + name), CaseDeedText(deed));
    const std::string english = world_.desk->Word(Language::kEnglish, "deed." + name);
    EXPECT_TRUE(!english.empty() && english != name) << english;
  }
  const Reply page = Get("/incident/" + college_ + "?lang=en");
  EXPECT_NE(page.body.find("<summary>Assign</summary>"), std::string::npos) << page.body;
}

TEST_F(PagesTest, OfferNoDeedsToWhoOnlyReads) {
  const Reply page = Get("/incident/" + college_, world_.SignIn("auditor"));
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body.find("data-judge"), std::string::npos);
  EXPECT_EQ(page.body.find("data-deed"), std::string::npos);
}

TEST_F(PagesTest, SayNoSiteWasReadInFullThatWasNot) {
  const Reply site = Get("/site/lib.college.test");
  EXPECT_NE(site.body.find("已查完，有没有读全的页面"), std::string::npos) << "a page failed";
  EXPECT_EQ(Get("/sites").body.find("；</span>"), std::string::npos);
  EXPECT_EQ(Get("/run/2").body.find("；</div>"), std::string::npos);
}

TEST_F(PagesTest, SearchSaysWhatItLookedAt) {
  const Reply texts = Get("/search?q=%E9%A6%96%E5%AD%98&site=www.college.test");
  EXPECT_NE(texts.body.find("<mark>首存</mark>"), std::string::npos) << texts.body;
  const Reply none = Get("/search?q=%E9%A6%96%E5%AD%98");
  EXPECT_EQ(none.body.find("<mark>首存</mark>"), std::string::npos) << "no site, no texts";
  EXPECT_EQ(Get("/search?q=" + std::string(400, 'a')).status, 400);
  EXPECT_NE(Get("/search?q=college&site=nosuch").body.find("没有登记这个网站编号"),
            std::string::npos);
}

TEST_F(PagesTest, SpeakToPrograms) {
  struct Case {
    const char *target, *holds;
  };
  const std::string incident = "/api/incident/" + college_;
  const Case cases[] = {{"/api/incidents", "\"severity\":\"high\""},
                        {incident.c_str(), "\"findings\":[{"},
                        {"/api/sites", "\"last_good_run\""},
                        {"/api/site/www.college.test", "责任人甲"},
                        {"/api/findings?site=www.college.test", "\"evidence\":[{"},
                        {"/api/runs", "\"pages\""},
                        {"/api/run/2", "\"id\":2"},
                        {"/api/search?q=college", "\"sites\":[{"}};
  for (const auto& [target, holds] : cases) {
    SCOPED_TRACE(target);
    const Reply reply = Get(target);
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.type, "application/json");
    EXPECT_NE(reply.body.find(holds), std::string::npos) << reply.body;
    EXPECT_EQ(reply.body.find(kPhoneNumber), std::string::npos);
  }
  RawRequest raw = DeskWorld::Post("/api/incident/" + college_ + "/verdict", officer_);
  for (auto& [name, value] : raw.headers) {
    if (name == "content-type") value = "application/json";
  }
  raw.headers.emplace_back("x-csrf-token", officer_.csrf);
  raw.body = fmt::format(R"({{"verdict":"violation","reason":"reason enough","version":{}}})",
                         Version(college_));
  const Reply judged = world_.desk->Answer(raw);
  EXPECT_EQ(judged.status, 200) << judged.body;
  EXPECT_EQ(Row(college_).incident.state, "violation");
  EXPECT_EQ(world_.desk->Answer(raw).status, 409) << "the version was another";
}

TEST_F(PagesTest, TakeAnyPlaceInAListForABeginning) {
  for (const char* place : {"zz", "00", "ffff", "6e6577", "%00", "6e657700000000000000000000"}) {
    for (const char* list : {"/queue?after=", "/queue?before=", "/sites?after=", "/sites?before=",
                             "/site/www.college.test/findings?after=", "/runs?before=",
                             "/audit?from=", "/search?q=a&findings="}) {
      SCOPED_TRACE(std::string(list) + place);
      const int status = Get(std::string(list) + place, world_.SignIn("admin")).status;
      EXPECT_TRUE(status == 200 || status == 400) << status;
    }
  }
}

}  // namespace
}  // namespace xuncha::testing_support
