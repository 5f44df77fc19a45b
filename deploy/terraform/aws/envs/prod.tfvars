org          = "acme"
environment  = "prod"
region       = "eu-west-1"
region_short = "euw1"
owner        = "store-operations"
cost_center  = "CC-1042"

account_id = "333333333333"
cluster = {
  oidc_provider_arn = "arn:aws:iam::333333333333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/PRODCLUSTER"
  oidc_issuer       = "oidc.eks.eu-west-1.amazonaws.com/id/PRODCLUSTER"
}

# A week: a long weekend, or the time in which a lake is restored from a copy.
broker                = "kinesis"
shards                = 12
event_retention_hours = 168

undelete_days         = 30
replica               = { region = "eu-central-1", region_short = "euc1" }
infrequent_after_days = 30
catalog_tables        = ["silver/retail.pos.transaction", "silver/retail.inventory.movement", "signals", "incidents", "quality"]

secrets             = ["masking", "producers", "api"]
deletion_protection = true
multi_region_key    = true
api_takes_verdicts  = true
log_retention_days  = 365
monthly_budget      = 3000
alarm_receivers     = ["store-operations@example.com", "platform@example.com"]
