output "client_id" {
  description = "Client id: the annotation azure.workload.identity/client-id of the service account."
  value       = azurerm_user_assigned_identity.this.client_id
}
