// main builds everything and hands it down: it reads the command line, catches
// signals, and runs one command of the table.
//
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
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

// A file that is opened must not come to stand where messages go.
void OccupyStandardFiles() {
  while (true) {
    const int opened = open("/dev/null", O_RDWR);
    if (opened > STDERR_FILENO) close(opened);
    if (opened < 0 || opened > STDERR_FILENO) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  OccupyStandardFiles();
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const xuncha::Parsed parsed = xuncha::Parse(xuncha::Commands(), argc, argv);
  if (parsed.command == nullptr) {
    std::fputs(parsed.text.c_str(), parsed.code == 0 ? stdout : stderr);
    return std::fflush(stdout) == 0 ? parsed.code : static_cast<int>(xuncha::kInternal);
  }
  xuncha::Session session(parsed.arguments, g_stop);
  const int code = parsed.command->run(session, parsed.arguments);
  const xuncha::Status written = session.Flush();
  if (written || session.reader_gone()) return code;
  return session.Fail(written.error());
}
