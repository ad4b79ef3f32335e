resource "google_project_iam_member" "writer" {
  project = "demo-project"
  role    = "roles/storage.objectCreator"
  member  = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.extract(\"projects/_/buckets/{bucket}/\") == \"logs\""
  }
}
