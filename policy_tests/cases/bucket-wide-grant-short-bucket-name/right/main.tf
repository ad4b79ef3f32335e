resource "google_storage_bucket" "demo" {
  project                     = "demo-project"
  name                        = "demo"
  location                    = "EU"
  uniform_bucket_level_access = true
}

resource "google_storage_bucket_iam_member" "reader" {
  bucket = "b/demo"
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}
