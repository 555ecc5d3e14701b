// SPDX-License-Identifier: Apache-2.0
#include "app/drawer.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/limits_draw.h"
#include "base/system_code.h"
#include "base/text.h"

namespace xuncha {
namespace {

constexpr std::string_view kLookThere =
    "检查 systemctl status xuncha-draw.socket 与 journalctl -u 'xuncha-draw@*'";

class Connection {
 public:
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  Connection(Connection&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

Error Named(const std::string& socket, const Error& error, std::string_view todo) {
  return {error.code, fmt::format("绘图服务 {}：{}；{}", Neutralise(socket), error.text, todo)};
}

Result<Connection> Connect(const std::string& socket) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path)
    return Named(socket, {Code::kInvalid, "路径太长"}, "更正 [draw] socket");
  std::memcpy(address.sun_path, socket.data(), socket.size());
  Connection made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (made.descriptor() < 0) return Error{Code::kSystem, "打开的文件太多，不能连接绘图服务"};
  // A local service is there at once or not at all; EAGAIN: too many are waiting for it.
  if (::connect(made.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
      0)
    return made;
  const int failed = errno;
  const Error why{failed == EAGAIN ? Code::kLimit : CodeOfSystem(failed),
                  failed == EAGAIN ? "等候的太多" : SystemText(failed)};
  if (failed == ENOENT || failed == ECONNREFUSED)
    return Named(socket, {Code::kSystem, "没有在运行（" + why.text + "）"},
                 "systemctl enable --now xuncha-draw.socket，或更正 [draw] socket");
  if (failed == EACCES) return Named(socket, why, "以 xuncha 用户运行；只有它可以连接");
  return Named(socket, why, kLookThere);
}

}  // namespace

Result<std::string> AskToDraw(const std::string& socket, DrawKind kind, const std::string& html,
                              const Patience& patience) {
  if (html.size() > limits::kDrawRequestBytesMax)
    return Error{Code::kLimit, fmt::format("网页有 {} 字节，超过绘图的上限 {}", html.size(),
                                           limits::kDrawRequestBytesMax)};
  const Result<Connection> connection = Connect(socket);
  if (!connection) return connection.error();
  const Status sent = SendFrame(connection->descriptor(), WordOf(kind), html, patience);
  if (!sent && sent.error().code != Code::kSystem) return Named(socket, sent.error(), kLookThere);
  // Who refuses a request hangs up before it has all of it, and has said why.
  Result<Frame> frame = ReceiveFrame(connection->descriptor(), AnswerWords(), patience);
  if (!frame) {
    if (frame.error().code == Code::kConflict) return frame.error();
    if (frame.error().code == Code::kLimit) return Named(socket, frame.error(), kLookThere);
    if (frame.error().code == Code::kNotFound)
      return Named(socket,
                   {Code::kSystem, "没有答复就断开了，可能同时的请求太多，或超过了它的内存或时间"},
                   fmt::format("稍后再试；{}", kLookThere));
    return Named(socket, {Code::kSystem, "答复不对（" + frame.error().text + "）"}, kLookThere);
  }
  Result<std::string> made = AnswerOf(std::move(*frame));
  if (made && !IsDrawn(kind, *made))
    return Named(socket,
                 {Code::kDamaged, kind == DrawKind::kPicture ? "给的不是 PNG" : "给的不是 PDF"},
                 kLookThere);
  return made;
}

Drawer DrawerAt(const std::string& socket) {
  if (!socket.empty()) {
    return [socket](DrawKind kind, const std::string& html, const std::stop_token& stop) {
      return AskToDraw(socket, kind, html, Patience(limits::kDrawMillisMax, stop));
    };
  }
  const std::optional<Browser> browser = Browser::Find();
  if (!browser) return nullptr;
  return [browser = *browser](DrawKind kind, const std::string& html, const std::stop_token& stop) {
    return browser.Draw(kind, html, stop);
  };
}

}  // namespace xuncha
