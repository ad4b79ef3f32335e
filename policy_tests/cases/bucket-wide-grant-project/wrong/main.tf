resource "google_project_iam_member" "writer" {
  project = "demo-project"
  role    = "roles/storage.objectCreator"
  member  = "user:ann@example.com"
}
