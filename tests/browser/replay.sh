#!/usr/bin/env bash
# replay.sh XUNCHA TEST_SERVER WORK: an evidence package in warcio and ReplayWeb.page.
# Ends with 77, and says so loudly, where there is no browser or no way to the modules.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
xuncha=$1 server=$2 work=$3
. "$here/modules.sh"
what='the package was not shown in ReplayWeb.page, nor read by warcio'
get_modules "$work"
MODULES="$work" exec node "$here/replay.mjs" "$xuncha" "$server" "$here/../sites"
