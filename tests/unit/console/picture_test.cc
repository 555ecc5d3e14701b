// Pictures of captured pages: who may have them drawn, that nobody waits for it, what is
// kept and what is forgotten. The browser itself has a test of its own (app/browser_test).
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "console/drawings.h"
#include "console/pages_picture.h"
#include "store/index.h"
#include "tests/unit/console/desk_world.h"
#include "tests/unit/console/pages_store.h"

namespace xuncha::testing_support {
namespace {

using State = Drawings::State;

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";

Digest PageNumber(size_t n) { return Sha256(std::to_string(n)); }

// Until it is drawn or has failed; the drawing thread needs a moment.
Drawings::Drawing Wait(Drawings& drawings, const Digest& page) {
  for (int tries = 0; tries < 3'000; ++tries) {
    const Drawings::Drawing drawing = drawings.Look(page);
    if (drawing.state == State::kReady || drawing.state == State::kFailed) return drawing;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ADD_FAILURE() << "it was never drawn";
  return {};
}

TEST(Drawings, AreDrawnOnceAndTriedAgainWhenTheyFailed) {
  std::atomic<int> drawn = 0;
  Drawings drawings([&](const std::string& markup, const std::stop_token&) -> Result<std::string> {
    if (++drawn == 1) return Error{Code::kLimit, "太慢"};
    return "picture of " + markup;
  });
  const Digest page = PageNumber(1);
  const auto read = [] { return Result<std::string>("words"); };
  EXPECT_EQ(drawings.Look(page).state, State::kNone);
  ASSERT_TRUE(drawings.Ask(page, read).ok());
  EXPECT_EQ(Wait(drawings, page).why, "太慢");
  ASSERT_TRUE(drawings.Ask(page, read).ok());
  EXPECT_EQ(*Wait(drawings, page).png, "picture of words");
  ASSERT_TRUE(drawings.Ask(page, read).ok());
  EXPECT_EQ(drawings.Look(page).state, State::kReady);
  EXPECT_EQ(drawn, 2);
}

TEST(Drawings, KeepNoMoreThanTheyMay) {
  const std::string large(Drawings::kBytesMax / 8, 'x');
  Drawings drawings([&](const std::string&, const std::stop_token&) { return large; });
  for (size_t n = 0; n < 20; ++n) {
    ASSERT_TRUE(drawings.Ask(PageNumber(n), [] { return std::string(); }).ok());
    Wait(drawings, PageNumber(n));
    drawings.Look(PageNumber(0));  // looked at all the time, so it stays
  }
  size_t kept = 0;
  for (size_t n = 0; n < 20; ++n) kept += drawings.Look(PageNumber(n)).state == State::kReady;
  EXPECT_EQ(kept, 8u);
  EXPECT_EQ(drawings.Look(PageNumber(0)).state, State::kReady);
  EXPECT_EQ(drawings.Look(PageNumber(1)).state, State::kNone);
}

TEST(Drawings, LetOnlySoManyWaitAndEndTheOneInHand) {
  std::promise<void> begun;
  auto drawings = std::make_unique<Drawings>(
      [&](const std::string&, const std::stop_token& stop) -> Result<std::string> {
        begun.set_value();
        while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return Error{Code::kConflict, "stopped"};
      });
  const auto read = [] { return std::string(); };
  ASSERT_TRUE(drawings->Ask(PageNumber(0), read).ok());
  begun.get_future().wait();
  for (size_t n = 1; n <= Drawings::kWaitingMax; ++n)
    EXPECT_TRUE(drawings->Ask(PageNumber(n), read).ok());
  EXPECT_EQ(drawings->Ask(PageNumber(99), read).error().code, Code::kLimit);
  drawings.reset();  // ends, though sixteen wait
}

class PictureTest : public ::testing::Test {
 protected:
  PictureTest() {
    OfficersDesk::Options options;
    options.draw = [this](const std::string& markup,
                          const std::stop_token&) -> Result<std::string> {
      const std::lock_guard lock(mutex_);
      markups_.push_back(markup);
      return std::string(kPng) + "picture";
    };
    world_ = std::make_unique<DeskWorld>(std::move(options));
    FillStore(*world_->store, world_->clock);
    world_->AddAccount("officer", RoleBit(DeskRole::kOfficer));
    world_->AddAccount("auditor", RoleBit(DeskRole::kAuditor));
    world_->AddAccount("reviewer", RoleBit(DeskRole::kReviewer));
    officer_ = world_->SignIn("officer");
  }
  std::string FindingOf(std::string_view site, std::string_view kind) {
    std::string id;
    EXPECT_TRUE(world_->store->index()
                    .EachMember(StableId({site, kind}), {},
                                [&](const Place&, const StoredFinding& finding) {
                                  id = finding.finding.id;
                                  return false;
                                })
                    .ok());
    return id;
  }
  Reply Get(std::string_view target, const DeskWorld::Signed& who) {
    return world_->desk->Answer(DeskWorld::Get(target, who.cookie));
  }
  // Asked for, and waited for as a browser would.
  Reply Drawn(const std::string& path, const DeskWorld::Signed& who) {
    const Reply asked = world_->desk->Answer(DeskWorld::Post(path, who));
    EXPECT_EQ(asked.status, 303) << asked.body;
    Reply page;
    for (int tries = 0; tries < 3'000; ++tries) {
      page = Get(path, who);
      if (DeskWorld::HeaderOf(page, "Refresh").empty()) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return page;
  }

  std::mutex mutex_;
  std::vector<std::string> markups_;
  std::unique_ptr<DeskWorld> world_;
  DeskWorld::Signed officer_;
};

TEST_F(PictureTest, IsDrawnWhenAskedForAndShownAsPngAndNothingElse) {
  const std::string path = "/finding/" + FindingOf(kCollege, "gambling") + "/picture";
  EXPECT_EQ(Get(path + ".png", officer_).status, 404) << "nobody asked for it";
  EXPECT_NE(Get("/incident/" + StableId({kCollege, "gambling"}), officer_).body.find("绘制截图"),
            std::string::npos);
  const Reply page = Drawn(path, officer_);
  EXPECT_NE(page.body.find("<img class=\"drawn \""), std::string::npos) << page.body;
  const Reply png = Get(path + ".png", officer_);
  EXPECT_EQ(png.status, 200);
  EXPECT_EQ(png.type, "image/png");
  EXPECT_TRUE(png.body.starts_with(kPng));
  EXPECT_EQ(DeskWorld::HeaderOf(png, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(DeskWorld::HeaderOf(png, "Content-Security-Policy"), "default-src 'none'; sandbox");
  EXPECT_NE(Get("/incident/" + StableId({kCollege, "gambling"}), officer_).body.find(path + ".png"),
            std::string::npos);
  Drawn(path, officer_);
  const std::lock_guard lock(mutex_);
  ASSERT_EQ(markups_.size(), 1u) << "what is drawn is not drawn again";
  EXPECT_NE(markups_[0].find(kWords), std::string::npos);
  EXPECT_EQ(markups_[0].find(kPhoneNumber), std::string::npos) << "identifiers are masked";
}

TEST_F(PictureTest, IsBlurredForSomeKindsUntilSomebodyPresses) {
  const std::string path = "/finding/" + FindingOf(kCollege, "porn") + "/picture";
  const Reply covered = Drawn(path, officer_);
  EXPECT_NE(covered.body.find("class=\"drawn blur\""), std::string::npos) << covered.body;
  EXPECT_NE(covered.body.find(path + "?clear=1"), std::string::npos) << "a link, without script";
  const Reply clear = Get(path + "?clear=1", officer_);
  EXPECT_EQ(clear.body.find("class=\"drawn blur\""), std::string::npos);
  const Reply incident = Get("/incident/" + StableId({kCollege, "porn"}), officer_);
  EXPECT_NE(incident.body.find("class=\"drawn blur\""), std::string::npos);
}

TEST_F(PictureTest, IsForWhoMaySeeTheIncident) {
  const std::string path = "/finding/" + FindingOf(kCollege, "gambling") + "/picture";
  Drawn(path, world_->SignIn("auditor"));
  const DeskWorld::Signed reviewer = world_->SignIn("reviewer");  // of the library
  EXPECT_EQ(Get(path, reviewer).status, 404);
  EXPECT_EQ(Get(path + ".png", reviewer).status, 404);
  EXPECT_EQ(world_->desk->Answer(DeskWorld::Post(path, reviewer)).status, 404);
  Drawn("/finding/" + FindingOf(kLibrary, "gambling") + "/picture", reviewer);
  const Reply none = Get("/finding/0123456789abcdef/picture", officer_);
  EXPECT_EQ(none.status, 404);
}

TEST(Picture, SaysWhatIsMissingWhereThereIsNoBrowser) {
  DeskWorld world;
  FillStore(*world.store, world.clock);
  world.AddAccount("officer", RoleBit(DeskRole::kOfficer));
  const DeskWorld::Signed officer = world.SignIn("officer");
  const Reply page = world.desk->Answer(
      DeskWorld::Get("/incident/" + StableId({kCollege, "gambling"}), officer.cookie));
  EXPECT_NE(page.body.find("本机没有 Chromium"), std::string::npos);
  EXPECT_EQ(page.body.find("/picture\""), std::string::npos) << "nothing to press";
}

TEST(Picture, IsOfAPageAndNotOfADocument) {
  DeskWorld world;
  FillStore(*world.store, world.clock);
  StoredFinding stored;
  stored.site = kCollege;
  for (const std::string_view body :
       {std::string_view("%PDF-1.7\n"), std::string_view("PK\x03\x04rest"),
        std::string_view("<p>a\0b", 6)}) {
    stored.body = *world.store->blobs().Put(body);
    const Result<std::string> markup = MarkupOf(*world.store, stored);
    ASSERT_FALSE(markup.ok());
    EXPECT_EQ(markup.error().code, Code::kInvalid);
  }
  stored.body = Sha256("never kept");
  EXPECT_EQ(MarkupOf(*world.store, stored).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace xuncha::testing_support
