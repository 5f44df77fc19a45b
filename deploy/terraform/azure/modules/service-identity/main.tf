resource "azurerm_user_assigned_identity" "this" {
  name                = var.name
  resource_group_name = var.group.name
  location            = var.group.location
  tags                = var.tags
}

resource "azurerm_federated_identity_credential" "pods" {
  name                      = var.name
  user_assigned_identity_id = azurerm_user_assigned_identity.this.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = var.cluster.oidc_issuer
  subject                   = "system:serviceaccount:${var.cluster.namespace}:${var.service_account}"
}

resource "azurerm_role_assignment" "this" {
  for_each = var.rights

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = azurerm_user_assigned_identity.this.principal_id
  principal_type       = "ServicePrincipal"
  description          = each.key
}
