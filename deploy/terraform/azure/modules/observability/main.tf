# What Prometheus in the cluster can't see: the cloud's side of stream, store and vault, and the bill. The product's own alerts are
# those of deploy/prometheus.
locals {
  alerts = {
    "stream-refuses" = {
      what      = "Event Hubs throttles: more units."
      scope     = var.namespace_id
      namespace = "Microsoft.EventHub/namespaces"
      metric    = "ThrottledRequests"
      how       = "Total"
      operator  = "GreaterThan"
      threshold = 100
    }
    "stream-fails" = {
      what      = "Event Hubs answers with errors of its own."
      scope     = var.namespace_id
      namespace = "Microsoft.EventHub/namespaces"
      metric    = "ServerErrors"
      how       = "Total"
      operator  = "GreaterThan"
      threshold = 20
    }
    "store-fails" = {
      what      = "The store is not available: services wait and try again, and are late."
      scope     = var.lake_account_id
      namespace = "Microsoft.Storage/storageAccounts"
      metric    = "Availability"
      how       = "Average"
      operator  = "LessThan"
      threshold = 99
    }
    "vault-fails" = {
      what      = "The vault is not available: store and stream can't unwrap their keys for long."
      scope     = var.vault_id
      namespace = "Microsoft.KeyVault/vaults"
      metric    = "Availability"
      how       = "Average"
      operator  = "LessThan"
      threshold = 99
    }
  }

  # Who read which secret, who changed the stream, and who deleted from the lake. Reads and writes of the lake are left out: they
  # would cost more than the lake.
  audited = {
    vault  = { id = var.vault_id, categories = ["AuditEvent"] }
    stream = { id = var.namespace_id, categories = ["OperationalLogs"] }
    lake   = { id = "${var.lake_account_id}/blobServices/default", categories = ["StorageDelete"] }
  }
}

resource "azurerm_log_analytics_workspace" "this" {
  name                         = var.names["logs"]
  resource_group_name          = var.group.name
  location                     = var.group.location
  sku                          = "PerGB2018"
  retention_in_days            = var.log_retention_days
  local_authentication_enabled = false
  tags                         = var.tags
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each = local.audited

  name                       = var.names["logs"]
  target_resource_id         = each.value.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  dynamic "enabled_log" {
    for_each = each.value.categories

    content {
      category = enabled_log.value
    }
  }
}

resource "azurerm_monitor_action_group" "alarms" {
  name                = var.names["alarms"]
  resource_group_name = var.group.name
  short_name          = "gondola"
  tags                = var.tags

  dynamic "email_receiver" {
    for_each = var.alarm_receivers

    content {
      name                    = email_receiver.value
      email_address           = email_receiver.value
      use_common_alert_schema = true
    }
  }
}

resource "azurerm_monitor_metric_alert" "this" {
  for_each = local.alerts

  name                = "${var.names["alarms"]}-${each.key}"
  resource_group_name = var.group.name
  description         = each.value.what
  scopes              = [each.value.scope]
  severity            = 1
  frequency           = "PT5M"
  window_size         = "PT15M"
  tags                = var.tags

  criteria {
    metric_namespace = each.value.namespace
    metric_name      = each.value.metric
    aggregation      = each.value.how
    operator         = each.value.operator
    threshold        = each.value.threshold
  }

  action {
    action_group_id = azurerm_monitor_action_group.alarms.id
  }
}

resource "azurerm_consumption_budget_resource_group" "month" {
  name              = var.names["budget"]
  resource_group_id = var.group_id
  amount            = var.monthly_budget
  time_grain        = "Monthly"

  time_period {
    start_date = var.budget_start
  }

  dynamic "notification" {
    for_each = { Actual = 80, Forecasted = 100 }

    content {
      operator       = "GreaterThan"
      threshold      = notification.value
      threshold_type = notification.key
      contact_groups = [azurerm_monitor_action_group.alarms.id]
    }
  }
}
