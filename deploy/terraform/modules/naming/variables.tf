variable "org" {
  description = "Short name of the organisation, the first part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,6}$", var.org))
    error_message = "org must be 2 to 7 of a-z and 0-9 and begin with a letter: a storage account's name of 24 has to hold all parts."
  }
}

variable "environment" {
  description = "Environment that every name and tag carries."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,3}$", var.environment))
    error_message = "environment must be 2 to 4 of a-z and 0-9 and begin with a letter."
  }

  validation {
    condition     = !contains([var.org, var.region, var.suffix], var.environment)
    error_message = "environment must not equal org, region or suffix: a name would carry it by accident."
  }
}

variable "region" {
  description = "Short name of the region, such as euw1 (AWS eu-west-1) or weu (Azure West Europe)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,4}$", var.region))
    error_message = "region must be 2 to 5 of a-z and 0-9 and begin with a letter."
  }
}

variable "suffix" {
  description = "Two digits that tell installations of one environment and region apart."
  type        = string
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
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$", var.owner))
    error_message = "owner must be 1 to 63 of letters, digits, space, dot, - and _."
  }
}

variable "cost_center" {
  description = "Who pays: the tag CostCenter."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", var.cost_center))
    error_message = "cost_center must be 1 to 63 of letters, digits, dot, - and _."
  }
}

variable "project" {
  description = "The tag Project."
  type        = string
  default     = "gondola"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,62}$", var.project))
    error_message = "project must be 1 to 63 of a-z, 0-9 and -."
  }
}

variable "secrets" {
  description = "Secrets that get a name, by what they are for, such as masking."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for secret in var.secrets : can(regex("^[a-z]{1,16}$", secret))])
    error_message = "secrets must be words of 1 to 16 of a-z."
  }
}
