output "stream_arns" {
  description = "Kinesis: ARN of each stream; empty with MSK."
  value       = { for stream, made in aws_kinesis_stream.this : stream => made.arn }
}

output "cluster_arn" {
  description = "MSK: ARN of the cluster; null with Kinesis."
  value       = one([for made in aws_msk_cluster.this : made.arn])
}

output "bootstrap_brokers" {
  description = "MSK: addresses for clients that sign in by IAM; empty with Kinesis."
  value       = flatten([for made in aws_msk_cluster.this : split(",", made.bootstrap_brokers_sasl_iam)])
}
