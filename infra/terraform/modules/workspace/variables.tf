variable "project" {
  description = "Id of the project that holds the bucket and the accounts."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project id without ':'."
  }
}

variable "location" {
  description = "Location of the bucket."
  type        = string
}

variable "tenant" {
  description = "Name of the tenant."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", var.tenant))
    error_message = "tenant must match ^[a-z0-9][a-z0-9_-]{0,62}$."
  }
}

variable "workspace" {
  description = "Name of the workspace, unique within its tenant."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", var.workspace))
    error_message = "workspace must match ^[a-z0-9][a-z0-9_-]{0,62}$."
  }
}

variable "administrators" {
  description = "Members who may read and rewrite the configuration and the policy of the bucket."
  type        = set(string)

  validation {
    condition     = length(var.administrators) > 0
    error_message = "a bucket policy without an administrator could never be changed again."
  }
}

variable "role_names" {
  description = "Full name of the custom role behind each verb (get, create, swap, sweep, list, administer), known at plan time."
  type        = map(string)
}

variable "custom_roles" {
  description = "Ids of the custom roles as created. Only depends_on reads them: a value would make the policy unknown."
  type        = list(string)
}

variable "noncurrent_days" {
  description = "Days for which a version that was overwritten or deleted is kept."
  type        = number
}

variable "soft_delete_seconds" {
  description = "Seconds for which a removed version can be restored."
  type        = number
}
