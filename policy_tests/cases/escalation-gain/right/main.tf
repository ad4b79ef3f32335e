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

resource "google_storage_bucket_iam_member" "ann" {
  bucket = "demo"
  role   = "roles/storage.objectCreator"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}

resource "google_service_account_iam_member" "ann" {
  service_account_id = google_service_account.writer.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "user:ann@example.com"
}
