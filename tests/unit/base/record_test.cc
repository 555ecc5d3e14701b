// The name tables: every value has a name and a text, and names read back.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/record.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/text.h"

namespace xuncha {
namespace {

bool IsName(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
  }
  return true;
}

bool HasHan(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (IsHan(NextCodePoint(text, &at))) return true;
  }
  return false;
}

// Walks an enumeration from 0 to `last`; names must be distinct and, where there
// is a way back, lead back.
template <typename Enum>
void Walk(Enum last, std::string_view (*name)(Enum), std::string_view (*text)(Enum),
          std::optional<Enum> (*by_name)(std::string_view)) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    SCOPED_TRACE(name(value));
    EXPECT_TRUE(IsName(name(value)));
    EXPECT_TRUE(names.insert(name(value)).second) << "two values of one name";
    if (text != nullptr) {
      EXPECT_TRUE(HasHan(text(value)));
    }
    if (by_name != nullptr) {
      EXPECT_EQ(by_name(name(value)), value);
      EXPECT_EQ(by_name(std::string(name(value)) + "x"), std::nullopt);
    }
  }
}

TEST(RecordTest, EveryValueHasItsWords) {
  Walk<SiteClass>(SiteClass::kForum, SiteClassName, nullptr, SiteClassByName);
  Walk<Limit>(Limit::kAssets, LimitName, LimitText, nullptr);
  Walk<Checked>(Checked::kFailed, CheckedName, CheckedText, nullptr);
  Walk<ZoneKind>(ZoneKind::kHeader, ZoneName, ZoneText, ZoneByName);
  Walk<Hiding>(Hiding::kDetails, HidingName, HidingText, nullptr);
  Walk<LinkKind>(LinkKind::kAlternate, LinkKindName, LinkKindText, nullptr);
  Walk<Channel>(Channel::kRaw, ChannelName, ChannelText, nullptr);
  Walk<Severity>(Severity::kHigh, SeverityName, SeverityText, SeverityByName);
  Walk<Proof>(Proof::kIdentifier, ProofName, ProofText, nullptr);
  Walk<SignalKind>(static_cast<SignalKind>(kSignalKinds - 1), SignalName, SignalText, SignalByName);
}

TEST(RecordTest, TablesFollowTheOrderOfTheirValues) {
  // One from the beginning, the middle and the end of each longer table: a line
  // put in the wrong place shifts all behind it.
  EXPECT_EQ(LimitName(Limit::kBodyBytes), "body-bytes");
  EXPECT_EQ(LimitName(Limit::kTls), "tls");
  EXPECT_EQ(LimitName(Limit::kTreeDepth), "tree-depth");
  EXPECT_EQ(LimitName(Limit::kFraming), "framing");
  EXPECT_EQ(ZoneName(ZoneKind::kHref), "href");
  EXPECT_EQ(ZoneText(ZoneKind::kTitle), "标题");
  EXPECT_EQ(HidingName(Hiding::kSameColour), "same-colour");
  EXPECT_EQ(HidingName(Hiding::kAfterHtml), "after-html");
  EXPECT_EQ(LinkKindName(LinkKind::kSitemap), "sitemap");
  EXPECT_EQ(SignalName(SignalKind::kHiddenLinks), "hidden-links");
  EXPECT_EQ(SignalName(SignalKind::kLinkFarm), "link-farm");
  EXPECT_EQ(SignalName(SignalKind::kSoft404), "soft-404");
  EXPECT_EQ(SignalName(SignalKind::kCloakedReferrer), "cloaked-referrer");
  EXPECT_EQ(SeverityText(Severity::kHint), "提示");
}

TEST(RecordTest, StrengthsAreThoseOfTheFacts) {
  EXPECT_EQ(SignalStrength(SignalKind::kTitleRewrite), Strength::kStrong);
  EXPECT_EQ(SignalStrength(SignalKind::kCloakedBody), Strength::kStrong);
  EXPECT_EQ(SignalStrength(SignalKind::kPackedScript), Strength::kMedium);
  EXPECT_EQ(SignalStrength(SignalKind::kHiddenFrame), Strength::kWeak);
}

TEST(RecordTest, SiteClassesAreKnownInChinese) {
  EXPECT_EQ(SiteClassByName("图书馆"), SiteClass::kLibrary);
  EXPECT_EQ(SiteClassByName("论坛"), SiteClass::kForum);
  EXPECT_EQ(SiteClassByName(""), std::nullopt);
}

}  // namespace
}  // namespace xuncha
