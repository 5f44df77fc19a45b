#!/usr/bin/env bash
# deploy/release/image.sh build TARGET REPOSITORY TAG   an image, its OCI folder dist/release/TARGET and its bill of materials beside it
# deploy/release/image.sh push TARGET REPOSITORY TAG    the same image to its registry; its digest into $GITHUB_OUTPUT
#
# TARGET: service or trainer (deploy/image/Dockerfile). Everything after this knows the image by its digest alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
step="$1" target="$2" repository="$3" tag="$4"
out="dist/release/$target"

case "$step" in
  build)
    deploy/image/build.sh "$target" "$repository:$tag" "$out"
    container="$(buildah from "$repository:$tag")"
    buildah run "$container" -- cat /app/sbom.cdx.json >"$out.cdx.json"
    buildah rm "$container" >/dev/null
    ;;
  push)
    buildah push --digestfile "$out.digest" "$repository:$tag" "docker://$repository:$tag"
    echo "digest=$(cat "$out.digest")" | tee -a "${GITHUB_OUTPUT:-/dev/null}"
    ;;
  *) echo "build or push, not $step" >&2 && exit 64 ;;
esac
