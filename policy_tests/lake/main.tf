# A small lake that cases share: one bucket, whose whole policy is `grants`, `extra` and the listers.
variable "project" {
  type = string
}

variable "workspace" {
  type = string
}

# Account, verb, and the folder below the workspace's scope.
variable "grants" {
  type = list(list(string))
}

variable "extra" {
  type = list(object({
    role       = string
    members    = list(string)
    title      = string
    expression = string
  }))
  default = []
}

variable "listers" {
  type    = list(string)
  default = ["gc"]
}

variable "create" {
  type    = list(string)
  default = ["storage.objects.create", "storage.objects.get"]
}

# Which versions a lifecycle rule removes.
variable "expires" {
  type    = string
  default = "ARCHIVED"
}

variable "owned" {
  type    = bool
  default = true
}

locals {
  bucket = "lake-${var.workspace}"
  scope  = "projects/_/buckets/${local.bucket}/objects/ws=${var.workspace}/"

  permissions = {
    get    = ["storage.objects.get"]
    create = var.create
    swap   = ["storage.objects.create", "storage.objects.delete", "storage.objects.get"]
    sweep  = ["storage.objects.delete"]
    list   = ["storage.objects.list"]
  }

  roles = {
    for verb in keys(local.permissions) : verb => "projects/${var.project}/roles/${var.workspace}_${verb}"
  }

  bindings = [
    for grant in var.grants : {
      role       = local.roles[grant[1]]
      members    = ["serviceAccount:${grant[0]}-${var.workspace}@${var.project}.iam.gserviceaccount.com"]
      title      = join(" ", grant)
      expression = "resource.name.startsWith(\"${local.scope}${grant[2]}\")"
    }
  ]
}

resource "google_project_iam_custom_role" "verb" {
  for_each = local.permissions

  project     = var.project
  role_id     = "${var.workspace}_${each.key}"
  title       = each.key
  permissions = each.value
}

resource "google_storage_bucket" "lake" {
  project                     = var.project
  name                        = local.bucket
  location                    = "EUROPE-WEST3"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age        = 30
      with_state = var.expires
    }
  }
}

data "google_iam_policy" "lake" {
  dynamic "binding" {
    for_each = concat(local.bindings, var.extra)

    content {
      role    = binding.value.role
      members = binding.value.members

      condition {
        title      = binding.value.title
        expression = binding.value.expression
      }
    }
  }

  binding {
    role    = local.roles["list"]
    members = [for name in var.listers : "serviceAccount:${name}-${var.workspace}@${var.project}.iam.gserviceaccount.com"]
  }
}

resource "google_storage_bucket_iam_policy" "lake" {
  count = var.owned ? 1 : 0

  bucket      = local.bucket
  policy_data = data.google_iam_policy.lake.policy_data
}

resource "google_storage_bucket_iam_member" "loose" {
  for_each = var.owned ? {} : { for binding in local.bindings : binding.title => binding }

  bucket = local.bucket
  role   = each.value.role
  member = each.value.members[0]

  condition {
    title      = each.value.title
    expression = each.value.expression
  }
}

resource "google_storage_bucket_iam_binding" "listers" {
  count = var.owned ? 0 : 1

  bucket  = local.bucket
  role    = local.roles["list"]
  members = [for name in var.listers : "serviceAccount:${name}-${var.workspace}@${var.project}.iam.gserviceaccount.com"]
}
