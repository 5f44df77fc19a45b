resource_group_name  = "acme-state-qa-weu-01"
storage_account_name = "acmestateqaweu01"
container_name       = "acme-state-qa-weu-01"
key                  = "gondola/qa.tfstate"
use_azuread_auth     = true
subscription_id      = "22222222-2222-2222-2222-222222222222"
