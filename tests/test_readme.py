"""The README's finding is real: the gate prints every line of it for the slash that the text speaks of."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from arco.cli import main

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"<!-- finding -->\n```text\n(.*?)```\n<!-- /finding -->", re.DOTALL)
_CONDITIONS = Path("infra/terraform/modules/workspace/iam_conditions.tf")


def test_the_finding_is_what_the_gate_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever drops the slash sees these lines."""
    shutil.copytree(ROOT / "infra", tmp_path / "infra")
    source = (tmp_path / _CONDITIONS).read_text(encoding="utf-8")
    (tmp_path / _CONDITIONS).write_text(source.replace('state/\\")"', 'state\\")"'), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    inputs = ["infra/terraform", "--var-file", "infra/environments/dev.tfvars", "--matrix", "infra/access_matrix.txt"]
    code = main(["policy", "matrix", *inputs, "--check"])

    block = _BLOCK.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert block is not None
    printed = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line for line in block[1].splitlines() if line not in printed] == []
