resource "google_storage_bucket" "catalog" {
  project       = var.project
  name          = local.bucket_name
  location      = var.location
  storage_class = "STANDARD"
  force_destroy = false

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  default_event_based_hold    = false
  requester_pays              = false

  labels = {
    managed-by = "arco"
    tenant     = var.tenant
    workspace  = var.workspace
  }

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_seconds
  }

  # Folders would bring permissions of their own (rename, managed folders) that no condition here speaks of.
  hierarchical_namespace {
    enabled = false
  }

  # A lifecycle rule deletes without asking IAM: it must never reach a live object.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = var.noncurrent_days
      with_state                 = "ARCHIVED"
    }
  }

  lifecycle {
    prevent_destroy = true

    precondition {
      condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", local.bucket_name))
      error_message = "a bucket name has 3 to 63 lower-case letters, digits and '-'."
    }
  }
}
