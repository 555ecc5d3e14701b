// main builds everything and hands it down: it reads the command line, catches
// signals, and runs one command of the table.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "app/commands.h"

namespace {

// Set by the first Ctrl-C: the command finishes what it holds and ends. The
// second one stops the program at once.
std::atomic<bool> g_stop{false};  // a signal handler can reach nothing else

void OnSignal(int) {
  if (g_stop.exchange(true)) _exit(xuncha::kInterrupted);
}

}  // namespace

int main(int argc, char** argv) {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const xuncha::Parsed parsed = xuncha::Parse(xuncha::Commands(), argc, argv);
  if (parsed.command == nullptr) {
    fmt::print(parsed.code == 0 ? stdout : stderr, "{}", parsed.text);
    return parsed.code;
  }
  xuncha::Session session(parsed.arguments, g_stop);
  const int code = parsed.command->run(session, parsed.arguments);
  const xuncha::Status written = session.Flush();
  if (written || session.reader_gone()) return code;
  return session.Fail(written.error());
}
