resource "google_service_account" "account" {
  for_each = local.account_ids

  project      = var.project
  account_id   = each.value
  display_name = "Arco ${each.key}"
  description  = "Arco ${each.key} of ${var.tenant}/${var.workspace}."
  disabled     = false

  lifecycle {
    precondition {
      condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", each.value))
      error_message = "an account id has 6 to 30 lower-case letters, digits and '-'."
    }
  }
}
