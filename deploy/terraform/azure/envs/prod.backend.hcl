resource_group_name  = "acme-state-prod-weu-01"
storage_account_name = "acmestateprodweu01"
container_name       = "acme-state-prod-weu-01"
key                  = "gondola/prod.tfstate"
use_azuread_auth     = true
subscription_id      = "33333333-3333-3333-3333-333333333333"
