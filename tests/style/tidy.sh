#!/usr/bin/env bash
# The short list of .clang-tidy holds for every file of the program.
set -euo pipefail
if [ "${XUNCHA_LONG:-0}" != 1 ]; then
  echo 'left out: takes many minutes; ./test --long runs it'
  exit 77
fi
git ls-files '*.cc' ':!tests' ':!matcher/tables' | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$1" \
  --extra-arg=-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang --extra-arg=-Wno-unused-command-line-argument
