#!/usr/bin/env bash
# TypeScript to dist/, with the database that a first start begins from, and the SDK to its own.
set -euo pipefail
. "$(dirname "$0")/common.sh"

made_from=$(digest apps libs bench prisma/migrations packages/sdk/src packages/sdk/tsconfig.build.json package.json \
  package-lock.json tsconfig.json tsconfig.build.json)
is_stamped "$root/dist" "$made_from" && exit 0

cd "$root"
rm -rf dist packages/sdk/dist
phase build scripts/compile.sh -p tsconfig.build.json
phase build-database scripts/node dist/libs/persistence/pack-new-cluster.process.js
phase build-sdk scripts/compile.sh -p packages/sdk/tsconfig.build.json
stamp dist "$made_from"
