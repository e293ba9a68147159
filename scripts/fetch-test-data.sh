#!/usr/bin/env bash
# What only tests need: Python packages for the golden comparisons, for generated requests, for deployment schemas and
# for a store that speaks S3, Triton and its client, photos from packages of the Python registry, Helm, promtool, FFmpeg.
# Prints the environment that tests read, one NAME=value a line.
set -euo pipefail
. "$(dirname "$0")/common.sh"

packages=$("$root/scripts/install-python.sh" models/requirements-dev.txt)
fuzz=$("$root/scripts/install-python.sh" test/fuzz/requirements-fuzz.txt)
deploy=$("$root/scripts/install-python.sh" test/deploy/requirements-deploy.txt)
s3=$("$root/scripts/install-python.sh" test/s3/requirements-s3.txt)
triton_client=$("$root/scripts/install-python.sh" test/flow/requirements-triton-client.txt)
helm=$("$root/scripts/install-helm.sh")
ffmpeg=$("$root/scripts/install-ffmpeg.sh")
promtool=$("$root/scripts/install-promtool.sh")
triton=$("$root/scripts/install-triton.sh")
photos=$cache/photos
export PYTHONPATH=$packages:$root/models PYTHONDONTWRITEBYTECODE=1
made_from=$(digest models/modelpack/photos.py)
if ! is_stamped "$photos" "$made_from"; then
  phase photos python3 -m modelpack.photos --out "$photos" --cache "$cache/packages"
  stamp "$photos" "$made_from"
fi
printf '%s\n' "TEST_PYTHONPATH=$PYTHONPATH" "TEST_FUZZ_PYTHONPATH=$fuzz:$root/test/fuzz" "TEST_PHOTOS=$photos" \
  "INFERWAY_MODELS=$models" "TEST_DEPLOY_PYTHONPATH=$deploy" "TEST_HELM=$helm" \
  "TEST_S3_PYTHONPATH=$s3" "TEST_PROMTOOL=$promtool" "TEST_TRITON=$triton" "TEST_TRITON_CLIENT=$triton_client" \
  "FFMPEG_PATH=$ffmpeg"
