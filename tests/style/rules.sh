#!/usr/bin/env bash
# House rules that text can show. Each line printed is a place that breaks one.
set -uo pipefail
shopt -s lastpipe # so that `complain` at the end of a pipe sets status here
status=0
complain() { # what, then the places on standard input
  local places
  places=$(cat)
  if [ -n "$places" ]; then
    printf '%s:\n%s\n' "$1" "$places"
    status=1
  fi
}

git ls-files '*.cc' '*.h' | xargs grep -L 'SPDX-License-Identifier: Apache-2.0' | complain 'no SPDX line'
git ls-files '*.h' | xargs grep -L '#pragma once' | complain 'no #pragma once'
git grep -nE '\b(TODO|FIXME|XXX)\b' -- '*.cc' '*.h' '*.cmake' '*.toml' '*.sh' ':!tests/style' | complain 'unfinished work'
git grep -nE 'hs_compile_lit|gumbo_destroy_output|&kGumboDefaultOptions' -- '*.cc' '*.h' | grep -v '//' |
  complain 'a call that is known to go wrong'
git grep -nE '\bGTEST_SKIP\b|DISABLED_|EXPECT_TRUE\(true\)|SUCCEED\(\)' -- '*_test.cc' | complain 'a test that may not test'
# A third-party header stands in one file of a folder (fmt is everywhere).
for header in gumbo.h 'hs/hs.h' hs.h 're2/' curl/curl.h rocksdb/ zstd.h libpsl.h toml++ nlohmann/ CLI/ spdlog/ openssl/ts.h; do
  for folder in base proof rules matcher store crawler reports app; do
    git grep -lE "#include <${header//+/\\+}" -- "$folder/*.cc" "$folder/*.h" ':!matcher/tables' |
      awk 'NR > 1 { more = 1 } { all = all " " $0 } END { if (more) print all }' |
      complain "<$header> in more than one file of $folder/"
  done
done
exit $status
