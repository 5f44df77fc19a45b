# Example: put in your own organisation, account and cluster. No secret belongs in here.
org          = "acme"
environment  = "dev"
region       = "eu-west-1"
region_short = "euw1"
owner        = "store-operations"
cost_center  = "CC-1042"

account_id = "111111111111"
cluster = {
  oidc_provider_arn = "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/DEVCLUSTER"
  oidc_issuer       = "oidc.eks.eu-west-1.amazonaws.com/id/DEVCLUSTER"
}

broker                = "kinesis"
shards                = 1
event_retention_hours = 24

undelete_days         = 3
infrequent_after_days = 0
catalog_tables        = []

deletion_protection = false
log_retention_days  = 30
monthly_budget      = 150
alarm_receivers     = []
