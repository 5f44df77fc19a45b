output "role_arns" {
  description = "ARN of each service's role."
  value = {
    ingest = module.ingest.arn
    detect = module.detect.arn
    upkeep = module.upkeep.arn
  }
}

output "table_prefix" {
  description = "stream.leases.tablePrefix of the services."
  value       = local.table_prefix
}

output "table_names" {
  description = "Tables of leases and of producers."
  value       = concat(values(local.lease_tables), tolist(local.producers))
}
