variables {
  environment           = "prod"
  event_retention_hours = 168
  undelete_days         = 30
  log_retention_days    = 365
  deletion_protection   = true
  zone_redundant        = true
  public_network_access = false
  monthly_budget        = 5000
  alarm_receivers       = ["platform@example.com"]
}

run "what_prod_needs_is_taken" {
  command = plan

  assert {
    condition     = output.settings.event_retention_hours == 168 && output.settings.deletion_protection
    error_message = "The settings do not come out as they went in."
  }
}

run "prod_refuses_what_dev_may_have" {
  command = plan

  variables {
    event_retention_hours = 24
    undelete_days         = 1
    log_retention_days    = 30
    deletion_protection   = false
    zone_redundant        = false
    public_network_access = true
    alarm_receivers       = []
  }

  expect_failures = [
    var.event_retention_hours, var.undelete_days, var.log_retention_days, var.deletion_protection,
    var.zone_redundant, var.public_network_access, var.alarm_receivers,
  ]
}

run "dev_may_have_it" {
  command = plan

  variables {
    environment           = "dev"
    event_retention_hours = 24
    undelete_days         = 1
    log_retention_days    = 30
    deletion_protection   = false
    zone_redundant        = false
    public_network_access = true
    monthly_budget        = 200
    alarm_receivers       = []
  }

  assert {
    condition     = output.settings.undelete_days == 1
    error_message = "A setting that dev may have was changed."
  }
}

run "nonsense_is_refused_everywhere" {
  command = plan

  variables {
    environment           = "dev"
    event_retention_hours = 1.5
    undelete_days         = 0
    log_retention_days    = 31
    monthly_budget        = 0
    alarm_receivers       = ["nobody"]
  }

  expect_failures = [
    var.event_retention_hours, var.undelete_days, var.log_retention_days, var.monthly_budget,
    var.alarm_receivers,
  ]
}

run "nobody_may_be_left_unprotected_by_an_empty_list" {
  command = plan

  variables {
    strict_environments = []
  }

  expect_failures = [var.strict_environments]
}
