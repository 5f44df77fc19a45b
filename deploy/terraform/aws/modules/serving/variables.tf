variable "names" {
  description = "Names by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for thing in ["api", "collector", "secrets", "events"] : contains(keys(var.names), thing)])
    error_message = "names must be the output of the naming module."
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

variable "service_accounts" {
  description = "Service account of each service, by the naming module."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for service in ["api", "collector", "secrets"] : contains(keys(var.service_accounts), service)])
    error_message = "service_accounts must be the output of the naming module."
  }
}

variable "stream_arns" {
  description = "Kinesis: ARN of the streams events and signals; empty with MSK."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.stream_arns) == 0 || contains(keys(var.stream_arns), "events")
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

variable "secret_arns" {
  description = "Secrets that External Secrets reads for the services."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.secret_arns : !strcontains(arn, "*")])
    error_message = "secret_arns: name each secret."
  }
}

variable "api_takes_verdicts" {
  description = "Whether the api writes verdicts to the stream of events (POST /verdicts): api.takesVerdicts of the chart."
  type        = bool
  nullable    = false
}

variable "api_replays_quarantine" {
  description = "Whether the api judges refused records again (POST /quarantine/replays): api.replaysQuarantine of the chart."
  type        = bool
  nullable    = false
}

variable "api_sends_webhooks" {
  description = "Whether the api posts signals to others: it keeps in the lake how far it is, and what was not taken."
  type        = bool
  nullable    = false
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
