data "aws_iam_policy_document" "kinesis" {
  dynamic "statement" {
    for_each = length(concat(var.kinesis.read, var.kinesis.write)) > 0 ? [true] : []

    content {
      sid       = "KnowTheShards"
      actions   = ["kinesis:DescribeStreamSummary", "kinesis:ListShards"]
      resources = distinct(concat(var.kinesis.read, var.kinesis.write))
    }
  }

  dynamic "statement" {
    for_each = length(var.kinesis.read) > 0 ? [true] : []

    content {
      sid       = "ReadStreams"
      actions   = ["kinesis:GetShardIterator", "kinesis:GetRecords"]
      resources = var.kinesis.read
    }
  }

  dynamic "statement" {
    for_each = length(var.kinesis.read) > 0 && var.kinesis.fan_out ? [true] : []

    content {
      sid     = "ReadByFanOut"
      actions = ["kinesis:RegisterStreamConsumer", "kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"]
      # A consumer's ARN ends with the time at which it was registered.
      resources = concat(var.kinesis.read, [for arn in var.kinesis.read : "${arn}/consumer/*"])
    }
  }

  dynamic "statement" {
    for_each = length(var.kinesis.write) > 0 ? [true] : []

    content {
      sid       = "WriteStreams"
      actions   = ["kinesis:PutRecords"]
      resources = var.kinesis.write
    }
  }

  dynamic "statement" {
    for_each = length(var.kinesis.lease_tables) > 0 ? [true] : []

    content {
      # No CreateTable: the tables are made here, encrypted and tagged.
      sid = "ShareShardsByLeases"
      actions = [
        "dynamodb:DescribeTable", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
      ]
      resources = var.kinesis.lease_tables
    }
  }

  dynamic "statement" {
    for_each = length(var.kinesis.producer_tables) > 0 ? [true] : []

    content {
      sid       = "RememberWhatWasSent"
      actions   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:UpdateItem"]
      resources = var.kinesis.producer_tables
    }
  }
}
