#!/usr/bin/env bash
# Every check and every test; arguments go to Jest. The last line of the output is `N passed, N failed` alone, with
# `, N skipped` where tests were skipped. A check (lint, format, types) counts as one test.
set -euo pipefail
. "$(dirname "$0")/common.sh"

cd "$root"
passed=0
failed=0
skipped=0
unfinished=1 # a run that stops half-way has failed
tally=$logs/tally

closing_line() {
  printf '%s passed, %s failed' "$passed" "$((failed + unfinished))"
  if ((skipped > 0)); then printf ', %s skipped' "$skipped"; fi
  printf '\n'
}
trap closing_line EXIT

# check NAME COMMAND...: one test of its own; the log is shown when it fails, and the others still run.
check() {
  if (phase "$@"); then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

scripts/setup.sh
scripts/install-redis.sh
scripts/install-chromium.sh
environment=$(scripts/fetch-test-data.sh)
while IFS= read -r line; do export "${line?}"; done <<<"$environment"

if [[ $# -eq 0 ]]; then
  check lint npm run --silent lint
  check format npm run --silent format:check
  check types npm run --silent types
fi

rm -f "$tally"
# Jest needs the flag to run ES modules; the warning that comes with it says nothing new.
export NODE_OPTIONS='--experimental-vm-modules --disable-warning=ExperimentalWarning' JEST_TALLY=$tally
# Forced: a test that failed half-way may have left a server that holds Jest's pipes, and a run that hangs says nothing.
scripts/node node_modules/jest/bin/jest.js "$@" --forceExit --reporters=default --reporters=./scripts/tally.reporter.js || true
if [[ -f $tally ]]; then # none when Jest died before it could count
  read -r jest_passed jest_failed skipped <"$tally"
  passed=$((passed + jest_passed))
  failed=$((failed + jest_failed))
  unfinished=0
fi
((failed + unfinished == 0))
