bucket       = "acme-state-prod-euw1-01"
key          = "gondola/prod/terraform.tfstate"
region       = "eu-west-1"
encrypt      = true
kms_key_id   = "alias/acme-state-prod-euw1-01"
use_lockfile = true
