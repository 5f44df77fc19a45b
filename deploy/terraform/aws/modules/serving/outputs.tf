output "role_arns" {
  description = "ARN of each service's role."
  value = {
    api       = module.api.arn
    collector = module.collector.arn
    secrets   = module.secrets.arn
  }
}
