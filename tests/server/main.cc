// xuncha-test-server serves a directory of sites on loopback until it is told to
// stop (SIGTERM, SIGINT): the bundled sample sites are looked at through it.
//
// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/server/server.h"

namespace {

constexpr char kHelp[] =
    "xuncha-test-server DIR [--port N]\n"
    "\n"
    "Serves DIR/<host>/... on 127.0.0.1, each folder as the host of its name.\n"
    "Prints \"port N\" when it is ready; ends on SIGTERM.\n";

}  // namespace

int main(int argc, char** argv) {
  xuncha::TestServer::Options options;
  for (int i = 1; i < argc; i++) {
    const std::string_view word = argv[i];
    if (word == "--help" || word == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (word == "--port" && i + 1 < argc) {
      options.port = static_cast<uint16_t>(std::strtoul(argv[++i], nullptr, 10));
    } else if (options.root.empty() && !word.starts_with('-')) {
      options.root = word;
    } else {
      std::fprintf(stderr, "unexpected argument \"%s\"\n\n%s", argv[i], kHelp);
      return 2;
    }
  }
  if (options.root.empty()) {
    std::fputs(kHelp, stderr);
    return 2;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before there are threads

  auto server = xuncha::TestServer::Start(std::move(options));
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().text.c_str());
    return 1;
  }
  std::printf("port %u\n", (*server)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  return 0;
}
