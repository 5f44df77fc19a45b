variable "broker" {
  description = "kinesis or msk."
  type        = string
  default     = "kinesis"
  nullable    = false

  validation {
    condition     = contains(["kinesis", "msk"], var.broker)
    error_message = "broker must be kinesis or msk."
  }
}

variable "shards" {
  description = "Kinesis: shards of the stream of events; 0: on demand."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.shards >= 0 && floor(var.shards) == var.shards
    error_message = "shards must be a whole number from 0."
  }
}

variable "partitions" {
  description = "Partitions of the topic (MSK), or open shards that Kinesis on demand begins with: stream.partitions of the chart."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.partitions >= 1 && floor(var.partitions) == var.partitions
    error_message = "partitions must be a whole number from 1."
  }
}

variable "fan_out" {
  description = "Kinesis: enhanced fan-out, 2 MB/s a shard for each reader; pays from three readers on."
  type        = bool
  default     = false
  nullable    = false
}

variable "msk" {
  description = "MSK: version, size and network of the brokers, see modules/ingestion."
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
    condition     = (var.broker == "msk") == (var.msk != null)
    error_message = "msk must be set with the broker msk, and with it alone."
  }
}
