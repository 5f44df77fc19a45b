resource "aws_glue_catalog_database" "lake" {
  name         = var.database_name
  description  = "Delta tables of ${var.names["lake"]}"
  location_uri = "s3://${aws_s3_bucket.lake.id}/${var.environment}/"
}

locals {
  crawlers = length(var.catalog_tables) > 0 ? toset([var.names["catalog"]]) : []
}

# Writes an entry that names the table's folder and its columns; Athena finds files and rows in the table's own log.
resource "aws_glue_crawler" "tables" {
  for_each = local.crawlers

  name                   = each.key
  description            = "Delta tables that are in the catalog"
  database_name          = aws_glue_catalog_database.lake.name
  role                   = aws_iam_role.crawler[each.key].arn
  schedule               = var.catalog_schedule
  security_configuration = aws_glue_security_configuration.crawler[each.key].name

  delta_target {
    delta_tables              = [for path in var.catalog_tables : "s3://${aws_s3_bucket.lake.id}/${var.environment}/${path}/"]
    create_native_delta_table = true
    write_manifest            = false
  }

  schema_change_policy {
    # A table that is away for a moment stays in the catalog.
    delete_behavior = "LOG"
    update_behavior = "UPDATE_IN_DATABASE"
  }
}

resource "aws_glue_security_configuration" "crawler" {
  for_each = local.crawlers

  name = each.key

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.kms_key_arn
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.kms_key_arn
    }

    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.kms_key_arn
    }
  }
}

resource "aws_iam_role" "crawler" {
  for_each = local.crawlers

  name               = each.key
  description        = "Glue's crawler over ${var.names["lake"]}"
  assume_role_policy = data.aws_iam_policy_document.crawler_trust.json
}

resource "aws_iam_role_policy" "crawler" {
  for_each = local.crawlers

  name   = "catalog"
  role   = aws_iam_role.crawler[each.key].id
  policy = data.aws_iam_policy_document.crawler.json
}

data "aws_iam_policy_document" "crawler_trust" {
  statement {
    sid     = "Glue"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.arn.account]
    }
  }
}

locals {
  # Partition, region and account, as the key's ARN says them.
  arn = {
    partition = split(":", var.kms_key_arn)[1]
    region    = split(":", var.kms_key_arn)[3]
    account   = split(":", var.kms_key_arn)[4]
  }
  catalog_arn = "arn:${local.arn.partition}:glue:${local.arn.region}:${local.arn.account}"
}

data "aws_iam_policy_document" "crawler" {
  statement {
    sid       = "ReadTheTables"
    actions   = ["s3:GetObject"]
    resources = [for path in var.catalog_tables : "${aws_s3_bucket.lake.arn}/${var.environment}/${path}/*"]
  }

  statement {
    sid       = "ListTheLake"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.lake.arn]
  }

  statement {
    sid       = "UseTheEnvironmentsKey"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  statement {
    sid = "KeepTheDatabase"
    actions = [
      "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable",
      "glue:GetPartitions", "glue:BatchGetPartition",
    ]
    resources = [
      "${local.catalog_arn}:catalog",
      "${local.catalog_arn}:database/${var.database_name}",
      "${local.catalog_arn}:table/${var.database_name}/*",
    ]
  }

  statement {
    sid     = "ReadItsOwnSecurityConfiguration"
    actions = ["glue:GetSecurityConfiguration"]
    # Glue knows no resource for it.
    resources = ["*"]
  }

  statement {
    sid     = "WriteItsLogs"
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"]
    resources = [
      "arn:${local.arn.partition}:logs:${local.arn.region}:${local.arn.account}:log-group:/aws-glue/crawlers*",
    ]
  }
}
