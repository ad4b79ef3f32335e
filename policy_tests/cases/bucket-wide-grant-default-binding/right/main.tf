resource "google_storage_bucket" "demo" {
  project                     = "demo-project"
  name                        = "demo"
  location                    = "EU"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
}

resource "google_project_iam_member" "viewer" {
  project = "demo-project"
  role    = "roles/viewer"
  member  = "user:ann@example.com"
}

data "google_iam_policy" "demo" {
  binding {
    role    = "roles/storage.bucketViewer"
    members = ["group:operators@example.com"]
  }
}

resource "google_storage_bucket_iam_policy" "demo" {
  bucket      = google_storage_bucket.demo.name
  policy_data = data.google_iam_policy.demo.policy_data
}
