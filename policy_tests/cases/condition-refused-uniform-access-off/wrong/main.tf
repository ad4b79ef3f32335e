resource "google_storage_bucket" "demo" {
  project                     = "demo-project"
  name                        = "demo"
  location                    = "EU"
  uniform_bucket_level_access = false
  public_access_prevention    = "enforced"
}

data "google_iam_policy" "demo" {
  binding {
    role    = "roles/storage.objectViewer"
    members = ["user:ann@example.com"]

    condition {
      title      = "one folder"
      expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
    }
  }
}

resource "google_storage_bucket_iam_policy" "demo" {
  bucket      = google_storage_bucket.demo.name
  policy_data = data.google_iam_policy.demo.policy_data
}
