// Style sheets as a visitor's eyes meet them: what selectors reach, what values come to,
// what is out of sight, and in which order pieces are read.
//
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crawler/css_value.h"
#include "crawler/extract.h"
#include "crawler/media.h"
#include "tests/unit/crawler/shown.h"

namespace xuncha {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

Page ReadPage(std::string_view body) {
  Page page;
  page.response.body = std::string(body);
  page.response.content_type = "text/html; charset=utf-8";
  page.response.final_url = *Url::Parse("http://www.a-college.edu.cn/news/1.htm");
  page.response.status = 200;
  Extract(page);
  return page;
}
Document Read(std::string_view body) { return ReadPage(body).document; }

std::string Visible(const Document& document) {
  return document.text.substr(document.visible.begin, document.visible.size());
}

struct Case {
  std::string_view why;
  std::string html;
};

// Each hides 词 and nothing else.
TEST(StyleSheet, SelectorsReachWhatTheyNameAndNothingElse) {
  const Case cases[] = {
      {"an attribute", "<style>[data-q]{display:none}</style>甲<i data-q>词</i>"},
      {"its value", "<style>i[data-q=b]{display:none}</style>甲<i data-q=B>词</i><i data-q=c></i>"},
      {"a quoted value, in any case",
       "<style>[data-q='b' i]{display:none}</style>甲<i data-q=B>词</i>"},
      {"a word of it", "<style>[rel~=b]{display:none}</style>甲<i rel='a b'>词</i>"},
      {"its first part", "<style>[lang|=zh]{display:none}</style>甲<i lang=zh-CN>词</i>"},
      {"its beginning", "<style>[class^=x-]{display:none}</style>甲<i class=x-1>词</i>"},
      {"its end", "<style>[id$='-q']{display:none}</style>甲<i id=a-q>词</i>"},
      {"what stands in it",
       "<style>[style*=order]{display:none}</style>甲<i style='order:1'>词</i>"},
      {"two attributes", "<style>[a][b='1']{display:none}</style>甲<i a b=1>词</i><i a></i>"},
      {"not a class", "<style>p i:not(.s){display:none}</style><p>甲<i>词</i></p>"},
      {"not an attribute", "<style>i:not([data-s]){display:none}</style>甲<i>词</i>"},
      {"not one of several", "<style>p>:not(b,.s){display:none}</style><p>甲<i>词</i></p>"},
      {"one of several", "<style>:is(i,u){display:none}</style>甲<i>词</i>"},
      {"one of several below",
       "<style>p :is(.a,.b)>i{display:none}</style><p>甲<b class=b><i>词</i></b></p>"},
      {"as a part of a compound", "<style>i:where(.a,.b){display:none}</style>甲<i class=a>词</i>"},
      {"any child", "<style>p>*{display:none}</style><p>甲<i>词</i></p>"},
      {"the first child", "<style>i:first-child{display:none}</style>甲<i>词</i>"},
      {"the last child", "<style>p i:last-child{display:none}</style><p>甲<i></i><i>词</i></p>"},
      {"an only child", "<style>i:only-child{display:none}</style><p>甲<i>词</i></p>"},
      {"every second", "<style>i:nth-child(2n){display:none}</style><p><i>甲</i><i>词</i></p>"},
      {"the odd ones",
       "<style>i:nth-child(odd){display:none}</style><p><b>甲</b><u></u><i>词</i></p>"},
      {"the first three", "<style>i:nth-child(-n + 3){display:none}</style><p><i>词</i></p>甲"},
      {"by its kind",
       "<style>i:nth-of-type(2){display:none}</style><p><i>甲</i><b></b><i>词</i></p>"},
      {"a link that leads somewhere", "<style>a:link{display:none}</style>甲<a href=/x>词</a>"},
      {"an escaped name", "<style>.md\\:x{display:none}</style>甲<i class=md:x>词</i>"},
      {"a rule in a rule", "<style>p{i{display:none}}</style><p>甲<i>词</i></p>"},
      {"a rule in a rule, joined",
       "<style>.a{&.b{display:none} color:red}</style>甲<i class='a b'>词</i>"},
      {"a condition in a rule", "<style>.b{@media all{display:none}}</style>甲<i class=b>词</i>"},
      {"a block that is always there",
       "<style>@supports (display:grid){i{display:none}}</style>甲<i>词</i>"},
      {"a comment in a selector", "<style>.x/**/{display:none}</style>甲<i class=x>词</i>"},
      {"a comment in a string is none",
       "<style>i{quotes:'/*';display:none;quotes:'*/'}</style>甲<i>词</i>"},
      {"what stands in a string ends nothing",
       "<style>i{display:none;content:'\\';display:block;\\''}</style>甲<i>词</i>"},
      {"an escape is undone where it stands",
       "<style>i{display:none;display:none\\;display:block}</style>甲<i>词</i>"},
      {"a string that does not end drops its declaration",
       "<style>i{display:none;display:block 'x\n;}</style>甲<i>词</i>"},
      {"a closing brace too many is part of the next selector",
       "<style>i{display:none}}i{display:block}</style>甲<i>词</i>"},
      {"so is a semicolon", "<style>i{display:none};i{display:block}</style>甲<i>词</i>"},
      {"a list with an unknown selector is dropped",
       "<style>i{display:none}i,:bogus{display:block}</style>甲<i>词</i>"},
      {"a list with an empty one", "<style>i{display:none}i,{display:block}</style>甲<i>词</i>"},
      {"a name that begins with a digit",
       "<style>i{display:none}i,.1a{display:block}</style>甲<i>词</i>"},
      {"a vendor's state of another browser",
       "<style>i{display:none}i,i:-moz-x{display:block}</style>甲<i>词</i>"},
      {"a choice forgives an unknown one", "<style>:is(i,:bogus){display:none}</style>甲<i>词</i>"},
      {"not one of several", "<style>p>:not(:is(.s,b)){display:none}</style><p>甲<i>词</i></p>"},
      {":where() counts nothing",
       "<style>p i{display:none}:where(#a.x){display:block}</style><p>甲<i id=a "
       "class=x>词</i></p>"},
      {":not() counts what is in it",
       "<style>i:not(#b){display:none}.x.y{display:block}</style>甲<i class='x y'>词</i>"},
      {"a layer is below what stands in none",
       "<style>i{display:none}@layer a{p i.x{display:block}}</style><p>甲<i class=x>词</i></p>"},
      {"important in a layer is above",
       "<style>@layer a{i{display:none!important}}p i{display:block!important}</style>"
       "<p>甲<i>词</i></p>"},
      {"the layer named first is the lowest",
       "<style>@layer a,b;@layer b{i{display:none}}@layer a{p i{display:block}}</style>"
       "<p>甲<i>词</i></p>"},
      {"a layer in a layer is below it",
       "<style>@layer a{i{display:none}@layer b{p i{display:block}}}</style><p>甲<i>词</i></p>"},
      {"what no screen is as fine as",
       "<style>i{display:none}@media "
       "(min-resolution:9999dpi){i{display:block}}</style>甲<i>词</i>"},
      {"a feature nobody knows",
       "<style>i{display:none}@media (bogus:1){i{display:block}}</style>甲<i>词</i>"},
      {"a value nobody knows",
       "<style>i{display:none}@media "
       "(prefers-color-scheme:x){i{display:block}}</style>甲<i>词</i>"},
      {"brackets in brackets",
       "<style>@media ((min-width:1px)){i{display:none}}</style>甲<i>词</i>"},
      {"a container's width",
       "<style>i{display:none}@container (min-width:9px){i{display:block}}</style>甲<i>词</i>"},
      {"a scope of nothing",
       "<style>i{display:none}@scope(.none){i{display:block}}</style>甲<i>词</i>"},
      {"what printers are given to import is for them, and what follows is read",
       "<style>@import 'a.css' print;i{display:none}</style>甲<i>词</i>"},
      {"a variable in a comment is none",
       "<style>/* --d:block; */:root{--d:none}i{display:var(--d)}</style>甲<i>词</i>"},
      {"a variable of the block itself",
       "<style>:root{--d:block}i{--d:none;display:var(--d)}</style>甲<i>词</i>"},
      {"a brace in a variable ends nothing", "<style>i{--x:{a;b};display:none}</style>甲<i>词</i>"},
      {"declarations behind a rule in the rule",
       "<style>i{display:block;u{color:red}display:none}</style>甲<i>词</i>"},
      {"styles for those without scripts",
       "<style>i{display:none}</style><noscript><style>i{display:block!important}</style>"
       "</noscript>甲<i>词</i>"},
      {"seven compounds",
       "<style>html body div div div div i{display:none}</style>甲<div><div><div><div><i>词"},
      {"the seventeenth class",
       "<style>.q{display:none}</style>甲<i class='a b c d e f g h j k l m n o p r q'>词</i>"},
      {"a comma in brackets is no end",
       "<style>[a='x,y'],u{display:none}</style>甲<i a='x,y'>词</i>"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    const Document document = Read(test.html);
    EXPECT_THAT(Visible(document), HasSubstr("甲"));
    EXPECT_THAT(Visible(document), Not(HasSubstr("词")));
  }
}

TEST(StyleSheet, SelectorsThatDoNotHoldHideNothing) {
  const Case cases[] = {
      {"another value", "<style>[a=b]{display:none}</style><i a=bc>词</i>"},
      {"nothing begins with nothing", "<style>[a^='']{display:none}</style><i a=b>词</i>"},
      {"the excepted class", "<style>i:not(.s){display:none}</style><i class=s>词</i>"},
      {"the second is not the first",
       "<style>i:first-child{display:none}</style><p><b></b><i>词</i>"},
      {"the last but one", "<style>i:last-child{display:none}</style><p><i>词</i><b></b>"},
      {"a state", "<style>i:not(:hover){display:none}</style><i>词</i>"},
      {"a state of a choice", "<style>i:is(:focus,:hover){display:none}</style><i>词</i>"},
      {"the excepted one of several",
       "<style>i:not(:is(.a,.x)){display:none}</style><i class=x>词</i>"},
      {"a list with an unknown selector hides nothing either",
       "<style>i,:bogus{display:none}</style><i>词</i>"},
      {"two names parted by a comment are not one",
       "<style>i{dis/**/play:none;display:no/**/ne}</style><i>词</i>"},
      {"what no browser has", "<style>@supports (zzz:1){i{display:none}}</style><i>词</i>"},
      {"an import behind a rule is none of it",
       "<style>@media print{i{display:none}}</style><i>词</i>"},
      {"a neighbour", "<style>b+i{display:none}</style><b></b><i>词</i>"},
      {"two names cannot be one", "<style>i:is(b,u){display:none}</style><i>词</i>"},
      {"what never holds", "<style>@media (min-width:99999px){i{display:none}}</style><i>词</i>"},
      {"what printers see", "<style>@media not screen{i{display:none}}</style><i>词</i>"},
      {"dark screens",
       "<style>@media (prefers-color-scheme:dark){i{display:none}}</style><i>词</i>"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_EQ(Visible(Read(test.html)), "词");
  }
}

TEST(Hiding, EveryWayOutOfSight) {
  const Case cases[] = {
      {"a path that clips", "<p style='clip-path:circle(0)'>词"},
      {"a mask that lets nothing through", "<p style='mask:linear-gradient(transparent,#0000)'>词"},
      {"a vendor's mask",
       "<p style='-webkit-mask-image:linear-gradient(rgba(0,0,0,0),transparent)'>词"},
      {"a mask of no size", "<p style='mask-size:0 0'>词"},
      {"scaled by its own property", "<p style='scale:0'>词"},
      {"scaled one way", "<p style='transform:rotate(3deg) scaleY(0)'>词"},
      {"scaled in space", "<p style='transform:scale3d(0,1,1)'>词"},
      {"a matrix without area", "<p style='transform:matrix(0,0,0,0,0,0)'>词"},
      {"a matrix far away", "<p style='transform:matrix(1,0,0,1,-9999,0)'>词"},
      {"moved by its own property", "<p style='translate:-9999px 0'>词"},
      {"on its edge", "<p style='transform:rotateY(90deg)'>词"},
      {"on its edge, by its own property", "<p style='rotate:x .25turn'>词"},
      {"all sides at once", "<p style='position:fixed;inset:-999px auto auto -999px'>词"},
      {"far from the right", "<p style='position:absolute;right:9999px'>词"},
      {"far from the bottom", "<p style='position:absolute;bottom:9999px'>词"},
      {"by the names of writing", "<p style='margin-inline-start:-9999px'>词"},
      {"no height by that name", "<p style='block-size:0;overflow:hidden'>词"},
      {"no height at most", "<p style='max-height:0;overflow:hidden'>词"},
      {"lines without height", "<p style='line-height:0;overflow:hidden'>词"},
      {"content not painted", "<p style='content-visibility:hidden'>词"},
      {"opacity of a filter", "<p style='filter:blur(1px) opacity(0%)'>词"},
      {"opacity that is reckoned", "<p style='opacity:calc(1 - 1)'>词"},
      {"a reckoned size", "<p style='font-size:calc(2px - 2px)'>词"},
      {"the least of two sizes", "<p style='font-size:min(16px,0px)'>词"},
      {"hardly a share of the size around", "<p style='font-size:1%'>词"},
      {"a reckoned place", "<p style='position:absolute;left:calc(10px - 9999px)'>词"},
      {"a place beside a share", "<p style='position:absolute;left:calc(-100% - 9999px)'>词"},
      {"a variable", "<style>:root{--a:none}p{display:var(--a)}</style><p>词"},
      {"a variable of the element", "<p style='--a:0;opacity:var(--a)'>词"},
      {"what a variable falls back to", "<style>p{display:var(--b,none)}</style><p>词"},
      {"a variable of variables",
       "<style>:root{--a:var(--b);--b:0px}p{font-size:var(--a)}</style><p>词"},
      {"transparent letters", "<p style='-webkit-text-fill-color:transparent'>词"},
      {"letters filled with the ground",
       "<body bgcolor=white><p style='color:red;-webkit-text-fill-color:#fff'>词"},
      {"white on the ground of the page", "<p style='color:#fff'>词"},
      {"white by its hue", "<body bgcolor=white><p style='color:hsl(0 0% 100%)'>词"},
      {"the ground's colour as a variable",
       "<style>:root{--c:#fefefe}</style><body bgcolor=white><p style='color:var(--c)'>词"},
      {"the ground of an outer box",
       "<div style='background:#036'><div><p style='color:#003366'>词</div></div>"},
      {"indented to the right", "<p style='text-indent:9999px'>词"},
      {"indented out of a box", "<p style='text-indent:90px;width:80px;overflow:hidden'>词"},
      {"below the end of a box that cuts off",
       "<div style='height:20px;overflow:hidden;position:relative'><p "
       "style='position:absolute;top:60px'>词</div>"},
      {"a rule that always holds", "<style>@media (min-height:1px){p{display:none}}</style><p>词"},
      {"a range that always holds", "<style>@media (width > 1px){p{display:none}}</style><p>词"},
      {"a word no browser knows shows nothing", "<p style='display:none;display:x'>词"},
      {"nor does a mark that is none", "<p style='display:none;display:block!ie'>词"},
      {"nor an opacity that is none", "<p style='opacity:0;opacity:x'>词"},
      {"nor a visibility", "<p style='visibility:hidden;visibility:shown'>词"},
      {"nor a length of no unit", "<p style='position:absolute;left:-9999px;left:5'>词"},
      {"nor one of an unknown unit", "<p style='position:absolute;left:-9999px;left:5zz'>词"},
      {"nor a colour nobody knows", "<p style='color:#fff;color:foo'>词"},
      {"nor a font without a family", "<p style='font-size:0;font:12px'>词"},
      {"nor another vendor's display", "<p style='display:none;display:-ms-flexbox'>词"},
      {"nor a brace behind it", "<p style='display:none;display:block}'>词"},
      {"nor how its words break", "<p style='height:0;overflow:hidden;overflow-wrap:normal'>词"},
      {"nor the other axis", "<p style='height:0;overflow:hidden;overflow-x:visible'>词"},
      {"a colour by its name", "<p style='color:lavenderblush'>词"},
      {"a shadow in the ground's colour", "<p style='color:#fff;text-shadow:0 0 #fff'>词"},
      {"a shadow of the words' own colour", "<p style='color:#fff;text-shadow:0 0 2px'>词"},
      {"cut from both sides", "<p style='clip-path:inset(0 60% 0 40%)'>词"},
      {"cut by more than half", "<p style='clip-path:inset(60%)'>词"},
      {"until it is found", "<p hidden=until-found style='display:block'>词"},
      {"shown again for nobody",
       "<style>p{display:none}@media (min-width:99999px){p{display:block}}</style><p>词"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    const Document document = Read(test.html);
    EXPECT_EQ(Visible(document), "");
    EXPECT_THAT(ZonesOf(document), Contains(HasSubstr("词"))) << "it is read all the same";
  }
}

TEST(Hiding, HonestStylesStayInSight) {
  const Case cases[] = {
      {"letters cut out of a picture",
       "<p style='background:linear-gradient(red,blue);-webkit-background-clip:text;"
       "color:transparent'>词"},
      {"letters filled by it, the vendor's way",
       "<p style='background-image:none;background:url(a.png);background-clip:text;"
       "-webkit-text-fill-color:transparent'>词"},
      {"letters that are their shadow", "<p style='color:transparent;text-shadow:0 0 2px #000'>词"},
      {"a mask that fades an edge", "<p style='mask-image:linear-gradient(#000,transparent)'>词"},
      {"a picture as a mask", "<p style='mask:url(a.svg)'>词"},
      {"turned in the plane", "<p style='transform:rotate(90deg)'>词"},
      {"turned over", "<p style='transform:rotateX(360deg)'>词"},
      {"a width less a share", "<p style='overflow:hidden;width:calc(100% - 300px)'>词"},
      {"a drawer beside a share", "<p style='position:absolute;left:calc(-100% + 40px)'>词"},
      {"a line of its own height", "<p style='line-height:0'>词"},
      {"a variable nobody set", "<p style='display:var(--nothing)'>词"},
      {"a blur", "<p style='filter:blur(2px)'>词"},
      {"white in a dark box of a class",
       "<style>.n{background:#036}</style><div class=n><a style='color:#fff'>词</a></div>"},
      {"white by a class, on a ground not known", "<style>a{color:#fff}</style><a>词</a>"},
      {"a top inside the box",
       "<div style='height:90px;overflow:hidden;position:relative'><p "
       "style='position:absolute;top:60px'>词</div>"},
      {"taken back by a later rule", "<style>p{scale:0}.s{scale:1}</style><p class=s>词"},
      {"a width given back by another rule",
       "<style>p{position:absolute;left:-9999px}p.x{left:auto}</style><p class=x>词"},
      {"white on a picture",
       "<p style='background-image:linear-gradient(#000,#000);color:#fff'>词"},
      {"round corners", "<p style='clip-path:inset(0 round 50%)'>词"},
      {"half of it", "<p style='clip-path:inset(0 0 0 50%)'>词"},
      {"a style that displays what the attribute hides", "<p hidden style='display:block'>词"},
      {"a colour taken over",
       "<body bgcolor=white><p style='color:red'><b style='color:inherit'>词</b>"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_EQ(Visible(Read(test.html)), "词");
  }
}

TEST(Flow, PiecesAreReadInTheOrderEyesMeetThem) {
  const Case cases[] = {
      {"set in order",
       "<div style='display:flex'><b style='order:4'>下注</b><b style='order:1'>真人</b>"
       "<b style='order:3'>讯</b><b style='order:2'>视</b></div>"},
      {"set in order by a sheet",
       "<style>.f{display:flex}.f b:nth-child(1){order:4}.f b:nth-child(2){order:1}"
       ".f b:nth-child(3){order:3}.f b:nth-child(4){order:2}</style>"
       "<div class=f><b>下注</b><b>真人</b><b>讯</b><b>视</b></div>"},
      {"a row from its end",
       "<div style='display:flex;flex-direction:row-reverse'><b>下注</b><b>讯</b><b>视</b>"
       "<b>真人</b></div>"},
      {"a column from its end",
       "<div style='display:flex;flex-flow:column-reverse'><b>下注</b><b>讯</b><b>视</b>"
       "<b>真人</b></div>"},
      {"a row to the left",
       "<div style='display:flex;direction:rtl'><b>下注</b><b>讯</b><b>视</b><b>真人</b></div>"},
      {"boxes in a line to the left",
       "<style>b{display:inline-block}</style><div dir=rtl><b>下注</b><b>讯</b><b>视</b>"
       "<b>真人</b></div>"},
      {"floats to the right",
       "<style>b{float:right}</style><p><b>下注</b><b>讯</b><b>视</b><b>真人</b></p>"},
      {"a vendor's box",
       "<div style='display:-webkit-box;-webkit-box-direction:reverse'><b>下注</b><b>讯</b>"
       "<b>视</b><b>真人</b></div>"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_THAT(ZonesOf(Read(test.html)), Contains("text[ordered]: 真人视讯下注"));
  }
}

TEST(Flow, LayoutsOfWholeWordsAreLeftAlone) {
  const Case cases[] = {
      {"a row as it is written",
       "<div style='display:flex'><b>真</b><b>人</b><b>视</b><b>讯</b></div>"},
      {"a picture and a text in turn",
       "<div "
       "style='display:flex;flex-direction:row-reverse'><b>图</b><b>学院召开教学会议</b></div>"},
      {"columns of whole sentences",
       "<div style='display:flex;flex-direction:row-reverse'><p>学院召开教学工作会议</p>"
       "<p>图书馆开放时间的通知</p><p>实验室安全检查安排</p><p>毕业设计工作启动</p></div>"},
      {"a line to the left of plain words", "<div dir=rtl>真人视讯下注平台</div>"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_THAT(ZonesOf(Read(test.html)), Not(Contains(HasSubstr("[ordered]"))));
  }
}

TEST(Media, HoldsForAllScreensOrSomeOrNone) {
  struct Condition {
    std::string_view text;
    Media want;
  };
  const Condition conditions[] = {
      {"", Media::kEverybody},
      {"all", Media::kEverybody},
      {"only screen", Media::kEverybody},
      {"print", Media::kNobody},
      {"not print", Media::kEverybody},
      {"print, screen", Media::kEverybody},
      {"screen and (max-width: 600px)", Media::kSome},
      {"(min-width: 1px)", Media::kEverybody},
      {"(max-width: 9999px)", Media::kEverybody},
      {"(min-width: 99999px)", Media::kNobody},
      {"(width >= 1px)", Media::kEverybody},
      {"(1px < width)", Media::kEverybody},
      {"(width < 1px)", Media::kNobody},
      {"(orientation: landscape), (orientation: portrait)", Media::kEverybody},
      {"(orientation: landscape)", Media::kSome},
      {"(color)", Media::kEverybody},
      {"not (monochrome)", Media::kEverybody},
      {"not all and (monochrome)", Media::kEverybody},
      {"(hover: hover)", Media::kSome},
      {"(min-aspect-ratio: 1/1000)", Media::kEverybody},
      {"(400px <= width <= 700px)", Media::kSome},
      {"(1px < width < 9999px)", Media::kEverybody},
      {"(min-resolution: 2dppx)", Media::kSome},
      {"(-webkit-min-device-pixel-ratio: 1)", Media::kEverybody},
      {"(min-resolution: 9999dpi)", Media::kNobody},
      {"(bogus)", Media::kNobody},
      {"not (bogus)", Media::kNobody},
      {"(bogus) or (min-width: 1px)", Media::kEverybody},
      {"((max-width: 1px) or (not (print))) and (color)", Media::kNobody},
      {"screen and(min-width: 1px)", Media::kNobody},
      {"(prefers-color-scheme: zzz)", Media::kNobody},
      {"(prefers-color-scheme: dark)", Media::kSome},
      {"(min-width: 1px) and (prefers-reduced-motion: reduce)", Media::kSome},
      {"((min-width: 1px))", Media::kEverybody},
      {"(", Media::kNobody},
  };
  for (const auto& [text, want] : conditions) EXPECT_EQ(ReadMedia(text), want) << text;
}

TEST(CssValue, LengthsAreReckoned) {
  struct Length {
    std::string_view text;
    std::optional<float> want;
  };
  const Length lengths[] = {
      {"12px", 12},
      {"+3px", 3},
      {"auto", std::nullopt},
      {"calc(1px + 2px * 3)", 7},
      {"calc((1em + 4px) / 2)", 10},
      {"calc(1 / 0)", std::nullopt},
      {"min(3px, 1px, 2px)", 1},
      {"max(3px, 1px)", 3},
      {"clamp(1px, 9px, 4px)", 4},
      {"calc(50% - 1px)", std::nullopt},
      {"calc(-50% - 5000px)", -5000},
      {"calc(((((((((((1px)))))))))))", std::nullopt},
      {"calc(", std::nullopt},
      {"calc(1px", std::nullopt},
  };
  for (const auto& [text, want] : lengths) EXPECT_EQ(ReadLength(text), want) << text;
}

TEST(StyleSheet, MadeUpSheetsEndInTheirBudget) {
  std::string nested;
  for (int i = 0; i < 3'000; ++i) nested += ".a{";
  std::string choices = ":is(";
  for (int i = 0; i < 3'000; ++i) choices += "a:is(b,c),";
  std::string variables = ":root{";
  for (int i = 0; i < 3'000; ++i)
    variables += "--v" + std::to_string(i) + ":var(--v" + std::to_string(i + 1) + ")" + "var(--v" +
                 std::to_string(i + 1) + ");";
  std::string tests;
  for (int i = 0; i < 3'000; ++i) tests += "[a" + std::to_string(i) + "]{display:none}";
  for (const std::string& css :
       {nested, choices + "){display:none}", variables + "}p{color:var(--v0)}",
        tests + std::string(20'000, ':'), std::string(50'000, '['),
        "p{width:" + std::string(50'000, '(') + "}"}) {
    EXPECT_EQ(Visible(Read("<style>" + css + "</style><p>词")), "词") << css.substr(0, 30);
  }
}

// What is too much to read is said to be unread.
TEST(StyleSheet, WhatIsOverACapIsRecorded) {
  std::string nots;
  for (int i = 0; i < 30'000; ++i) nots += ":not(";
  std::string empties = "--d:;--c:", uses, tests, a20k(20'000, 'a');
  for (int i = 0; i < 30; ++i) empties += "var(--d)";
  empties += ";--b:";
  for (int i = 0; i < 30; ++i) empties += "var(--c)";
  empties += ";--a:";
  for (int i = 0; i < 30; ++i) empties += "var(--b)";
  for (int i = 0; i < 2'000; ++i) uses += "var(--a)";
  for (int i = 0; i < 250; ++i)
    tests += "[title*=" + a20k.substr(0, 800) + "b" + std::to_string(i) + "]{display:none}";
  std::string lists, inner, attributes, variables, classes, rules, compounds, blocks;
  for (int i = 0; i < 20'000; ++i) {
    lists += "b,";
    inner += "a{top:0}";
  }
  for (int i = 0; i < 600; ++i) attributes += "[a" + std::to_string(i) + "]{top:0}";
  for (int i = 0; i < 9'000; ++i) {
    variables += "--v" + std::to_string(i) + ":0;";
    rules += ".r" + std::to_string(i) + "{top:0}";
  }
  for (int i = 0; i < 100; ++i) {
    classes += "c" + std::to_string(i) + " ";
    compounds += "p ";
    blocks += "@media all{";
  }
  const Case cases[] = {
      {"variables that stand for nothing, many times over",
       "<style>:root{" + empties + "}p{display:" + uses + "}</style><p>词"},
      {"the same in a style attribute",
       "<style>:root{" + empties + "}</style><p style='display:" + uses + "'>词"},
      {"long values held against many tests",
       "<style>" + tests + "</style><p title=" + a20k + ">词"},
      {"lists in lists, split anew for each rule in them",
       "<style>" + lists + "c{" + inner + "}</style><p>词"},
      {"more tests than are kept", "<style>" + attributes + "</style><p>词"},
      {"more variables than are kept",
       "<style>:root{" + variables + "}p{top:var(--v1)}</style><p>词"},
      {"more classes than are kept",
       "<style>.q{display:none}</style><p class='" + classes + "'>词"},
      {"more rules than are kept", "<style>" + rules + "</style><p>词"},
      {"a selector of too many compounds", "<style>" + compounds + "{display:none}</style><p>词"},
      {"blocks in blocks", "<style>" + blocks + "</style><p>词"},
      {"brackets in brackets, which once ran off the stack",
       "<style>" + nots + ".a" + std::string(30'000, ')') + "{display:none}</style><p>词"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.why);
    EXPECT_TRUE(Has(ReadPage(test.html).limits, Limit::kTreeTime));
  }
}

}  // namespace
}  // namespace xuncha
