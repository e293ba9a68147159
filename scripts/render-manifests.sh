#!/usr/bin/env bash
# render-manifests.sh [FOLDER]: renders the chart's profiles for those without Helm, into k8s/ by default. The migration
# stands apart: it is applied first, and must be done before the rest.
set -euo pipefail
. "$(dirname "$0")/common.sh"

out=${1:-$root/k8s}
helm=$("$root/scripts/install-helm.sh")
for values in "$root"/helm/inferway/profiles/*.yaml; do
  profile=$(basename "$values" .yaml)
  mkdir -p "$out/$profile"
  # The version is said because each Helm presumes another one.
  render=("$helm" template inferway "$root/helm/inferway" --namespace inferway --kube-version 1.37 --values "$values")
  "${render[@]}" --show-only templates/migration.yaml >"$out/$profile/1-migrate.yaml"
  "${render[@]}" --no-hooks >"$out/$profile/2-programs.yaml"
done
