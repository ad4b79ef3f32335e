resource "google_storage_bucket_iam_binding" "readers" {
  bucket  = "demo"
  role    = "roles/storage.objectViewer"
  members = ["group:readers@example.com"]

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}

resource "google_storage_bucket_iam_binding" "partners" {
  bucket  = "demo"
  role    = "roles/storage.objectViewer"
  members = ["group:partners@example.com"]

  condition {
    title      = "another"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}
