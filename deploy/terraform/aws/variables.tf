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

variable "region" {
  description = "Region, such as eu-west-1."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be one such as eu-west-1."
  }
}

variable "region_short" {
  description = "The region in names, such as euw1."
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

variable "account_id" {
  description = "Account of the environment: one for each."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be twelve digits."
  }
}

variable "cluster" {
  description = "EKS cluster that the services run in: ARN of its OpenID Connect provider, and its issuer without https://."
  type = object({
    oidc_provider_arn = string
    oidc_issuer       = string
  })
  nullable = false

  validation {
    condition     = endswith(var.cluster.oidc_provider_arn, var.cluster.oidc_issuer) && strcontains(var.cluster.oidc_provider_arn, ":${var.account_id}:")
    error_message = "cluster: the provider must be the issuer's, in the account of the environment."
  }
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds every role of the account, where the organisation has one."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a policy."
  }
}

variable "secrets" {
  description = "Secrets that are made empty for people to fill: masking (ingest), producers (collector), api, and what else the services are to read."
  type        = set(string)
  default     = ["masking", "producers", "api"]
  nullable    = false

  validation {
    condition     = alltrue([for secret in ["masking", "producers", "api"] : contains(var.secrets, secret)])
    error_message = "secrets must hold masking, producers and api: ingest, the collector and the api don't start without."
  }
}

variable "multi_region_key" {
  description = "Whether the environment's key can be had in another region too."
  type        = bool
  default     = false
  nullable    = false
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

variable "glue_registry_arns" {
  description = "Registry and schemas of AWS Glue that ids in records are looked up in."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.glue_registry_arns : can(regex("^arn:aws[a-z-]*:glue:", arn))])
    error_message = "glue_registry_arns must be ARNs of registries and schemas."
  }
}
