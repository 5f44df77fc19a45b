variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["keys"] : contains(keys(var.names), thing)])
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

variable "tenant_id" {
  description = "Entra ID tenant."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.tenant_id))
    error_message = "tenant_id must be a GUID."
  }
}

variable "deployer_id" {
  description = "Object id of who runs Terraform: may make the key in the vault."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.deployer_id))
    error_message = "deployer_id must be a GUID."
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

