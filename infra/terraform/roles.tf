# The custom roles, once per project. A verb is what the workspace module grants; its permissions are all that it means.
locals {
  custom_roles = {
    get = {
      title       = "Arco: read objects"
      permissions = ["storage.objects.get"]
    }
    create = {
      title       = "Arco: read and create objects, never overwrite"
      permissions = ["storage.objects.create", "storage.objects.get"]
    }
    # Overwriting takes create and delete on one name. Only locks/, heads/ and cursors/ get it.
    swap = {
      title       = "Arco: read, create and replace objects"
      permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get"]
    }
    sweep = {
      title       = "Arco: delete objects"
      permissions = ["storage.objects.delete"]
    }
    # Cloud Storage checks a list on the bucket, so that no prefix can narrow it: hence a role of its own.
    list = {
      title       = "Arco: list a bucket"
      permissions = ["storage.objects.list"]
    }
    administer = {
      title = "Arco: configure a bucket and its policy, no objects"
      permissions = [
        "storage.buckets.get",
        "storage.buckets.getIamPolicy",
        "storage.buckets.setIamPolicy",
        "storage.buckets.update",
      ]
    }
  }

  # Spelled here, not read from the resource: `name` is computed, and would hide the role from the plan.
  role_names = {
    for verb in keys(local.custom_roles) : verb => "projects/${var.project}/roles/${var.role_prefix}_${verb}"
  }
}

resource "google_project_iam_custom_role" "verb" {
  for_each = local.custom_roles

  project     = var.project
  role_id     = "${var.role_prefix}_${each.key}"
  title       = each.value.title
  description = "Managed by Arco's Terraform; granted on workspace buckets only."
  permissions = each.value.permissions
  stage       = "GA"
}
