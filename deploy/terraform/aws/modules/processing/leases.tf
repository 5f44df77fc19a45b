# The tables that libs/broker/kinesis would make itself when they are not there; made here they are encrypted with the environment's
# key, tagged, and no service has the right to make tables. Names and keys are the software's.
locals {
  table_prefix = "${var.names["leases"]}-"
  has_kinesis  = length(var.stream_arns) > 0

  # <tablePrefix><reader>-<stream>, see lease-keeper and kinesis-broker.
  lease_tables = !local.has_kinesis ? {} : {
    for service in ["ingest", "detect"] :
    service => "${local.table_prefix}gondola-${service}-${var.environment}-${var.names["events"]}"
  }
  producer_table = "${local.table_prefix}gondola-producers"
  producers      = local.has_kinesis ? toset([local.producer_table]) : []
}

# Who reads which shard. What was read is in the lake, so a lost table costs a few seconds of sharing anew.
resource "aws_dynamodb_table" "leases" {
  for_each = local.lease_tables

  name                        = each.value
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "leaseKey"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "leaseKey"
    type = "S"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  point_in_time_recovery {
    enabled = var.deletion_protection
  }
}

# How far the detector has published its signals: lost, the last ones would be published again.
resource "aws_dynamodb_table" "producers" {
  for_each = local.producers

  name                        = each.key
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "producer"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "producer"
    type = "S"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  point_in_time_recovery {
    enabled = var.deletion_protection
  }
}
