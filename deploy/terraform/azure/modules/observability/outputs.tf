output "action_group_id" {
  description = "Group that alarms and the budget are told to."
  value       = azurerm_monitor_action_group.alarms.id
}

output "workspace_id" {
  description = "Log Analytics workspace, for the cluster's log collector too."
  value       = azurerm_log_analytics_workspace.this.id
}
