variable "sku" {
  description = "Standard or Premium (the environment's own key, more than 7 days)."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["Standard", "Premium"], var.sku)
    error_message = "sku must be Standard or Premium."
  }

  validation {
    condition     = var.environment != "prod" || var.sku == "Premium"
    error_message = "sku must be Premium in prod: only there the stream is encrypted with the environment's key."
  }
}

variable "capacity" {
  description = "Throughput units (Standard) or processing units (Premium)."
  type        = number
  nullable    = false

  validation {
    condition     = var.capacity >= 1 && floor(var.capacity) == var.capacity
    error_message = "capacity must be a whole number from 1."
  }
}

variable "partitions" {
  description = "Partitions of the hub of events: stream.partitions of the chart. Standard can't change them later."
  type        = number
  nullable    = false

  validation {
    condition     = var.partitions >= 1 && floor(var.partitions) == var.partitions
    error_message = "partitions must be a whole number from 1."
  }
}
