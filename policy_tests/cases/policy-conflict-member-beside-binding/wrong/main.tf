resource "google_project_iam_binding" "viewers" {
  project = "demo-project"
  role    = "roles/browser"
  members = ["group:readers@example.com"]
}

resource "google_project_iam_member" "ann" {
  project = "demo-project"
  role    = "roles/browser"
  member  = "user:ann@example.com"
}
