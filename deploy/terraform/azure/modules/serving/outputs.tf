output "client_ids" {
  description = "Client id of each service's identity."
  value       = { for service, made in module.identity : service => made.client_id }
}
