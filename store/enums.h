// The enumerations that stand in records, by number.
//
// IsKnown lists every enumerator, so that -Wswitch stops a build in which one was
// added and not listed; the last number of each is pinned, so that one put in
// between (which would change the meaning of what is stored) stops it too. The
// rule for base/record.h is therefore: append, never insert, never reuse.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/charset.h"
#include "base/record.h"
#include "store/retention.h"

namespace xuncha {

// clang-format off: a list reads better as one.

constexpr bool IsKnown(SiteClass value) {
  using enum SiteClass;
  switch (value) {
    case kGeneral:
    case kLibrary:
    case kMedical:
    case kLaw:
    case kResearch:
    case kForum:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(SiteClass::kForum) == 5);

constexpr bool IsKnown(Charset value) {
  using enum Charset;
  switch (value) {
    case kUnknown:
    case kUtf8:
    case kGb18030:
    case kBig5:
    case kUtf16le:
    case kUtf16be:
    case kWindows1252:
    case kShiftJis:
    case kEucJp:
    case kEucKr:
    case kIso2022Jp:
    case kWindows1251:
    case kKoi8R:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Charset::kKoi8R) == 12);

constexpr bool IsKnown(Limit value) {
  using enum Limit;
  switch (value) {
    case kBodyBytes:
    case kWireBytes:
    case kInflateRatio:
    case kHeaderBytes:
    case kTotalTime:
    case kLowSpeed:
    case kConnectTime:
    case kRedirects:
    case kRedirectLoop:
    case kRedirectScope:
    case kAddressPolicy:
    case kResolve:
    case kConnect:
    case kTls:
    case kProtocol:
    case kTruncated:
    case kDecoding:
    case kStatus:
    case kUnreadType:
    case kTreeBytes:
    case kTreeMemory:
    case kTreeTime:
    case kTreeDepth:
    case kZones:
    case kLinks:
    case kScriptBytes:
    case kTextBytes:
    case kHits:
    case kMatchTime:
    case kMatcherError:
    case kFraming:
    case kRobots:
    case kAssets:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Limit::kAssets) == 32);

constexpr bool IsKnown(Checked value) {
  using enum Checked;
  switch (value) {
    case kFull:
    case kFlat:
    case kFailed:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Checked::kFailed) == 2);

constexpr bool IsKnown(Visitor value) {
  using enum Visitor;
  switch (value) {
    case kSpider:
    case kSearch:
    case kAgain:
    case kTarget:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Visitor::kTarget) == 3);

constexpr bool IsKnown(TargetVerdict value) {
  using enum TargetVerdict;
  switch (value) {
    case kUnknown:
    case kFine:
    case kExpired:
    case kParked:
    case kViolating:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(TargetVerdict::kViolating) == 4);

constexpr bool IsKnown(Writing value) {
  using enum Writing;
  switch (value) {
    case kNone:
    case kHan:
    case kLatin:
    case kKana:
    case kHangul:
    case kCyrillic:
    case kArabic:
    case kThai:
    case kOther:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Writing::kOther) == 8);

constexpr bool IsKnown(ZoneKind value) {
  using enum ZoneKind;
  switch (value) {
    case kTitle:
    case kMeta:
    case kText:
    case kHidden:
    case kAnchor:
    case kHref:
    case kScript:
    case kAttribute:
    case kComment:
    case kAttachment:
    case kHeader:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(ZoneKind::kHeader) == 10);

constexpr bool IsKnown(Hiding value) {
  using enum Hiding;
  switch (value) {
    case kNone:
    case kDisplayNone:
    case kVisibility:
    case kOpacity:
    case kFontSize:
    case kSameColour:
    case kOffScreen:
    case kIndent:
    case kZeroSize:
    case kClip:
    case kTransform:
    case kBehind:
    case kMarquee:
    case kNoscript:
    case kTemplate:
    case kAfterHtml:
    case kHiddenAttribute:
    case kDetails:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Hiding::kDetails) == 17);

constexpr bool IsKnown(Channel value) {
  using enum Channel;
  switch (value) {
    case kPlain:
    case kSqueezed:
    case kSplit:
    case kHomophone:
    case kReversed:
    case kDigits:
    case kRaw:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Channel::kRaw) == 6);

constexpr bool IsKnown(Severity value) {
  using enum Severity;
  switch (value) {
    case kHint:
    case kLow:
    case kMedium:
    case kHigh:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Severity::kHigh) == 3);

constexpr bool IsKnown(Proof value) {
  using enum Proof;
  switch (value) {
    case kHead:
    case kVisible:
    case kUnseen:
    case kStructure:
    case kDestination:
    case kDifference:
    case kIdentifier:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Proof::kIdentifier) == 6);

constexpr bool IsKnown(RunScope value) {
  using enum RunScope;
  switch (value) {
    case kAllSites:
    case kSites:
    case kPages:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(RunScope::kPages) == 2);

constexpr bool IsKnown(Keep value) {
  using enum Keep;
  switch (value) {
    case kRoutine:
    case kFinding:
      return true;
  }
  return false;
}
static_assert(static_cast<int>(Keep::kFinding) == 1);

// clang-format on

}  // namespace xuncha
