# shellcheck shell=bash
# Sourced by the set-up scripts: where things lie, one clear line per failure, quiet phases, stamps.
# Every script may be run alone and again: what is already done is recognised by the hash of what it was made from.

# shellcheck disable=SC2034  # read by the scripts that source this file
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/.cache/logs
# What can be fetched again lies here. A bare tilde is right where HOME is unset too, and is what os.homedir() gives.
cache=~/.cache/inferway
models=${INFERWAY_MODELS:-$cache/models}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "inferway: $*"
  exit 1
}

# One hash over files and the files of folders, their names included; tests make nothing, so they are left out.
digest() {
  (cd "$root" && find "$@" -type f ! -name '*.spec.ts' -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum |
    sha256sum | cut -d' ' -f1)
}

# is_stamped FOLDER HASH: FOLDER was made from what HASH says. The stamp lies in the folder, so it goes with it.
is_stamped() { [[ -f $1/.made-from && $(<"$1/.made-from") == "$2" ]]; }

stamp() { printf '%s\n' "$2" >"$1/.made-from"; }

# phase NAME COMMAND...: runs quietly, says how long it took; a failure shows the log's both ends and its path.
phase() {
  local name=$1 log=$logs/$1.log begun=$SECONDS
  shift
  mkdir -p "$logs"
  say "  $name ..."
  if "$@" >"$log" 2>&1 </dev/null; then
    say "  $name: $((SECONDS - begun)) s"
  else
    explain "$name" "$log"
  fi
}

# As npm, pip and apt say it.
unreachable='ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|Failed to establish a new connection'
unreachable+='|Temporary failure (in name resolution|resolving)|Connection to .* timed out|Read timed out'

explain() {
  if grep -qE 'ENOSPC|No space left' "$2"; then
    fail "$1: the disk is full: free some space and run again (log: $2)"
  elif grep -qE "$unreachable" "$2"; then
    fail "$1: the package registry cannot be reached: check network and proxy, then run again (log: $2)"
  fi
  if (($(wc -l <"$2") > 40)); then
    sed -n '1,20p' "$2" >&2
    say '...'
  fi
  tail -n 20 "$2" >&2
  fail "$1 failed: the lines above say why (whole log: $2)"
}

need_node() {
  command -v node >/dev/null || fail 'node is not on PATH: install Node.js 20 or newer (Debian: nodejs)'
  local version
  version=$(node --version)
  [[ ${version//[!0-9.]/} =~ ^([0-9]+) && ${BASH_REMATCH[1]} -ge 20 ]] ||
    fail "node $version is too old: install Node.js 20 or newer"
}

need_npm() {
  need_node
  command -v npm >/dev/null || fail 'npm is not on PATH: install it (it comes with Node.js; Debian: npm)'
}

# need_python [INSTEAD]: what else would do, in the words that end the line.
need_python() {
  command -v python3 >/dev/null || fail "python3 is not on PATH: install Python 3.11 and pip${1:+, or $1}"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$(python3 --version) is too old: install Python 3.11 or newer"
  python3 -m pip --version >/dev/null 2>&1 || fail 'python3 has no pip: install it (Debian: python3-pip)'
}

need_python_or_pack() {
  need_python 'unpack a model pack (make build; npm run inferway -- models unpack FILE)'
}

need_models_folder() {
  if ! mkdir -p "$models" 2>/dev/null || [[ ! -w $models ]]; then
    fail "$models cannot hold models: set INFERWAY_MODELS to a folder that this user may write to"
  fi
}

# need_disk FOLDER MEGABYTES WHAT
need_disk() {
  mkdir -p "$1" || fail "$1 cannot be made: check its permissions"
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
  ((free >= $2)) || fail "$3 need $2 MB in $1, where $free MB are free: free some space and run again"
}
