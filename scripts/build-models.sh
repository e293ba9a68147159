#!/usr/bin/env bash
# The model pack, built by Python from pinned packages. A machine whose models are valid (an earlier run, or an
# unpacked pack file) needs no Python. Interrupted builds continue where they stopped.
set -euo pipefail
. "$(dirname "$0")/common.sh"

need_node
node "$root/scripts/models-valid.js" "$models" && exit 0

need_python_or_pack
need_models_folder
need_disk "$cache" 750 'the models'
begun=$SECONDS
packages=$("$root/scripts/install-python.sh" models/requirements.txt)
say '  models ...'
export PYTHONPATH=$packages:$root/models PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
python3 -m modelpack build --out "$models" --cache "$cache/packages" </dev/null | sed -u '/^  wrote/d; s/^/    /' >&2
say "  models: $((SECONDS - begun)) s"
