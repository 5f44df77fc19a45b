org          = "acme"
environment  = "qa"
location     = "westeurope"
region_short = "weu"
owner        = "store-operations"
cost_center  = "CC-1042"

subscription_id = "22222222-2222-2222-2222-222222222222"
cluster = {
  oidc_issuer = "https://westeurope.oic.example.com/00000000-0000-0000-0000-000000000000/qacluster/"
}

# Four days: qa may be paused from Friday 19 h to Monday 6 h, which needs 74 (deploy/runbooks/checklists/pause-qa.md).
sku                   = "Standard"
capacity              = 2
partitions            = 4
event_retention_hours = 96

replication     = "ZRS"
undelete_days   = 7
cool_after_days = 60

public_network_access = false
private_endpoints = {
  subnet_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/acme-network-qa-weu-01/providers/Microsoft.Network/virtualNetworks/acme-network-qa-weu-01/subnets/endpoints"
  range     = "10.40.4.0/27"
  dns_zone_ids = {
    blob      = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/acme-network-qa-weu-01/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net"
    dfs       = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/acme-network-qa-weu-01/providers/Microsoft.Network/privateDnsZones/privatelink.dfs.core.windows.net"
    vault     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/acme-network-qa-weu-01/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"
    namespace = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/acme-network-qa-weu-01/providers/Microsoft.Network/privateDnsZones/privatelink.servicebus.windows.net"
  }
}

api_takes_verdicts  = true
secrets             = ["masking", "producers", "api"]
deletion_protection = true
log_retention_days  = 60
monthly_budget      = 500
budget_start        = "2026-12-01T00:00:00Z"
alarm_receivers     = ["store-operations@example.com"]
