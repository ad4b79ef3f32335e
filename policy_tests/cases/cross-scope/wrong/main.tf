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
  extra = [{
    role       = "projects/${var.project}/roles/b_get"
    members    = ["serviceAccount:api-a@${var.project}.iam.gserviceaccount.com"]
    title      = "extra"
    expression = "resource.name.startsWith(\"projects/_/buckets/lake-b/objects/ws=b/state/\")"
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
