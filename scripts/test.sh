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

# Jest needs the flag to run ES modules; the warning that comes with it says nothing new.
export NODE_OPTIONS='--experimental-vm-modules --disable-warning=ExperimentalWarning' JEST_TALLY=$tally

# Forced: a test that failed half-way may have left a server that holds Jest's pipes, and a run that hangs says nothing.
run_jest() {
  rm -f "$tally"
  scripts/node node_modules/jest/bin/jest.js "$@" --forceExit --reporters=default --reporters=./scripts/tally.reporter.js ||
    true
}

# Adds the lines of a tally to the counts.
count() {
  local good bad left _file
  while read -r good bad left _file; do
    passed=$((passed + good))
    failed=$((failed + bad))
    skipped=$((skipped + left))
  done
}

# Where nobody watches, a few files that failed get a second try, alone: a busy neighbour on the machine is no reason to
# refuse a sound change, and what is broken fails twice. What passed only then is named: it has a race to be mended.
most_tried_again=3

run_jest "$@"
if [[ ${CI:-} == true && -f $tally ]]; then
  mapfile -t broken < <(tail -n +2 "$tally" | cut -d' ' -f4-)
  if ((${#broken[@]} > 0 && ${#broken[@]} <= most_tried_again)); then
    count < <(head -n 1 "$tally")
    run_jest --runTestsByPath "${broken[@]}"
    for file in "${broken[@]}"; do
      if [[ -f $tally ]] && ! grep -qF " $file" "$tally"; then say "unsteady, passed at the second try: ${file#"$root"/}"; fi
    done
  fi
fi
if [[ -f $tally ]]; then # none when Jest died before it could count
  count <"$tally"
  unfinished=0
fi
((failed + unfinished == 0))
