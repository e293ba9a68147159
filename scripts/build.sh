#!/usr/bin/env bash
# TypeScript to dist/, with the database that a first start begins from, and the SDK to its own.
set -euo pipefail
. "$(dirname "$0")/common.sh"

made_from=$(digest apps libs bench packages/sdk/src packages/sdk/tsconfig.build.json package.json package-lock.json \
  nest-cli.json tsconfig.json tsconfig.build.json)
is_stamped "$root/dist" "$made_from" && exit 0

cd "$root"
rm -rf dist packages/sdk/dist
phase build scripts/node node_modules/@nestjs/cli/bin/nest.js build
phase build-database scripts/node dist/libs/persistence/pack-new-cluster.process.js
phase build-sdk scripts/node node_modules/typescript/bin/tsc -p packages/sdk/tsconfig.build.json
stamp dist "$made_from"
