resource "google_iam_workload_identity_pool_provider" "pipelines" {
  project                            = "demo-project"
  workload_identity_pool_id          = "pipelines"
  workload_identity_pool_provider_id = "issuer"

  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }

  oidc {
    issuer_uri = "https://issuer.example.com"
  }
}

resource "google_storage_bucket_iam_member" "pipelines" {
  bucket = "demo"
  role   = "roles/storage.objectCreator"
  member = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pipelines/*"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
  }
}
