#!/usr/bin/env bash
# TypeScript to dist/.
set -euo pipefail
. "$(dirname "$0")/common.sh"

made_from=$(digest apps libs bench package.json package-lock.json nest-cli.json tsconfig.json tsconfig.build.json)
is_stamped "$root/dist" "$made_from" && exit 0

cd "$root"
rm -rf dist
phase build scripts/node node_modules/@nestjs/cli/bin/nest.js build
stamp dist "$made_from"
