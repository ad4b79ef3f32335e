resource "google_storage_bucket" "demo" {
  project                     = "demo-project"
  name                        = "demo"
  location                    = "EU"
  uniform_bucket_level_access = true
}

resource "google_project_iam_member" "writer" {
  project = "123456789012"
  role    = "roles/storage.objectCreator"
  member  = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/\")"
  }
}
