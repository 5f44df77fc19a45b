variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["lake", "catalog"] : contains(keys(var.names), thing)])
    error_message = "names must be the output of the naming module."
  }
}

variable "database_name" {
  description = "Name of the Glue database, by the naming module."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9_]{1,255}$", var.database_name))
    error_message = "database_name must be of a-z, 0-9 and _: Glue takes no -."
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

variable "kms_key_arn" {
  description = "The environment's key."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key."
  }
}

variable "undelete_days" {
  description = "How long deleted and overwritten objects can be had back."
  type        = number
  nullable    = false

  validation {
    condition     = var.undelete_days >= 1
    error_message = "undelete_days must be at least 1."
  }
}

variable "object_lock_days" {
  description = "Days for which no version of an object can be deleted by anybody (compliance mode); 0: no lock. A bucket gets it when it is made, and keeps it. No more than undelete_days, or versions pile up behind the lifecycle."
  type        = number
  nullable    = false

  validation {
    condition     = var.object_lock_days >= 0 && var.object_lock_days <= var.undelete_days
    error_message = "object_lock_days must be from 0 to undelete_days."
  }
}

variable "infrequent_after_days" {
  description = "Days after which files of bronze go to Intelligent-Tiering; 0: never. Never to a class that has to be restored before it is read."
  type        = number
  nullable    = false

  validation {
    condition     = var.infrequent_after_days == 0 || var.infrequent_after_days >= 30
    error_message = "infrequent_after_days must be 0, or 30 or more."
  }
}

variable "access_log_bucket" {
  description = "Bucket of the account that takes S3's access logs; null: none are written."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_log_bucket))
    error_message = "access_log_bucket must be the name of a bucket."
  }
}

variable "catalog_tables" {
  description = "Delta tables that are kept in the Glue catalog, by their path in the lake, such as silver/retail.pos.transaction; none: engines read them by path."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for path in var.catalog_tables : !can(regex("^(bronze|quarantine)(/|$)", path))])
    error_message = "catalog_tables: bronze and quarantine hold personal data as it came; whoever may read them reads them by path."
  }
}

variable "catalog_schedule" {
  description = "When the catalog is brought up to date, as cron of Glue. Only new tables and columns need it: rows are found in the tables' own logs."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.catalog_schedule, "cron(")
    error_message = "catalog_schedule must be one such as cron(15 5 * * ? *)."
  }
}
