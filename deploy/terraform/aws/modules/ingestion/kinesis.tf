locals {
  streams = var.broker != "kinesis" ? {} : {
    events = var.shards
    # A signal is a thousandth of the events or less.
    signals = var.shards == 0 ? 0 : 1
  }
}

resource "aws_kinesis_stream" "this" {
  for_each = local.streams

  name             = var.names[each.key]
  retention_period = var.retention_hours
  # null where Kinesis decides.
  shard_count     = each.value == 0 ? null : each.value
  encryption_type = "KMS"
  kms_key_id      = var.kms_key_arn
  # Consumers of fan-out are registered by the services themselves.
  enforce_consumer_deletion = false

  stream_mode_details {
    stream_mode = each.value == 0 ? "ON_DEMAND" : "PROVISIONED"
  }
}
