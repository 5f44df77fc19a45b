#!/usr/bin/env bash
# Builds what plan.server-test.ts needs: stand-ins for the providers that Terraform can't get here. Only where Terraform is.
set -euo pipefail
cd "$(dirname "$0")/stand-in"
target="$PWD/../../../.ci/bin/stand-in"
command -v "${GONDOLA_TERRAFORM:-terraform}" >/dev/null && command -v go >/dev/null || exit 0
mkdir -p "$target"
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$target/terraform-provider-aws" .
ln -sf terraform-provider-aws "$target/terraform-provider-azurerm"
