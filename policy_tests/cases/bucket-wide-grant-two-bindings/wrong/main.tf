resource "google_storage_bucket_iam_member" "one" {
  bucket = "demo"
  role   = "roles/storage.objectCreator"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}

resource "google_storage_bucket_iam_member" "two" {
  bucket = "demo"
  role   = "roles/storage.objectCreator"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "!resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}
