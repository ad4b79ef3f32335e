variable "project" {
  default = "demo-project"
}

variable "workspaces" {
  default = [{ name = "a" }, { name = "b" }]
}

module "lake" {
  source    = "../../../lake"
  project   = var.project
  workspace = "a"

  grants = [
    ["api", "get", "heads/"],
    ["api", "create", "ledger/"],
    ["api", "get", "state/"],
    ["compactor", "swap", "heads/"],
    ["compactor", "get", "ledger/"],
    ["compactor", "create", "state/"],
    ["gc", "sweep", "state/"],
  ]
}

module "other" {
  source    = "../../../lake"
  project   = var.project
  workspace = "b"

  grants = [
    ["api", "get", "heads/"],
    ["api", "create", "ledger/"],
    ["api", "get", "state/"],
    ["compactor", "swap", "heads/"],
    ["compactor", "get", "ledger/"],
    ["compactor", "create", "state/"],
    ["gc", "sweep", "state/"],
  ]
}

resource "google_project_iam_member" "extra" {
  project = var.project
  role    = "projects/${var.project}/roles/a_create"
  member  = "serviceAccount:api-a@${var.project}.iam.gserviceaccount.com"

  condition {
    title      = "ledger"
    expression = "resource.name.startsWith(\"projects/_/buckets/lake-a/objects/ws=a/ledger/\")"
  }
}
