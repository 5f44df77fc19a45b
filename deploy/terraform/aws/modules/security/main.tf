# One key for everything of an environment: who has no right to it can read nothing of the environment, whatever else is open.
resource "aws_kms_key" "environment" {
  description             = var.names["keys"]
  enable_key_rotation     = true
  deletion_window_in_days = 30
  multi_region            = var.multi_region_key
  policy                  = data.aws_iam_policy_document.key.json

  lifecycle {
    # Without it the lake is noise. In every environment: lifecycle takes no variable.
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "environment" {
  name          = "alias/${var.names["keys"]}"
  target_key_id = aws_kms_key.environment.key_id
}

data "aws_iam_policy_document" "key" {
  statement {
    # The account's own policies say who may do what; without this statement nobody could change the key any more.
    sid       = "AccountAdministersByIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${var.partition}:iam::${var.account_id}:root"]
    }
  }

  statement {
    sid       = "LogGroupsOfTheEnvironment"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:/gondola/${var.names["logs"]}/*"]
    }
  }

  statement {
    sid       = "AlarmsReachTheirTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_secretsmanager_secret" "service" {
  for_each = var.secrets

  name                    = "${var.names["keys"]}/${each.key}"
  description             = "${each.key} of ${var.names["secrets"]}"
  kms_key_id              = aws_kms_key.environment.arn
  recovery_window_in_days = 30
}
