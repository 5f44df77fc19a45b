variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["ingest", "detect", "upkeep"] : contains(keys(var.names), thing)])
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
    condition     = alltrue([for service in ["ingest", "detect", "upkeep"] : contains(keys(var.service_accounts), service)])
    error_message = "service_accounts must be the output of the naming module."
  }
}

variable "registry_namespace_id" {
  description = "Event Hubs namespace whose schema registry ids in records are looked up in; null: the schemas come with the software."
  type        = string
  default     = null

  validation {
    condition     = var.registry_namespace_id == null || can(regex("/namespaces/", var.registry_namespace_id))
    error_message = "registry_namespace_id must be the id of a namespace."
  }
}
