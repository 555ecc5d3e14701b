#!/usr/bin/env bash
# Every C++ file stands as .clang-format has it.
set -euo pipefail
git ls-files '*.cc' '*.h' | xargs clang-format --dry-run -Werror
