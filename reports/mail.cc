// SPDX-License-Identifier: Apache-2.0
#include "reports/mail.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/day.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/text.h"
#include "proof/signing.h"
#include "reports/message.h"

namespace xuncha {
namespace {

constexpr size_t kWordBytes = 39;  // 52 in base64; with frame and "Subject: " 73 of the 76 allowed
constexpr size_t kLineColumns = 76;  // of base64 in a body

std::string Base64Lines(std::string_view bytes) {
  const std::string all = Base64(bytes);
  std::string lines;
  for (size_t at = 0; at < all.size(); at += kLineColumns)
    lines += all.substr(at, kLineColumns) + "\r\n";
  return lines;
}

}  // namespace

std::string EncodedWords(std::string_view text) {
  const bool plain =
      text.size() <= 60 && text.find("=?") == std::string_view::npos &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  if (plain) return std::string(text);
  const std::string valid = ToValidUtf8(text);
  std::string words;
  for (size_t at = 0; at < valid.size();) {
    // No character may be torn.
    const std::string_view rest = std::string_view(valid).substr(at, kWordBytes);
    const size_t bytes = ValidUtf8Prefix(rest);
    words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ",
                         Base64(rest.substr(0, bytes)));
    at += bytes;
  }
  return words;
}

std::string MailDate(Millis time) {
  constexpr std::string_view kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string text = FormatTime(time);  // 2026-11-22T19:15:01+08:00
  const Millis days = DayOf(time);
  const int month = (text[5] - '0') * 10 + (text[6] - '0');
  return fmt::format("{}, {} {} {} {} +0800", kDays[static_cast<size_t>(days % 7)],
                     text.substr(8, 2), kMonths[static_cast<size_t>(month - 1)], text.substr(0, 4),
                     text.substr(11, 8));
}

MailDrop MailOf(const TellChannel& channel, const ChannelSecret& secret, const Delivery& message,
                Millis now) {
  CHECK(message.to.size() == 1 && IsMailAddress(message.to[0]) && IsMailAddress(channel.from));
  std::string body = RenderMessage(message, Dress::kBody, limits::kMessageBytesMax);
  std::string text = fmt::format(
      "Date: {}\r\nFrom: {} <{}>\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID: {}\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      MailDate(now), EncodedWords("巡查"), channel.from, message.to[0],
      EncodedWords(SubjectOf(message)), message.message_id);
  // Mail has CR LF in the text itself, too.
  std::string lines;
  for (const char c : body) lines += c == '\n' ? std::string("\r\n") : std::string(1, c);
  text += Base64Lines(lines);
  return {.server = channel.server,
          .user = channel.user,
          .password = secret.password,
          .from = channel.from,
          .to = message.to[0],
          .text = std::move(text),
          .ca_bundle = channel.ca_bundle,
          .plain = channel.plain};
}

AttemptEnd EndOfMail(const CourierAnswer& answer) {
  using Outcome = AttemptEnd::Outcome;
  AttemptEnd end{.code = answer.code, .answer = answer.body};
  if (answer.failure.empty()) {
    end.outcome = Outcome::kTaken;
    return end;
  }
  end.answer =
      answer.body.empty() ? answer.failure : fmt::format("{}（{}）", answer.body, answer.failure);
  // Of 5yz only what is said of the addressee or the message is for good: signing in and
  // the server's moods may be mended.
  constexpr uint32_t kForGood[] = {550, 551, 552, 553, 554, 555};
  const bool for_good = !answer.sign_in && std::find(std::begin(kForGood), std::end(kForGood),
                                                     answer.code) != std::end(kForGood);
  end.outcome = for_good ? Outcome::kRefused : Outcome::kLater;
  return end;
}

}  // namespace xuncha
