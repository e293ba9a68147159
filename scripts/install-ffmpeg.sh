#!/usr/bin/env bash
# Prints the path of an FFmpeg that reads videos here, fetched when needed from the Python registry: distributions have
# older ones, without what libs/video/ffmpeg.arguments.ts asks for. Programs find it by the link that this makes.
set -euo pipefail
. "$(dirname "$0")/common.sh"

folder=$("$root/scripts/install-python.sh" scripts/requirements-ffmpeg.txt)
for program in "$folder"/imageio_ffmpeg/binaries/ffmpeg-*; do
  if [[ -f $program ]]; then
    chmod +x "$program"
    mkdir -p "$cache/bin"
    ln -sfn "$program" "$cache/bin/ffmpeg"
    printf '%s\n' "$program"
    exit 0
  fi
done
fail "there is no FFmpeg in $folder: remove that folder, then run again"
