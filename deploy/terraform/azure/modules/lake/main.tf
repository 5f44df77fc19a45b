locals {
  # The checkpoint store is apart: its blobs are written every few seconds, and neither folders, versions nor undeleting are for it.
  accounts = {
    lake = {
      hierarchical  = var.hierarchical
      versions      = !var.hierarchical
      undelete_days = var.undelete_days
      endpoints     = ["blob", "dfs"]
    }
    leases = {
      hierarchical  = false
      versions      = false
      undelete_days = null
      endpoints     = ["blob"]
    }
  }
}

resource "azurerm_storage_account" "this" {
  for_each = local.accounts

  name                     = var.account_names[each.key]
  resource_group_name      = var.group.name
  location                 = var.group.location
  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = var.replication
  access_tier              = "Hot"
  is_hns_enabled           = each.value.hierarchical

  # Entra ID alone: neither account keys nor SAS made with them work.
  shared_access_key_enabled         = false
  default_to_oauth_authentication   = true
  local_user_enabled                = false
  allow_nested_items_to_be_public   = false
  cross_tenant_replication_enabled  = false
  https_traffic_only_enabled        = true
  min_tls_version                   = "TLS1_2"
  infrastructure_encryption_enabled = true
  public_network_access_enabled     = var.network.public
  tags                              = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [var.encryption.identity_id]
  }

  customer_managed_key {
    key_vault_key_id          = var.encryption.key_id
    user_assigned_identity_id = var.encryption.identity_id
  }

  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
    ip_rules       = var.network.allowed_ip_ranges
  }

  blob_properties {
    versioning_enabled = each.value.versions

    dynamic "delete_retention_policy" {
      for_each = each.value.undelete_days == null ? [] : [each.value.undelete_days]

      content {
        days = delete_retention_policy.value
      }
    }

    dynamic "container_delete_retention_policy" {
      for_each = each.value.undelete_days == null ? [] : [each.value.undelete_days]

      content {
        days = container_delete_retention_policy.value
      }
    }
  }

  lifecycle {
    # In every environment: lifecycle takes no variable.
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "this" {
  for_each = local.accounts

  name                  = var.names[each.key]
  storage_account_id    = azurerm_storage_account.this[each.key].id
  container_access_type = "private"

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_management_lock" "account" {
  for_each = var.deletion_protection ? local.accounts : {}

  name       = var.names[each.key]
  scope      = azurerm_storage_account.this[each.key].id
  lock_level = "CanNotDelete"
  notes      = "Holds what cannot be had again"
}

# A lifecycle knows nothing of a Delta log: whatever it takes away by age is a hole in a table. So no rule ever deletes a current
# blob; `gondola expire` and `gondola vacuum` do that, by the log. What they deleted goes by itself after undelete_days.
resource "azurerm_storage_management_policy" "lake" {
  count = var.cool_after_days > 0 || !var.hierarchical ? 1 : 0

  storage_account_id = azurerm_storage_account.this["lake"].id

  dynamic "rule" {
    for_each = var.cool_after_days > 0 ? [var.cool_after_days] : []

    content {
      name    = "infrequent"
      enabled = true

      filters {
        blob_types   = ["blockBlob"]
        prefix_match = ["${var.names["lake"]}/${var.environment}/bronze/"]
      }

      actions {
        base_blob {
          tier_to_cool_after_days_since_modification_greater_than = rule.value
        }
      }
    }
  }

  dynamic "rule" {
    # The detector replaces its state every few minutes: versions of it would be most of the account.
    for_each = var.hierarchical ? {} : {
      versions = { prefix = "${var.names["lake"]}/${var.environment}/", days = var.undelete_days }
      state    = { prefix = "${var.names["lake"]}/${var.environment}/_state/", days = 1 }
    }

    content {
      name    = rule.key
      enabled = true

      filters {
        blob_types   = ["blockBlob"]
        prefix_match = [rule.value.prefix]
      }

      actions {
        version {
          delete_after_days_since_creation = rule.value.days
        }
      }
    }
  }
}

locals {
  endpoints = var.network.subnet_id == null ? {} : {
    for endpoint in flatten([
      for thing, account in local.accounts : [
        for service in account.endpoints : { key = "${thing}-${service}", thing = thing, service = service }
      ]
    ]) : endpoint.key => endpoint
  }
}

resource "azurerm_private_endpoint" "account" {
  for_each = local.endpoints

  name                = "${var.names[each.value.thing]}-${each.value.service}"
  resource_group_name = var.group.name
  location            = var.group.location
  subnet_id           = var.network.subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = "${var.names[each.value.thing]}-${each.value.service}"
    private_connection_resource_id = azurerm_storage_account.this[each.value.thing].id
    subresource_names              = [each.value.service]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = each.value.service
    private_dns_zone_ids = [var.network.dns_zone_ids[each.value.service]]
  }
}
