// The judge, on pages made by hand.
//
// SPDX-License-Identifier: Apache-2.0
#include "rules/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/limits.h"
#include "rules/loader.h"
#include "rules/wording.h"
#include "tests/unit/rules/page_builder.h"

namespace xuncha {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// 天河阁 and 云顶台 are invented houses; 青竹 an innocent name that contains nothing.
constexpr std::string_view kGambling = R"(
[pack]
kind = "gambling"
clause = 6
title = "赌博"
basis = "责任书 四（六）"
allow = ["云顶台阶小学"]

[[rule]]
id = "gambling.house"
strength = "strong"
any = ["天河阁平台", "云顶台"]
zones = ["title", "meta", "anchor", "hidden", "text", "script", "comment", "attribute", "href"]
near = { within = 20, any = ["充值", "提现"] }
unless = { within = 30, any = ["打击", "警惕", "抓获"] }
raised = ["law"]
because = "以赌博平台名义招揽用户"
examples = ["天河阁平台"]
counters = ["打击天河阁平台"]

[[rule]]
id = "gambling.pitch"
strength = "strong"
any = ["注册就送筹码"]
because = "以赠送筹码招揽"
examples = ["注册就送筹码"]
counters = ["无"]

[[rule]]
id = "gambling.weak"
strength = "weak"
any = ["筹码", "庄家", "下注"]
unless = { any = ["研究"] }
because = "赌博用语"
examples = ["筹码"]

[[rule]]
id = "gambling.needs"
strength = "weak"
any = ["返点"]
near = { within = 5, any = ["盘口"], required = true }
count = 2
because = "盘口返点"
examples = ["返点盘口，返点盘口"]

[[rule]]
id = "gambling.slang"
strength = "weak"
any = ["外盘", "下水"]
near = { within = 30, any = ["外盘", "下水"], required = true }
because = "行话"
examples = ["外盘下水"]

[[rule]]
id = "gambling.all"
strength = "strong"
all = ["内部彩", "包中"]
because = "包中承诺"
examples = ["内部彩包中"]

[[rule]]
id = "gambling.block"
strength = "strong"
any = ["友情荷官"]
signal = ["hidden-links"]
because = "隐藏区块中的招揽"
examples = ["友情荷官"]
counters = ["无"]
)";

constexpr std::string_view kOthers[] = {
    R"([pack]
kind = "privacy"
clause = 9
title = "公民个人信息"
basis = "责任书 四（九）"
[[rule]]
id = "privacy.id"
strength = "strong"
check = ["resident-id"]
because = "公开身份证号码"
examples = ["x"]
[[rule]]
id = "privacy.mobile"
strength = "weak"
check = ["mobile"]
near = { within = 10, any = ["姓名"] }
unless = { within = 20, any = ["联系人"] }
because = "公开手机号码"
examples = ["x"]
)",
    R"([pack]
kind = "secret"
clause = 9
title = "涉密标志"
basis = "责任书 四（九）"
[[rule]]
id = "secret.mark"
strength = "strong"
check = ["secret-mark"]
because = "带有国家秘密标志"
examples = ["机密★"]
)",
    R"([pack]
kind = "tamper"
clause = 9
title = "网页篡改"
basis = "责任书 四（九）"
[[rule]]
id = "tamper.entities"
strength = "strong"
signal = ["entity-head"]
because = "网页头部被改写为数字实体"
)",
    R"([pack]
kind = "custom"
clause = 3
title = "本校词表"
basis = "责任书 四"
hint_only = true
[[rule]]
id = "custom.list"
strength = "strong"
any = ["本校关注词", "另一关注词", "第三关注词"]
because = "命中导入词表"
examples = ["本校关注词"]
counters = ["无"]
)"};

