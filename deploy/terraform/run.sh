#!/usr/bin/env bash
# One Terraform command for one environment of one cloud: settings and state that belong together are always taken together.
#   run.sh aws|azure dev|qa|prod plan|apply|output|... [arguments]
# plan writes <environment>.tfplan, and apply takes that file and nothing else: what is applied is what was looked at.
set -euo pipefail
usage() { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 64; }

[ $# -ge 3 ] || usage
cloud=$1 environment=$2 command=$3
shift 3
case $cloud in aws | azure) ;; *) usage ;; esac
case $environment in dev | qa | prod) ;; *) usage ;; esac

cd "$(dirname "$0")/$cloud"
# A folder of its own for each environment: the state of one is never at hand where another is worked on.
export TF_DATA_DIR="$PWD/.terraform/$environment"
plan="$environment.tfplan"
terraform init -input=false -backend-config="envs/$environment.backend.hcl" >&2

case $command in
  plan) exec terraform plan -input=false -var-file="envs/$environment.tfvars" -out="$plan" "$@" ;;
  apply)
    [ -f "$plan" ] || { echo "run.sh: no $plan: run plan first" >&2; exit 64; }
    terraform apply -input=false "$@" "$plan"
    rm "$plan"
    ;;
  import | destroy | refresh | console) exec terraform "$command" -var-file="envs/$environment.tfvars" "$@" ;;
  *) exec terraform "$command" "$@" ;;
esac
