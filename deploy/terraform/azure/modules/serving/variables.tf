variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["api", "collector", "secrets"] : contains(keys(var.names), thing)])
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

variable "cluster" {
  description = "Who vouches for pods, see service-identity."
  type = object({
    oidc_issuer = string
    namespace   = string
  })
  nullable = false

  validation {
    condition     = startswith(var.cluster.oidc_issuer, "https://")
    error_message = "cluster.oidc_issuer must begin with https://."
  }
}

variable "container_ids" {
  description = "Ids of the containers lake and leases, by the lake module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["lake", "leases"] : contains(keys(var.container_ids), thing)])
    error_message = "container_ids must be the output of the lake module."
  }
}

variable "hub_ids" {
  description = "Ids of the hubs events and signals, by the ingestion module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for hub in ["events", "signals"] : contains(keys(var.hub_ids), hub)])
    error_message = "hub_ids must be the output of the ingestion module."
  }
}


variable "service_accounts" {
  description = "Service account of each service, by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for service in ["api", "collector", "secrets"] : contains(keys(var.service_accounts), service)])
    error_message = "service_accounts must be the output of the naming module."
  }
}

variable "vault_id" {
  description = "Id of the vault that External Secrets reads."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("/vaults/", var.vault_id))
    error_message = "vault_id must be the id of a vault."
  }
}

variable "api_takes_verdicts" {
  description = "Whether the api writes verdicts to the hub of events: api.takesVerdicts of the chart."
  type        = bool
  nullable    = false
}

variable "api_replays_quarantine" {
  description = "Whether the api judges refused records again: api.replaysQuarantine of the chart."
  type        = bool
  nullable    = false
}

variable "api_sends_webhooks" {
  description = "Whether the api posts signals to others: it keeps in the lake how far it is, and what was not taken."
  type        = bool
  nullable    = false
}

variable "collector_keeps_schemas" {
  description = "Whether the collector has a registry elsewhere, whose schemas are kept in the lake."
  type        = bool
  nullable    = false
}