class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() : rules_(Rules()), judge_(rules_) {}

  static RuleSet Rules() {
    std::vector<PackSource> sources = {{"gambling.toml", std::string(kGambling)}};
    for (std::string_view text : kOthers) sources.push_back({"other.toml", std::string(text)});
    LoadReport report;
    Result<RuleSet> rules = LoadRules(sources, &report);
    if (!rules.ok()) ADD_FAILURE() << rules.error().text;
    return rules.ok() ? std::move(*rules) : RuleSet();
  }

  Page Decide(PageBuilder& builder) const {
    Page page = builder.Build(rules_);
    judge_.Decide(page);
    return page;
  }

  // "gambling:high" for each finding.
  std::vector<std::string> Verdicts(PageBuilder builder) const {
    std::vector<std::string> out;
    for (const Finding& finding : Decide(builder).findings) {
      out.push_back(finding.kind + ":" + std::string(SeverityName(finding.severity)));
    }
    return out;
  }

  const RuleSet rules_;
  const Judge judge_;
};

TEST_F(JudgeTest, WeighsAsTheDesignSays) {
  struct Case {
    std::string_view why;
    PageBuilder page;
    std::vector<std::string> want;
  };
  const auto page = [] { return PageBuilder(); };
  const Case kCases[] = {
      {"nothing", page().Title("青竹学校").Text("通知"), {}},
      {"a strong word alone, whose rule knows what would support it",
       page().Text("天河阁平台介绍"),
       {"gambling:hint"}},
      {"a strong word whose rule asks for nothing more",
       page().Text("注册就送筹码"),
       {"gambling:low"}},
      {"a strong word in the head", page().Title("天河阁平台"), {"gambling:low"}},
      {"a strong word with support", page().Text("天河阁平台充值"), {"gambling:medium"}},
      {"support beyond reach",
       page().Text("天河阁平台" + std::string(60, ' ') + std::string(60, '.') + "充值"),
       {"gambling:hint"}},
      {"support in a text zone of the same page, within reach",
       page().Text("天河阁平台").Text("充值"),
       {"gambling:medium"}},
      {"support from another pattern of the kind",
       page().Text("天河阁平台，本店庄家"),
       {"gambling:medium"}},
      {"offers in head and text",
       page().Title("天河阁平台充值").Text("天河阁平台提现"),
       {"gambling:high"}},
      {"a heading that repeats the title is one proof",
       page().Title("天河阁平台").Text("天河阁平台"),
       {"gambling:low"}},
      {"head and text with different words",
       page().Title("天河阁平台").Text("云顶台"),
       {"gambling:high"}},
      {"hidden words and hidden links",
       page().Hidden("云顶台").Sign(SignalKind::kHiddenLinks),
       {"gambling:high"}},
      {"head words and an entity head",
       page().Title("云顶台").Sign(SignalKind::kEntityHead),
       {"gambling:high"}},
      {"an unsupported word and a common script",
       page().Text("云顶台").Sign(SignalKind::kPackedScript),
       {"gambling:medium"}},
      {"a supported word and a common script",
       page().Text("云顶台充值").Sign(SignalKind::kPackedScript),
       {"gambling:high"}},
      {"weak words together", page().Text("筹码、庄家、下注"), {"gambling:low"}},
      {"one weak word many times", page().Text("筹码、筹码、筹码、筹码"), {"gambling:hint"}},
      {"weak words far apart",
       page()
           .Text("筹码")
           .Text(std::string(900, '.'))
           .Text("庄家")
           .Text(std::string(900, '.'))
           .Text("下注"),
       {"gambling:hint"}},
      {"weak words and a cloak",
       page().Text("筹码、庄家、下注").Sign(SignalKind::kCloakedBody),
       {"gambling:high"}},
      {"weak words and strong structure",
       page().Text("筹码、庄家、下注").Sign(SignalKind::kEntityHead),
       {"gambling:medium"}},
      {"all words of a rule, at two ends of a page",
       page().Text("内部彩" + std::string(400, '.') + "包中"),
       {"gambling:hint"}},
      {"all words of a rule", page().Text("内部彩，先看后付，包中"), {"gambling:medium"}},
      {"not all words of a rule", page().Text("内部彩"), {}},
      {"required near word, two places", page().Text("返点盘口，返点盘口"), {"gambling:hint"}},
      {"required near word, one place", page().Text("返点盘口，返点"), {"gambling:hint"}},
      {"required near word missing", page().Text("返点，返点，返点"), {}},
      {"two words of a trade", page().Text("外盘走高，可下水"), {"gambling:hint"}},
      {"a heading's copy of the line gives its words no weight",
       page().Text("外盘走高\n外盘走高"),
       {}},
      {"count not reached", page().Text("返点盘口"), {}},
      {"a rule that asks for a signal too",
       page().Text("友情荷官").Sign(SignalKind::kHiddenLinks),
       {"gambling:high"}},
      {"and does not find it", page().Text("友情荷官"), {}},
      {"strong structure alone", page().Sign(SignalKind::kEntityHead), {"tamper:medium"}},
      {"medium structure alone", page().Sign(SignalKind::kHiddenLinks), {"tamper:hint"}},
      {"a proven cloak alone", page().Sign(SignalKind::kCloakedBody), {"tamper:high"}},
      {"a soft 404 is no tampering", page().Sign(SignalKind::kSoft404), {}},
      {"a hint of content leaves the tampering its own finding",
       page().Text("筹码").Sign(SignalKind::kEntityHead),
       {"tamper:medium", "gambling:hint"}},
      {"one resident ID", page().Text("110101190001011234"), {"privacy:medium"}},
      {"one resident ID three times",
       page().Text("110101190001011234 110101190001011234 110101190001011234"),
       {"privacy:medium"}},
      {"resident IDs in bulk",
       page().Text("110101190001011234 110101190001011235 110101190001011236"),
       {"privacy:high"}},
      {"phones without names",
       page().Text("13800000001 13800000002 13800000003"),
       {"privacy:hint"}},
      {"phones with names",
       page().Text("姓名13800000001 姓名13800000002 姓名13800000003"),
       {"privacy:low"}},
      {"hidden links do not advertise a list of IDs",
       page().Text("110101190001011234").Sign(SignalKind::kEntityHead),
       {"tamper:medium", "privacy:medium"}},
      {"a secret mark at the head", page().Text("机密★10年"), {"secret:high"}},
      {"a secret mark alone on its line",
       page().Text(std::string(300, '.') + "\n机密★10年\n" + std::string(300, '.')),
       {"secret:high"}},
      {"a secret mark in a sentence",
       page().Text(std::string(300, '.') + "，标志写作机密★，" + std::string(300, '.')),
       {"secret:low"}},
      {"an imported list only hints",
       page().Title("本校关注词").Text("另一关注词，第三关注词").Sign(SignalKind::kEntityHead),
       {"tamper:medium", "custom:hint"}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Verdicts(c.page), c.want);
  }
}

