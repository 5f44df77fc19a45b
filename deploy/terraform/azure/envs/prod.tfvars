org          = "acme"
environment  = "prod"
location     = "westeurope"
region_short = "weu"
owner        = "store-operations"
cost_center  = "CC-1042"

subscription_id = "33333333-3333-3333-3333-333333333333"
cluster = {
  oidc_issuer = "https://westeurope.oic.example.com/00000000-0000-0000-0000-000000000000/prodcluster/"
}

# A week: a long weekend, or the time in which a lake is restored from a copy.
sku                   = "Premium"
capacity              = 1
partitions            = 16
event_retention_hours = 168

replication     = "GZRS"
undelete_days   = 30
cool_after_days = 60

public_network_access = false
private_endpoints = {
  subnet_id = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/acme-network-prod-weu-01/providers/Microsoft.Network/virtualNetworks/acme-network-prod-weu-01/subnets/endpoints"
  range     = "10.50.4.0/27"
  dns_zone_ids = {
    blob      = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/acme-network-prod-weu-01/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net"
    dfs       = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/acme-network-prod-weu-01/providers/Microsoft.Network/privateDnsZones/privatelink.dfs.core.windows.net"
    vault     = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/acme-network-prod-weu-01/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"
    namespace = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/acme-network-prod-weu-01/providers/Microsoft.Network/privateDnsZones/privatelink.servicebus.windows.net"
  }
}

deletion_protection = true
secrets             = ["masking", "producers", "api"]
api_takes_verdicts  = true
log_retention_days  = 365
monthly_budget      = 4000
budget_start        = "2026-12-01T00:00:00Z"
alarm_receivers     = ["store-operations@example.com", "platform@example.com"]
