// draw: one drawing for who is at the other end of standard input and output (draw_wire.h).
// It reads no configuration and opens no store, so that a unit of its own can keep both from
// it: what is drawn was written by whoever hacked a site.
//
// The answer says how it went, a refusal too; the exit code only whether an answer was given.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <stop_token>
#include <thread>

#include "app/browser.h"
#include "app/commands.h"
#include "app/draw_wire.h"
#include "base/limits_draw.h"

namespace xuncha {
namespace {

constexpr int kLookMillis = 100;

// Stops the drawing when nobody is left to have it, or the program is told to end.
void Watch(const std::stop_token& over, const std::atomic<bool>& told, std::stop_source& drawing) {
  while (!over.stop_requested()) {
    // No event is asked for: what comes is that the reader has gone.
    pollfd reader = {.fd = STDOUT_FILENO};
    const bool gone = ::poll(&reader, 1, kLookMillis) > 0 &&
                      (reader.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    if (gone || told.load()) {
      drawing.request_stop();
      return;
    }
  }
}

Result<std::string> Make(Session& session) {
  const Result<Frame> request =
      ReceiveFrame(STDIN_FILENO, RequestWords(), Patience(limits::kDrawTransferMillisMax));
  if (!request) return Error{request.error().code, "绘图的请求不对：" + request.error().text};
  const std::optional<Browser> browser = Browser::Find();
  if (!browser)
    return Error{Code::kNotFound, "没有找到 Chromium；请安装（apt-get install chromium）"};
  std::stop_source drawing;
  const std::jthread watch(
      [&](const std::stop_token& over) { Watch(over, session.stop(), drawing); });
  return browser->Draw(DrawKindOf(request->word), request->bytes, drawing.get_token());
}

}  // namespace

int RunDraw(Session& session, const Arguments& /*arguments*/) {
  const Result<std::string> made = Make(session);
  if (!made) session.Say(made.error().text);
  const Status sent = SendAnswer(STDOUT_FILENO, made, Patience(limits::kDrawTransferMillisMax));
  return sent ? static_cast<int>(kClean) : session.Fail(sent.error());
}

}  // namespace xuncha
