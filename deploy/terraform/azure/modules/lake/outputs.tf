output "accounts" {
  description = "Names of the storage accounts lake and leases."
  value       = { for thing, made in azurerm_storage_account.this : thing => made.name }
}

output "account_ids" {
  description = "Ids of the storage accounts."
  value       = { for thing, made in azurerm_storage_account.this : thing => made.id }
}

output "containers" {
  description = "Names of the containers lake and leases (the checkpoint store of Event Hubs)."
  value       = { for thing, made in azurerm_storage_container.this : thing => made.name }
}

output "container_ids" {
  description = "Ids of the containers, as roles are given for them."
  value       = { for thing, made in azurerm_storage_container.this : thing => made.id }
}
