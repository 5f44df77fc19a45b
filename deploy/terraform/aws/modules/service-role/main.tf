resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "Pods of ${var.cluster.namespace}/${var.service_account}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "this" {
  name   = "service"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.rights.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "PodsOfOneServiceAccount"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.cluster.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.cluster.oidc_issuer}:sub"
      values   = ["system:serviceaccount:${var.cluster.namespace}:${var.service_account}"]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.cluster.oidc_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

# What the code really calls: libs/lake/s3, libs/broker/kinesis, libs/registry/glue.
data "aws_iam_policy_document" "rights" {
  source_policy_documents = concat(
    var.lake == null ? [] : [data.aws_iam_policy_document.lake[0].json],
    [data.aws_iam_policy_document.kinesis.json],
    var.kafka == null ? [] : [data.aws_iam_policy_document.kafka[0].json],
  )

  statement {
    sid       = "UseTheEnvironmentsKey"
    actions   = length(local.writes) > 0 ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }

  dynamic "statement" {
    for_each = length(local.tables) > 0 ? [true] : []

    content {
      # DynamoDB asks for these on behalf of whoever uses a table with a key of the customer.
      sid       = "UseTheKeyThroughTables"
      actions   = ["kms:DescribeKey", "kms:Encrypt", "kms:CreateGrant"]
      resources = [var.kms_key_arn]

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = ["dynamodb.*.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.glue_registry_arns) > 0 ? [true] : []

    content {
      sid       = "LookUpSchemas"
      actions   = ["glue:GetSchemaVersion"]
      resources = var.glue_registry_arns
    }
  }

  dynamic "statement" {
    for_each = length(var.secret_arns) > 0 ? [true] : []

    content {
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      resources = var.secret_arns
    }
  }
}

locals {
  tables = concat(var.kinesis.lease_tables, var.kinesis.producer_tables)
  writes = concat(var.lake == null ? [] : var.lake.write, var.kinesis.write, local.tables)
}
