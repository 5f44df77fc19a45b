variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["alarms", "budget", "logs", "lake"] : contains(keys(var.names), thing)])
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

variable "environment" {
  description = "Value of the tag Environment: whose spending the budget counts."
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

variable "alarm_receivers" {
  description = "Mail addresses that are told."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_receivers : strcontains(address, "@")])
    error_message = "alarm_receivers must be mail addresses."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  nullable    = false

  validation {
    condition     = var.log_retention_days >= 30
    error_message = "log_retention_days must be at least 30."
  }
}

variable "monthly_budget" {
  description = "US dollars a month."
  type        = number
  nullable    = false

  validation {
    condition     = var.monthly_budget > 0
    error_message = "monthly_budget must be more than 0."
  }
}

variable "event_retention_hours" {
  description = "How long the stream keeps events: who reads that late loses them."
  type        = number
  nullable    = false

  validation {
    condition     = var.event_retention_hours >= 24
    error_message = "event_retention_hours must be at least 24."
  }
}

variable "streams" {
  description = "Kinesis: names of the streams; empty with MSK."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for name in var.streams : !strcontains(name, ":")])
    error_message = "streams must be names, not ARNs."
  }
}

variable "tables" {
  description = "DynamoDB: names of the tables."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for name in var.tables : !strcontains(name, ":")])
    error_message = "tables must be names, not ARNs."
  }
}

variable "kafka_cluster" {
  description = "MSK: name of the cluster; null with Kinesis."
  type        = string
  default     = null

  validation {
    condition     = var.kafka_cluster == null || length(var.streams) == 0
    error_message = "kafka_cluster and streams: there is one broker."
  }
}

variable "metric_filter" {
  description = "Under which S3 counts requests of the lake's bucket."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.metric_filter) > 0
    error_message = "metric_filter must be the output of the lake module."
  }
}
