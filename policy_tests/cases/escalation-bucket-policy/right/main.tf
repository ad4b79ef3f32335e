resource "google_project_iam_custom_role" "inspect" {
  project     = "demo-project"
  role_id     = "inspect"
  title       = "inspect"
  permissions = ["storage.buckets.getIamPolicy"]
}

resource "google_storage_bucket_iam_member" "ann" {
  bucket = "demo"
  role   = google_project_iam_custom_role.inspect.name
  member = "user:ann@example.com"
}
