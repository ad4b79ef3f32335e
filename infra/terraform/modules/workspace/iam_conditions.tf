# One condition per root. Each is anchored at the bucket, holds nothing but a literal prefix, and ends in '/':
# without it, state would also cover state_old/ and statement.txt.
# No type guard: naming the object type in any condition makes managed folders impossible in the whole project,
# and a name that begins with .../objects/ is already false for the bucket itself.
locals {
  scope = "projects/_/buckets/${local.bucket_name}/objects/tenant=${var.tenant}/workspace=${var.workspace}/"

  conditions = {
    cursors    = "resource.name.startsWith(\"${local.scope}cursors/\")"
    heads      = "resource.name.startsWith(\"${local.scope}heads/\")"
    l0         = "resource.name.startsWith(\"${local.scope}l0/\")"
    ledger     = "resource.name.startsWith(\"${local.scope}ledger/\")"
    locks      = "resource.name.startsWith(\"${local.scope}locks/\")"
    manifests  = "resource.name.startsWith(\"${local.scope}manifests/\")"
    quarantine = "resource.name.startsWith(\"${local.scope}quarantine/\")"
    state      = "resource.name.startsWith(\"${local.scope}state/\")"
  }
}
