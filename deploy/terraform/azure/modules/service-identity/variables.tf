variable "name" {
  description = "Name of the identity, by the naming module."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.name) >= 3 && length(var.name) <= 128
    error_message = "name must be 3 to 128 characters."
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
  description = "Who vouches for pods: the issuer of the cluster (https://...), and the namespace."
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

variable "service_account" {
  description = "Kubernetes service account that may take the identity; no other can."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.service_account))
    error_message = "service_account must be one name."
  }
}

variable "rights" {
  description = "Roles of the identity by what they are for: the role and the resource that it is for."
  type = map(object({
    role  = string
    scope = string
  }))
  nullable = false

  validation {
    # Of data alone: none of these may change a resource or hand out rights.
    condition = alltrue([for right in values(var.rights) : contains([
      "Azure Event Hubs Data Receiver", "Azure Event Hubs Data Sender", "Storage Blob Data Contributor",
      "Storage Blob Data Reader", "Key Vault Secrets User", "Schema Registry Reader (Preview)",
    ], right.role)])
    error_message = "rights: a service gets roles of data alone."
  }
}
