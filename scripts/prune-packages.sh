#!/usr/bin/env bash
# prune-packages.sh serve|gateway|worker: leaves in node_modules, package.json and the lock file what that program runs
# on. What it never loads stands in images.json; test/setup/images.spec.ts starts what is left.
set -euo pipefail
. "$(dirname "$0")/common.sh"

need_npm
cd "$root"
list="['devDependencies', 'optionalDependencies'].concat(require('./images.json')['$1'].map((name) => 'dependencies.' + name))"
mapfile -t unused < <(node -p "$list.join('\n')")
npm pkg delete "${unused[@]}"
phase prune npm prune --omit=dev --offline --loglevel=error
# The package holds the library of every platform: 240 MB of Windows, macOS and the other processor.
for library in node_modules/onnxruntime-node/bin/napi-v*/*/*; do
  [[ $library == */"$(node -p 'process.platform + "/" + process.arch')" ]] || rm -rf "$library"
done
