resource "google_project_iam_member" "reader" {
  project = "demo-project"
  role    = "roles/storage.objectViewer"
  member  = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.type == \"storage.googleapis.com/Object\" && resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}
