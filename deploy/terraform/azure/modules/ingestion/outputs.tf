output "namespace" {
  description = "The namespace: its id and host name."
  value = {
    id   = azurerm_eventhub_namespace.this.id
    host = "${azurerm_eventhub_namespace.this.name}.servicebus.windows.net"
  }
}

output "hub_ids" {
  description = "Id of each hub."
  value       = { for hub, made in azurerm_eventhub.this : hub => made.id }
}

output "consumer_groups" {
  description = "Consumer group of each service that reads."
  value       = { for service, made in azurerm_eventhub_consumer_group.reader : service => made.name }
}
