# Example: put in your own organisation, subscription and cluster. No secret belongs in here.
org          = "acme"
environment  = "dev"
location     = "westeurope"
region_short = "weu"
owner        = "store-operations"
cost_center  = "CC-1042"

subscription_id = "11111111-1111-1111-1111-111111111111"
cluster = {
  oidc_issuer = "https://westeurope.oic.example.com/00000000-0000-0000-0000-000000000000/devcluster/"
}

sku                   = "Standard"
capacity              = 1
partitions            = 2
event_retention_hours = 24

replication     = "LRS"
undelete_days   = 3
cool_after_days = 0

public_network_access = true
allowed_ip_ranges     = ["203.0.113.10"]

deletion_protection = false
log_retention_days  = 30
monthly_budget      = 150
budget_start        = "2026-12-01T00:00:00Z"
alarm_receivers     = []
