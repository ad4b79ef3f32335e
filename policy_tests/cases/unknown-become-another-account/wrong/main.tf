resource "google_storage_bucket_iam_member" "reader" {
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}

resource "google_service_account_iam_member" "operator" {
  service_account_id = "projects/demo-project/serviceAccounts/agent@demo-project.iam.gserviceaccount.com"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "user:ann@example.com"
}
