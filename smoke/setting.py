"""Where this repository keeps what is measured, and the answers to what Google does not document."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["ENVIRONMENT", "MATRIX", "SETTINGS", "TERRAFORM"]

_ROOT: Final = Path(__file__).resolve().parents[1]

TERRAFORM: Final = _ROOT / "infra/terraform"
ENVIRONMENT: Final = _ROOT / "infra/environments/dev.tfvars"
MATRIX: Final = _ROOT / "infra/access_matrix.txt"

SETTINGS: Final = tuple(
    f"--create-of-existing {create} --read-of-missing {read}" for create in (403, 412) for read in (404, 403)
)
