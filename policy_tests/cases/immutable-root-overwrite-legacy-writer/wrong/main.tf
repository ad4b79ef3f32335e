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
  extra = [{
    role       = "roles/storage.legacyBucketWriter"
    members    = ["serviceAccount:api-a@${var.project}.iam.gserviceaccount.com"]
    title      = "extra"
    expression = "resource.name.startsWith(\"projects/_/buckets/lake-a/objects/ws=a/state/\")"
  }]

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
