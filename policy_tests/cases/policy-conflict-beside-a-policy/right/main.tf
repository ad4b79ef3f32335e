variable "project" {
  default = "demo-project"
}

variable "workspaces" {
  default = [{ name = "a" }]
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

resource "google_storage_bucket_iam_member" "beside" {
  bucket = "reports"
  role   = "projects/${var.project}/roles/a_get"
  member = "user:ann@example.com"

  condition {
    title      = "state"
    expression = "resource.name.startsWith(\"projects/_/buckets/reports/objects/ws=a/state/\")"
  }
}
