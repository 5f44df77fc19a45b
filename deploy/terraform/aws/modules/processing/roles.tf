# What each service may do, and no more. Paths are the lake's folders; `_gondola/` holds the object by which a writer finds out
# that the store honours If-None-Match.
locals {
  folder = var.environment
  lake = {
    ingest = {
      read   = ["${local.folder}/*", "_gondola/*"]
      write  = concat([for table in ["bronze", "silver", "quarantine", "quality", "_schemas"] : "${local.folder}/${table}/*"], ["_gondola/*"])
      delete = [for table in ["bronze", "silver", "quarantine", "quality"] : "${local.folder}/${table}/*_delta_log/*"]
    }
    detect = {
      read = [for table in ["signals", "incidents", "_state", "_models", "_schemas", "_setup"] : "${local.folder}/${table}/*"]
      write = concat(
        [for table in ["signals", "incidents", "_state", "_models", "_schemas", "_setup"] : "${local.folder}/${table}/*"],
        ["_gondola/*"],
      )
      # Its own replaced states, and the logs of its tables.
      delete = ["${local.folder}/_state/*", "${local.folder}/signals/_delta_log/*", "${local.folder}/incidents/_delta_log/*"]
    }
    upkeep = {
      read   = ["${local.folder}/*", "_gondola/*"]
      write  = ["${local.folder}/*", "_gondola/*"]
      delete = ["${local.folder}/*"]
    }
  }
  events  = local.has_kinesis ? [var.stream_arns["events"]] : []
  signals = local.has_kinesis ? [var.stream_arns["signals"]] : []
}

module "ingest" {
  source = "../service-role"

  name                     = var.names["ingest"]
  cluster                  = var.cluster
  service_account          = var.service_accounts["ingest"]
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn
  lake                     = merge({ bucket_arn = var.bucket_arn }, local.lake.ingest)
  glue_registry_arns       = var.glue_registry_arns

  kinesis = {
    read         = local.events
    fan_out      = var.fan_out
    lease_tables = local.has_kinesis ? [aws_dynamodb_table.leases["ingest"].arn] : []
  }

  kafka = var.kafka_cluster == null ? null : {
    cluster_arn = var.kafka_cluster.arn
    environment = var.environment
    read        = [var.names["events"]]
    group       = "gondola-ingest-${var.environment}"
  }
}

module "detect" {
  source = "../service-role"

  name                     = var.names["detect"]
  cluster                  = var.cluster
  service_account          = var.service_accounts["detect"]
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn
  lake                     = merge({ bucket_arn = var.bucket_arn }, local.lake.detect)
  glue_registry_arns       = var.glue_registry_arns

  kinesis = {
    read            = local.events
    write           = local.signals
    fan_out         = var.fan_out
    lease_tables    = local.has_kinesis ? [aws_dynamodb_table.leases["detect"].arn] : []
    producer_tables = [for table in aws_dynamodb_table.producers : table.arn]
  }

  kafka = var.kafka_cluster == null ? null : {
    cluster_arn = var.kafka_cluster.arn
    environment = var.environment
    read        = [var.names["events"]]
    write       = [var.names["signals"]]
    numbered    = [var.names["signals"]]
    group       = "gondola-detect-${var.environment}"
  }
}

# compact, vacuum, expire, reconcile, train: the only one that may delete files of tables. It reads no stream.
module "upkeep" {
  source = "../service-role"

  name                     = var.names["upkeep"]
  cluster                  = var.cluster
  service_account          = var.service_accounts["upkeep"]
  permissions_boundary_arn = var.permissions_boundary_arn
  kms_key_arn              = var.kms_key_arn
  lake                     = merge({ bucket_arn = var.bucket_arn, parts = true }, local.lake.upkeep)
  glue_registry_arns       = var.glue_registry_arns
}
