resource "google_service_account" "writer" {
  project    = "demo-project"
  account_id = "writer"
}

resource "google_storage_bucket_iam_member" "writer" {
  bucket = "demo"
  role   = "roles/storage.objectCreator"
  member = google_service_account.writer.member

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}

resource "google_project_iam_member" "ann" {
  project = "demo-project"
  role    = "roles/browser"
  member  = "user:ann@example.com"
}
