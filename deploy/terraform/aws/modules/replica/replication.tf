resource "aws_s3_bucket_replication_configuration" "lake" {
  bucket = var.source_bucket.name
  role   = aws_iam_role.replication.arn

  rule {
    id       = "lake"
    status   = "Enabled"
    priority = 1

    filter {}

    # The copy forgets what the lake forgets, undelete_days later: else it would keep every file that vacuum ever took away.
    delete_marker_replication {
      status = "Enabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = aws_s3_bucket.copy.arn
      storage_class = "STANDARD_IA"

      encryption_configuration {
        replica_kms_key_id = aws_kms_replica_key.lake.arn
      }

      # Within a quarter of an hour, and it is told when not.
      replication_time {
        status = "Enabled"

        time {
          minutes = 15
        }
      }

      metrics {
        status = "Enabled"

        event_threshold {
          minutes = 15
        }
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.copy]
}

resource "aws_iam_role" "replication" {
  name               = "${var.names["lake"]}-replication"
  description        = "S3 copies ${var.source_bucket.name} to ${var.names["lake"]}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "replication" {
  name   = "copy"
  role   = aws_iam_role.replication.id
  policy = data.aws_iam_policy_document.rights.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "S3OfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "rights" {
  statement {
    sid       = "KnowWhatIsToBeCopied"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [var.source_bucket.arn]
  }

  statement {
    sid       = "ReadVersions"
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = ["${var.source_bucket.arn}/*"]
  }

  statement {
    sid       = "WriteTheCopy"
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = ["${aws_s3_bucket.copy.arn}/*"]
  }

  statement {
    sid       = "ReadByTheKey"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }

  statement {
    sid       = "WriteByItsReplica"
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_replica_key.lake.arn]
  }
}
