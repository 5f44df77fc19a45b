variable "environment" {
  description = "Environment that the settings are for."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,3}$", var.environment))
    error_message = "environment must be 2 to 4 of a-z and 0-9."
  }
}

variable "strict_environments" {
  description = "Environments that hold what cannot be had again: they must be protected."
  type        = list(string)
  default     = ["prod"]
  nullable    = false

  validation {
    condition     = length(var.strict_environments) > 0
    error_message = "strict_environments must name at least one environment."
  }
}

variable "event_retention_hours" {
  description = "How long the stream keeps events. It is the time in which everything may stand still and nothing is lost."
  type        = number
  nullable    = false

  validation {
    condition     = var.event_retention_hours >= 24 && var.event_retention_hours <= 8760 && floor(var.event_retention_hours) == var.event_retention_hours
    error_message = "event_retention_hours must be a whole number from 24 to 8760."
  }

  validation {
    condition     = !contains(var.strict_environments, var.environment) || var.event_retention_hours >= 168
    error_message = "event_retention_hours must be at least 168 here: a week covers a long weekend and a lake that is restored from a copy."
  }
}

variable "undelete_days" {
  description = "How long an object of the lake that was deleted or overwritten can be had back: after vacuum's own 7 days."
  type        = number
  nullable    = false

  validation {
    condition     = var.undelete_days >= 1 && var.undelete_days <= 365 && floor(var.undelete_days) == var.undelete_days
    error_message = "undelete_days must be a whole number from 1 to 365."
  }

  validation {
    condition     = !contains(var.strict_environments, var.environment) || var.undelete_days >= 14
    error_message = "undelete_days must be at least 14 here: a wrong vacuum is often noticed a week later."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 120, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days must be one of 30, 60, 90, 120, 180, 365, 400, 545, 731: what both CloudWatch and Log Analytics take."
  }

  validation {
    condition     = !contains(var.strict_environments, var.environment) || var.log_retention_days >= 90
    error_message = "log_retention_days must be at least 90 here."
  }
}

variable "deletion_protection" {
  description = "Whether tables and vaults refuse to be deleted, and can be restored to a point in time."
  type        = bool
  nullable    = false

  validation {
    condition     = !contains(var.strict_environments, var.environment) || var.deletion_protection
    error_message = "deletion_protection must be true here."
  }
}

variable "zone_redundant" {
  description = "Whether streams and stores survive the loss of a zone, where the cloud leaves the choice."
  type        = bool
  nullable    = false

  validation {
    condition     = !contains(var.strict_environments, var.environment) || var.zone_redundant
    error_message = "zone_redundant must be true here."
  }
}

variable "public_network_access" {
  description = "Whether stores and vaults answer over the internet at all (to those who sign in), where the cloud leaves the choice."
  type        = bool
  nullable    = false

  validation {
    condition     = !contains(var.strict_environments, var.environment) || !var.public_network_access
    error_message = "public_network_access must be false here."
  }
}

variable "monthly_budget" {
  description = "Spending a month, in the currency of the bill, whose approach is told."
  type        = number
  nullable    = false

  validation {
    condition     = var.monthly_budget > 0
    error_message = "monthly_budget must be more than 0: an environment without one is found out about by its bill."
  }
}

variable "alarm_receivers" {
  description = "Mail addresses of a team's list that are told of alarms and of the budget."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_receivers : can(regex("^[^@\\s]+@[^@\\s]+\\.[a-z]+$", address))])
    error_message = "alarm_receivers must be mail addresses."
  }

  validation {
    condition     = !contains(var.strict_environments, var.environment) || length(var.alarm_receivers) > 0
    error_message = "alarm_receivers must name somebody here."
  }
}
