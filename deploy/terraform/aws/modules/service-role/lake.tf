data "aws_iam_policy_document" "lake" {
  count = var.lake == null ? 0 : 1

  statement {
    # Not bound to a prefix: a GetObject of a name that is not there answers 403 instead of 404 to whoever may list a
    # prefix only, and the log of a table is read up to the first name that is not there. The bucket is the environment's.
    sid       = "ListTheLake"
    actions   = ["s3:ListBucket"]
    resources = [var.lake.bucket_arn]
  }

  statement {
    sid       = "ReadTheLake"
    actions   = ["s3:GetObject"]
    resources = [for path in var.lake.read : "${var.lake.bucket_arn}/${path}"]
  }

  dynamic "statement" {
    for_each = length(var.lake.write) > 0 ? [true] : []

    content {
      # Large files go in parts; a part that failed is given up.
      sid       = "WriteTheLake"
      actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
      resources = [for path in var.lake.write : "${var.lake.bucket_arn}/${path}"]
    }
  }

  dynamic "statement" {
    for_each = length(var.lake.delete) > 0 ? [true] : []

    content {
      # Never DeleteObjectVersion: what a service deletes can be had back for undelete_days.
      sid       = "DeleteFromTheLake"
      actions   = ["s3:DeleteObject"]
      resources = [for path in var.lake.delete : "${var.lake.bucket_arn}/${path}"]
    }
  }

  dynamic "statement" {
    for_each = var.lake.parts ? [true] : []

    content {
      sid       = "FindUnfinishedUploads"
      actions   = ["s3:ListBucketMultipartUploads"]
      resources = [var.lake.bucket_arn]
    }
  }
}
