resource "google_storage_bucket_iam_member" "reader" {
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/b/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/c/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/d/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/e/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/f/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/g/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/h/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/i/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/j/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/k/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/l/\") || resource.name.startsWith(\"projects/_/buckets/demo/objects/m/\")"
  }
}
