resource "google_storage_bucket" "demo" {
  project                     = "demo-project"
  name                        = "demo"
  location                    = "EU"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
}

resource "google_storage_bucket_iam_policy" "demo" {
  bucket      = google_storage_bucket.demo.name
  policy_data = <<-EOT
    {
      "bindings": [{ "role": "roles/storage.bucketViewer", "members": ["user:ann@example.com"] }]
    }
  EOT
}
