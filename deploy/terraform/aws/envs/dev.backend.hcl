bucket       = "acme-state-dev-euw1-01"
key          = "gondola/dev/terraform.tfstate"
region       = "eu-west-1"
encrypt      = true
kms_key_id   = "alias/acme-state-dev-euw1-01"
use_lockfile = true
