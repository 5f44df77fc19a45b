locals {
  # Two services never share a consumer group.
  readers = ["ingest", "detect"]
  hubs = {
    events = var.partitions
    # Signals are a thousandth of the events or less.
    signals = 1
  }
}

resource "azurerm_eventhub_namespace" "this" {
  name                = var.names["events"]
  resource_group_name = var.group.name
  location            = var.group.location
  sku                 = var.sku
  capacity            = var.capacity
  # Entra ID alone: no connection string works, so none can leak.
  local_authentication_enabled  = false
  minimum_tls_version           = "1.2"
  public_network_access_enabled = var.network.public
  tags                          = var.tags

  network_rulesets = [{
    default_action                 = "Deny"
    public_network_access_enabled  = var.network.public
    trusted_service_access_enabled = true
    ip_rule                        = [for range in var.network.allowed_ip_ranges : { ip_mask = range, action = "Allow" }]
    virtual_network_rule           = []
  }]

  identity {
    type         = "UserAssigned"
    identity_ids = [var.encryption.identity_id]
  }
}

# Standard is encrypted with keys of Microsoft: a key of one's own needs Premium.
resource "azurerm_eventhub_namespace_customer_managed_key" "this" {
  count = var.sku == "Premium" ? 1 : 0

  eventhub_namespace_id             = azurerm_eventhub_namespace.this.id
  key_vault_key_ids                 = [var.encryption.key_id]
  user_assigned_identity_id         = var.encryption.identity_id
  infrastructure_encryption_enabled = true
}

resource "azurerm_eventhub" "this" {
  for_each = local.hubs

  name            = var.names[each.key]
  namespace_id    = azurerm_eventhub_namespace.this.id
  partition_count = each.value

  retention_description {
    cleanup_policy          = "Delete"
    retention_time_in_hours = var.retention_hours
  }
}

resource "azurerm_eventhub_consumer_group" "reader" {
  for_each = toset(local.readers)

  name                = var.names[each.key]
  resource_group_name = var.group.name
  namespace_name      = azurerm_eventhub_namespace.this.name
  eventhub_name       = azurerm_eventhub.this["events"].name
}

resource "azurerm_private_endpoint" "namespace" {
  count = var.network.subnet_id == null ? 0 : 1

  name                = var.names["events"]
  resource_group_name = var.group.name
  location            = var.group.location
  subnet_id           = var.network.subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = var.names["events"]
    private_connection_resource_id = azurerm_eventhub_namespace.this.id
    subresource_names              = ["namespace"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "namespace"
    private_dns_zone_ids = [var.network.dns_zone_ids["namespace"]]
  }
}
