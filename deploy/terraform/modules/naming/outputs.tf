output "names" {
  description = "Name of each service and resource, by what it is: names[\"lake\"] is acme-lake-prod-euw1-01."
  value       = local.names
}

output "underscored" {
  description = "The same where - is not allowed (Glue databases): acme_lake_prod_euw1_01."
  value       = { for thing, name in local.names : thing => replace(name, "-", "_") }
}

output "compact" {
  description = "The same where nothing but letters and digits is allowed, at most 24 of them (storage accounts): acmelakeprodweu01."
  value       = { for thing in ["lake", "state", "leases"] : thing => replace(local.names[thing], "-", "") }
}

output "namespace" {
  description = "Kubernetes namespace of the environment."
  value       = "${var.project}-${var.environment}"
}

output "service_accounts" {
  description = "Kubernetes service account of each service, as the chart makes them."
  value       = { for service in local.services : service => "${var.project}-${service}" }
}

output "tags" {
  description = "Tags that every resource carries."
  value = {
    Environment = var.environment
    Owner       = var.owner
    CostCenter  = var.cost_center
    Project     = var.project
  }
}

output "secrets" {
  description = "Name of each secret where it stands beside those of others (Kubernetes, Key Vault): acme-masking-prod-euw1-01."
  value       = { for secret in var.secrets : secret => join("-", [var.org, secret, var.environment, var.region, var.suffix]) }
}
