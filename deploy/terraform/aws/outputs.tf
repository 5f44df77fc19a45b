output "names" {
  description = "Names of the environment's resources."
  value       = module.naming.names
}

output "namespace" {
  description = "Kubernetes namespace that the roles are for."
  value       = module.naming.namespace
}

output "database" {
  description = "Glue database."
  value       = module.lake.database
}

output "replica_bucket" {
  description = "Bucket of the lake's copy in another region; null: there is none."
  value       = one(module.replica[*].bucket)
}

output "secret_names" {
  description = "Secrets that people fill before the first start."
  value       = module.security.secret_names
}

output "alarm_topic_arn" {
  description = "Topic that alarms and budgets are told on."
  value       = module.observability.alarm_topic_arn
}

output "log_group" {
  description = "Log group for the cluster's log collector."
  value       = module.observability.log_group
}

output "secrets_role_arn" {
  description = "Role for the service account of the namespace's SecretStore (External Secrets)."
  value       = module.serving.role_arns["secrets"]
}

locals {
  # Taken by its key: the two are of different types, which a conditional may not be.
  stream_values = {
    kinesis = {
      broker = "kinesis"
      kinesis = {
        region = var.region
        fanOut = var.fan_out
        leases = { tablePrefix = module.processing.table_prefix }
      }
    }
    msk = {
      broker = "kafka"
      kafka = {
        bootstrap = module.ingestion.bootstrap_brokers
        tls       = {}
        sasl      = { mechanism = "aws-msk-iam", region = var.region }
      }
    }
  }
  api_values = {
    api = {
      takesVerdicts     = var.api_takes_verdicts
      replaysQuarantine = var.api_replays_quarantine
    }
  }
  role_arns = merge(module.processing.role_arns, module.serving.role_arns)
}

output "helm_values" {
  description = "Values for the chart: terraform output -raw helm_values > values-cloud.yaml, then helm upgrade -f helm/gondola/values-<environment>.yaml -f values-cloud.yaml."
  value = yamlencode(merge(
    {
      environment = var.environment
      owner       = var.owner
      costCenter  = var.cost_center
      lake        = "s3://${module.lake.bucket}/?region=${var.region}"
      stream = merge(local.stream_values[var.broker], {
        name       = module.naming.names["events"]
        signals    = module.naming.names["signals"]
        partitions = var.broker == "kinesis" && var.shards > 0 ? var.shards : var.partitions
      })
      identity = { provider = "aws" }
      env      = { AWS_REGION = var.region }
      secrets = {
        for secret, name in module.security.secret_names : secret => { secretName = module.naming.secrets[secret], external = { key = name } }
      }
      externalSecrets = { store = { name = module.naming.names["keys"], kind = "SecretStore" } }
    },
    {
      for service in ["ingest", "detect", "api", "collector", "upkeep"] :
      service => merge({ identity = { roleArn = local.role_arns[service] } }, lookup(local.api_values, service, {}))
    },
  ))
}
