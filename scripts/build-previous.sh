#!/usr/bin/env bash
# Prints a folder with the programs of the commit before this one, or of the REVISION that is named: what runs beside
# ours while a cluster is upgraded. The commit must be at hand: an archive and a shallow clone have none.
set -euo pipefail
. "$(dirname "$0")/common.sh"

cd "$root"
commit=$(git rev-parse --quiet --verify "${1:-HEAD^}^{commit}") ||
  fail "there is no commit ${1:-HEAD^} here: fetch it (git fetch --deepen 1)"
builds=$root/.cache/previous
previous=$builds/$commit
if ! is_stamped "$previous" "$commit"; then
  rm -rf "$builds" # of an earlier commit, or half-made
  mkdir -p "$previous"
  git archive "$commit" | tar -x -C "$previous"
  # Packages are ours where both commits want the same: npm would take half a minute and 700 MB.
  if cmp -s package-lock.json "$previous/package-lock.json" && cmp -s .npmrc "$previous/.npmrc"; then
    ln -s "$root/node_modules" "$previous/node_modules"
  else
    "$previous/scripts/install-packages.sh" >&2
  fi
  # So is the database's client, which takes as long to make as all that follows.
  client=libs/persistence/generated
  if cmp -s prisma/schema.prisma "$previous/prisma/schema.prisma" && [[ -L $previous/node_modules && -d $client ]]; then
    cp -r "$client" "$previous/$client"
  else
    "$previous/scripts/generate-client.sh" >&2
  fi
  phase transpile-previous scripts/node scripts/transpile.js "$previous"
  stamp "$previous" "$commit"
fi
printf '%s\n' "$previous"
