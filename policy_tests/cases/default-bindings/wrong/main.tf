resource "google_storage_bucket" "demo" {
  project                     = "demo-project"
  name                        = "demo"
  location                    = "EU"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
}

resource "google_storage_bucket_iam_member" "demo" {
  bucket = google_storage_bucket.demo.name
  role   = "roles/storage.bucketViewer"
  member = "user:ann@example.com"
}
