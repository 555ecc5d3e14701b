// SPDX-License-Identifier: Apache-2.0
#include "reports/robots.h"

#include <fmt/format.h>

#include <functional>

#include "base/day.h"
#include "base/hmac.h"
#include "base/limits.h"
#include "base/percent.h"
#include "base/text.h"
#include "base/tree.h"
#include "proof/signing.h"
#include "reports/message.h"

namespace xuncha {
namespace {

constexpr std::string_view kJsonHeader = "Content-Type: application/json; charset=utf-8";
constexpr size_t kRefsMax = 100, kRefBytesMax = 100;  // of a webhook: they leave room for the text

// Numbers of the services' own.
constexpr int64_t kWeComTooOften = 45009;
constexpr int64_t kDingTalkTooOften[] = {130101, 410100};
constexpr int64_t kFeishuTooOften[] = {11232, 9499};

Node Text(std::string_view name, std::string_view text) {
  Node node = MakeTable();
  Put(node, name, MakeString(text));
  return node;
}

// As much of the message as fits once it is JSON.
std::string FittingBody(const Delivery& message, size_t bytes_max,
                        const std::function<Node(const std::string& text)>& dress) {
  size_t text_max = bytes_max;
  std::string body = WriteJson(dress(RenderMessage(message, Dress::kWhole, text_max)));
  while (body.size() > bytes_max) {
    // Quotes and the like take more room in JSON: about as much as just now.
    const size_t fits = text_max * bytes_max / body.size();
    text_max = fits > 16 ? fits - 16 : 0;
    body = WriteJson(dress(RenderMessage(message, Dress::kWhole, text_max)));
  }
  return body;
}

std::string WeComBody(const Delivery& message) {
  std::string text = RenderMessage(message, Dress::kWhole, limits::kWeComMarkdownBytesMax);
  const bool is_short = text.size() <= limits::kWeComTextBytesMax;
  Node body = MakeTable();
  Put(body, "msgtype", MakeString(is_short ? "text" : "markdown"));
  Put(body, is_short ? "text" : "markdown", Text("content", text));
  return WriteJson(body);
}

std::string DingTalkBody(const Delivery& message) {
  return FittingBody(message, limits::kDingTalkBodyBytesMax, [](const std::string& text) {
    Node body = MakeTable();
    Put(body, "msgtype", MakeString("text"));
    Put(body, "text", Text("content", text));
    return body;
  });
}

std::string FeishuBody(const Delivery& message, const ChannelSecret& secret, Millis now) {
  const std::string stamp = fmt::format("{}", now / 1000);
  const std::string sign = Base64(HmacSha256(stamp + "\n" + secret.secret, ""));
  return FittingBody(message, limits::kFeishuBodyBytesMax, [&](const std::string& text) {
    Node body = MakeTable();
    Put(body, "timestamp", MakeString(stamp));
    Put(body, "sign", MakeString(sign));
    Put(body, "msg_type", MakeString("text"));
    Put(body, "content", Text("text", text));
    return body;
  });
}

// For a program of the house: the parts as they are, and the text for whoever shows it.
std::string WebhookBody(const Delivery& message, Millis now) {
  return FittingBody(message, limits::kWebhookBodyBytesMax, [&](const std::string& text) {
    Node body = MakeTable();
    Put(body, "id", MakeString(message.message_id));
    Put(body, "time", MakeString(FormatTime(now)));
    Put(body, "topic", MakeString(message.topic));
    Put(body, "urgent", MakeBool(message.urgent));
    Put(body, "subject", MakeString(message.subject));
    Put(body, "text", MakeString(text));
    Node refs = MakeArray();
    for (const std::string& ref : message.refs) {
      if (refs.items.size() < kRefsMax && ref.size() <= kRefBytesMax)
        refs.items.push_back(MakeString(ref));
    }
    Put(body, "refs", std::move(refs));
    return body;
  });
}

AttemptEnd Later(uint32_t code, std::string text, Millis pause = 0) {
  return {.code = code, .answer = std::move(text), .pause = pause};
}

template <size_t N>
bool IsOneOf(int64_t code, const int64_t (&codes)[N]) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

// The whole number under one of the names; nothing if there is none.
std::optional<int64_t> NumberIn(const Node& node, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const Node* found = node.Find(name);
    if (found != nullptr && found->is(Node::Type::kInteger)) return found->integer;
  }
  return std::nullopt;
}

std::string WordsIn(const Node& node) {
  for (const std::string_view name : {"errmsg", "msg", "StatusMessage"}) {
    const Node* found = node.Find(name);
    if (found != nullptr && found->is(Node::Type::kString)) return found->string;
  }
  return "";
}

}  // namespace

