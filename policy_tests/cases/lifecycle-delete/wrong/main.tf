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
  expires   = "ANY"

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
