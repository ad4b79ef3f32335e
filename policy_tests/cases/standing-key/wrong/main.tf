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

resource "google_service_account" "idle" {
  project    = "demo-project"
  account_id = "an-idle-one"
}

resource "google_service_account_key" "key" {
  service_account_id = google_service_account.writer.name
}
