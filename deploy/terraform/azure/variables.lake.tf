variable "replication" {
  description = "LRS, ZRS, GZRS or RAGZRS."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["LRS", "ZRS", "GZRS", "RAGZRS"], var.replication)
    error_message = "replication must be LRS, ZRS, GZRS or RAGZRS."
  }
}

variable "hierarchical" {
  description = "ADLS Gen2's folders (true), or plain blobs with versions (false). Decided when the account is made."
  type        = bool
  default     = true
  nullable    = false
}

variable "cool_after_days" {
  description = "Days after which files of bronze go to the cool tier; 0: never."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.cool_after_days == 0 || var.cool_after_days > 30
    error_message = "cool_after_days must be 0, or more than 30."
  }
}
