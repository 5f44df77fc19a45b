variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["events", "signals", "broker", "logs"] : contains(keys(var.names), thing)])
    error_message = "names must be the output of the naming module."
  }
}

variable "broker" {
  description = "kinesis or msk."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["kinesis", "msk"], var.broker)
    error_message = "broker must be kinesis or msk."
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

variable "retention_hours" {
  description = "How long events are kept."
  type        = number
  nullable    = false

  validation {
    condition     = var.retention_hours >= 24 && var.retention_hours <= 8760
    error_message = "retention_hours must be from 24 to 8760: what Kinesis takes."
  }
}

variable "shards" {
  description = "Kinesis: shards of the stream of events; 0 leaves them to Kinesis (on demand). One instance reads at least one shard."
  type        = number
  nullable    = false

  validation {
    condition     = var.shards >= 0 && var.shards <= 1000 && floor(var.shards) == var.shards
    error_message = "shards must be a whole number from 0 to 1000."
  }
}

variable "msk" {
  description = "MSK: version, size and network of the brokers; null with Kinesis. client_security_group_ids: of the pods."
  type = object({
    kafka_version             = string
    instance_type             = string
    brokers                   = number
    volume_gib                = number
    volume_gib_max            = number
    vpc_id                    = string
    subnet_ids                = list(string)
    client_security_group_ids = list(string)
  })
  default = null

  validation {
    condition     = var.broker != "msk" || var.msk != null
    error_message = "msk must be set with the broker msk."
  }

  validation {
    condition     = var.msk == null ? true : length(var.msk.subnet_ids) >= 3 && var.msk.brokers % length(var.msk.subnet_ids) == 0
    error_message = "msk: three subnets in three zones at least, and as many brokers in each: a zone may be lost."
  }

  validation {
    condition     = var.msk == null ? true : var.msk.volume_gib_max >= var.msk.volume_gib
    error_message = "msk.volume_gib_max must be no less than volume_gib."
  }
}

variable "log_retention_days" {
  description = "How long the brokers' logs are kept."
  type        = number
  nullable    = false

  validation {
    condition     = var.log_retention_days >= 30
    error_message = "log_retention_days must be at least 30."
  }
}
