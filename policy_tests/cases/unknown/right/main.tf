resource "google_service_account" "agent" {
  account_id = "agent-account"
  project    = "demo-project"
}

resource "google_project_service_identity" "agent" {
  project = "demo-project"
  service = "workflows.googleapis.com"
}

resource "google_storage_bucket_iam_member" "reader" {
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.agent.email}"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}
