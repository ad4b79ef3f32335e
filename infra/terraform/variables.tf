variable "project" {
  description = "Id of the Google Cloud project that holds every bucket, account and custom role of this environment."
  type        = string

  validation {
    condition     = !can(regex(":", var.project))
    error_message = "project must not be domain-scoped (no ':'): the e-mails of its accounts would be spelled differently."
  }

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project id: 6 to 30 lower-case letters, digits and '-'."
  }
}

variable "location" {
  description = "Location of every bucket: a region, a dual-region or a multi-region."
  type        = string

  validation {
    condition     = can(regex("^[A-Z][A-Z0-9-]+$", var.location))
    error_message = "location must be in capitals, as Cloud Storage reports it."
  }
}

variable "workspaces" {
  description = "The workspaces of this environment. Each gets a bucket, accounts and a bucket policy of its own."
  type = list(object({
    tenant    = string
    workspace = string
  }))

  validation {
    condition     = length(var.workspaces) > 0
    error_message = "there must be at least one workspace."
  }

  validation {
    condition     = alltrue([for w in var.workspaces : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", w.tenant))])
    error_message = "every tenant must match ^[a-z0-9][a-z0-9_-]{0,62}$."
  }

  validation {
    condition     = alltrue([for w in var.workspaces : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", w.workspace))])
    error_message = "every workspace must match ^[a-z0-9][a-z0-9_-]{0,62}$."
  }

  validation {
    condition     = length(var.workspaces) == length(distinct([for w in var.workspaces : "${w.tenant}/${w.workspace}"]))
    error_message = "a workspace must be listed once."
  }

  # Sixteen equal digits begin with ten equal digits, so that this also keeps bucket names apart.
  validation {
    condition = (
      length(distinct([for w in var.workspaces : substr(sha256("${var.project}/${w.tenant}/${w.workspace}"), 0, 10)]))
      == length(distinct([for w in var.workspaces : "${w.tenant}/${w.workspace}"]))
    )
    error_message = "two workspaces have the same digest, hence the same accounts: rename one of them."
  }

  validation {
    condition     = length(var.workspaces) * 6 <= var.service_account_quota
    error_message = "the workspaces need more accounts (six each) than service_account_quota allows."
  }
}

variable "administrators" {
  description = "Members who may read and rewrite the configuration and the policy of every bucket, hence grant themselves the rest."
  type        = set(string)

  validation {
    condition     = length(var.administrators) > 0
    error_message = "administrators must not be empty: nobody could change the bucket policies again."
  }

  validation {
    condition = alltrue([
      for m in var.administrators :
      can(regex("^((user|group|serviceAccount):[^\\s@]+@[^\\s@]+|principal(Set)?://\\S+)$", m))
    ])
    error_message = "every administrator must be a user:, group:, serviceAccount:, principal:// or principalSet:// member."
  }
}

variable "role_prefix" {
  description = "Begins the id of every custom role. Two root modules in one project need two prefixes."
  type        = string
  default     = "arco"

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{2,39}$", var.role_prefix))
    error_message = "role_prefix must be 3 to 40 letters, digits and '_', beginning with a letter: role ids hold no '-'."
  }
}

variable "service_account_quota" {
  description = "How many service accounts the project may have."
  type        = number
  default     = 100
}

variable "noncurrent_days" {
  description = "Days for which a version that was overwritten or deleted is kept."
  type        = number
  default     = 14

  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "noncurrent_days must be at least 1."
  }
}

variable "soft_delete_seconds" {
  description = "Seconds for which a removed version can be restored: 7 to 90 days."
  type        = number
  default     = 604800

  validation {
    condition     = var.soft_delete_seconds >= 604800 && var.soft_delete_seconds <= 7776000
    error_message = "soft_delete_seconds must lie between 604800 and 7776000 (0 would switch soft delete off)."
  }
}
