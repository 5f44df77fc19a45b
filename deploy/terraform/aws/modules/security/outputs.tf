output "kms_key_arn" {
  description = "ARN of the environment's key."
  value       = aws_kms_key.environment.arn
}

output "secret_arns" {
  description = "ARN of each secret."
  value       = { for secret, made in aws_secretsmanager_secret.service : secret => made.arn }
}

output "secret_names" {
  description = "Name of each secret: the key by which External Secrets finds it."
  value       = { for secret, made in aws_secretsmanager_secret.service : secret => made.name }
}
