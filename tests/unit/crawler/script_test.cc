// Scripts: what they say and would do, without running them.
//
// SPDX-License-Identifier: Apache-2.0
#include "crawler/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Found {
  std::string strings, written, moves, code;
  ScriptFacts facts;
  bool exhausted = false;
};

std::string Joined(const std::vector<ScriptPiece>& pieces) {
  std::string out;
  for (const ScriptPiece& piece : pieces) out += (out.empty() ? "" : "|") + piece.text;
  return out;
}

Found Read(std::string_view script) {
  Variables variables;
  variables.bytes_left = limits::kScriptValueBytesMax;
  const ScriptReading reading = ReadScript(script, variables);
  return {Joined(reading.strings), Joined(reading.written), Joined(reading.moves),
          Joined(reading.code),    reading.facts,           variables.exhausted};
}

TEST(Script, DecodesWhatIsWritten) {
  struct Case {
    std::string_view why, script, want;
  };
  constexpr Case kCases[] = {
      {"a plain string", "document.write('<b>x</b>')", "<b>x</b>"},
      {"a sum of strings and what is not known",
       "document.write('<a href=' + where + '>' + \"词\" + '</a>')", "<a href=|>词</a>"},
      {"\\x escapes", R"(document.write("\x3c\x62\x3e"))", "<b>"},
      {"\\u escapes and surrogate pairs", R"(document.write("\u535a\u5f69\ud83d\ude00"))", "博彩😀"},
      {"\\u{...}", R"(document.write("\u{535a}"))", "博"},
      {"octal", R"(document.write("\74\142\76"))", "<b>"},
      {"a continued line", "document.write('a\\\nb')", "ab"},
      {"names spelled in escapes",
       R"(window["\x64\x6f\x63\x75\x6d\x65\x6e\x74"]["\x77\x72\x69\x74\x65"]("<i>"))", "<i>"},
      {"fromCharCode", "document.write(String.fromCharCode(60,0x62,62))", "<b>"},
      {"fromCharCode through apply", "document.write(String.fromCharCode.apply(null,[60,98,62]))",
       "<b>"},
      {"unescape", "document.write(unescape('%3Cb%3E%u535a'))", "<b>博"},
      {"percent UTF-8", "document.write(decodeURIComponent('%E5%8D%9A'))", "博"},
      {"base64 in the usual disguise",
       "document.write(decodeURIComponent(escape(window.atob('5Y2a5b2p'))))", "博彩"},
      {"variables", "var a='<b>';var b=a+'x';document.write(b+'</b>')", "<b>x</b>"},
      {"arrays by number", "var _0x1=['<b>','x'];document.write(_0x1[0]+_0x1[0x1])", "<b>x"},
      {"reversed", "document.write('>b<'.split('').reverse().join(''))", "<b>"},
      {"joined", "document.write(['<b','>'].join(''))", "<b>"},
      {"letters put in between", "document.write('<#b#>'.replace(/#/g,''))", "<b>"},
      {"innerHTML", "document.getElementById('q').innerHTML='<b>x</b>';", "<b>x</b>"},
      {"a template", "document.write(`<b>${x}</b>`)", "<b></b>"},
      {"not a comment", "// document.write('<b>')\n/* document.write('<i>') */", ""},
      {"quotes in a regular expression", "s.replace(/['\"]/g,''); document.write('<b>')", "<b>"},
  };
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.why);
    EXPECT_EQ(Read(test.script).written, test.want);
  }
}

TEST(Script, KeepsWhatSaysSomething) {
  struct Case {
    std::string_view why, script, want;
  };
  constexpr Case kCases[] = {
      {"Han", "var a={name:'某某学院',k:'x'}", "某某学院"},
      {"numbers of people", "var d=[['甲','13800000000']]", "13800000000"},
      {"bare numbers", "var d={p:13800000000}", "13800000000"},
      {"addresses", "var u='http://b.example/x'", "http://b.example/x"},
      {"words of the machine are left out", "var a='click',b=\"utf-8\";f('GET')", ""},
      {"JSON", R"({"@type":"Article","name":"\u535a\u5f69"})", "博彩"},
  };
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.why);
    EXPECT_EQ(Read(test.script).strings, test.want);
  }
}

TEST(Script, SeesWhereItLeads) {
  struct Case {
    std::string_view why, script, want;
  };
  constexpr Case kCases[] = {
      {"location", "location='/a.htm'", "/a.htm"},
      {"window.location.href", "window.location.href = \"/a.htm\";", "/a.htm"},
      {"top", "top.location.replace('/a.htm')", "/a.htm"},
      {"open", "window.open('/a.htm','_blank')", "/a.htm"},
      {"spelled in escapes", R"(window["\x6c\x6f\x63\x61\x74\x69\x6f\x6e"]='/a.htm')", "/a.htm"},
      {"a comparison leads nowhere", "if(location.href=='/a.htm'){}", ""},
  };
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.why);
    EXPECT_EQ(Read(test.script).moves, test.want);
  }
}

