#!/usr/bin/env bash
# Builds kube-apiserver and kube-controller-manager from the Go module proxy into .ci/bin, for the suite that installs
# the chart on a real API server. About 530 CPU seconds and 1.5 GB of Go cache, so `.ci/run` does not call it.
# etcd comes from Debian (etcd-server), unpacked and not installed.
set -euo pipefail
cd "$(dirname "$0")/../../.."

KUBERNETES=1.37.2
bin="$PWD/.ci/bin"
module="$PWD/.ci/out/kubernetes-module"
mkdir -p "$bin" "$module"

if [ ! -x "$bin/etcd" ]; then
  debs="$PWD/.ci/out/etcd"
  mkdir -p "$debs"
  apt-get update -qq
  (cd "$debs" && apt-get download -qq etcd-server && dpkg -x etcd-server_*.deb .)
  cp "$debs/usr/bin/etcd" "$bin/etcd"
fi

# Kubernetes names its own parts with version v0.0.0 and a folder beside it, which no other module can follow:
# a module of our own puts the published version of each part in its place.
cd "$module"
if [ ! -f go.sum ]; then
  rm -f go.mod
  go mod init gondola.test/kubernetes
  manifest=$(go mod download -json "k8s.io/kubernetes@v$KUBERNETES" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  for part in $(sed -n 's/^\t\(k8s\.io\/[a-z-]*\) v0\.0\.0\( .*\)\{0,1\}$/\1/p' "$manifest" | sort -u); do
    go mod edit -replace "$part=$part@v0.${KUBERNETES#1.}"
  done
  go get -tool "k8s.io/kubernetes/cmd/kube-apiserver@v$KUBERNETES" \
    "k8s.io/kubernetes/cmd/kube-controller-manager@v$KUBERNETES"
fi
# Without these they say that they are of v0.0.0, which charts refuse.
named="k8s.io/component-base/version"
names="-X $named.gitVersion=v$KUBERNETES -X $named.gitMajor=1 -X $named.gitMinor=$(cut -d. -f2 <<<"$KUBERNETES")"
for program in kube-apiserver kube-controller-manager; do
  [ -x "$bin/$program" ] ||
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w $names" -o "$bin/$program" "k8s.io/kubernetes/cmd/$program"
done
