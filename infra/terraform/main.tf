# One bucket, six accounts and one whole bucket policy per workspace.
locals {
  # Names hold no '/', so that the key is injective, and it does not move when the list is reordered.
  workspaces = { for w in var.workspaces : "${w.tenant}/${w.workspace}" => w }
}

# No depends_on here: it would defer the module's google_iam_policy, and the plan would not show the policy.
module "workspace" {
  source   = "./modules/workspace"
  for_each = local.workspaces

  project             = var.project
  location            = var.location
  tenant              = each.value.tenant
  workspace           = each.value.workspace
  administrators      = var.administrators
  role_names          = local.role_names
  custom_roles        = [for role in google_project_iam_custom_role.verb : role.id]
  noncurrent_days     = var.noncurrent_days
  soft_delete_seconds = var.soft_delete_seconds
}
