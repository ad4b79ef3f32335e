"""Plan mode: what `terraform show -json PLAN` says Terraform would make."""

from __future__ import annotations

from arco.policy.terraform.plan._loader import load_plan, load_plan_bytes, load_plan_text

__all__ = ["load_plan", "load_plan_bytes", "load_plan_text"]
