output "vault" {
  description = "The vault: its id, name and address."
  value = {
    id   = azurerm_key_vault.environment.id
    name = azurerm_key_vault.environment.name
    uri  = azurerm_key_vault.environment.vault_uri
  }
}

# Given on together and only once the right is there: a store that can't reach its key can't be made.
output "encryption" {
  description = "The environment's key, without a version so that a new one is taken up by itself, and as whom it is used."
  value = {
    key_id      = azurerm_key_vault_key.environment.versionless_id
    identity_id = azurerm_user_assigned_identity.encryption.id
  }

  depends_on = [azurerm_role_assignment.encryption]
}
