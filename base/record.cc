// The names of the nouns: what rules and JSON write, and what officers read.
// One table per enumeration, in the order of its values; a table that is too
// short does not compile.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/record.h"

#include <algorithm>
#include <array>

namespace xuncha {
namespace {

struct Words {
  std::string_view name;  // rules, JSON, the command line
  std::string_view text;  // officers
};

template <size_t kCount, typename Enum>
const Words& At(const std::array<Words, kCount>& table, Enum value) {
  const auto index = static_cast<size_t>(value);
  CHECK(index < kCount);
  return table[index];
}

template <typename Enum, size_t kCount>
std::optional<Enum> ByName(const std::array<Words, kCount>& table, std::string_view name) {
  for (size_t i = 0; i < kCount; ++i) {
    if (table[i].name == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// True if the last entry was written: std::to_array fixes the count, and this
// ties it to the last value of the enumeration.
template <size_t kCount, typename Enum>
constexpr bool EndsAt(const std::array<Words, kCount>&, Enum last) {
  return kCount == static_cast<size_t>(last) + 1;
}

constexpr auto kSiteClasses = std::to_array<Words>({
    {"general", "普通"},
    {"library", "图书馆"},
    {"medical", "医疗"},
    {"law", "法学"},
    {"research", "科研"},
    {"forum", "论坛"},
});
static_assert(EndsAt(kSiteClasses, SiteClass::kForum));

constexpr auto kVisitorWords = std::to_array<Words>({
    {"spider", "搜索引擎蜘蛛"},
    {"search", "来自搜索引擎的访客"},
    {"again", "再次访问"},
    {"target", "链接所指的外部网站"},
});
static_assert(EndsAt(kVisitorWords, Visitor::kTarget) && kVisitorWords.size() == kVisitors + 2);

constexpr auto kTargetVerdicts = std::to_array<Words>({
    {"unknown", "未能判断"},
    {"fine", "未见异常"},
    {"expired", "域名已无人注册"},
    {"parked", "域名停放或出售"},
    {"violating", "内容违规"},
});
static_assert(EndsAt(kTargetVerdicts, TargetVerdict::kViolating));

constexpr auto kLimits = std::to_array<Words>({
    {"body-bytes", "正文超过上限，其余部分未读取"},
    {"wire-bytes", "传输数据超过上限，其余部分未读取"},
    {"inflate-ratio", "压缩比异常，疑似压缩炸弹，已停止解压"},
    {"header-bytes", "响应头超过上限，已停止读取"},
    {"total-time", "读取超过时限，已中断"},
    {"low-speed", "传输过慢，已中断"},
    {"connect-time", "连接超时"},
    {"redirects", "重定向次数超过上限"},
    {"redirect-loop", "重定向循环"},
    {"redirect-scope", "重定向到登记范围之外，未跟随"},
    {"address-policy", "目标地址不在允许范围内，未访问"},
    {"resolve", "域名解析失败"},
    {"connect", "无法建立连接"},
    {"tls", "加密连接失败"},
    {"protocol", "响应不符合HTTP协议"},
    {"truncated", "响应不完整，提前中断"},
    {"decoding", "内容编码无法完全解开"},
    {"status", "服务器返回错误状态"},
    {"unread-type", "文件类型暂不读取"},
    {"tree-bytes", "页面过大，超出部分仅按纯文本检查"},
    {"tree-memory", "页面结构占用内存过多，仅按纯文本检查"},
    {"tree-time", "页面结构解析超时，仅按纯文本检查"},
    {"tree-depth", "页面嵌套过深，深层结构按并列处理"},
    {"zones", "页面区域过多，其余部分未分区"},
    {"links", "页面链接过多，其余链接未记录"},
    {"script-bytes", "脚本过长，其余部分未分析"},
    {"text-bytes", "页面文字超过上限，其余部分未检查"},
    {"hits", "命中过多，其余未记录"},
    {"match-time", "匹配超时，其余规则未检查"},
    {"matcher-error", "匹配引擎出错，已改用备用引擎或未能检查"},
    {"framing", "响应长度声明互相矛盾"},
    {"robots", "按站点要求遵守robots.txt，未访问"},
    {"assets", "页面所用的本站样式表或脚本未能取得或读全"},
});
static_assert(EndsAt(kLimits, Limit::kAssets));

constexpr auto kCheckeds = std::to_array<Words>({
    {"full", "完整检查"},
    {"flat", "按纯文本检查"},
    {"failed", "未能检查"},
});
static_assert(EndsAt(kCheckeds, Checked::kFailed));

constexpr auto kZones = std::to_array<Words>({
    {"title", "标题"},
    {"meta", "元信息"},
    {"text", "正文"},
    {"hidden", "隐藏内容"},
    {"anchor", "链接文字"},
    {"href", "链接地址"},
    {"script", "脚本"},
    {"attribute", "属性"},
    {"comment", "注释"},
    {"attachment", "附件"},
    {"header", "响应头"},
});
static_assert(EndsAt(kZones, ZoneKind::kHeader) && kZones.size() == kZoneKinds);

constexpr auto kHidings = std::to_array<Words>({
    {"none", "未隐藏"},
    {"display-none", "不显示（display:none）"},
    {"visibility", "不可见（visibility）"},
    {"opacity", "完全透明（opacity）"},
    {"font-size", "字号过小"},
    {"same-colour", "文字与背景同色"},
    {"off-screen", "移出屏幕之外"},
    {"indent", "缩进到屏幕之外"},
    {"zero-size", "尺寸为零"},
    {"clip", "被裁剪"},
    {"transform", "被变换缩没或移走"},
    {"behind", "被压在其他内容之下"},
    {"marquee", "藏在滚动字幕中"},
    {"noscript", "在noscript中"},
    {"template", "在template中"},
    {"after-html", "在</html>之后"},
    {"hidden-attribute", "带hidden属性"},
    {"details", "折叠收起"},
});
static_assert(EndsAt(kHidings, Hiding::kDetails));

constexpr auto kLinkKinds = std::to_array<Words>({
    {"anchor", "链接"},
    {"area", "图像热区"},
    {"frame", "框架"},
    {"form", "表单"},
    {"link", "关联资源"},
    {"meta-refresh", "页面自动跳转"},
    {"header-refresh", "响应头自动跳转"},
    {"header-link", "响应头链接"},
    {"script", "脚本中的地址"},
    {"sitemap", "站点地图"},
    {"canonical", "规范网址"},
    {"script-source", "脚本文件"},
    {"image", "图片"},
    {"style", "样式"},
    {"redirect", "重定向"},
    {"alternate", "其他版本"},
});
static_assert(EndsAt(kLinkKinds, LinkKind::kAlternate));

struct SignalWords {
  std::string_view name;
  Strength strength;
  std::string_view text;
};

// Strength: strong where clean pages were never seen to do it, medium where
// honest causes exist but are rare, weak for what only supports other proof.
constexpr auto kSignals = std::to_array<SignalWords>({
    {"title-rewrite", Strength::kStrong, "脚本按访客来源或浏览器标识改写标题"},
    {"entity-head", Strength::kStrong, "标题或元信息用数字实体书写，正文却不是"},
    {"duplicate-meta", Strength::kStrong, "重复的描述或关键词，前一份与本站无关"},
    {"packed-script", Strength::kMedium, "脚本经过压缩打包"},
    {"obfuscated-script", Strength::kMedium, "脚本经过混淆"},
    {"head-script", Strength::kStrong, "标题或元信息之后紧跟短名称的外部脚本"},
    {"referrer-redirect", Strength::kStrong, "脚本对来自搜索引擎的访客跳转"},
    {"meta-refresh-off", Strength::kMedium, "页面自动跳转到其他域名"},
    {"foreign-base", Strength::kStrong, "页面的基准地址指向其他域名"},
    {"hidden-frame", Strength::kWeak, "隐藏框架指向其他域名"},
    {"hidden-links", Strength::kMedium, "隐藏区块中有指向其他域名的链接"},
    {"tiny-anchors", Strength::kWeak, "链接文字为空或只有一个字符，指向其他域名"},
    {"links-after-html", Strength::kMedium, "页面结束标记之后还有链接"},
    {"comment-links", Strength::kWeak, "注释、noscript或template中有外部链接"},
    {"foreign-script-write", Strength::kMedium, "脚本写出带外部链接的内容"},
    {"parser-difference", Strength::kWeak, "原始字节中有解析后丢失的链接或文字"},
    {"spider-branch", Strength::kMedium, "脚本或页面按搜索蜘蛛的名称分支"},
    {"link-farm", Strength::kMedium, "同一区块中链接到大量外部域名"},
    {"cheap-domains", Strength::kWeak, "外部链接多指向廉价域名或纯数字主机"},
    {"reflected-query", Strength::kMedium, "查询参数中的文字出现在标题里"},
    {"foreign-language", Strength::kMedium, "标题使用本站不使用的文字"},
    {"charset-lie", Strength::kWeak, "声明的字符编码与实际不符"},
    {"soft-404", Strength::kWeak, "页面不存在却返回成功状态"},
    {"near-duplicate", Strength::kWeak, "与其他页面几乎相同"},
    {"cloaked-body", Strength::kStrong, "对搜索蜘蛛返回不同的内容"},
    {"cloaked-referrer", Strength::kStrong, "对来自搜索引擎的访客返回不同的内容"},
    {"header-refresh-off", Strength::kMedium, "响应头要求跳转到其他域名"},
    {"redirect-off", Strength::kWeak, "重定向到其他域名"},
    {"foreign-form", Strength::kWeak, "表单提交到其他域名"},
    {"css-content", Strength::kWeak, "样式表写入文字"},
    {"reversed-text", Strength::kWeak, "用方向控制字符颠倒文字"},
    {"random-path", Strength::kWeak, "网址形似批量生成的镜像路径"},
    {"title-replaced", Strength::kMedium, "正文未变，标题被整个换掉"},
    {"new-domains", Strength::kWeak, "新出现多个本站从未链接过的外部域名"},
    {"repeated-block", Strength::kMedium, "同一外部链接区块出现在多个页面，却不属于页面模板"},
    {"orphan-mirror", Strength::kMedium, "随机命名的目录下有成批页面，本站其他页面几乎不链接"},
    {"mass-new-pages", Strength::kWeak, "一夜之间新目录下出现大量页面，模板为本站前所未见"},
    {"template-break", Strength::kWeak, "页面模板与本站其余页面不同"},
    {"lone-domains", Strength::kWeak, "链接到本站其他页面都不链接的多个外部域名"},
    {"expired-target", Strength::kWeak, "链接的外部域名已无人注册"},
    {"parked-target", Strength::kMedium, "链接的外部域名已停放或出售"},
    {"replaced-target", Strength::kMedium, "链接的外部网站已换成另一个网站"},
    {"violating-target", Strength::kStrong, "链接的外部网站含违规内容"},
});
static_assert(kSignals.size() == kSignalKinds &&
              kSignals.size() == static_cast<size_t>(SignalKind::kTargetViolating) + 1);

const SignalWords& SignalAt(SignalKind kind) {
  const auto index = static_cast<size_t>(kind);
  CHECK(index < kSignals.size());
  return kSignals[index];
}

constexpr auto kChannelWords = std::to_array<Words>({
    {"plain", "原文"},
    {"squeezed", "去除夹杂符号"},
    {"split", "拆字还原"},
    {"homophone", "谐音还原"},
    {"reversed", "倒序还原"},
    {"digits", "数字变体还原"},
    {"raw", "未经整理的原文"},
});
static_assert(EndsAt(kChannelWords, Channel::kRaw) && kChannelWords.size() == kChannels);

constexpr auto kSeverities = std::to_array<Words>({
    {"hint", "提示"},
    {"low", "低"},
    {"medium", "中"},
    {"high", "高"},
});
static_assert(EndsAt(kSeverities, Severity::kHigh));

constexpr auto kProofs = std::to_array<Words>({
    {"head", "标题或元信息中的文字"},
    {"visible", "访客可见的文字"},
    {"unseen", "访客看不见的文字"},
    {"structure", "页面结构"},
    {"destination", "链接去向"},
    {"difference", "不同访客所见不同"},
    {"identifier", "可核验的号码或账号"},
});
static_assert(EndsAt(kProofs, Proof::kIdentifier));

}  // namespace

std::string_view SiteClassName(SiteClass value) { return At(kSiteClasses, value).name; }

std::optional<SiteClass> SiteClassByName(std::string_view name) {
  for (size_t i = 0; i < kSiteClasses.size(); ++i) {
    if (kSiteClasses[i].name == name || kSiteClasses[i].text == name) {
      return static_cast<SiteClass>(i);
    }
  }
  return std::nullopt;
}

std::string_view LimitName(Limit value) { return At(kLimits, value).name; }
std::string_view LimitText(Limit value) { return At(kLimits, value).text; }

bool Has(const std::vector<LimitHit>& limits, Limit limit) {
  return std::any_of(limits.begin(), limits.end(),
                     [limit](const LimitHit& hit) { return hit.limit == limit; });
}

std::string_view CheckedName(Checked value) { return At(kCheckeds, value).name; }
std::string_view CheckedText(Checked value) { return At(kCheckeds, value).text; }

std::string_view VisitorName(Visitor value) { return At(kVisitorWords, value).name; }
std::string_view VisitorText(Visitor value) { return At(kVisitorWords, value).text; }

std::string_view TargetVerdictName(TargetVerdict value) { return At(kTargetVerdicts, value).name; }
std::string_view TargetVerdictText(TargetVerdict value) { return At(kTargetVerdicts, value).text; }

std::string_view ZoneName(ZoneKind kind) { return At(kZones, kind).name; }
std::string_view ZoneText(ZoneKind kind) { return At(kZones, kind).text; }
std::optional<ZoneKind> ZoneByName(std::string_view name) { return ByName<ZoneKind>(kZones, name); }

std::string_view HidingName(Hiding value) { return At(kHidings, value).name; }
std::string_view HidingText(Hiding value) { return At(kHidings, value).text; }

std::string_view LinkKindName(LinkKind kind) { return At(kLinkKinds, kind).name; }
std::string_view LinkKindText(LinkKind kind) { return At(kLinkKinds, kind).text; }

std::string_view SignalName(SignalKind kind) { return SignalAt(kind).name; }
std::string_view SignalText(SignalKind kind) { return SignalAt(kind).text; }
Strength SignalStrength(SignalKind kind) { return SignalAt(kind).strength; }
std::optional<SignalKind> SignalByName(std::string_view name) {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i].name == name) return static_cast<SignalKind>(i);
  }
  return std::nullopt;
}

std::string_view ChannelName(Channel channel) { return At(kChannelWords, channel).name; }
std::string_view ChannelText(Channel channel) { return At(kChannelWords, channel).text; }

std::string_view SeverityName(Severity value) { return At(kSeverities, value).name; }
std::string_view SeverityText(Severity value) { return At(kSeverities, value).text; }
std::optional<Severity> SeverityByName(std::string_view name) {
  return ByName<Severity>(kSeverities, name);
}

std::string_view ProofName(Proof proof) { return At(kProofs, proof).name; }
std::string_view ProofText(Proof proof) { return At(kProofs, proof).text; }

Exchange ExchangeOf(const Response& response) {
  return {.url = response.final_url.text(),
          .started = response.asked,
          .request = response.request,
          .headers = response.headers,
          .trailers = response.trailers,
          .remote_address = response.remote_address,
          .local_address = response.local_address,
          .addresses = response.addresses,
          .tls = response.tls,
          .timing = response.timing,
          .wire_bytes = response.wire_bytes,
          .coding = response.coding,
          .coded = response.coding.empty()         ? Digest{}
                   : response.coded_digest.empty() ? Sha256(response.coded_body)
                                                   : response.coded_digest,
          .cut = !response.error.empty(),
          .names = response.names};
}

}  // namespace xuncha
