# What an environment may have of these is decided by modules/guardrails.

variable "event_retention_hours" {
  description = "How long the stream keeps events."
  type        = number
  nullable    = false

  validation {
    condition     = var.event_retention_hours >= 24
    error_message = "event_retention_hours must be at least 24."
  }
}

variable "undelete_days" {
  description = "How long deleted and overwritten objects of the lake can be had back."
  type        = number
  nullable    = false

  validation {
    condition     = var.undelete_days >= 1
    error_message = "undelete_days must be at least 1."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  nullable    = false

  validation {
    condition     = var.log_retention_days >= 30
    error_message = "log_retention_days must be at least 30."
  }
}

variable "deletion_protection" {
  description = "Whether storage accounts are locked against deletion."
  type        = bool
  nullable    = false
}

variable "monthly_budget" {
  description = "Spending a month, in the currency of the bill, whose approach is told."
  type        = number
  nullable    = false

  validation {
    condition     = var.monthly_budget > 0
    error_message = "monthly_budget must be more than 0."
  }
}

variable "alarm_receivers" {
  description = "Mail addresses of a team's list that are told of alarms and of the budget."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_receivers : strcontains(address, "@")])
    error_message = "alarm_receivers must be mail addresses."
  }
}

variable "public_network_access" {
  description = "Whether stores and vault answer over the internet, to allowed_ip_ranges; else by private endpoints alone."
  type        = bool
  nullable    = false
}

variable "budget_start" {
  description = "First day of the month from which the budget counts. Can't be changed later."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^20[0-9]{2}-[0-9]{2}-01T00:00:00Z$", var.budget_start))
    error_message = "budget_start must be the first of a month, such as 2026-12-01T00:00:00Z."
  }
}
