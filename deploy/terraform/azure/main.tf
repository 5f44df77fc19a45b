# One environment on Azure: vault and key (security), the stream (ingestion), the lake, the identities of the services (processing,
# serving), and what is watched (observability). The cluster and its network are the platform's.

module "naming" {
  source = "../modules/naming"

  org         = var.org
  environment = var.environment
  region      = var.region_short
  suffix      = var.suffix
  owner       = var.owner
  cost_center = var.cost_center
  secrets     = var.secrets
}

module "guardrails" {
  source = "../modules/guardrails"

  environment           = var.environment
  event_retention_hours = var.event_retention_hours
  undelete_days         = var.undelete_days
  log_retention_days    = var.log_retention_days
  deletion_protection   = var.deletion_protection
  zone_redundant        = var.replication != "LRS"
  public_network_access = var.public_network_access
  monthly_budget        = var.monthly_budget
  alarm_receivers       = var.alarm_receivers
}

resource "azurerm_resource_group" "environment" {
  name     = module.naming.names["group"]
  location = var.location
  tags     = module.naming.tags
}

locals {
  group   = { name = azurerm_resource_group.environment.name, location = azurerm_resource_group.environment.location }
  cluster = { oidc_issuer = var.cluster.oidc_issuer, namespace = module.naming.namespace }
  network = {
    public            = module.guardrails.settings.public_network_access
    allowed_ip_ranges = var.allowed_ip_ranges
    subnet_id         = var.private_endpoints == null ? null : var.private_endpoints.subnet_id
    dns_zone_ids      = var.private_endpoints == null ? {} : var.private_endpoints.dns_zone_ids
  }
}

module "security" {
  source = "./modules/security"

  names       = module.naming.names
  group       = local.group
  tags        = module.naming.tags
  tenant_id   = data.azurerm_client_config.deployer.tenant_id
  deployer_id = data.azurerm_client_config.deployer.object_id
  network     = local.network
}

module "ingestion" {
  source = "./modules/ingestion"

  names           = module.naming.names
  group           = local.group
  tags            = module.naming.tags
  encryption      = module.security.encryption
  sku             = var.sku
  capacity        = var.capacity
  partitions      = var.partitions
  retention_hours = module.guardrails.settings.event_retention_hours
  network         = local.network
}

module "lake" {
  source = "./modules/lake"

  names               = module.naming.names
  account_names       = module.naming.compact
  group               = local.group
  tags                = module.naming.tags
  encryption          = module.security.encryption
  network             = local.network
  environment         = var.environment
  replication         = var.replication
  hierarchical        = var.hierarchical
  undelete_days       = module.guardrails.settings.undelete_days
  cool_after_days     = var.cool_after_days
  deletion_protection = module.guardrails.settings.deletion_protection
}

module "processing" {
  source = "./modules/processing"

  names                 = module.naming.names
  group                 = local.group
  tags                  = module.naming.tags
  cluster               = local.cluster
  service_accounts      = module.naming.service_accounts
  container_ids         = module.lake.container_ids
  hub_ids               = module.ingestion.hub_ids
  registry_namespace_id = var.registry_namespace_id
}

module "serving" {
  source = "./modules/serving"

  names                   = module.naming.names
  group                   = local.group
  tags                    = module.naming.tags
  cluster                 = local.cluster
  service_accounts        = module.naming.service_accounts
  container_ids           = module.lake.container_ids
  hub_ids                 = module.ingestion.hub_ids
  vault_id                = module.security.vault.id
  api_takes_verdicts      = var.api_takes_verdicts
  api_replays_quarantine  = var.api_replays_quarantine
  api_sends_webhooks      = var.api_sends_webhooks
  collector_keeps_schemas = var.collector_keeps_schemas
}

module "observability" {
  source = "./modules/observability"

  names              = module.naming.names
  group              = local.group
  group_id           = azurerm_resource_group.environment.id
  tags               = module.naming.tags
  alarm_receivers    = module.guardrails.settings.alarm_receivers
  log_retention_days = module.guardrails.settings.log_retention_days
  monthly_budget     = module.guardrails.settings.monthly_budget
  budget_start       = var.budget_start
  namespace_id       = module.ingestion.namespace.id
  vault_id           = module.security.vault.id
  lake_account_id    = module.lake.account_ids["lake"]
}
