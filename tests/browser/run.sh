#!/usr/bin/env bash
# run.sh SERVER WORK [PICTURES]: the desk in a real browser. WORK keeps the modules and what
# was seen; with PICTURES nothing is tested, and the manuals' pictures are taken there.
# Ends with 77, and says so loudly, where there is no browser or no way to the modules.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
server=$1 work=$2
. "$here/modules.sh"
what='the desk was not looked at in a browser'
get_modules "$work"
if [ $# -ge 3 ]; then
  MODULES="$work" SHOTS="$3" exec node "$here/pictures.mjs" "$server"
fi
MODULES="$work" SHOTS="$work/shots" exec node "$here/desk.mjs" "$server"
