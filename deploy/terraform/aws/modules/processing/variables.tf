variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["ingest", "detect", "upkeep", "events", "signals", "leases"] : contains(keys(var.names), thing)])
    error_message = "names must be the output of the naming module."
  }
}

variable "environment" {
  description = "Environment: the lake's first folder, and a part of the readers' names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{1,32}$", var.environment))
    error_message = "environment must be 1 to 32 of a-z, 0-9 and -."
  }
}

variable "cluster" {
  description = "Who vouches for pods, see service-role."
  type = object({
    oidc_provider_arn = string
    oidc_issuer       = string
    namespace         = string
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/", var.cluster.oidc_provider_arn))
    error_message = "cluster.oidc_provider_arn must be the ARN of the cluster's OpenID Connect provider."
  }
}

variable "service_accounts" {
  description = "Service account of each service, by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for service in ["ingest", "detect", "upkeep"] : contains(keys(var.service_accounts), service)])
    error_message = "service_accounts must be the output of the naming module."
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

variable "kms_key_arn" {
  description = "The environment's key."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key."
  }
}

variable "bucket_arn" {
  description = "ARN of the lake's bucket."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:s3:::", var.bucket_arn))
    error_message = "bucket_arn must be the ARN of a bucket."
  }
}

variable "stream_arns" {
  description = "Kinesis: ARN of the streams events and signals; empty with MSK."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.stream_arns) == 0 || alltrue([for stream in ["events", "signals"] : contains(keys(var.stream_arns), stream)])
    error_message = "stream_arns must be the output of the ingestion module."
  }
}

variable "kafka_cluster" {
  description = "MSK: ARN of the cluster, in an object so that whether there is one is known before it is made; null with Kinesis."
  type = object({
    arn = string
  })
  default = null

  validation {
    condition     = var.kafka_cluster == null || length(var.stream_arns) == 0
    error_message = "kafka_cluster and stream_arns: there is one broker."
  }
}

variable "fan_out" {
  description = "Kinesis: whether ingest and detect read by enhanced fan-out."
  type        = bool
  nullable    = false
}

variable "glue_registry_arns" {
  description = "Registry and schemas of AWS Glue, see service-role."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.glue_registry_arns : can(regex("^arn:aws[a-z-]*:glue:", arn))])
    error_message = "glue_registry_arns must be ARNs of registries and schemas."
  }
}

variable "deletion_protection" {
  description = "Whether the tables refuse to be deleted, and can be restored to a point in time."
  type        = bool
  nullable    = false
}
