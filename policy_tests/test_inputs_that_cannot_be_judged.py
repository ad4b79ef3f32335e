"""What cannot be judged is refused: exit 2 or 3, a message that names the file and what to do, and no traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arco.cli import main
from policy_tests.inputs import ENVIRONMENTS, MATRIX, MODULES, plan_of

_VARIABLES = ["--var-file", str(ENVIRONMENTS[0])]
_GRANT = """
resource "google_storage_bucket_iam_member" "m" {
  bucket = "demo"
  role   = "roles/storage.objectViewer"
  member = "user:ann@example.com"
}
"""
Fails = Callable[..., str]


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str]) -> Fails:
    """Run `arco policy check`, which must give an exit code, print nothing on stdout, and not crash."""

    def run(code: int, *arguments: str | Path, command: str = "check") -> str:
        assert main(["policy", command, *(str(argument) for argument in arguments)]) == code
        output = capsys.readouterr()
        assert output.out == ""
        assert output.err.startswith("error: ")
        assert "Traceback" not in output.err
        assert "bug in arco" not in output.err
        return output.err

    return run


def _plan(tmp_path: Path, **changes: Any) -> Path:  # noqa: ANN401 (any member of a plan)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(json.loads(plan_of("dev").read_text(encoding="utf-8")) | changes), encoding="utf-8")
    return path


def test_a_file_that_does_not_parse(fails: Fails, tmp_path: Path) -> None:
    """Terraform that is not Terraform: the line is named."""
    (tmp_path / "main.tf").write_text('resource "x" "y" {\n  a = \n}\n', encoding="utf-8")

    message = fails(2, tmp_path)

    assert f"{tmp_path / 'main.tf'}:2" in message


def test_a_directory_without_terraform(fails: Fails, tmp_path: Path) -> None:
    """An empty directory holds nothing to check, which is not the same as being clean."""
    message = fails(3, tmp_path)

    assert str(tmp_path) in message


def test_a_directory_without_grants(fails: Fails, tmp_path: Path) -> None:
    """Terraform that grants nothing to anybody is another input than the one that was meant."""
    (tmp_path / "main.tf").write_text('resource "google_storage_bucket" "b" {\n  name = "demo"\n}\n', encoding="utf-8")

    message = fails(3, tmp_path)

    assert "nothing to check" in message


def test_a_path_that_does_not_exist(fails: Fails, tmp_path: Path) -> None:
    """A misspelt path is named."""
    message = fails(2, tmp_path / "plan.jsn")

    assert "plan.jsn: there is no such file or directory" in message


@pytest.mark.parametrize("kept", [0, 1, 1000, 100_000])
def test_a_truncated_plan(fails: Fails, tmp_path: Path, kept: int) -> None:
    """A plan that was cut off, wherever, is not a smaller plan."""
    path = tmp_path / "plan.json"
    path.write_text(plan_of("dev").read_text(encoding="utf-8")[:kept], encoding="utf-8")

    message = fails(2, path)

    assert str(path) in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"errored": True}, "errored"),
        ({"complete": False}, "complete"),
        ({"format_version": "2.0"}, "format_version"),
        ({"deferred_changes": [{"reason": "provider_config_unknown"}]}, "defers"),
    ],
)
def test_a_plan_that_is_not_whole(fails: Fails, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """Terraform itself says that the plan is not all: so do we, and why."""
    path = _plan(tmp_path, **changes)

    message = fails(2, path, "--matrix", MATRIX)

    assert str(path) in message
    assert words in message


def test_json_that_is_not_a_plan(fails: Fails, tmp_path: Path) -> None:
    """Any other JSON document is refused."""
    path = tmp_path / "plan.json"
    path.write_text('{"bindings": []}', encoding="utf-8")

    message = fails(2, path)

    assert str(path) in message


def test_a_binary_plan(fails: Fails, tmp_path: Path) -> None:
    """The file that `terraform plan -out` writes must be shown as JSON first."""
    path = tmp_path / "plan.out"
    path.write_bytes(b"PK\x03\x04\x14\x00\x08\x00\x08\xff")

    message = fails(2, path)

    assert "terraform show -json" in message


def test_a_matrix_that_does_not_exist(fails: Fails, tmp_path: Path) -> None:
    """Rules that need a layout are not quietly left out."""
    message = fails(2, MODULES, *_VARIABLES, "--matrix", tmp_path / "missing.txt")

    assert "missing.txt: cannot read the access matrix" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no table"),
        ("hello world\n", "there is no table"),
        ("hello world\nrole  state/\n", "1: unknown statement 'hello'"),
        ("role  state/\n", "the header does not state 'project'"),
    ],
)
def test_a_matrix_of_nonsense(fails: Fails, tmp_path: Path, text: str, words: str) -> None:
    """What is not understood is refused, with the line."""
    path = tmp_path / "matrix.txt"
    path.write_text(text, encoding="utf-8")

    message = fails(2, MODULES, *_VARIABLES, "--matrix", path)

    assert str(path) in message
    assert words in message


def test_a_matrix_for_another_input(fails: Fails, tmp_path: Path) -> None:
    """An input without the variables that the matrix names cannot be held against it."""
    (tmp_path / "main.tf").write_text(_GRANT, encoding="utf-8")

    message = fails(2, tmp_path, "--matrix", MATRIX)

    assert "no variable 'project'" in message


def test_a_variable_file_that_does_not_exist(fails: Fails) -> None:
    """A misspelt environment is named."""
    message = fails(2, MODULES, "--var-file", "environments/tset.tfvars")

    assert "environments/tset.tfvars" in message


def test_a_missing_variable_file(fails: Fails) -> None:
    """Without values for its variables, a root module is not an input."""
    message = fails(2, MODULES, "--matrix", MATRIX)

    assert "set it in a variable file" in message


def test_a_variable_file_beside_a_plan(fails: Fails) -> None:
    """A plan has its variables: two sources of them would contradict each other."""
    message = fails(2, plan_of("dev"), *_VARIABLES)

    assert "--var-file goes with a directory" in message


def test_a_validation_that_fails(fails: Fails, tmp_path: Path) -> None:
    """What Terraform would refuse is not judged."""
    path = tmp_path / "bad.tfvars"
    path.write_text(ENVIRONMENTS[0].read_text(encoding="utf-8").replace("EUROPE", "europe"), encoding="utf-8")

    message = fails(2, MODULES, "--var-file", path)

    assert "location must be in capitals" in message


def test_a_rule_that_does_not_exist(fails: Fails) -> None:
    """A misspelt rule asks nothing, and is refused."""
    message = fails(2, MODULES, *_VARIABLES, "--rule", "sole-writers")

    assert "there is no rule 'sole-writers'" in message


def test_rules_that_need_a_matrix_without_one(fails: Fails) -> None:
    """Asked for rules that cannot be asked: nothing was decided, so nothing passes."""
    message = fails(2, MODULES, *_VARIABLES, "--rule", "sole-writer")

    assert "sole-writer need --matrix" in message
