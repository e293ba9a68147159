#!/usr/bin/env bash
# Prints the path of promtool, which checks the alerts and runs their tests: the one on PATH, else the one inside the
# distribution's package of Prometheus, of which nothing else is unpacked (19 MB to fetch, 48 MB to keep; no server).
set -euo pipefail
. "$(dirname "$0")/common.sh"

command -v promtool && exit 0
promtool=$cache/promtool/promtool
if [[ ! -x $promtool ]]; then
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail 'promtool is not on PATH: install Prometheus 2.42 or newer (Debian: prometheus)'
  mkdir -p "$cache"
  part=$(mktemp -d "$cache/.promtool-XXXXXX")
  trap 'rm -rf "$part"' EXIT
  # apt compares what it fetches with the signed lists, and needs no rights to fetch a package into a folder.
  [[ $(id -u) -ne 0 ]] || phase promtool-lists apt-get update -qq
  fetch() { (cd "$part" && apt-get download -qq prometheus); }
  phase promtool-fetch fetch
  dpkg-deb --fsys-tarfile "$part"/prometheus_*.deb | tar -x -C "$part" ./usr/bin/promtool
  mkdir -p "$cache/promtool"
  mv "$part/usr/bin/promtool" "$promtool"
fi
printf '%s\n' "$promtool"
