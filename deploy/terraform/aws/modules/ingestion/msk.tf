locals {
  msk = var.broker == "msk" ? { (var.names["broker"]) = var.msk } : {}
}

resource "aws_msk_cluster" "this" {
  for_each = local.msk

  cluster_name           = each.key
  kafka_version          = each.value.kafka_version
  number_of_broker_nodes = each.value.brokers
  enhanced_monitoring    = "PER_TOPIC_PER_PARTITION"

  broker_node_group_info {
    instance_type   = each.value.instance_type
    client_subnets  = each.value.subnet_ids
    security_groups = [aws_security_group.brokers[each.key].id]

    storage_info {
      ebs_storage_info {
        volume_size = each.value.volume_gib
      }
    }
  }

  client_authentication {
    unauthenticated = false

    sasl {
      iam   = true
      scram = false
    }
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = var.kms_key_arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.this[each.key].arn
    revision = aws_msk_configuration.this[each.key].latest_revision
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.brokers[each.key].name
      }
    }
  }

  open_monitoring {
    prometheus {
      jmx_exporter {
        enabled_in_broker = true
      }

      node_exporter {
        enabled_in_broker = false
      }
    }
  }

  lifecycle {
    # Grown by the policy below.
    ignore_changes = [broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size]
  }
}

resource "aws_msk_configuration" "this" {
  for_each = local.msk

  name           = each.key
  kafka_versions = [each.value.kafka_version]

  # Topics are made by people: a misspelt name must not make one.
  server_properties = <<-PROPERTIES
    auto.create.topics.enable=false
    default.replication.factor=3
    min.insync.replicas=2
    unclean.leader.election.enable=false
    log.retention.hours=${var.retention_hours}
    offsets.retention.minutes=${max(var.retention_hours * 60, 10080)}
  PROPERTIES

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "brokers" {
  for_each = local.msk

  name        = each.key
  description = "Brokers of ${each.key}"
  vpc_id      = each.value.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = toset(var.broker == "msk" ? var.msk.client_security_group_ids : [])

  security_group_id            = aws_security_group.brokers[var.names["broker"]].id
  referenced_security_group_id = each.value
  description                  = "Services, by IAM over TLS"
  ip_protocol                  = "tcp"
  from_port                    = 9098
  to_port                      = 9098
}

resource "aws_cloudwatch_log_group" "brokers" {
  for_each = local.msk

  name              = "/gondola/${var.names["logs"]}/brokers"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_appautoscaling_target" "storage" {
  for_each = local.msk

  service_namespace  = "kafka"
  scalable_dimension = "kafka:broker-storage:VolumeSize"
  resource_id        = aws_msk_cluster.this[each.key].arn
  min_capacity       = 1
  max_capacity       = each.value.volume_gib_max
}

resource "aws_appautoscaling_policy" "storage" {
  for_each = local.msk

  name               = "${each.key}-storage"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.storage[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.storage[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.storage[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value = 60
    # A volume can't be made smaller.
    disable_scale_in = true

    predefined_metric_specification {
      predefined_metric_type = "KafkaBrokerStorageUtilization"
    }
  }
}
