#!/usr/bin/env bash
# Prints the folder of NVIDIA's Triton server, which tests of remote engines start: the one inside PyTriton's package
# (55 MB to fetch, 190 MB to keep). Of that package's Python nothing is used, so what it depends on is left out.
set -euo pipefail
. "$(dirname "$0")/common.sh"

need_python
python=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
folder=$cache/python/triton-$python-$(sha256sum "$root/test/flow/requirements-triton.txt" | cut -c1-16)
server=$folder/pytriton/tritonserver

if [[ ! -d $folder ]]; then
  mkdir -p "$cache/python"
  part=$(mktemp -d "$cache/python/.part-XXXXXX")
  trap 'rm -rf "$part"' EXIT
  phase triton python3 -m pip install --quiet --no-input --disable-pip-version-check --no-deps \
    --only-binary=:all: --target "$part" --requirement "$root/test/flow/requirements-triton.txt"
  stub=$part/pytriton/tritonserver/python_backend_stubs/$python/triton_python_backend_stub
  [[ -f $stub ]] || fail "Triton has no backend for Python $python: use 3.8 to 3.13"
  # It is linked to the library of its interpreter, which the interpreter itself may do without; nothing is installed.
  if ldd "$stub" | grep -q 'libpython.*not found'; then
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
      fail "libpython$python is missing, which Triton's Python backend needs (Debian: libpython$python)"
    [[ $(id -u) -ne 0 ]] || phase triton-lists apt-get update -qq
    fetch() { (cd "$part" && apt-get download -qq "libpython$python"); }
    phase triton-python fetch
    dpkg-deb --fsys-tarfile "$part/libpython$python"_*.deb |
      tar -x -C "$part/nvidia_pytriton.libs" --strip-components=4 --wildcards './usr/lib/*/libpython*.so*'
    rm "$part/libpython$python"_*.deb
  fi
  cp "$stub" "$part/pytriton/tritonserver/backends/python/"
  mv -T "$part" "$folder" 2>/dev/null || [[ -d $folder ]] # someone else may have been faster
fi
printf '%s\n' "$server"
