#!/usr/bin/env bash
# deploy/release/terraform.sh check
# deploy/release/terraform.sh plan|apply aws|azure dev|qa|prod
#
# check: form and sense of all roots, without a cloud. plan writes dist/terraform/tfplan, and apply carries out that one and no other.
set -euo pipefail
cd "$(dirname "$0")/../.."
step="$1"
plan="$PWD/dist/terraform/tfplan"

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
