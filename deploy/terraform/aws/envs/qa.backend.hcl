bucket       = "acme-state-qa-euw1-01"
key          = "gondola/qa/terraform.tfstate"
region       = "eu-west-1"
encrypt      = true
kms_key_id   = "alias/acme-state-qa-euw1-01"
use_lockfile = true
