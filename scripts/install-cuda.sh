#!/usr/bin/env bash
# install-cuda.sh [FOLDER]: puts onnxruntime's CUDA provider and the CUDA libraries that it loads into FOLDER/provider and
# FOLDER/lib, links the first to the packages that are here, and prints the environment that finds the second. For x86-64; all from the Python registry, pinned to the byte. The package of onnxruntime for Node
# would fetch its provider itself, in an install script, from a registry that nothing else here needs, unpinned.
set -euo pipefail
. "$(dirname "$0")/common.sh"

out=${1:-$cache/cuda}
need_disk "$out" 6000 'the CUDA libraries'
packages=$("$root/scripts/install-python.sh" scripts/requirements-cuda.txt --no-deps)
mkdir -p "$out/provider" "$out/lib"
cp -u "$packages"/onnxruntime/capi/libonnxruntime_providers_{cuda,shared}.so "$out/provider"
cp -u "$packages"/nvidia/*/lib/*.so.* "$out/lib"
for binding in "$root"/node_modules/onnxruntime-node/bin/napi-v*/linux/x64; do
  if [[ -d $binding ]]; then ln -sf "$out"/provider/*.so "$binding"; fi
done
printf 'LD_LIBRARY_PATH=%s\n' "$out/lib"
