# This is the policy: account -> root -> verb (roles.tf of the root module says what a verb may do).
# Nobody may overwrite or delete under ledger/, manifests/ or quarantine/; see infra/access_matrix.txt.
locals {
  grants = {
    api = {
      heads     = "get"
      l0        = "get"
      ledger    = "create"
      locks     = "swap"
      manifests = "get"
      state     = "get"
    }
    compactor = {
      heads      = "swap"
      l0         = "create"
      ledger     = "get"
      locks      = "swap"
      manifests  = "create"
      quarantine = "create"
      state      = "create"
    }
    antientropy = {
      cursors   = "swap"
      heads     = "get"
      manifests = "get"
    }
    reader = {
      heads     = "get"
      l0        = "get"
      manifests = "get"
      state     = "get"
    }
    gc = {
      heads     = "get"
      l0        = "sweep"
      manifests = "get"
      state     = "sweep"
    }
    # Calls the services; holds nothing in storage.
    invoker = {}
  }

  # The only accounts that may list the bucket.
  listers = ["antientropy", "gc"]
}
