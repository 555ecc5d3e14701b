// SPDX-License-Identifier: Apache-2.0
#include "app/terminal_password.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "app/session.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

// The terminal shows nothing as long as this lives.
class Silence {
 public:
  Silence() {
    fine_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (fine_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Silence() {
    if (fine_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
  bool fine_ = false;
};

std::string ReadLine() {
  std::string line;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
    if (line.size() <= limits::kPasswordBytesMax) line += static_cast<char>(c);
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string AskOnce(const std::string& prompt) {
  Session::Show(prompt);
  std::fflush(stderr);
  const Silence silence;
  std::string line = ReadLine();
  Session::Show("\n");
  return line;
}

}  // namespace

Result<std::string> AskPassword(const std::string& prompt) {
  if (::isatty(STDIN_FILENO) != 1) {
    std::string line = ReadLine();
    if (line.empty())
      return Error{Code::kInvalid, "标准输入里没有口令；请从终端输入，或用 --password-file"};
    return line;
  }
  std::string first = AskOnce(prompt + "：");
  if (first != AskOnce("再输一次：")) return Error{Code::kInvalid, "两次输入的口令不同"};
  return first;
}

Result<std::string> PasswordFromFile(const std::string& path) {
  const Result<std::string> text = ReadFile(path, limits::kPasswordBytesMax + 2);
  if (!text) return text.error();
  std::string line = text->substr(0, text->find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace xuncha
