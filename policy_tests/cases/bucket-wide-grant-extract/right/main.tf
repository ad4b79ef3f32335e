resource "google_project_iam_member" "writer" {
  project = "demo-project"
  role    = "roles/storage.objectCreator"
  member  = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/logs/objects/a/\")"
  }
}
