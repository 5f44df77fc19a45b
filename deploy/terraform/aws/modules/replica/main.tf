# A copy of the lake in another region, as a rule minutes old. S3 copies objects in no order: a log may be there before the files that it
# names. deploy/runbooks/disaster-recovery.md says how a lake is made of it again.
resource "aws_kms_replica_key" "lake" {
  provider = aws.replica

  description             = var.names["keys"]
  primary_key_arn         = var.kms_key_arn
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json

  lifecycle {
    prevent_destroy = true
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    # As in the security module.
    sid       = "AccountAdministersByIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${var.partition}:iam::${var.account_id}:root"]
    }
  }
}

resource "aws_s3_bucket" "copy" {
  provider = aws.replica

  bucket        = var.names["lake"]
  force_destroy = false

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "copy" {
  provider = aws.replica

  bucket                  = aws_s3_bucket.copy.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "copy" {
  provider = aws.replica

  bucket = aws_s3_bucket.copy.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "copy" {
  provider = aws.replica

  bucket = aws_s3_bucket.copy.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "copy" {
  provider = aws.replica

  bucket = aws_s3_bucket.copy.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_replica_key.lake.arn
    }
  }
}

# What the lake's own lifecycle takes away is not told to the copy.
resource "aws_s3_bucket_lifecycle_configuration" "copy" {
  provider = aws.replica

  bucket = aws_s3_bucket.copy.id

  rule {
    id     = "undelete"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.undelete_days
    }

    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.copy]
}

resource "aws_s3_bucket_policy" "copy" {
  provider = aws.replica

  bucket = aws_s3_bucket.copy.id
  policy = data.aws_iam_policy_document.copy.json

  depends_on = [aws_s3_bucket_public_access_block.copy]
}

data "aws_iam_policy_document" "copy" {
  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.copy.arn, "${aws_s3_bucket.copy.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
