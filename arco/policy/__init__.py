"""From a Terraform plan to a proof: who can do what, for all object names."""
