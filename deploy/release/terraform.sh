#!/usr/bin/env bash
# deploy/release/terraform.sh check
# deploy/release/terraform.sh plan|apply aws|azure dev|qa|prod
#
# check: form and sense of all roots, without a cloud. plan writes dist/terraform/<cloud>-<environment>.tfplan, and apply carries out that one
# and no other: a plan knows which state it is of, so that one of dev would be carried out in dev, whatever was asked for.
set -euo pipefail
cd "$(dirname "$0")/../.."
step="$1"

start() { terraform -chdir="$1" init -input=false "${@:2}"; }

case "$step" in
  check)
    terraform fmt -check -recursive deploy/terraform
    for cloud in aws azure; do
      start "deploy/terraform/$cloud" -backend=false
      terraform -chdir="deploy/terraform/$cloud" validate
    done
    ;;
  plan | apply)
    root="deploy/terraform/$2" environment="$3"
    plan="$PWD/dist/terraform/$2-$environment.tfplan"
    # Never the state of one environment where another's was.
    export TF_DATA_DIR="$PWD/dist/terraform/$2-$environment"
    start "$root" -backend-config="envs/$environment.backend.hcl"
    mkdir -p "${plan%/*}"
    if [ "$step" = plan ]; then
      terraform -chdir="$root" plan -input=false -lock-timeout=5m -var-file="envs/$environment.tfvars" -out="$plan"
    else
      terraform -chdir="$root" apply -input=false -lock-timeout=5m "$plan"
    fi
    ;;
  *) echo "check, plan or apply, not $step" >&2 && exit 64 ;;
esac
