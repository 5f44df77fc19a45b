output "bucket" {
  description = "Name of the lake's bucket."
  value       = aws_s3_bucket.lake.id

  # A copy of it can be made only once it has versions.
  depends_on = [aws_s3_bucket_versioning.lake]
}

output "bucket_arn" {
  description = "ARN of the lake's bucket."
  value       = aws_s3_bucket.lake.arn
}

output "metric_filter" {
  description = "Under which S3 counts requests of the bucket."
  value       = aws_s3_bucket_metric.lake.name
}

output "database" {
  description = "Name of the Glue database."
  value       = aws_glue_catalog_database.lake.name
}
