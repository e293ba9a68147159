#!/usr/bin/env bash
# Redis for a cluster on this machine and for tests: what is there, else the distribution's package where we may install it.
set -euo pipefail
. "$(dirname "$0")/common.sh"

if command -v redis-server >/dev/null || command -v valkey-server >/dev/null; then exit 0; fi
if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
  fail 'redis-server is not on PATH: install Redis 7 or newer (Debian: redis-server)'
fi
export DEBIAN_FRONTEND=noninteractive
# Without this the package would start a server of its own.
policy=/usr/sbin/policy-rc.d
[[ -e $policy ]] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && trap 'rm -f "$policy"' EXIT; }
phase redis-lists apt-get update -qq
phase redis apt-get install -y -qq --no-install-recommends redis-server
