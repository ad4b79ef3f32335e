locals {
  a = "x${}y"
}
resource "google_storage_bucket_iam_member" "m" {
  bucket = "demo"
  role   = "${~ ~}"
  member = "allUsers"
}
