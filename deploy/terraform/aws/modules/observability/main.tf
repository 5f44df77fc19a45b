# What Prometheus in the cluster can't see: the cloud's side of streams, tables and store, and the bill. The product's own alerts are
# those of deploy/prometheus.
locals {
  stream_alarms = {
    for alarm in flatten([
      for stream in var.streams : [
        {
          name      = "${stream}-unread"
          what      = "Nobody has read the stream for a quarter of the time that it keeps events."
          namespace = "AWS/Kinesis"
          metric    = "GetRecords.IteratorAgeMilliseconds"
          statistic = "Maximum"
          threshold = var.event_retention_hours * 3600000 / 4
          by        = { StreamName = stream }
        },
        {
          name      = "${stream}-refuses-writes"
          what      = "Records are refused: more shards, or on demand."
          namespace = "AWS/Kinesis"
          metric    = "WriteProvisionedThroughputExceeded"
          statistic = "Sum"
          threshold = 100
          by        = { StreamName = stream }
        },
      ]
    ]) : alarm.name => alarm
  }

  table_alarms = {
    for table in var.tables : "${table}-throttled" => {
      name      = "${table}-throttled"
      what      = "Leases can't be renewed in time: shards change hands."
      namespace = "AWS/DynamoDB"
      metric    = "ThrottledRequests"
      statistic = "Sum"
      threshold = 10
      by        = { TableName = table }
    }
  }

  store_alarms = {
    for alarm in [
      {
        name      = "${var.names["lake"]}-errors"
        what      = "S3 answers 5xx: services wait and try again, and are late."
        namespace = "AWS/S3"
        metric    = "5xxErrors"
        statistic = "Sum"
        threshold = 50
        by        = { BucketName = var.names["lake"], FilterId = var.metric_filter }
      },
    ] : alarm.name => alarm
  }

  kafka_alarms = {
    for alarm in var.kafka_cluster == null ? [] : [
      {
        name      = "${var.kafka_cluster}-offline"
        what      = "Partitions without a leader: nothing of them can be read or written."
        namespace = "AWS/Kafka"
        metric    = "OfflinePartitionsCount"
        statistic = "Maximum"
        threshold = 1
        by        = { "Cluster Name" = var.kafka_cluster }
      },
    ] : alarm.name => alarm
  }

  alarms = merge(local.stream_alarms, local.table_alarms, local.store_alarms, local.kafka_alarms)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = each.value.name
  alarm_description   = each.value.what
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.by
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = 2
  # A metric that says nothing: nothing happened.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_sns_topic.alarms.arn]
  ok_actions         = [aws_sns_topic.alarms.arn]
}

resource "aws_sns_topic" "alarms" {
  name              = var.names["alarms"]
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = toset(var.alarm_receivers)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "AlarmsAndBudgetsPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

# Where the cluster's log collector sends what the pods print. No personal data is in it.
resource "aws_cloudwatch_log_group" "services" {
  name              = "/gondola/${var.names["logs"]}/services"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_budgets_budget" "month" {
  name         = var.names["budget"]
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  # Counts once Environment is a cost allocation tag of the organisation.
  cost_filter {
    name   = "TagKeyValue"
    values = [join("$", ["user:Environment", var.environment])]
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "ACTUAL"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "FORECASTED"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }

  depends_on = [aws_sns_topic_policy.alarms]
}
