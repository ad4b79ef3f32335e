# Every name is derived from literals, never read back from a resource, so that a first plan knows the whole policy.
# Joining with '-' would be ambiguous (a-b/c against a/b-c), and an account id has 30 characters: hence a digest.
locals {
  digest      = sha256("${var.project}/${var.tenant}/${var.workspace}")
  bucket_name = "arco-${substr(local.digest, 0, 16)}"

  account_ids = { for account in keys(local.grants) : account => "${account}-${substr(local.digest, 0, 10)}" }
  emails      = { for account, id in local.account_ids : account => "${id}@${var.project}.iam.gserviceaccount.com" }
  members     = { for account, email in local.emails : account => "serviceAccount:${email}" }
}
