terraform {
  # 1.9 is the first core in which a validation may read more than its own variable.
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.13, < 8"
    }
  }
}

provider "google" {
  project = var.project
}
