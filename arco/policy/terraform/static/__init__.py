"""Static mode: a directory of Terraform, read without Terraform."""

from arco.policy.terraform.static._load import load_directory

__all__ = ["load_directory"]
