output "bucket" {
  description = "Name of the bucket, once its policy is in force."
  value       = local.bucket_name
  depends_on  = [google_storage_bucket_iam_policy.catalog]
}

output "accounts" {
  description = "E-mail of each account, once the bucket policy is in force."
  value       = local.emails
  depends_on  = [google_storage_bucket_iam_policy.catalog]
}
