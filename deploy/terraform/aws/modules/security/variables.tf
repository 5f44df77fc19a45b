variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["keys", "secrets", "logs", "alarms"] : contains(keys(var.names), thing)])
    error_message = "names must be the output of the naming module."
  }
}

variable "account_id" {
  description = "Account of the environment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be twelve digits."
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

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["aws", "aws-cn", "aws-us-gov"], var.partition)
    error_message = "partition must be aws, aws-cn or aws-us-gov."
  }
}

variable "secrets" {
  description = "Secrets that services read, by what they are for. They are made empty: values are put in by people, never by Terraform, whose state would hold them."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for secret in var.secrets : can(regex("^[a-z][a-z-]{1,40}$", secret))])
    error_message = "secrets must be words of a-z and -."
  }
}

variable "multi_region_key" {
  description = "Whether the key can be had in another region too, for a copy of the lake there. Can't be changed later."
  type        = bool
  nullable    = false
}
