#!/usr/bin/env bash
# run.sh SERVER WORK [PICTURES]: the desk in a real browser. WORK keeps the modules and what
# was seen; with PICTURES nothing is tested, and the manuals' pictures are taken there.
# Ends with 77, and says so loudly, where there is no browser or no way to the modules.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
server=$1 work=$2
skip() {
  printf '\n*** SKIPPED: the desk was not looked at in a browser: %s ***\n\n' "$1" >&2
  exit 77
}
for program in node npm chromium; do
  command -v "$program" > /dev/null || skip "$program is not installed"
done
mkdir -p "$work"
if ! cmp -s "$here/package.json" "$work/package.json" || [ ! -d "$work/node_modules" ]; then
  cp "$here/package.json" "$work/package.json"
  (cd "$work" && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --silent) \
    > "$work/npm.log" 2>&1 || {
    rm -f "$work/package.json"
    skip 'the modules of package.json cannot be had'
  }
fi
if [ $# -ge 3 ]; then
  MODULES="$work" SHOTS="$3" exec node "$here/pictures.mjs" "$server"
fi
MODULES="$work" SHOTS="$work/shots" exec node "$here/desk.mjs" "$server"
