# ARNs of topics, groups and transactions are the cluster's with another word and a name behind it.
locals {
  kafka_arns = {
    for kind in ["topic", "group", "transactional-id"] :
    kind => var.kafka == null ? "" : replace(var.kafka.cluster_arn, ":cluster/", ":${kind}/")
  }
}

data "aws_iam_policy_document" "kafka" {
  count = var.kafka == null ? 0 : 1

  statement {
    sid       = "ConnectToTheBrokers"
    actions   = ["kafka-cluster:Connect", "kafka-cluster:DescribeCluster"]
    resources = [var.kafka.cluster_arn]
  }

  dynamic "statement" {
    for_each = length(var.kafka.read) > 0 ? [true] : []

    content {
      sid       = "ReadTopics"
      actions   = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]
      resources = [for topic in var.kafka.read : "${local.kafka_arns["topic"]}/${topic}"]
    }
  }

  dynamic "statement" {
    for_each = var.kafka.group == null ? [] : [var.kafka.group]

    content {
      sid       = "ShareInTheGroup"
      actions   = ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"]
      resources = ["${local.kafka_arns["group"]}/${statement.value}"]
    }
  }

  dynamic "statement" {
    for_each = length(var.kafka.write) > 0 ? [true] : []

    content {
      sid       = "WriteTopics"
      actions   = ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"]
      resources = [for topic in var.kafka.write : "${local.kafka_arns["topic"]}/${topic}"]
    }
  }

  dynamic "statement" {
    for_each = length(var.kafka.write) > 0 ? [true] : []

    content {
      sid       = "SendAgainWithoutStoringTwice"
      actions   = ["kafka-cluster:WriteDataIdempotently"]
      resources = [var.kafka.cluster_arn]
    }
  }

  dynamic "statement" {
    for_each = length(var.kafka.numbered) > 0 ? [true] : []

    content {
      # How far a numbered producer is stands as the offset of a group of its own, moved by its transaction.
      sid     = "RememberWhatWasSent"
      actions = ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"]
      # One for each partition that is read, named gondola-producer-<environment>/<stream>/<partition>.
      resources = ["${local.kafka_arns["group"]}/gondola-producer-${var.kafka.environment}/*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.kafka.numbered) > 0 ? [true] : []

    content {
      sid       = "SendByTransactions"
      actions   = ["kafka-cluster:DescribeTransactionalId", "kafka-cluster:AlterTransactionalId"]
      resources = [for topic in var.kafka.numbered : "${local.kafka_arns["transactional-id"]}/gondola-producer-${topic}-${var.kafka.environment}/*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.kafka.numbered) > 0 ? [true] : []

    content {
      # An offset of a topic may be moved only by who may read it.
      sid       = "MoveOffsetsOfWhatIsSent"
      actions   = ["kafka-cluster:ReadData"]
      resources = [for topic in var.kafka.numbered : "${local.kafka_arns["topic"]}/${topic}"]
    }
  }
}
