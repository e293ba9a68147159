#!/usr/bin/env bash
# TypeScript 7, the compiler in native code; arguments are tsc's. One thread: several check the libraries' types again
# each, at twice the processor time. TypeScript 6 is beside it for the linter, whose rules need its API; what the two
# write is the same to the byte (docs/adr/0016-two-compilers.md).
set -euo pipefail
. "$(dirname "$0")/common.sh"

exec "$root/scripts/node" "$root/node_modules/typescript-7/bin/tsc" --singleThreaded "$@"
