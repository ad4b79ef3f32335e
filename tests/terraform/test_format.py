"""The Terraform files are formatted as ``terraform fmt`` wants them, and stay small."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LINES_MAX = 150


def test_files_are_formatted(tmp_path: Path) -> None:
    """``terraform fmt -check`` has nothing to change under infra/."""
    binary = shutil.which("terraform")
    if binary is None:
        pytest.skip("terraform is not on PATH: formatting under infra/ was not checked")
    (tmp_path / "terraform.rc").write_text("disable_checkpoint = true\n")
    settings = {"TF_CLI_CONFIG_FILE": str(tmp_path / "terraform.rc"), "CHECKPOINT_DISABLE": "1", "HOME": str(tmp_path)}
    command = [binary, "fmt", "-check", "-diff", "-recursive", "infra"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False)

    assert done.returncode == 0, f"run: terraform fmt -recursive infra\n{done.stdout}{done.stderr}"


def test_files_are_small() -> None:
    """A file of one topic has fewer than 150 lines."""
    files = [*ROOT.glob("infra/terraform/**/*.tf"), *ROOT.glob("infra/environments/*.tfvars")]
    long = [path.name for path in files if len(path.read_text(encoding="utf-8").splitlines()) >= LINES_MAX]

    assert files
    assert not long
