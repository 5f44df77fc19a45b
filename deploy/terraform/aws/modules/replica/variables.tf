variable "names" {
  description = "Names by the naming module, with the other region in them."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["lake", "keys"] : contains(keys(var.names), thing)])
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

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["aws", "aws-cn", "aws-us-gov"], var.partition)
    error_message = "partition must be aws, aws-cn or aws-us-gov."
  }
}

variable "source_bucket" {
  description = "The lake's bucket: its name and ARN."
  type = object({
    name = string
    arn  = string
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:s3:::", var.source_bucket.arn))
    error_message = "source_bucket.arn must be the ARN of a bucket."
  }
}

variable "kms_key_arn" {
  description = "The environment's key, of several regions."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key."
  }
}

variable "undelete_days" {
  description = "How long deleted and overwritten objects of the copy can be had back."
  type        = number
  nullable    = false

  validation {
    condition     = var.undelete_days >= 1
    error_message = "undelete_days must be at least 1."
  }
}
