#!/usr/bin/env bash
# npm packages as the lock file says. `--production` leaves development tools out, and the Node runtime too where
# the machine has its own: that is what a container image needs.
set -euo pipefail
. "$(dirname "$0")/common.sh"

options=()
[[ ${1:-} == --production ]] && options=(--omit=dev)
made_from="$(digest package-lock.json .npmrc) ${options[*]}"
is_stamped "$root/node_modules" "$made_from" && exit 0

need_npm
need_disk "$root" 1500 'the npm packages'
cd "$root"
# Without this, and with install scripts on, onnxruntime-node would fetch CUDA libraries from another registry.
export ONNXRUNTIME_NODE_INSTALL=skip
phase packages npm ci --loglevel=error "${options[@]}"
if [[ ${#options[@]} -gt 0 && $(node --version) =~ ^v(2[4-9]|[3-9][0-9])\. ]]; then
  rm -rf node_modules/node-linux-*
fi
mkdir -p node_modules
stamp node_modules "$made_from"
