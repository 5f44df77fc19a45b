variable "org" {
  description = "Short name of the organisation, the first part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,6}$", var.org))
    error_message = "org must be 2 to 7 of a-z and 0-9 and begin with a letter."
  }
}

variable "environment" {
  description = "dev, qa or prod."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "qa", "prod"], var.environment)
    error_message = "environment must be dev, qa or prod."
  }
}

variable "location" {
  description = "Region, such as westeurope."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+$", var.location))
    error_message = "location must be one such as westeurope."
  }
}

variable "region_short" {
  description = "The region in names, such as weu."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,4}$", var.region_short))
    error_message = "region_short must be 2 to 5 of a-z and 0-9."
  }
}

variable "suffix" {
  description = "Two digits that tell installations of one environment and region apart."
  type        = string
  default     = "01"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{2}$", var.suffix))
    error_message = "suffix must be two digits such as 01."
  }
}

variable "owner" {
  description = "Team that answers for the resources: the tag Owner."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.owner) > 0
    error_message = "owner must be set."
  }
}

variable "cost_center" {
  description = "Who pays: the tag CostCenter."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.cost_center) > 0
    error_message = "cost_center must be set."
  }
}

variable "subscription_id" {
  description = "Subscription of the environment: one for each."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id))
    error_message = "subscription_id must be a GUID."
  }
}

variable "cluster" {
  description = "AKS cluster that the services run in: its OpenID Connect issuer (https://...)."
  type = object({
    oidc_issuer = string
  })
  nullable = false

  validation {
    condition     = startswith(var.cluster.oidc_issuer, "https://")
    error_message = "cluster.oidc_issuer must begin with https://."
  }
}

variable "secrets" {
  description = "Secrets that people put into the vault before the first start (their values are never Terraform's): masking (ingest), producers (collector), api, and what else the services are to read."
  type        = set(string)
  default     = ["masking", "producers", "api"]
  nullable    = false

  validation {
    condition     = alltrue([for secret in ["masking", "producers", "api"] : contains(var.secrets, secret)])
    error_message = "secrets must hold masking, producers and api: ingest, the collector and the api don't start without."
  }
}

variable "allowed_ip_ranges" {
  description = "Addresses that reach stores and vault over the internet where it is public: of who runs Terraform, and of the cluster's way out."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for range in var.allowed_ip_ranges : !endswith(range, "/0") && can(cidrhost(strcontains(range, "/") ? range : "${range}/32", 0))])
    error_message = "allowed_ip_ranges must be addresses or ranges, and not everybody."
  }
}

variable "private_endpoints" {
  description = "Subnet for private endpoints and its addresses (which pods are then let out to), and the private DNS zones of blob, dfs, vault and namespace; null: none."
  type = object({
    subnet_id    = string
    range        = string
    dns_zone_ids = map(string)
  })
  default = null

  validation {
    condition     = var.private_endpoints != null || var.public_network_access
    error_message = "private_endpoints must be set where public_network_access is false: nobody would reach anything."
  }

  validation {
    condition     = var.private_endpoints == null ? true : can(cidrhost(var.private_endpoints.range, 0))
    error_message = "private_endpoints.range must be one such as 10.60.4.0/27."
  }

  validation {
    condition     = var.private_endpoints == null ? true : alltrue([for service in ["blob", "dfs", "vault", "namespace"] : contains(keys(var.private_endpoints.dns_zone_ids), service)])
    error_message = "private_endpoints.dns_zone_ids must name the zones of blob, dfs, vault and namespace."
  }
}

variable "api_takes_verdicts" {
  description = "api.takesVerdicts of the chart."
  type        = bool
  default     = false
  nullable    = false
}

variable "api_replays_quarantine" {
  description = "api.replaysQuarantine of the chart."
  type        = bool
  default     = false
  nullable    = false
}

variable "api_sends_webhooks" {
  description = "Whether the api's configuration has webhooks.subscriptions."
  type        = bool
  default     = false
  nullable    = false
}

variable "collector_keeps_schemas" {
  description = "Whether the collector has a registry elsewhere, whose schemas are kept in the lake."
  type        = bool
  default     = false
  nullable    = false
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
