locals {
  folder = var.environment
  events = length(var.stream_arns) > 0 ? [var.stream_arns["events"]] : []

  # A replay judges as ingest does: it writes silver, and takes rows out of quarantine.
  replayed = !var.api_replays_quarantine ? [] : concat(
    [for table in ["silver", "quarantine", "_schemas"] : "${local.folder}/${table}/*"], ["_gondola/*"],
  )
  # Who sends and how far, and dead letters; only the newest states are kept.
  webhooks = var.api_sends_webhooks ? ["${local.folder}/_webhooks/*"] : []
  api_reads = concat(
    [for table in ["signals", "incidents", "quality", "silver", "quarantine", "_schemas", "_models"] : "${local.folder}/${table}/*"],
    var.api_replays_quarantine ? ["${local.folder}/bronze/*"] : [],
    local.webhooks,
  )
  api_deletes = !var.api_replays_quarantine ? [] : [
    for table in ["silver", "quarantine"] : "${local.folder}/${table}/*_delta_log/*"
  ]
}

module "api" {
  source = "../service-role"

  name                     = var.names["api"]
  cluster                  = var.cluster
  service_account          = var.service_accounts["api"]
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn

  lake = {
    bucket_arn = var.bucket_arn
    read       = local.api_reads
    write      = concat(local.replayed, local.webhooks)
    delete     = concat(local.api_deletes, local.webhooks)
  }

  kinesis = {
    write = var.api_takes_verdicts ? local.events : []
  }

  kafka = var.api_takes_verdicts && var.kafka_cluster != null ? {
    cluster_arn = var.kafka_cluster.arn
    environment = var.environment
    write       = [var.names["events"]]
  } : null
}

# The door for producers: it writes events and knows of the lake only the schemas that ingest keeps there.
module "collector" {
  source = "../service-role"

  name                     = var.names["collector"]
  cluster                  = var.cluster
  service_account          = var.service_accounts["collector"]
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn

  lake = {
    bucket_arn = var.bucket_arn
    read       = ["${local.folder}/_schemas/*"]
    write      = ["${local.folder}/_schemas/*", "_gondola/*"]
  }

  kinesis = {
    write = local.events
  }

  kafka = var.kafka_cluster == null ? null : {
    cluster_arn = var.kafka_cluster.arn
    environment = var.environment
    write       = [var.names["events"]]
  }
}

# Of the SecretStore in the environment's namespace: External Secrets brings the secrets to Kubernetes, no service reads them here.
module "secrets" {
  source = "../service-role"

  name                     = var.names["secrets"]
  cluster                  = var.cluster
  service_account          = var.service_accounts["secrets"]
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn
  secret_arns              = var.secret_arns
}
