variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["events", "signals", "ingest", "detect"] : contains(keys(var.names), thing)])
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


variable "encryption" {
  description = "The environment's key and as whom it is used, by the security module."
  type = object({
    key_id      = string
    identity_id = string
  })
  nullable = false

  validation {
    condition     = startswith(var.encryption.key_id, "https://")
    error_message = "encryption.key_id must be the address of a key."
  }
}


variable "sku" {
  description = "Standard, or Premium: which has the environment's own key, and keeps events for more than 7 days."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["Standard", "Premium"], var.sku)
    error_message = "sku must be Standard or Premium: Basic has one consumer group."
  }
}

variable "capacity" {
  description = "Throughput units (Standard) or processing units (Premium: 1, 2, 4, 8, 16)."
  type        = number
  nullable    = false

  validation {
    condition     = var.sku == "Premium" ? contains([1, 2, 4, 8, 16], var.capacity) : var.capacity >= 1 && var.capacity <= 40
    error_message = "capacity must be 1 to 40 (Standard), or 1, 2, 4, 8 or 16 (Premium)."
  }
}

variable "partitions" {
  description = "Partitions of the hub of events. Standard can't change them later; one instance reads at least one."
  type        = number
  nullable    = false

  validation {
    condition     = var.partitions >= 1 && var.partitions <= (var.sku == "Premium" ? 100 : 32)
    error_message = "partitions must be 1 to 32 (Standard), or to 100 (Premium)."
  }
}

variable "retention_hours" {
  description = "How long events are kept."
  type        = number
  nullable    = false

  validation {
    condition     = var.retention_hours >= 1 && var.retention_hours <= (var.sku == "Premium" ? 2160 : 168)
    error_message = "retention_hours must be at most 168 (Standard), or 2160 (Premium)."
  }
}

variable "network" {
  description = "Who reaches it: over the internet (public, and then only allowed_ip_ranges), and by a private endpoint in a subnet with its DNS zones."
  type = object({
    public            = bool
    allowed_ip_ranges = list(string)
    subnet_id         = optional(string)
    dns_zone_ids      = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = var.network.public || var.network.subnet_id != null
    error_message = "network: with public false and without a subnet nobody reaches it."
  }
}

