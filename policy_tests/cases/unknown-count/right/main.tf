resource "random_integer" "number" {
  min = 0
  max = 1
}

resource "google_storage_bucket_iam_member" "reader" {
  count  = 1
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}
