# One environment on AWS: who may do what (security), the stream (ingestion), the lake, the tables and roles of the services
# (processing, serving), and what is watched (observability). The cluster, its network and its nodes are the platform's.

module "naming" {
  source = "../modules/naming"

  org         = var.org
  environment = var.environment
  region      = var.region_short
  suffix      = var.suffix
  owner       = var.owner
  cost_center = var.cost_center
  secrets     = var.secrets
}

module "guardrails" {
  source = "../modules/guardrails"

  environment           = var.environment
  event_retention_hours = var.event_retention_hours
  undelete_days         = var.undelete_days
  log_retention_days    = var.log_retention_days
  deletion_protection   = var.deletion_protection
  monthly_budget        = var.monthly_budget
  alarm_receivers       = var.alarm_receivers
  # Kinesis, S3 and DynamoDB are in three zones and behind IAM whatever one sets; MSK's module wants three zones.
  zone_redundant        = true
  public_network_access = false
}

data "aws_partition" "current" {}

module "security" {
  source = "./modules/security"

  names            = module.naming.names
  account_id       = var.account_id
  region           = var.region
  partition        = data.aws_partition.current.partition
  secrets          = var.secrets
  multi_region_key = var.multi_region_key
}

module "ingestion" {
  source = "./modules/ingestion"

  names              = module.naming.names
  broker             = var.broker
  kms_key_arn        = module.security.kms_key_arn
  retention_hours    = module.guardrails.settings.event_retention_hours
  shards             = var.shards
  msk                = var.msk
  log_retention_days = module.guardrails.settings.log_retention_days
}

module "lake" {
  source = "./modules/lake"

  names                 = module.naming.names
  database_name         = module.naming.underscored["lake"]
  environment           = var.environment
  kms_key_arn           = module.security.kms_key_arn
  undelete_days         = module.guardrails.settings.undelete_days
  object_lock_days      = var.object_lock_days
  infrequent_after_days = var.infrequent_after_days
  access_log_bucket     = var.access_log_bucket
  catalog_tables        = var.catalog_tables
  catalog_schedule      = var.catalog_schedule
}

module "replica_naming" {
  source = "../modules/naming"
  count  = var.replica == null ? 0 : 1

  org         = var.org
  environment = var.environment
  region      = var.replica.region_short
  suffix      = var.suffix
  owner       = var.owner
  cost_center = var.cost_center
}

module "replica" {
  source = "./modules/replica"
  count  = var.replica == null ? 0 : 1

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  names         = module.replica_naming[0].names
  account_id    = var.account_id
  partition     = data.aws_partition.current.partition
  source_bucket = { name = module.lake.bucket, arn = module.lake.bucket_arn }
  kms_key_arn   = module.security.kms_key_arn
  undelete_days = module.guardrails.settings.undelete_days
}

locals {
  cluster = {
    oidc_provider_arn = var.cluster.oidc_provider_arn
    oidc_issuer       = var.cluster.oidc_issuer
    namespace         = module.naming.namespace
  }
  kafka_cluster = var.broker == "msk" ? { arn = module.ingestion.cluster_arn } : null
}

module "processing" {
  source = "./modules/processing"

  names                    = module.naming.names
  environment              = var.environment
  cluster                  = local.cluster
  service_accounts         = module.naming.service_accounts
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = module.security.kms_key_arn
  bucket_arn               = module.lake.bucket_arn
  stream_arns              = module.ingestion.stream_arns
  kafka_cluster            = local.kafka_cluster
  fan_out                  = var.fan_out
  glue_registry_arns       = var.glue_registry_arns
  deletion_protection      = module.guardrails.settings.deletion_protection
}

module "serving" {
  source = "./modules/serving"

  names                    = module.naming.names
  environment              = var.environment
  cluster                  = local.cluster
  service_accounts         = module.naming.service_accounts
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = module.security.kms_key_arn
  bucket_arn               = module.lake.bucket_arn
  stream_arns              = module.ingestion.stream_arns
  kafka_cluster            = local.kafka_cluster
  secret_arns              = values(module.security.secret_arns)
  api_takes_verdicts       = var.api_takes_verdicts
  api_replays_quarantine   = var.api_replays_quarantine
  api_sends_webhooks       = var.api_sends_webhooks
}

module "observability" {
  source = "./modules/observability"

  names                 = module.naming.names
  account_id            = var.account_id
  environment           = var.environment
  kms_key_arn           = module.security.kms_key_arn
  alarm_receivers       = module.guardrails.settings.alarm_receivers
  log_retention_days    = module.guardrails.settings.log_retention_days
  monthly_budget        = module.guardrails.settings.monthly_budget
  event_retention_hours = module.guardrails.settings.event_retention_hours
  streams               = [for stream in keys(module.ingestion.stream_arns) : module.naming.names[stream]]
  tables                = module.processing.table_names
  kafka_cluster         = var.broker == "msk" ? module.naming.names["broker"] : null
  metric_filter         = module.lake.metric_filter
}
