# A lifecycle knows nothing of a Delta log: whatever it takes away by age is a hole in a table. So no rule ever expires a current
# object; `gondola expire` and `gondola vacuum` do that, by the log. The rules are for what those left behind.
resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id

  rule {
    id     = "undelete"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.undelete_days
    }

    # Behind the last version of an object stands its delete marker, which makes every listing longer.
    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    # The detector replaces its state every few minutes and deletes what it replaced: versions of it are of no use once the
    # signals table names a newer one, and they would be most of the bucket.
    id     = "state"
    status = "Enabled"

    filter {
      prefix = "${var.environment}/_state/"
    }

    noncurrent_version_expiration {
      noncurrent_days = max(var.object_lock_days, 1)
    }
  }

  dynamic "rule" {
    for_each = var.infrequent_after_days == 0 ? [] : [var.infrequent_after_days]

    content {
      id     = "infrequent"
      status = "Enabled"

      filter {
        and {
          prefix = "${var.environment}/bronze/"
          # Logs are small and are read with each commit.
          object_size_greater_than = 1048576
        }
      }

      transition {
        days          = rule.value
        storage_class = "INTELLIGENT_TIERING"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.lake]
}
