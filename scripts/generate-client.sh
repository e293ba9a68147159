#!/usr/bin/env bash
# The Prisma client, generated from prisma/schema.prisma.
set -euo pipefail
. "$(dirname "$0")/common.sh"

generated=$root/libs/persistence/generated
made_from=$(digest prisma/schema.prisma prisma.config.ts package-lock.json)
is_stamped "$generated" "$made_from" && exit 0

cd "$root"
# `generate` would download a schema engine that it does not use.
export PRISMA_SCHEMA_ENGINE_BINARY=/bin/true CHECKPOINT_DISABLE=1
phase database-client scripts/node node_modules/prisma/build/index.js generate
stamp "$generated" "$made_from"
