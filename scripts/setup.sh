#!/usr/bin/env bash
# Everything `make serve` needs, in under five minutes the first time and under a second when nothing changed.
set -euo pipefail
. "$(dirname "$0")/common.sh"

# What is missing is said before anything is downloaded.
need_npm
mkdir -p "$logs"
exec 9>"$logs/setup.lock" # inherited, so it is held until npm too has gone: it rolls back when it is stopped
flock --nonblock 9 || {
  say '  waiting for another set-up of this folder to finish ...'
  flock --timeout 900 9 || fail 'another set-up of this folder has been running for 15 minutes: stop it, then run again'
}

# Each in a process group of its own: when one fails, or the set-up is stopped, the other is stopped whole.
steps=()
stop() {
  for step in "${steps[@]}"; do kill -- "-$step" 2>/dev/null || true; done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
set -m

# The model pack is fetching and arithmetic on one core: it is built beside npm, which mostly waits for the network.
if ! node "$root/scripts/models-valid.js" "$models"; then
  need_python_or_pack
  need_models_folder
  need_disk "$root" 2500 'packages and models'
  "$root/scripts/build-models.sh" </dev/null &
  steps+=($!)
fi
{
  "$root/scripts/install-packages.sh"
  "$root/scripts/generate-client.sh"
  "$root/scripts/build.sh"
} </dev/null &
steps+=($!)

for step in "${steps[@]}"; do wait "$step"; done
