#!/usr/bin/env bash
# deploy/image/build.sh service|trainer TAG [OUT]
#
# Builds an image of deploy/image/Dockerfile with buildah, which needs no daemon, and tags it TAG (such as gondola:0.1.0); with OUT also
# writes it there as a folder in OCI's layout. BASE=debian, where no registry of images can be reached: the base is made here, of a few
# of Debian's packages and the Node that this project's lock file names, and what the first stages make is made on this machine: the
# bundle is APP (dist/app). BUILDAH: another buildah, or options for it.
set -euo pipefail
cd "$(dirname "$0")/../.."

target="$1" tag="$2" out="${3:-}"
app="${APP:-dist/app}"
read -ra buildah <<<"${BUILDAH:-buildah}"
version="$(node -p 'require("./package.json").version')"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# base TAG PACKAGES...: an image of Debian packages as they are unpacked, and of Node. No shell, no package manager.
base() {
  local name="$1" root="$work/root" packages container
  shift
  packages="$(IFS=,; echo "$*")"
  mmdebstrap --quiet --mode=root --variant=extract --include="$packages" \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr bookworm "$root"
  install -D -m 755 node_modules/node/bin/node "$root/usr/local/bin/node"
  container="$("${buildah[@]}" from scratch)"
  "${buildah[@]}" add --quiet "$container" "$root" / >/dev/null
  "${buildah[@]}" config --env PATH=/usr/local/bin:/usr/bin:/bin "$container"
  "${buildah[@]}" commit --quiet --rm "$container" "$name" >/dev/null
  rm -rf "$root"
}

# The same as the stage `trees`, by the Python of this machine: it has to be Debian bookworm's.
trees() {
  local folder="$work/context/trees"
  python3 -m pip install --quiet --disable-pip-version-check --require-hashes --target "$folder" \
    --requirement apps/trainer/requirements.txt
  mkdir "$folder/lib"
  cp "$(ldconfig -p | sed -n 's/.*libgomp.so.1 .* => //p' | head -1)" "$folder/lib/libgomp.so.1"
}

options=()
if [ "${BASE:-registry}" = debian ]; then
  [ -f "$app/gondola.mjs" ] || npm run bundle -- "$app"
  options+=(--build-context "app=$app" --build-arg "NODE_IMAGE=localhost/gondola-node:$version")
  base "localhost/gondola-node:$version" base-files libc6 libgcc-s1 libstdc++6
  if [ "$target" = trainer ]; then
    trees
    base "localhost/gondola-python:$version" base-files libc6 libgcc-s1 libstdc++6 python3
    options+=(--build-context "trees=$work/context" --build-arg "PYTHON_IMAGE=localhost/gondola-python:$version")
  fi
fi

"${buildah[@]}" bud --file deploy/image/Dockerfile --target "$target" --build-arg "VERSION=$version" --tag "$tag" "${options[@]}" .
if [ -n "$out" ]; then
  rm -rf "$out"
  mkdir -p "$(dirname "$out")"
  "${buildah[@]}" push --quiet "$tag" "oci:$out"
fi
