resource_group_name  = "acme-state-dev-weu-01"
storage_account_name = "acmestatedevweu01"
container_name       = "acme-state-dev-weu-01"
key                  = "gondola/dev.tfstate"
use_azuread_auth     = true
subscription_id      = "11111111-1111-1111-1111-111111111111"
