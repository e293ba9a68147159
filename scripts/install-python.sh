#!/usr/bin/env bash
# install-python.sh REQUIREMENTS [OPTION...]: prints the folder that holds the Python packages of that file of the
# repository, installing them with these options of pip when needed.
# `pip --target` and not a virtual environment: Debian's Python comes without venv, and refuses other installs.
set -euo pipefail
. "$(dirname "$0")/common.sh"

name=$(basename "$1" .txt)
need_python
folder=$cache/python/$name-$({
  python3 --version
  digest models/requirements.txt "$1"
} | sha256sum | cut -c1-16)

if [[ ! -d $folder ]]; then
  mkdir -p "$cache/python"
  # What killed runs have left; one that is younger may be somebody's at work.
  find "$cache/python" -maxdepth 1 -name '.part-*' -mmin +1440 -exec rm -rf {} +
  part=$(mktemp -d "$cache/python/.part-XXXXXX")
  trap 'rm -rf "$part"' EXIT
  phase "python-$name" python3 -m pip install --quiet --no-input --disable-pip-version-check \
    --only-binary=:all: --target "$part" --requirement "$root/$1" "${@:2}"
  mv -T "$part" "$folder" 2>/dev/null || [[ -d $folder ]] # someone else may have been faster
fi
printf '%s\n' "$folder"