TEST_F(JudgeTest, DismissesHitByHit) {
  struct Case {
    std::string_view why;
    PageBuilder page;
    std::vector<std::string> want;
    std::string_view reason;  // of the first dismissal; empty: none
  };
  const auto page = [] { return PageBuilder(); };
  const Case kCases[] = {
      {"a report", page().Text("警方打击天河阁平台"), {}, "语境：打击（距 0 字）"},
      {"context beyond reach",
       page().Text("打击" + std::string(31, '.') + "天河阁平台" + std::string(60, '.')),
       {"gambling:hint"},
       ""},
      {"context in a short title counts wherever it stands",
       page().Title("天河阁平台" + std::string(40, '.') + "抓获"),
       {},
       "语境：抓获（距 40 字）"},
      {"an offer with one context word further away than its contact",
       page().Text("打击同行。天河阁平台充值"),
       {"gambling:medium"},
       ""},
      {"an offer inside a report that names two acts",
       page().Text("警方打击并抓获天河阁平台充值团伙"),
       {},
       "语境：抓获（距 0 字）"},
      {"two acts named behind an offer: a report, or an intruder's cover",
       page().Text("天河阁平台充值方便。警方打击，抓获"),
       {"gambling:hint"},
       ""},
      {"a word behind an offer in a title",
       page().Title("天河阁平台充值_打击"),
       {"gambling:hint"},
       ""},
      {"a word before it in a title",
       page().Title("打击天河阁平台充值"),
       {},
       "语境：打击（距 0 字）"},
      {"a title full of offers with a word behind them",
       page().Title("天河阁平台充值_云顶台提现_庄家_抓获"),
       {"gambling:low"},
       ""},
      {"a report of one hit does not free another",
       page().Text("警方打击天河阁平台。" + std::string(100, '.') + "云顶台充值"),
       {"gambling:medium"},
       "语境：打击（距 0 字）"},
      {"a report of two offers is dismissed",
       page().Text("警惕天河阁平台充值。警惕云顶台提现。"),
       {},
       "语境：警惕（距 0 字）"},
      {"whoever excuses many whole offers is shown to an officer",
       page().Text("警惕天河阁平台充值。警惕云顶台提现。警惕天河阁平台提现。"),
       {"gambling:hint"},
       ""},
      {"context in the title is not context in the text",
       page().Title("警惕").Text("天河阁平台充值"),
       {"gambling:medium"},
       ""},
      {"context in a hidden block dismisses nothing",
       page().Hidden("打击抓获天河阁平台"),
       {"gambling:low"},
       ""},
      {"a fold that a click opens is no hidden block",
       page().Hidden("打击天河阁平台", Hiding::kDetails),
       {},
       "语境：打击（距 0 字）"},
      {"hidden context does not free what is seen",
       page().Text("天河阁平台充值").Hidden("打击，抓获"),
       {"gambling:medium"},
       ""},
      {"the longer innocent phrase",
       page().Text("云顶台阶小学开学，家长充值饭卡"),
       {},
       "白名单：云顶台阶小学"},
      {"an identifier is no offer: one word frees it",
       page().Text("联系人如下，姓名13800000001"),
       {},
       "语境：联系人"},
      {"whole-zone context",
       page().Text("筹码、庄家、下注" + std::string(400, '.') + "研究"),
       {},
       "语境：研究（距 406 字）"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    PageBuilder builder = c.page;
    EXPECT_EQ(Verdicts(c.page), c.want);
    const Page decided = Decide(builder);
    if (c.reason.empty()) {
      EXPECT_THAT(decided.dismissals, IsEmpty());
    } else if (decided.dismissals.empty()) {
      ADD_FAILURE() << "nothing was dismissed";
    } else {
      EXPECT_THAT(decided.dismissals.front().reason, HasSubstr(std::string(c.reason)));
    }
  }
}

TEST_F(JudgeTest, LinksAreReadByWhereTheyLead) {
  struct Case {
    std::string_view why;
    PageBuilder page;
    std::vector<std::string> want;
  };
  const auto page = [] { return PageBuilder(); };
  const Case kCases[] = {
      {"a headline that leads inside the site is judged there",
       page().Text("天河阁平台充值").Link("天河阁平台充值", "/news/2.html"),
       {"gambling:hint"}},
      {"on another host of the domain too",
       page().Text("天河阁平台充值").Link("天河阁平台充值", "http://lib.campus.test/2.html"),
       {"gambling:hint"}},
      {"a link that leaves the site",
       page().Text("天河阁平台充值").Link("天河阁平台充值", "http://other.test/"),
       {"gambling:medium"}},
      {"an innocent headline beside it does not help",
       page().Text("打击天河阁平台").Link("天河阁平台", "http://other.test/"),
       {"gambling:hint"}},
      {"words of its own do",
       page().Text("打击天河阁平台").Link("打击天河阁平台", "http://other.test/"),
       {}},
      {"headlines in a closed tab",
       page().Hidden("打击天河阁平台").Link("打击天河阁平台", "/news/2.html"),
       {}},
      {"links in a hidden block",
       page().Hidden("打击天河阁平台").Link("打击天河阁平台", "http://other.test/"),
       {"gambling:low"}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Verdicts(c.page), c.want);
  }
}

TEST_F(JudgeTest, SiteClassRaisesTheBar) {
  Site site;
  site.id = "law";
  site.site_class = SiteClass::kLaw;
  PageBuilder builder;
  builder.Of(site, "http://law.campus.test/").Title("天河阁平台").Text("云顶台充值");
  const Page page = Decide(builder);
  ASSERT_EQ(page.findings.size(), 1u);
  EXPECT_EQ(page.findings[0].severity, Severity::kHint);
  EXPECT_THAT(page.findings[0].evidence[0].detail, HasSubstr("law"));
}

TEST_F(JudgeTest, TamperingBecomesTheProofOfWhatItAdvertises) {
  PageBuilder builder;
  builder.Title("云顶台").Sign(SignalKind::kEntityHead, "3 of 3").Sign(SignalKind::kPackedScript);
  const Page page = Decide(builder);
  ASSERT_EQ(page.findings.size(), 1u);
  const Finding& finding = page.findings[0];
  EXPECT_EQ(finding.kind, "gambling");
  EXPECT_EQ(finding.clause, 6);
  EXPECT_THAT(finding.signals, ElementsAre("entity-head", "packed-script"));
  ASSERT_EQ(finding.evidence.size(), 3u);
  EXPECT_EQ(finding.evidence[1].rule, "tamper.entities") << "the pack's rule lends its words";
  EXPECT_EQ(finding.evidence[1].proof, Proof::kStructure);
  EXPECT_EQ(finding.evidence[2].rule, "packed-script") << "no rule names it";
  EXPECT_EQ(finding.because,
            "赌博：标题出现“云顶台”等，以赌博平台名义招揽用户；同时网页头部被改写为数字实体；"
            "脚本经过压缩打包；2 类独立证据相互印证。");
}

TEST_F(JudgeTest, EvidenceShowsTheWordsInTheirPlace) {
  PageBuilder builder;
  builder.Title("青竹").Text("前文" + std::string(200, 'x') +
                             "云顶台充值，联系13800000000，证件110101190001011234后");
  const Page page = Decide(builder);
  ASSERT_EQ(page.findings.size(), 2u);
  const Evidence& evidence = page.findings[0].evidence[0];
  EXPECT_EQ(evidence.rule, "gambling.house");
  EXPECT_EQ(evidence.found, "云顶台");
  EXPECT_EQ(evidence.before, std::string(limits::kExcerptCharsMax, 'x'));
  EXPECT_EQ(evidence.after, "充值，联系13800000000，证件110***************后")
      << "the contact stays, the ID goes";
  EXPECT_EQ(evidence.detail, "佐证：充值（距 0 字）");
  EXPECT_EQ(page.response.body.substr(evidence.source.begin, evidence.source.size()), "云顶台");
  const Evidence& identifier = page.findings[1].evidence[0];
  EXPECT_EQ(identifier.proof, Proof::kIdentifier);
  EXPECT_EQ(identifier.found, "110101**********34");
  EXPECT_THAT(identifier.before, Not(HasSubstr("13800000000")));
}

TEST_F(JudgeTest, TheSameNumberIsKnownAgainAndNotShown) {
  const auto details = [this](std::string key, std::string_view text) {
    Judge judge(rules_);
    judge.KeyIdentifiers(std::move(key));
    PageBuilder builder;
    builder.Title("青竹").Text(std::string(text));
    Page page = builder.Build(rules_);
    judge.Decide(page);
    std::vector<std::string> out;
    for (const Finding& finding : page.findings) {
      for (const Evidence& evidence : finding.evidence) {
        EXPECT_THAT(evidence.found + evidence.detail, Not(HasSubstr("19000101")));
        out.push_back(evidence.detail);
      }
    }
    return out;
  };
  const auto one = details("secret", "证件110101190001011234");
  ASSERT_EQ(one.size(), 1u);
  EXPECT_THAT(one[0], ::testing::StartsWith("号码标记 "));
  EXPECT_EQ(details("secret", "另一页，证件110101190001011234，完"), one) << "known again";
  EXPECT_NE(details("another", "证件110101190001011234"), one) << "by this installation only";
  EXPECT_EQ(details("", "证件110101190001011234"), std::vector<std::string>{""});

  struct Case {
    std::string_view why, value;
  };
  for (const Case& c :
       {Case{"full-width", "１１０１０１１９０００１０１１２３X"},
        Case{"in groups", "110101 19000101-123X"}, Case{"with a small x", "11010119000101123x"}}) {
    EXPECT_EQ(IdentifierDigest("secret", c.value), IdentifierDigest("secret", "11010119000101123X"))
        << c.why;
  }
  EXPECT_NE(IdentifierDigest("secret", "110101190001011235"),
            IdentifierDigest("secret", "110101190001011234"));
}

TEST_F(JudgeTest, SourceIsCountedInOriginalBytes) {
  PageBuilder builder;
  builder.Title("青竹").Text("云顶台充值");
  Page page = builder.Build(rules_);
  page.document.charset = Charset::kGb18030;
  page.response.body = EncodeFromUtf8(page.response.body, Charset::kGb18030);
  judge_.Decide(page);
  ASSERT_EQ(page.findings.size(), 1u);
  const Span source = page.findings[0].evidence[0].source;
  EXPECT_EQ(page.response.body.substr(source.begin, source.size()),
            EncodeFromUtf8("云顶台", Charset::kGb18030));
}

TEST_F(JudgeTest, TheSameViolationKeepsItsName) {
  const auto id = [this](PageBuilder builder) {
    const Page page = Decide(builder);
    return page.findings.empty() ? std::string() : page.findings[0].id;
  };
  const std::string first = id(PageBuilder().Text("云顶台充值"));
  EXPECT_EQ(first, id(PageBuilder().Text("新的前文。云顶台充值，云顶台充值")))
      << "moved and repeated";
  EXPECT_NE(first, id(PageBuilder().Text("天河阁平台充值"))) << "other words";
  EXPECT_NE(first, id(PageBuilder("http://www.campus.test/2.html").Text("云顶台充值")))
      << "another page";
}

TEST_F(JudgeTest, MoreEvidenceNeverLowersTheScore) {
  using Step = std::function<void(PageBuilder&)>;
  const std::vector<Step> steps = {
      [](PageBuilder& b) { b.Text("筹码"); },
      [](PageBuilder& b) { b.Text("庄家"); },
      [](PageBuilder& b) { b.Text("云顶台"); },
      [](PageBuilder& b) { b.Sign(SignalKind::kPackedScript); },
      [](PageBuilder& b) { b.Hidden("云顶台"); },
      [](PageBuilder& b) { b.Text("云顶台充值"); },
      [](PageBuilder& b) { b.Title("云顶台"); },
      [](PageBuilder& b) { b.Sign(SignalKind::kHiddenLinks); },
      [](PageBuilder& b) { b.Add(ZoneKind::kMeta, "天河阁平台提现"); },
      [](PageBuilder& b) { b.Sign(SignalKind::kCloakedBody); },
  };
  // Every subset of the steps against the same with one step more.
  const auto score = [&](uint32_t chosen) {
    PageBuilder builder;
    for (size_t i = 0; i < steps.size(); ++i) {
      if (chosen & (1u << i)) steps[i](builder);
    }
    const Page page = Decide(builder);
    int most = 0;
    for (const Finding& finding : page.findings) most = std::max(most, finding.score);
    return most;
  };
  std::vector<int> scores(1u << steps.size());
  for (uint32_t chosen = 0; chosen < scores.size(); ++chosen) scores[chosen] = score(chosen);
  for (uint32_t chosen = 0; chosen < scores.size(); ++chosen) {
    for (size_t i = 0; i < steps.size(); ++i) {
      const uint32_t more = chosen | (1u << i);
      ASSERT_GE(scores[more], scores[chosen]) << "steps " << chosen << ", then step " << i;
    }
  }
}

TEST_F(JudgeTest, FiredNamesRulesAndTakesSignalsAsGiven) {
  PageBuilder builder;
  builder.Text("友情荷官。云顶台。" + std::string(60, '.') + "打击" + std::string(60, '.') +
               "返点");
  const Page page = builder.Build(rules_);
  EXPECT_THAT(judge_.Fired(page), ElementsAre("gambling.block", "gambling.house"));
}

TEST_F(JudgeTest, HoldsItsCapsOnAHostilePage) {
  PageBuilder builder;
  std::string text;
  for (int i = 0; i < 300; ++i) text += "云顶台 打击 天河阁平台 充值 筹码 ";
  builder.Text(text);
  for (int i = 0; i < 200; ++i) builder.Sign(static_cast<SignalKind>(i % kSignalKinds));
  const Page page = Decide(builder);
  for (const Finding& finding : page.findings)
    EXPECT_LE(finding.evidence.size(), limits::kEvidencePerFindingMax);
  EXPECT_LE(page.dismissals.size(), limits::kDismissalsPerPageMax);
}

}  // namespace
}  // namespace xuncha
