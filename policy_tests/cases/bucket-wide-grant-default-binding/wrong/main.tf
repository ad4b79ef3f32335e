resource "google_storage_bucket" "demo" {
  project                     = "demo-project"
  name                        = "demo"
  location                    = "EU"
  uniform_bucket_level_access = true
}

resource "google_project_iam_member" "editor" {
  project = "demo-project"
  role    = "roles/editor"
  member  = "user:ann@example.com"
}

data "google_iam_policy" "demo" {
  binding {
    role    = "roles/storage.bucketViewer"
    members = ["group:operators@example.com"]
  }
}

resource "google_storage_bucket_iam_member" "demo" {
  bucket      = google_storage_bucket.demo.name
  role        = "roles/storage.bucketViewer"
  member      = "group:operators@example.com"
}
