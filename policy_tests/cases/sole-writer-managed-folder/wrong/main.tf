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

resource "google_storage_managed_folder_iam_member" "extra" {
  bucket         = "lake-a"
  managed_folder = "ws=a/state/"
  role           = "projects/${var.project}/roles/a_create"
  member         = "serviceAccount:api-a@${var.project}.iam.gserviceaccount.com"
}
