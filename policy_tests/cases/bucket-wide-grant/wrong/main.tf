resource "google_storage_bucket_iam_member" "reader" {
  bucket = "demo"
  role   = "roles/storage.objectUser"
  member = "user:ann@example.com"
}
