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
trap 'closing_line; rm -rf "${memory_folder:-}"' EXIT

# Counted where something is known: an advisory is no test that could be skipped.
audit() {
  local outcome=0
  "$1" || outcome=$?
  case $outcome in
    0) passed=$((passed + 1)) ;;
    75) ;;
    *) failed=$((failed + 1)) ;;
  esac
}

scripts/setup.sh
scripts/install-redis.sh
scripts/install-chromium.sh
environment=$(scripts/fetch-test-data.sh)
while IFS= read -r line; do export "${line?}"; done <<<"$environment"

if [[ $# -eq 0 ]]; then
  audit scripts/audit-packages.sh
  audit scripts/audit-python-packages.sh
fi

# Tests make and delete databases of a thousand files each. Without a journal, as virtual machines have it, ext4 passes over
# every inode that was freed in the last minutes, and a new file takes a millisecond: a third of what such tests took. So
# they lie in memory, where there is plenty: of the machine's, and in the limit of its container (cgroups of either version).
# How much of that limit is taken is not asked: files that were read count there, and are given back when it is wanted.
# Jest's cache of compiled files stays, for the next run.
gibibyte=$((1024 * 1024)) # in kB
memory_free() { df --output=avail /dev/shm | tail -n 1; }
# Node reads the limit of its own cgroup alone, so that of the container, which may lie above, is read too.
memory_available() {
  {
    scripts/node -p 'Math.min(os.freemem(), process.constrainedMemory() || Infinity)'
    cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || true
  } | awk '/^[0-9]+$/ && (least == "" || $1 < least) { least = $1 } END { printf "%d\n", least / 1024 }'
}
if grep -E '^[^ ]+ /dev/shm tmpfs ' /proc/mounts | grep -qv noexec &&
  (($(memory_free) >= 8 * gibibyte && $(memory_available) >= 12 * gibibyte)); then
  TMPDIR=$(mktemp -d /dev/shm/inferway-tests-XXXXXX)
  chmod 755 "$TMPDIR" # Postgres runs as another user
  memory_folder=$TMPDIR
  export TMPDIR
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

broken=() # lines of tallies: counts and path of a file in which something failed
tallied=1

# Runs tests and counts the files in which nothing failed; none are counted when Jest died before it could.
run_tests() {
  run_jest "$@"
  if [[ ! -f $tally ]]; then tallied=0; return; fi
  count < <(head -n 1 "$tally")
  mapfile -t -O "${#broken[@]}" broken < <(tail -n +2 "$tally")
}

# Clusters whose processes are killed and starved under load come first and have the machine to themselves, yet leave a
# third of two cores idle while they wait for what is away. The checks take that and no more: they have the lowest
# priority, and nothing in them is timed. It costs that a lint error shows minutes later than it could.
check_names=(lint format:check types)
checks=()
check_aside() {
  local name
  for name in "${check_names[@]}"; do
    (phase "${name%:*}" env -u NODE_OPTIONS nice -n 19 npm run --silent "$name") &
    checks+=($!)
  done
}

# Each is one test; the log of one that failed was shown when it ended, which is far above.
count_checks() {
  local i
  for i in "${!checks[@]}"; do
    if wait "${checks[i]}"; then passed=$((passed + 1)); continue; fi
    failed=$((failed + 1))
    say "failed: npm run ${check_names[i]}"
  done
}

# Most other files wait for a server to start or to answer: one at a time they too leave a third of two cores idle.
if (($# > 0)); then
  run_tests "$@"
else
  check_aside
  run_tests --runInBand test/failure/cluster/
  run_tests --maxWorkers=100% '^(?!(.*/)?test/failure/cluster/)'
  count_checks
fi

# Where nobody watches, a few files that failed get a second try, alone: a busy neighbour on the machine is no reason to
# refuse a sound change, and what is broken fails twice. What passed only then is named: it has a race to be mended.
most_tried_again=3

if [[ ${CI:-} == true ]] && ((${#broken[@]} > 0 && ${#broken[@]} <= most_tried_again)); then
  mapfile -t files < <(printf '%s\n' "${broken[@]}" | cut -d' ' -f4-)
  broken=()
  run_tests --runInBand --runTestsByPath "${files[@]}"
  for file in "${files[@]}"; do
    if ! printf '%s\n' "${broken[@]}" | grep -qF " $file"; then say "unsteady, passed at the second try: ${file#"$root"/}"; fi
  done
fi
if ((${#broken[@]} > 0)); then count < <(printf '%s\n' "${broken[@]}"); fi
unfinished=$((1 - tallied))
((failed + unfinished == 0))
