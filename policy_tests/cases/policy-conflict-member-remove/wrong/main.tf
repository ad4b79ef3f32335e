resource "google_project_iam_member" "ann" {
  project = "demo-project"
  role    = "roles/browser"
  member  = "group:readers@example.com"
}

resource "google_project_iam_member_remove" "editor" {
  project = "demo-project"
  role    = "roles/browser"
  member  = "user:ann@example.com"
}
