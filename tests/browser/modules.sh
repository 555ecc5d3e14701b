# Sourced by run.sh and replay.sh: skip, and get_modules WORK, which has the modules of
# package.json in WORK afterwards, and the viewer it names in WORK/viewer. The viewer is
# taken without what it was built from: its files stand alone.
what='the browser tests'
skip() {
  printf '\n*** SKIPPED: %s: %s ***\n\n' "$what" "$1" >&2
  exit 77
}
get_modules() {
  local work=$1 here program
  here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
  for program in node npm chromium; do
    command -v "$program" > /dev/null || skip "$program is not installed"
  done
  mkdir -p "$work"
  exec 9> "$work/lock" && flock 9
  if ! cmp -s "$here/package.json" "$work/package.json" || [ ! -d "$work/node_modules" ] ||
    [ ! -f "$work/viewer/sw.js" ]; then
    cp "$here/package.json" "$work/package.json"
    (
      cd "$work" && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --silent &&
        npm pack --silent "$(node -p 'require("./package.json").viewer')" > viewer.name &&
        rm -rf package viewer && tar -xzf "$(tail -n 1 viewer.name)" && mv package viewer
    ) > "$work/npm.log" 2>&1 || {
      rm -f "$work/package.json"
      skip 'the modules of package.json cannot be had'
    }
  fi
  exec 9>&-
}
