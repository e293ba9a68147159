#!/usr/bin/env bash
# Known vulnerabilities of the Python packages that any file of requirements pins: fails where one has a fix, and names each.
# Exits 75 where the service gives no advisories or cannot be reached: then nothing is known. Which service it is and where
# are pip-audit's to say (PIP_AUDIT_VULNERABILITY_SERVICE, PIP_AUDIT_OSV_URL).
set -euo pipefail
. "$(dirname "$0")/common.sh"

cd "$root"
need_node
packages=$(scripts/install-python.sh scripts/requirements-audit.txt --no-deps)
mkdir -p "$logs"

# Without their hashes: where some have them, pip-audit wants them for all.
pins=$(find models scripts test -name 'requirements*.txt' -exec sed -nE 's/^([A-Za-z0-9._-]+==[^ ;]+).*/\1/p' {} + |
  LC_ALL=C sort -u)

# ask PINS: what is known of them. pip-audit exits 1 for a vulnerability and for a service that does not answer: its report
# says which.
ask() {
  PYTHONPATH=$packages python3 -m pip_audit --requirement <(printf '%s\n' "$1") --no-deps --disable-pip --format json \
    --progress-spinner off 2>"$logs/audit-python.log" </dev/null | node scripts/read-python-audit.js || return "${PIPESTATUS[1]}"
}

# Packages are asked about one by one, which takes a mirror without advisories a minute to say no: one first, then all.
answer=$(ask "${pins%%$'\n'*}" 2>&1) || (($? == 1)) || { say "$answer"; exit 75; }
ask "$pins"