TEST(Script, UnpacksPackedCode) {
  const Found found = Read(
      "eval(function(p,a,c,k,e,d){e=function(c){return "
      "c};while(c--)if(k[c])p=p.replace(1,2);return p}"
      "('0.1(\\'<2>\\')',62,3,'document|write|b'.split('|'),0,{}))");
  EXPECT_TRUE(found.facts.packed);
  EXPECT_EQ(found.code, "document.write('<b>')");
}

TEST(Script, HandsBackCodeInStrings) {
  EXPECT_EQ(Read("setTimeout(\"location='/x'\",10)").code, "location='/x'");
  EXPECT_EQ(Read("eval(unescape('%61%6C%65%72%74'))").code, "alert");
}

TEST(Script, KnowsWhatItLooksAt) {
  const Found swap = Read(
      "if(navigator.userAgent.toLocaleLowerCase().indexOf(\"baidu\")==-1){document.title="
      "\"学院\"}");
  EXPECT_TRUE(swap.facts.tests_agent && swap.facts.names_engine && swap.facts.sets_title);
  const Found redirect =
      Read("var s=document.referrer;if(/sogou|so\\.com/.test(s))location.href='http://b.example'");
  EXPECT_TRUE(redirect.facts.tests_referrer && redirect.facts.names_engine && redirect.facts.moves);
  const Found browser = Read("if(navigator.userAgent.indexOf('baiduboxapp')>0)x()");
  EXPECT_FALSE(browser.facts.names_engine);
  EXPECT_FALSE(Read("var title='x';b.title='y'").facts.sets_title);
}

TEST(Script, CallsDisguisedWhatNobodyCanRead) {
  EXPECT_TRUE(Read(R"(document.write("\x3c\x73\x63\x72\x69\x70\x74\x3e"))").facts.disguised_sink);
  EXPECT_TRUE(Read("document.write(atob('PGI+'))").facts.disguised_sink);
  EXPECT_FALSE(
      Read("document.write(unescape(\"%3Cscript src='/stat.js'%3E\"))").facts.disguised_sink);
  EXPECT_FALSE(Read(R"(document.write("<b>\u535a\u5f69</b>"))").facts.disguised_sink);
}

TEST(Script, DoublingAStringIsNoBomb) {
  std::string script = "var a='0123456789abcdef';";
  for (int i = 0; i < 60; ++i) script += "a=a+a;";
  script += "document.write(a)";
  const Found found = Read(script);
  EXPECT_TRUE(found.exhausted);
  EXPECT_LE(found.written.size(), limits::kScriptValueBytesMax);
}

TEST(Script, WhatIsReadInVainIsPaidFor) {
  const auto times = [](std::string_view text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
  };
  struct Case {
    std::string_view why;
    std::string script;
  };
  const Case cases[] = {
      {"unpackers that do not end", times("eval(function(p,a,c;", 20'000)},
      {"unpackers that end together", times("eval(function(p,a,c{;", 20'000) + "}"},
      {"a long list turned round",
       "x=['1'" + times(",'1'", 1'000) + "];y=x" + times(".reverse()", 5'000)},
      {"a text in which nothing is replaced",
       "y='" + times("1", 1'000) + "'" + times(".replace('a','b')", 5'000)},
  };
  for (const auto& [why, script] : cases) {
    SCOPED_TRACE(why);
    EXPECT_TRUE(Read(script).exhausted);
  }
}

TEST(Script, AnExpressionThatDoesNotEndHidesNone) {
  const Found found = Read("a=/[x;b=1/2;c=\"13800000000\";\nd=/'/;e=\"13900000000\"");
  EXPECT_EQ(found.strings, "13800000000|13900000000");
}

TEST(Script, SurvivesWhatIsNoScript) {
  std::string brackets(200'000, '(');
  Read(brackets);
  Read(std::string(200'000, '['));
  Read("x=" + brackets + "'a'");
  std::string nested;
  for (int i = 0; i < 50'000; ++i) nested += "unescape(";
  Read(nested);
  Read("'unclosed");
  Read("`unclosed ${");
  Read("/unclosed");
  Read("/*");
  Read("eval(function(p,a,c");
  Read(std::string("a\0b='\0'", 7));
  EXPECT_EQ(Read("").written, "");
}

}  // namespace
}  // namespace xuncha
