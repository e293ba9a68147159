#!/usr/bin/env bash
# A browser for the tests that open our pages in one: what is there, else the distribution's package where we may install it.
set -euo pipefail
. "$(dirname "$0")/common.sh"

if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then exit 0; fi
if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
  fail 'chromium is not on PATH: install it (Debian: chromium)'
fi
export DEBIAN_FRONTEND=noninteractive
phase chromium-lists apt-get update -qq
phase chromium apt-get install -y -qq --no-install-recommends chromium
