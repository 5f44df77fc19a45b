variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["lake", "leases"] : contains(keys(var.names), thing)])
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

variable "account_names" {
  description = "Names of the storage accounts, by the naming module (compact): lake and leases."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["lake", "leases"] : can(regex("^[a-z0-9]{3,24}$", var.account_names[thing]))])
    error_message = "account_names must be the compact output of the naming module."
  }
}

variable "environment" {
  description = "Environment: the lake's first folder."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{1,32}$", var.environment))
    error_message = "environment must be 1 to 32 of a-z, 0-9 and -."
  }
}

variable "replication" {
  description = "LRS: one building; ZRS: three zones; GZRS, RAGZRS: also a second region, with what it costs."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["LRS", "ZRS", "GZRS", "RAGZRS"], var.replication)
    error_message = "replication must be LRS, ZRS, GZRS or RAGZRS."
  }
}

variable "hierarchical" {
  description = "ADLS Gen2's folders (true), or plain blobs with versions (false): Azure has no versions of blobs with folders. Can't be changed later."
  type        = bool
  nullable    = false
}

variable "undelete_days" {
  description = "How long deleted blobs (and overwritten ones, where there are versions) can be had back."
  type        = number
  nullable    = false

  validation {
    condition     = var.undelete_days >= 1 && var.undelete_days <= 365
    error_message = "undelete_days must be 1 to 365."
  }
}

variable "cool_after_days" {
  description = "Days after which files of bronze go to the cool tier; 0: never. More than 30, when the log of a table has been cleaned. Never to archive, which has to be restored before it is read."
  type        = number
  nullable    = false

  validation {
    condition     = var.cool_after_days == 0 || var.cool_after_days > 30
    error_message = "cool_after_days must be 0, or more than 30: the log of a table is read with each commit."
  }
}

variable "deletion_protection" {
  description = "Whether the accounts are locked against deletion."
  type        = bool
  nullable    = false
}
