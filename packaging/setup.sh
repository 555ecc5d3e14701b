# Sourced by ./audit and ./test: installs what is missing, configures, builds.
# Quiet: one line a step, details in build/setup.log, whose end is shown if a
# step fails.

step() { printf '%s\n' "$*" >&2; }

run_logged() {
  mkdir -p build
  if ! "$@" >>build/setup.log 2>&1; then
    printf '失败：%s\n最后几行（全文见 build/setup.log）：\n' "$*" >&2
    tail -n 25 build/setup.log >&2
    return 1
  fi
}

# The names in packages.txt that are not installed; of alternatives a|b the
# first that apt knows. name@command is there if the command is, whoever brought it.
missing_packages() {
  local line name
  while read -r line; do
    case "$line" in '' | '#'*) continue ;; esac
    local found='' first=''
    case "$line" in *@*) if command -v "${line#*@}" >/dev/null; then continue; fi ;; esac
    line=${line%@*}
    for name in ${line//|/ }; do
      [ -n "$first" ] || first=$name
      if dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q '^install ok installed'; then found=$name; fi
    done
    [ -n "$found" ] && continue
    for name in ${line//|/ }; do
      if apt-cache show "$name" >/dev/null 2>&1; then first=$name; break; fi
    done
    printf '%s\n' "$first"
  done <"$1"
}

install_packages() {
  local list sudo='' missing
  for list in "$@"; do
    missing=$(missing_packages "$list")
    [ -n "$missing" ] || continue
    if [ "$(id -u)" -ne 0 ]; then
      if command -v sudo >/dev/null; then sudo=sudo; else
        printf '需要安装软件包，但当前用户不是 root，也没有 sudo。请由管理员运行：\n  apt-get install %s\n' "$(echo $missing)" >&2
        return 1
      fi
    fi
    step "安装依赖 $(printf '%s\n' "$missing" | wc -l) 个 …"
    run_logged $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q
    missing=$(missing_packages "$list")   # alternatives are known only after the update
    run_logged $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
  done
}

# build [TARGET...]: the release preset. Ninja's own status line is the progress.
build() {
  mkdir -p build
  if [ ! -f build/release/build.ninja ]; then
    step '配置 …'
  fi
  run_logged cmake --preset release
  step '编译 …'
  if [ -t 2 ]; then
    # Both callers set pipefail: the pipe fails if the build does.
    if ! cmake --build build/release --target "$@" 2>&1 | tee -a build/setup.log | progress_of_ninja; then
      printf '编译失败，最后几行（全文见 build/setup.log）：\n' >&2
      tail -n 25 build/setup.log >&2
      return 1
    fi
  else
    run_logged cmake --build build/release --target "$@"
  fi
}

# On a terminal: one line that counts up.
progress_of_ninja() {
  local line
  while IFS= read -r line; do
    case "$line" in '['*/*']'*) printf '\r  %s\033[K' "${line%%]*}]" >&2 ;; esac
  done
  printf '\r\033[K' >&2
}
