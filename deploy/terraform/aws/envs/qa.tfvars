org          = "acme"
environment  = "qa"
region       = "eu-west-1"
region_short = "euw1"
owner        = "store-operations"
cost_center  = "CC-1042"

account_id = "222222222222"
cluster = {
  oidc_provider_arn = "arn:aws:iam::222222222222:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/QACLUSTER"
  oidc_issuer       = "oidc.eks.eu-west-1.amazonaws.com/id/QACLUSTER"
}

# Four days: qa may be paused from Friday 19 h to Monday 6 h, which needs 74 (deploy/runbooks/checklists/pause-qa.md).
broker                = "kinesis"
shards                = 2
event_retention_hours = 96

undelete_days         = 7
infrequent_after_days = 30
catalog_tables        = ["silver/retail.pos.transaction", "signals"]

api_takes_verdicts  = true
secrets             = ["masking", "producers", "api"]
deletion_protection = true
log_retention_days  = 60
monthly_budget      = 400
alarm_receivers     = ["store-operations@example.com"]
