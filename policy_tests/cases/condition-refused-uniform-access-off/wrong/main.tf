resource "google_storage_bucket" "demo" {
  project                     = "demo-project"
  name                        = "demo"
  location                    = "EU"
  uniform_bucket_level_access = false
}

resource "google_storage_bucket_iam_member" "reader" {
  bucket = google_storage_bucket.demo.name
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}