HttpPost PostOf(const TellChannel& channel, const ChannelSecret& secret, const Delivery& message,
                Millis now) {
  HttpPost post{
      .url = secret.url, .headers = {std::string(kJsonHeader)}, .ca_bundle = channel.ca_bundle};
  switch (channel.kind) {
    case ChannelKind::kWeCom:
      post.body = WeComBody(message);
      break;
    case ChannelKind::kDingTalk: {
      const std::string sign =
          Base64(HmacSha256(secret.secret, fmt::format("{}\n{}", now, secret.secret)));
      post.url +=
          fmt::format("{}timestamp={}&sign={}", post.url.find('?') == std::string::npos ? '?' : '&',
                      now, PercentEncode(sign));
      post.body = DingTalkBody(message);
      break;
    }
    case ChannelKind::kFeishu:
      post.body = FeishuBody(message, secret, now);
      break;
    case ChannelKind::kWebhook: {
      post.body = WebhookBody(message, now);
      const std::string stamp = fmt::format("{}", now / 1000);
      post.headers.push_back("X-Xuncha-Timestamp: " + stamp);
      post.headers.push_back("X-Xuncha-Signature: v1=" +
                             Hex(HmacSha256(secret.secret, stamp + "." + post.body)));
      break;
    }
    case ChannelKind::kMail:
      CHECK(false);
  }
  return post;
}

AttemptEnd EndOfPost(ChannelKind kind, const CourierAnswer& answer) {
  using Outcome = AttemptEnd::Outcome;
  if (!answer.failure.empty()) return Later(answer.code, answer.failure);
  if (answer.code == 429) return Later(429, answer.body, kMinute);
  if (kind == ChannelKind::kWebhook) {
    AttemptEnd end{.code = answer.code, .answer = answer.body};
    end.outcome = answer.code / 100 == 2 ? Outcome::kTaken
                  : answer.code == 410   ? Outcome::kRefused
                                         : Outcome::kLater;
    return end;
  }
  const Result<Node> said = ParseJson(answer.body, "answer");
  const std::optional<int64_t> code =
      said ? NumberIn(*said, {"errcode", "code", "StatusCode"}) : std::nullopt;
  // What we cannot read is no yes, even under 200.
  if (!code) return Later(answer.code, "答复看不懂：" + answer.body);
  AttemptEnd end{.code = static_cast<uint32_t>(std::clamp<int64_t>(*code, 0, UINT32_MAX)),
                 .answer = WordsIn(*said)};
  if (*code == 0 && answer.code == 200) {
    end.outcome = Outcome::kTaken;
  } else if (kind == ChannelKind::kWeCom && *code == kWeComTooOften) {
    end.pause = kMinute;
  } else if (kind == ChannelKind::kDingTalk && IsOneOf(*code, kDingTalkTooOften)) {
    end.pause = limits::kDingTalkPauseMillis;
  } else if (kind == ChannelKind::kFeishu && IsOneOf(*code, kFeishuTooOften)) {
    end.pause = kMinute;
  }
  return end;
}

}  // namespace xuncha
