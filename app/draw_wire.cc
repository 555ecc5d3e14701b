// SPDX-License-Identifier: Apache-2.0
#include "app/draw_wire.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "base/limits_draw.h"
#include "base/system_code.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr std::string_view kGreeting = "xuncha-draw 1 ";
constexpr std::string_view kMade = "made";
constexpr size_t kLineBytesMax = 64;  // the greeting, a word, eight digits
constexpr size_t kPieceBytes = 64 << 10;
// What poll calls writable takes this much at once without waiting, of a pipe too.
constexpr size_t kPipeBytes = 4096;
constexpr auto kLook = std::chrono::milliseconds(100);  // how often it is looked for a stop

constexpr WireWord kRequestWords[] = {{"png", limits::kDrawRequestBytesMax},
                                      {"pdf", limits::kDrawRequestBytesMax}};
constexpr WireWord kAnswerWords[] = {
    {kMade, limits::kBrowserOutputBytesMax},    {"invalid", limits::kDrawReasonBytesMax},
    {"not-found", limits::kDrawReasonBytesMax}, {"conflict", limits::kDrawReasonBytesMax},
    {"damaged", limits::kDrawReasonBytesMax},   {"denied", limits::kDrawReasonBytesMax},
    {"limit", limits::kDrawReasonBytesMax},     {"system", limits::kDrawReasonBytesMax}};

constexpr std::pair<Code, std::string_view> kCodeWords[] = {
    {Code::kInvalid, "invalid"}, {Code::kNotFound, "not-found"}, {Code::kConflict, "conflict"},
    {Code::kDamaged, "damaged"}, {Code::kDenied, "denied"},      {Code::kLimit, "limit"},
    {Code::kSystem, "system"},
};

Status SendBytes(int descriptor, std::string_view bytes, const Patience& patience) {
  while (!bytes.empty()) {
    if (Status ready = patience.Await(descriptor, POLLOUT); !ready) return ready;
    ssize_t sent = ::send(descriptor, bytes.data(), std::min(bytes.size(), kPieceBytes),
                          MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == ENOTSOCK)
      sent = ::write(descriptor, bytes.data(), std::min(bytes.size(), kPipeBytes));
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent < 0) return Error{Code::kSystem, fmt::format("送不出去（{}）", SystemText(errno))};
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return Ok();
}

// At most `size` bytes, at least one; none: that was the end.
Result<std::string_view> ReceiveSome(int descriptor, std::span<char> room,
                                     const Patience& patience) {
  for (;;) {
    if (Status ready = patience.Await(descriptor, POLLIN); !ready) return ready.error();
    const ssize_t got = ::read(descriptor, room.data(), room.size());
    if (got >= 0) return std::string_view(room.data(), static_cast<size_t>(got));
    if (errno == EINTR || errno == EAGAIN) continue;
    if (errno == ECONNRESET) return std::string_view();
    return Error{Code::kSystem, fmt::format("读不到（{}）", SystemText(errno))};
  }
}

}  // namespace

std::span<const WireWord> RequestWords() { return kRequestWords; }
std::span<const WireWord> AnswerWords() { return kAnswerWords; }

Patience::Patience(Millis millis, std::stop_token stop)
    : until_(std::chrono::steady_clock::now() + std::chrono::milliseconds(millis)),
      stop_(std::move(stop)) {}

Status Patience::Await(int descriptor, short events) const {
  for (;;) {
    if (stop_.stop_requested()) return Error{Code::kConflict, "已按要求停止"};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Error{Code::kLimit, "没有在限定的时间内完成"};
    pollfd one = {.fd = descriptor, .events = events};
    const auto slice = std::min(left, kLook);
    if (::poll(&one, 1, static_cast<int>(slice.count())) > 0) return Ok();
  }
}

Result<FrameHead> ParseFrameHead(std::string_view line, std::span<const WireWord> words) {
  const Error wrong{Code::kInvalid, "第一行不对；须为“xuncha-draw 1 词 字节数”"};
  if (!line.starts_with(kGreeting)) return wrong;
  line.remove_prefix(kGreeting.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return wrong;
  const std::string_view word = line.substr(0, space), digits = line.substr(space + 1);
  const auto known =
      std::ranges::find_if(words, [&](const WireWord& one) { return one.word == word; });
  if (known == words.end()) return wrong;
  size_t bytes = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  if (end != digits.data() + digits.size() || (digits.size() > 1 && digits.starts_with('0')))
    return wrong;
  if (failed == std::errc::result_out_of_range)
    bytes = std::numeric_limits<size_t>::max();
  else if (failed != std::errc())
    return wrong;
  if (bytes > known->bytes_max)
    return Error{Code::kLimit, fmt::format("字节数超过 {} 的上限", known->bytes_max)};
  return FrameHead{known->word, bytes};
}

Status SendFrame(int descriptor, std::string_view word, std::string_view bytes,
                 const Patience& patience) {
  const std::string line = fmt::format("{}{} {}\n", kGreeting, word, bytes.size());
  if (Status sent = SendBytes(descriptor, line, patience); !sent) return sent;
  return SendBytes(descriptor, bytes, patience);
}

Result<Frame> ReceiveFrame(int descriptor, std::span<const WireWord> words,
                           const Patience& patience) {
  std::string line;
  // Byte by byte, so that nothing behind the frame is taken; a line is short.
  for (char byte = 0;;) {
    const Result<std::string_view> got = ReceiveSome(descriptor, {&byte, 1}, patience);
    if (!got) return got.error();
    if (got->empty() && line.empty()) return Error{Code::kNotFound, "什么也没有送来"};
    if (got->empty()) return Error{Code::kDamaged, "送来的不完整"};
    if (byte == '\n') break;
    line += byte;
    if (line.size() > kLineBytesMax) return Error{Code::kInvalid, "第一行太长"};
  }
  const Result<FrameHead> head = ParseFrameHead(line, words);
  if (!head) return head.error();
  Frame frame{.word = std::string(head->word)};
  // It grows with what has come, not by what was promised.
  std::array<char, kPieceBytes> room;
  while (frame.bytes.size() < head->bytes) {
    const size_t left = std::min(room.size(), head->bytes - frame.bytes.size());
    const Result<std::string_view> got = ReceiveSome(descriptor, {room.data(), left}, patience);
    if (!got) return got.error();
    if (got->empty()) return Error{Code::kDamaged, "送来的不完整"};
    frame.bytes += *got;
  }
  return frame;
}

std::string_view WordOf(DrawKind kind) {
  return kind == DrawKind::kPicture ? kRequestWords[0].word : kRequestWords[1].word;
}

DrawKind DrawKindOf(std::string_view word) {
  CHECK(word == kRequestWords[0].word || word == kRequestWords[1].word);
  return word == kRequestWords[0].word ? DrawKind::kPicture : DrawKind::kPaper;
}

Status SendAnswer(int descriptor, const Result<std::string>& made, const Patience& patience) {
  if (made) return SendFrame(descriptor, kMade, *made, patience);
  std::string_view word = "system";
  for (const auto& [code, name] : kCodeWords) {
    if (code == made.error().code) word = name;
  }
  return SendFrame(descriptor, word,
                   std::string_view(made.error().text).substr(0, limits::kDrawReasonBytesMax),
                   patience);
}

Result<std::string> AnswerOf(Frame frame) {
  if (frame.word == kMade) return std::move(frame.bytes);
  Error error{Code::kSystem, Neutralise(frame.bytes)};
  for (const auto& [code, name] : kCodeWords) {
    if (name == frame.word) error.code = code;
  }
  return error;
}

}  // namespace xuncha
