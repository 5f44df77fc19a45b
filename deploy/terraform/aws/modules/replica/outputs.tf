output "bucket" {
  description = "Name of the copy's bucket."
  value       = aws_s3_bucket.copy.id
}
