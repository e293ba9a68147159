#!/usr/bin/env bash
# write-sbom.sh [PART...]: sbom.cdx.json, the bill of materials of an image in CycloneDX 1.5: the npm packages that are
# installed here, the packages of this Debian, and the parts: models-starter, ffmpeg-static, cuda.
set -euo pipefail
. "$(dirname "$0")/common.sh"

need_npm
cd "$root"
npm sbom --omit=dev --sbom-format=cyclonedx --sbom-type=application --loglevel=error |
  node scripts/complete-sbom.js "$@" >sbom.cdx.json
