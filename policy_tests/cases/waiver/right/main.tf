resource "google_storage_bucket_iam_member" "importer" {
  bucket = "demo"
  role   = "roles/storage.objectCreator"
  member = "serviceAccount:importer@demo-project.iam.gserviceaccount.com"

  condition {
    title      = "daily drops"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/drop-2027\")"
  }
}
