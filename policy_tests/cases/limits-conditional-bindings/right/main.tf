locals {
  folders = range(100)
}

resource "google_storage_bucket_iam_member" "reader" {
  for_each = { for number in local.folders : "folder ${number}" => number }

  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "user:u${each.value}@example.com"

  condition {
    title      = each.key
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/${each.value}/\")"
  }
}
