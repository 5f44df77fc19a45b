variable "name" {
  description = "Name of the role, by the naming module."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.name) <= 64
    error_message = "name must be at most 64 characters: IAM takes no more."
  }
}

variable "cluster" {
  description = "Who vouches for pods: the cluster's OpenID Connect provider (its ARN), its issuer without https://, and the namespace."
  type = object({
    oidc_provider_arn = string
    oidc_issuer       = string
    namespace         = string
  })
  nullable = false

  validation {
    condition     = !startswith(var.cluster.oidc_issuer, "https://")
    error_message = "cluster.oidc_issuer must be without https://: the keys of the trust policy are."
  }
}

variable "service_account" {
  description = "Kubernetes service account that may take the role; no other can."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.service_account))
    error_message = "service_account must be one name: a * would hand the role to every pod."
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
  description = "The environment's key: what the role reads and writes is encrypted with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key."
  }
}

variable "lake" {
  description = "Rights in the lake's bucket, by the paths (* at their end) that the service reads, writes and deletes."
  type = object({
    bucket_arn = string
    read       = list(string)
    write      = optional(list(string), [])
    delete     = optional(list(string), [])
    parts      = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.lake == null ? true : alltrue([for path in concat(var.lake.read, var.lake.write, var.lake.delete) : !startswith(path, "*")])
    error_message = "lake: a path must begin with a folder: a * alone is the whole bucket."
  }
}

variable "kinesis" {
  description = "Streams that are read and written, whether by enhanced fan-out, and the tables of leases and producers."
  type = object({
    read            = optional(list(string), [])
    write           = optional(list(string), [])
    fan_out         = optional(bool, false)
    lease_tables    = optional(list(string), [])
    producer_tables = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for arn in concat(var.kinesis.read, var.kinesis.write, var.kinesis.lease_tables, var.kinesis.producer_tables) : !strcontains(arn, "*")])
    error_message = "kinesis: name each stream and table; a * reaches those of others."
  }
}

variable "kafka" {
  description = "MSK: ARN of the cluster, the environment, topics that are read and written, the consumer group, and topics whose records are numbered (written once each, by transactions)."
  type = object({
    cluster_arn = string
    environment = string
    read        = optional(list(string), [])
    write       = optional(list(string), [])
    group       = optional(string)
    numbered    = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.kafka == null ? true : alltrue([for topic in concat(var.kafka.read, var.kafka.write, var.kafka.numbered) : !strcontains(topic, "*")])
    error_message = "kafka: name each topic; a * reaches those of others."
  }
}

variable "glue_registry_arns" {
  description = "Registry and schemas of AWS Glue that ids in records are looked up in; none: the schemas come with the software."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.glue_registry_arns : can(regex("^arn:aws[a-z-]*:glue:[a-z0-9-]+:[0-9]{12}:(registry|schema)/", arn))])
    error_message = "glue_registry_arns must be ARNs of registries and schemas."
  }
}

variable "secret_arns" {
  description = "Secrets that are read: by the role of External Secrets alone."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.secret_arns : !strcontains(arn, "*")])
    error_message = "secret_arns: name each secret."
  }
}
