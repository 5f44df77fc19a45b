variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["logs", "alarms", "budget"] : contains(keys(var.names), thing)])
    error_message = "names must be the output of the naming module."
  }
}

variable "group" {
  description = "Resource group of the environment: its name, and the location."
  type = object({
    name     = string
    location = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9]+$", var.group.location))
    error_message = "group.location must be one such as westeurope."
  }
}

variable "tags" {
  description = "Tags by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for tag in ["Environment", "Owner", "CostCenter", "Project"] : contains(keys(var.tags), tag)])
    error_message = "tags must be the output of the naming module."
  }
}

variable "group_id" {
  description = "Id of the resource group: whose spending the budget counts."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("/resourceGroups/", var.group_id))
    error_message = "group_id must be the id of a resource group."
  }
}

variable "alarm_receivers" {
  description = "Mail addresses that are told."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_receivers : strcontains(address, "@")])
    error_message = "alarm_receivers must be mail addresses."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  nullable    = false

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 730
    error_message = "log_retention_days must be 30 to 730."
  }
}

variable "monthly_budget" {
  description = "Spending a month, in the currency of the bill."
  type        = number
  nullable    = false

  validation {
    condition     = var.monthly_budget > 0
    error_message = "monthly_budget must be more than 0."
  }
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

variable "namespace_id" {
  description = "Id of the Event Hubs namespace."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("/namespaces/", var.namespace_id))
    error_message = "namespace_id must be the id of a namespace."
  }
}

variable "vault_id" {
  description = "Id of the vault."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("/vaults/", var.vault_id))
    error_message = "vault_id must be the id of a vault."
  }
}

variable "lake_account_id" {
  description = "Id of the lake's storage account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("/storageAccounts/", var.lake_account_id))
    error_message = "lake_account_id must be the id of a storage account."
  }
}
