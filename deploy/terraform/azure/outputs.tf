output "names" {
  description = "Names of the environment's resources."
  value       = module.naming.names
}

output "namespace" {
  description = "Kubernetes namespace that the identities are for."
  value       = module.naming.namespace
}

output "vault" {
  description = "Vault that people fill before the first start, and External Secrets reads."
  value       = module.security.vault
}

output "workspace_id" {
  description = "Log Analytics workspace for the cluster's log collector."
  value       = module.observability.workspace_id
}

output "action_group_id" {
  description = "Group that alarms and the budget are told to."
  value       = module.observability.action_group_id
}

output "secret_names" {
  description = "Secrets that people put into the vault before the first start."
  value       = module.naming.secrets
}

output "secrets_client_id" {
  description = "Identity for the service account of the namespace's SecretStore (External Secrets)."
  value       = module.serving.client_ids["secrets"]
}

locals {
  client_ids = merge(module.processing.client_ids, module.serving.client_ids)

  # Event Hubs speaks AMQP; what is private is in ranges that the chart lets nobody out to by itself.
  everywhere = {
    cidrs  = ["0.0.0.0/0"]
    except = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]
  }
  endpoints = [for one in [var.private_endpoints] : { cidrs = [one.range], except = [] } if one != null]
  to        = length(local.endpoints) > 0 ? local.endpoints[0] : local.everywhere
  destinations = merge(
    { broker = merge(local.to, { services = ["ingest", "detect", "api", "collector"], ports = [5671] }) },
    {
      for one in local.endpoints :
      "endpoints" => merge(one, { services = ["ingest", "detect", "api", "collector", "upkeep"], ports = [443] })
    },
  )

  own_values = merge(
    {
      for service, group in module.ingestion.consumer_groups :
      service => { config = { stream = { consumerGroup = group } } }
    },
    {
      api = {
        takesVerdicts     = var.api_takes_verdicts
        replaysQuarantine = var.api_replays_quarantine
      }
    },
  )
}

output "helm_values" {
  description = "Values for the chart: terraform output -raw helm_values > values-cloud.yaml, then helm upgrade -f helm/gondola/values-<environment>.yaml -f values-cloud.yaml."
  value = yamlencode(merge(
    {
      environment = var.environment
      owner       = var.owner
      costCenter  = var.cost_center
      lake        = "az://${module.lake.containers["lake"]}/?account=${module.lake.accounts["lake"]}"
      stream = {
        broker     = "event-hubs"
        name       = module.naming.names["events"]
        signals    = module.naming.names["signals"]
        partitions = var.partitions
        eventHubs = {
          namespace       = module.ingestion.namespace.host
          checkpointStore = { container = module.lake.containers["leases"], account = module.lake.accounts["leases"] }
        }
      }
      identity      = { provider = "azure" }
      networkPolicy = { destinations = local.destinations }
      secrets = {
        for secret, name in module.naming.secrets : secret => { secretName = name, external = { key = name } }
      }
      externalSecrets = { store = { name = module.naming.names["keys"], kind = "SecretStore" } }
    },
    {
      for service in ["ingest", "detect", "api", "collector", "upkeep"] :
      service => merge({ identity = { clientId = local.client_ids[service] } }, lookup(local.own_values, service, {}))
    },
  ))
}
