// SPDX-License-Identifier: Apache-2.0
#include "app/browser.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"

namespace xuncha {
namespace {

// Debian's own wrapper is a script with switches of its own; the program behind it is
// what is wanted.
constexpr const char* kPrograms[] = {"/usr/lib/chromium/chromium",
                                     "/usr/lib/chromium-browser/chromium-browser",
                                     "/opt/google/chrome/chrome"};
constexpr int kExitProtection = 120, kExitStart = 121;
constexpr int kWidth = 1280, kHeight = 2400;  // a desktop page and three screens of it
constexpr auto kPoll = std::chrono::milliseconds(50);

// A directory only the browser's user may enter.
class Workplace {
 public:
  Workplace() {
    const char* temporary = std::getenv("TMPDIR");
    path_ = std::string(temporary != nullptr && *temporary != '\0' ? temporary : "/tmp") +
            "/xuncha-browser-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~Workplace() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void WriteTo(const char* path, const char* text, size_t size) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || ::write(file, text, size) != static_cast<ssize_t>(size)) ::_exit(kExitProtection);
  ::close(file);
}

// What the child must know; made before the fork, for between fork and exec nothing
// may be allocated.
struct Plan {
  std::vector<char*> arguments, environment;
  std::string directory, uid_map, gid_map;
  bool root = false;
  pid_t parent = 0;
  uid_t user = 0;
  gid_t group = 0;
};

[[noreturn]] void BeBrowser(const Plan& plan) {
  ::setsid();
  // Its shared memory counts as files; what it made is held to a cap of its own when read.
  const rlimit output{limits::kBrowserMemoryMax, limits::kBrowserMemoryMax};
  const rlimit seconds{limits::kBrowserMillisMax / 1000, limits::kBrowserMillisMax / 1000};
  const rlimit nothing{0, 0};
  if (::setrlimit(RLIMIT_FSIZE, &output) != 0 || ::setrlimit(RLIMIT_CPU, &seconds) != 0 ||
      ::setrlimit(RLIMIT_CORE, &nothing) != 0)
    ::_exit(kExitProtection);
  if (plan.root) {
    if (::unshare(CLONE_NEWNET) != 0 || ::setgroups(0, nullptr) != 0 ||
        ::setresgid(plan.group, plan.group, plan.group) != 0 ||
        ::setresuid(plan.user, plan.user, plan.user) != 0)
      ::_exit(kExitProtection);
  } else {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) ::_exit(kExitProtection);
    WriteTo("/proc/self/setgroups", "deny", 4);
    WriteTo("/proc/self/uid_map", plan.uid_map.data(), plan.uid_map.size());
    WriteTo("/proc/self/gid_map", plan.gid_map.data(), plan.gid_map.size());
  }
  // After the change of user, which clears it; whoever was to be outlived may be gone.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != plan.parent)
    ::_exit(kExitProtection);
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(null, 1) < 0 || ::dup2(null, 2) < 0 ||
      ::chdir(plan.directory.c_str()) != 0)
    ::_exit(kExitProtection);
  ::close_range(3, ~0U, 0);
  ::execve(plan.arguments[0], plan.arguments.data(), plan.environment.data());
  ::_exit(kExitStart);
}

// Bytes in memory of all processes of the session.
uint64_t MemoryOf(pid_t session) {
  uint64_t pages = 0;
  DIR* const processes = ::opendir("/proc");
  if (processes == nullptr) return 0;
  while (const dirent* entry = ::readdir(processes)) {
    const pid_t process = std::atoi(entry->d_name);
    if (process <= 0 || ::getsid(process) != session) continue;
    const Result<std::string> counts = ReadFile(fmt::format("/proc/{}/statm", process), 4096);
    if (!counts) continue;
    const std::vector<std::string_view> fields = Split(*counts, ' ');
    // Resident without what is shared: the program's own text is mapped by each.
    if (fields.size() > 2) {
      const uint64_t resident = std::strtoull(std::string(fields[1]).c_str(), nullptr, 10);
      const uint64_t shared = std::strtoull(std::string(fields[2]).c_str(), nullptr, 10);
      pages += resident > shared ? resident - shared : 0;
    }
  }
  ::closedir(processes);
  return pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void End(pid_t child) {
  ::kill(-child, SIGKILL);
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status Wait(pid_t child, const std::stop_token& stop) {
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    int status = 0;
    const pid_t done = ::waitpid(child, &status, WNOHANG);
    if (done == child) {
      ::kill(-child, SIGKILL);  // what it left behind
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Ok();
      if (WIFEXITED(status) && WEXITSTATUS(status) == kExitProtection)
        return Error{Code::kDenied,
                     "浏览器的隔离无法建立（网络命名空间、用户或上限）；检查系统是否允许命名空间；"
                     "加固的 xuncha.service 不允许，在其中须用绘图服务（[draw] socket）"};
      if (WIFEXITED(status) && WEXITSTATUS(status) == kExitStart)
        return Error{Code::kSystem, "浏览器无法启动；检查是否完整安装"};
      return Error{Code::kSystem, fmt::format("浏览器异常结束（{}）；其沙箱可能无法建立", status)};
    }
    if (done < 0 && errno != EINTR) return Error{Code::kSystem, "浏览器进程不见了"};
    if (std::chrono::steady_clock::now() - start >
        std::chrono::milliseconds(limits::kBrowserMillisMax)) {
      End(child);
      return Error{Code::kLimit, fmt::format("浏览器 {} 秒没有完成，已停止；机器空闲时再试",
                                             limits::kBrowserMillisMax / 1000)};
    }
    if (stop.stop_requested()) {
      End(child);
      return Error{Code::kConflict, "浏览器已按要求停止"};
    }
    if (MemoryOf(child) > limits::kBrowserMemoryMax) {
      End(child);
      return Error{Code::kLimit, "浏览器占用内存超过上限，已停止"};
    }
    std::this_thread::sleep_for(kPoll);
  }
}

// The hostile page as the content of a frame that may run nothing, load nothing and
// go nowhere: the policy of the page around it holds for it too, and forbids frames
// any address, so that it cannot turn to a file of this machine either.
std::string Framed(const std::string& html) {
  return fmt::format(
      "<!doctype html><html><head><meta charset=\"utf-8\"><meta "
      "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; img-src data:; font-src data:\"><style>html,body{{margin:0}}"
      "iframe{{border:0;width:{}px;height:{}px}}</style></head><body><iframe sandbox=\"\" "
      "srcdoc=\"{}\"></iframe></body></html>\n",
      kWidth, kHeight, EscapeHtml(html));
}

}  // namespace

bool IsDrawn(DrawKind kind, std::string_view bytes) {
  return bytes.starts_with(kind == DrawKind::kPicture ? "\x89PNG\r\n\x1a\n" : "%PDF-");
}

std::optional<Browser> Browser::Find() {
  for (const char* program : kPrograms) {
    if (::access(program, X_OK) == 0) return Browser(program);
  }
  return std::nullopt;
}

Result<std::string> Browser::Run(const std::string& html, const std::string& output_option,
                                 const std::string& output, const std::stop_token& stop) const {
  const Workplace place;
  if (place.path().empty()) return Error{Code::kSystem, "临时目录无法建立；检查 TMPDIR 与磁盘空间"};
  Plan plan{.directory = place.path()};
  plan.root = ::geteuid() == 0;
  if (plan.root) {
    passwd entry{};
    passwd* nobody = nullptr;
    std::array<char, 4096> buffer;
    ::getpwnam_r("nobody", &entry, buffer.data(), buffer.size(), &nobody);
    if (nobody == nullptr || nobody->pw_uid == 0)
      return Error{Code::kDenied, "没有 nobody 用户，不能以 root 运行浏览器；请以普通用户运行"};
    plan.user = nobody->pw_uid;
    plan.group = nobody->pw_gid;
  }
  plan.uid_map = fmt::format("{0} {0} 1\n", ::geteuid());
  plan.gid_map = fmt::format("{0} {0} 1\n", ::getegid());

  const std::string page = place.path() + "/page.html", result = place.path() + "/" + output;
  if (Status written = WriteFileAtomically(page, html); !written) return written.error();
  if (plan.root && (::chown(place.path().c_str(), plan.user, plan.group) != 0 ||
                    ::chown(page.c_str(), plan.user, plan.group) != 0))
    return Error{Code::kSystem, "临时目录无法交给 nobody 用户；检查 TMPDIR 所在的文件系统"};

  std::vector<std::string> words = {
      program_,
      "--headless",
      "--disable-gpu",
      "--no-first-run",
      "--disable-extensions",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-crash-reporter",
      "--disable-breakpad",
      "--disable-dev-shm-usage",
      "--hide-scrollbars",
      "--host-resolver-rules=MAP * ~NOTFOUND",
      "--no-pdf-header-footer",
      "--virtual-time-budget=5000",
      // The page's frame stands in the process of the page around it, for a frame of another
      // process is not waited for: one picture in six of a long page was empty. What is given
      // up is a wall between the page and an empty one.
      "--disable-features=IsolateSandboxedIframes",
      fmt::format("--window-size={},{}", kWidth, kHeight),
      "--user-data-dir=" + place.path() + "/profile",
      output_option + result,
      "file://" + page,
  };
  std::vector<std::string> settings = {"HOME=" + place.path(), "TMPDIR=" + place.path(),
                                       "PATH=/usr/bin:/bin", "LANG=C.UTF-8",
                                       "XDG_RUNTIME_DIR=" + place.path()};
  for (std::string& word : words) plan.arguments.push_back(word.data());
  plan.arguments.push_back(nullptr);
  for (std::string& setting : settings) plan.environment.push_back(setting.data());
  plan.environment.push_back(nullptr);

  plan.parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return Error{Code::kSystem, "无法启动新的进程；检查内存与进程数上限"};
  if (child == 0) BeBrowser(plan);
  if (Status done = Wait(child, stop); !done) return done.error();
  Result<std::string> made = ReadFile(result, limits::kBrowserOutputBytesMax);
  if (!made || made->empty()) return Error{Code::kSystem, "浏览器没有产生文件"};
  return made;
}

Result<std::string> Browser::Draw(DrawKind kind, const std::string& html,
                                  const std::stop_token& stop) const {
  const bool picture = kind == DrawKind::kPicture;
  Result<std::string> made = picture ? Run(Framed(html), "--screenshot=", "out.png", stop)
                                     : Run(html, "--print-to-pdf=", "out.pdf", stop);
  if (made && !IsDrawn(kind, *made))
    return Error{Code::kDamaged, picture ? "浏览器产生的不是 PNG" : "浏览器产生的不是 PDF"};
  return made;
}

}  // namespace xuncha
