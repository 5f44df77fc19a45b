variable "object_lock_days" {
  description = "Days for which no version of an object can be deleted by anybody; 0: no lock. Decided when the bucket is made."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.object_lock_days >= 0 && var.object_lock_days <= var.undelete_days
    error_message = "object_lock_days must be from 0 to undelete_days."
  }
}

variable "infrequent_after_days" {
  description = "Days after which files of bronze go to Intelligent-Tiering; 0: never."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.infrequent_after_days == 0 || var.infrequent_after_days >= 30
    error_message = "infrequent_after_days must be 0, or 30 or more."
  }
}

variable "access_log_bucket" {
  description = "Bucket of the account that takes S3's access logs."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_log_bucket))
    error_message = "access_log_bucket must be the name of a bucket."
  }
}

variable "catalog_tables" {
  description = "Delta tables that are kept in the Glue catalog, by their path in the lake."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for path in var.catalog_tables : !startswith(path, "/") && !endswith(path, "/")])
    error_message = "catalog_tables must be paths such as silver/retail.pos.transaction."
  }
}

variable "catalog_schedule" {
  description = "When the catalog is brought up to date (UTC)."
  type        = string
  default     = "cron(15 5 * * ? *)"
  nullable    = false

  validation {
    condition     = startswith(var.catalog_schedule, "cron(")
    error_message = "catalog_schedule must be one such as cron(15 5 * * ? *)."
  }
}

variable "replica" {
  description = "Region that holds a copy of the lake, and how names call it; null: no copy. Decided with multi_region_key, when the key is made."
  type = object({
    region       = string
    region_short = string
  })
  default = null

  validation {
    condition     = var.replica == null ? true : var.replica.region != var.region && var.replica.region_short != var.region_short
    error_message = "replica must be another region."
  }

  validation {
    condition     = var.replica == null || var.multi_region_key
    error_message = "replica needs multi_region_key: the copy is encrypted with the same key."
  }
}
