# Whoever needs a setting takes it from here: what an environment may not have does not get past this module.
output "settings" {
  description = "The settings, found fit for the environment."
  value = {
    event_retention_hours = var.event_retention_hours
    undelete_days         = var.undelete_days
    log_retention_days    = var.log_retention_days
    deletion_protection   = var.deletion_protection
    zone_redundant        = var.zone_redundant
    public_network_access = var.public_network_access
    monthly_budget        = var.monthly_budget
    alarm_receivers       = var.alarm_receivers
  }
}
