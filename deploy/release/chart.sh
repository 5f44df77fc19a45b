#!/usr/bin/env bash
# deploy/release/chart.sh COMMIT [oci://REGISTRY/charts]
#
# Lints and renders the chart for each environment, packs it into dist/release as the version of Chart.yaml with the commit behind it,
# and with an address pushes it there. That version goes into $GITHUB_OUTPUT. HELM names another helm than the one on the path.
set -euo pipefail
cd "$(dirname "$0")/../.."
commit="$1" to="${2:-}" helm="${HELM:-helm}"
chart=helm/gondola
version="$(sed -n 's/^version: //p' "$chart/Chart.yaml")-g${commit::12}"
mkdir -p dist/release

for environment in dev qa prod; do
  place=(--namespace "gondola-$environment" --values "$chart/values-$environment.yaml")
  "$helm" lint --strict "$chart" "${place[@]}"
  "$helm" template gondola "$chart" "${place[@]}" --kube-version 1.30.0 >"dist/release/$environment.yaml"
done
"$helm" package "$chart" --version "$version" --destination dist/release
if [ -n "$to" ]; then "$helm" push "dist/release/gondola-$version.tgz" "$to"; fi
echo "version=$version" | tee -a "${GITHUB_OUTPUT:-/dev/null}"
