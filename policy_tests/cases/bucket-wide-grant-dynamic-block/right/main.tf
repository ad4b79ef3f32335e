resource "google_storage_bucket_iam_member" "reader" {
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"

  dynamic "condition" {
    for_each = ["one folder"]

    content {
      title      = condition.value
      expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
    }
  }
}
