# The whole policy of the bucket. It is authoritative: what is not here, such as the editors of the project, has no access.
locals {
  # One binding per account and root.
  bindings = flatten([
    for account, roots in local.grants : [
      for root, verb in roots : {
        title      = "${account} ${verb} ${root}"
        role       = var.role_names[verb]
        member     = local.members[account]
        expression = local.conditions[root]
      }
    ]
  ])
}

# Reads no resource and has no depends_on: either would defer it, and a first plan would not show policy_data.
data "google_iam_policy" "catalog" {
  dynamic "binding" {
    for_each = local.bindings

    content {
      role    = binding.value.role
      members = [binding.value.member]

      condition {
        title      = binding.value.title
        expression = binding.value.expression
      }
    }
  }

  # Unconditional, since a list is checked on the bucket; the bucket holds one workspace and nothing else.
  binding {
    role    = var.role_names["list"]
    members = [for account in local.listers : local.members[account]]
  }

  binding {
    role    = var.role_names["administer"]
    members = var.administrators
  }
}

resource "google_storage_bucket_iam_policy" "catalog" {
  bucket      = local.bucket_name
  policy_data = data.google_iam_policy.catalog.policy_data

  lifecycle {
    # Deleting this resource writes an empty policy: see docs/runbooks/teardown.md.
    prevent_destroy = true

    precondition {
      condition     = alltrue([for expression in values(local.conditions) : endswith(expression, "/\")")])
      error_message = "every prefix in a condition must end in '/'."
    }

    precondition {
      condition     = alltrue([for member in values(local.members) : !contains(var.administrators, member)])
      error_message = "an account of the workspace must not administer its own bucket."
    }
  }

  # Names above are spelled, not read; here is what must exist before the policy names it.
  depends_on = [google_service_account.account, google_storage_bucket.catalog, var.custom_roles]
}
