variables {
  org         = "acme"
  environment = "prod"
  region      = "euw1"
  suffix      = "01"
  owner       = "store-operations"
  cost_center = "CC-1042"
  secrets     = ["masking"]
}

run "names_follow_the_pattern" {
  command = plan

  assert {
    condition     = output.names["lake"] == "acme-lake-prod-euw1-01" && output.underscored["lake"] == "acme_lake_prod_euw1_01"
    error_message = "The lake's name is not <org>-<thing>-<environment>-<region>-<suffix>."
  }

  assert {
    condition     = alltrue([for name in values(output.names) : contains(split("-", name), "prod") && length(name) <= 63])
    error_message = "A name does not carry its environment as a part of its own, or is too long for a bucket."
  }

  assert {
    condition     = output.secrets == { masking = "acme-masking-prod-euw1-01" }
    error_message = "A secret's name is not made as the others are."
  }

  assert {
    condition     = output.namespace == "gondola-prod" && output.service_accounts["ingest"] == "gondola-ingest"
    error_message = "The namespace or a service account is not the one that the chart has."
  }

  assert {
    condition     = output.tags == { Environment = "prod", Owner = "store-operations", CostCenter = "CC-1042", Project = "gondola" }
    error_message = "A tag is missing or wrong."
  }
}

run "the_longest_parts_fit_a_storage_account" {
  command = plan

  variables {
    org    = "abcdefg"
    region = "abcde"
  }

  assert {
    condition     = alltrue([for name in values(output.compact) : can(regex("^[a-z0-9]{3,24}$", name))])
    error_message = "A storage account's name is too long."
  }
}

run "bad_parts_are_refused" {
  command = plan

  variables {
    org         = "Acme-Stores"
    region      = "eu-west-1"
    suffix      = "1"
    owner       = ""
    cost_center = "a b"
    project     = "Gondola"
    secrets     = ["acme-masking"]
  }

  expect_failures = [
    var.org, var.region, var.suffix, var.owner, var.cost_center, var.project, var.secrets,
  ]
}

run "a_long_environment_is_refused" {
  command = plan

  variables {
    environment = "production"
  }

  expect_failures = [var.environment]
}

run "an_environment_that_is_another_part_is_refused" {
  command = plan

  variables {
    org         = "qa"
    environment = "qa"
  }

  expect_failures = [var.environment]
}
