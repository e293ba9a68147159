#!/usr/bin/env bash
# Known vulnerabilities of the packages that we ship: fails where one is `high` or worse, and names each. Exits 75 where the
# registry gives no advisories, as mirrors seldom do: then nothing is known.
set -euo pipefail
. "$(dirname "$0")/common.sh"

cd "$root"
need_node
# npm exits 1 for a vulnerability and for a registry that does not answer: its report says which.
npm audit --omit=dev --json --no-update-notifier 2>/dev/null </dev/null | node scripts/read-audit.js || exit "${PIPESTATUS[1]}"
