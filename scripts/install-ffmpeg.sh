#!/usr/bin/env bash
# install-ffmpeg.sh [FOLDER]: prints the path of an FFmpeg that reads videos here, fetched when needed from the Python
# registry: distributions have older ones, without what libs/video/ffmpeg.arguments.ts asks for. Programs find it by the
# link that this makes; with a folder, it is also copied into that.
set -euo pipefail
. "$(dirname "$0")/common.sh"

folder=$("$root/scripts/install-python.sh" scripts/requirements-ffmpeg.txt)
for program in "$folder"/imageio_ffmpeg/binaries/ffmpeg-*; do
  if [[ -f $program ]]; then
    chmod +x "$program"
    mkdir -p "$cache/bin"
    ln -sfn "$program" "$cache/bin/ffmpeg"
    if [[ $# -gt 0 ]]; then install -D "$program" "$1/ffmpeg"; fi
    printf '%s\n' "$program"
    exit 0
  fi
done
fail "there is no FFmpeg in $folder: remove that folder, then run again"
