# One vault and one key for everything of an environment: who has no right to it can read nothing of the environment.
resource "azurerm_key_vault" "environment" {
  name                          = var.names["keys"]
  resource_group_name           = var.group.name
  location                      = var.group.location
  tenant_id                     = var.tenant_id
  sku_name                      = "premium"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = var.network.public
  tags                          = var.tags

  network_acls {
    default_action = "Deny"
    # Storage and Event Hubs unwrap their keys as trusted services.
    bypass   = "AzureServices"
    ip_rules = var.network.allowed_ip_ranges
  }

  lifecycle {
    # In every environment: lifecycle takes no variable.
    prevent_destroy = true
  }
}

resource "azurerm_key_vault_key" "environment" {
  name         = var.names["keys"]
  key_vault_id = azurerm_key_vault.environment.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["wrapKey", "unwrapKey"]
  tags         = var.tags

  rotation_policy {
    expire_after         = "P2Y"
    notify_before_expiry = "P60D"

    automatic {
      time_after_creation = "P1Y"
    }
  }

  lifecycle {
    # Without it the lake is noise.
    prevent_destroy = true
  }

  depends_on = [azurerm_role_assignment.deployer]
}

# Rights on keys are roles: who makes the vault has none in it by that.
resource "azurerm_role_assignment" "deployer" {
  scope                = azurerm_key_vault.environment.id
  role_definition_name = "Key Vault Crypto Officer"
  principal_id         = var.deployer_id
  description          = "Makes and rotates the environment's key"
}

# As whom the store and the stream use the key.
resource "azurerm_user_assigned_identity" "encryption" {
  name                = var.names["keys"]
  resource_group_name = var.group.name
  location            = var.group.location
  tags                = var.tags
}

resource "azurerm_role_assignment" "encryption" {
  scope                = azurerm_key_vault.environment.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.encryption.principal_id
  principal_type       = "ServicePrincipal"
  description          = "Store and stream wrap their keys with the environment's"
}

resource "azurerm_private_endpoint" "vault" {
  count = var.network.subnet_id == null ? 0 : 1

  name                = var.names["keys"]
  resource_group_name = var.group.name
  location            = var.group.location
  subnet_id           = var.network.subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = var.names["keys"]
    private_connection_resource_id = azurerm_key_vault.environment.id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "vault"
    private_dns_zone_ids = [var.network.dns_zone_ids["vault"]]
  }
}
