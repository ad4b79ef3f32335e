"""An endpoint of Cloud Storage that enforces the IAM of a Terraform plan, for the unmodified Google client."""
