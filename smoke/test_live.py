"""A live run refuses every project that nobody has allowed, before it asks for any credential."""

from __future__ import annotations

from pathlib import Path

import pytest

from arco.errors import ArcoError, InputError, UsageError
from smoke.__main__ import main
from smoke.live import check_allowed
from smoke.setting import ENVIRONMENT, MATRIX, TERRAFORM
from smoke.survey import Survey

PROJECT = "arco-catalog-dev"


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """Give a list that has the project, with a comment."""
    path = tmp_path / "projects.txt"
    path.write_text(f"# thrown away every night\n{PROJECT}  # mine\n", encoding="utf-8")
    return path


def test_allowed_project_is_taken(survey: Survey, allowed: Path) -> None:
    """The project of the variables, on the list."""
    bucket = survey.workspaces[0].bucket

    check_allowed(survey, bucket, PROJECT, "elsewhere", allowed)


def test_project_that_is_not_listed_is_refused(survey: Survey, tmp_path: Path) -> None:
    """Not even as a part of another name, nor behind a comment."""
    path = tmp_path / "projects.txt"
    path.write_text(f"{PROJECT}-2\n# {PROJECT}\n", encoding="utf-8")

    with pytest.raises(UsageError, match="not among those that may be measured"):
        check_allowed(survey, survey.workspaces[0].bucket, PROJECT, "elsewhere", path)


def test_list_that_cannot_be_read_is_refused(survey: Survey, tmp_path: Path) -> None:
    """Without a list nothing is allowed."""
    with pytest.raises(InputError, match="cannot read the allowed projects"):
        check_allowed(survey, survey.workspaces[0].bucket, PROJECT, "elsewhere", tmp_path / "absent")


def test_project_of_other_variables_is_refused(survey: Survey, tmp_path: Path) -> None:
    """Allowed, but not where the accounts of these variables are."""
    path = tmp_path / "projects.txt"
    path.write_text("another\n", encoding="utf-8")

    with pytest.raises(UsageError, match="another project"):
        check_allowed(survey, survey.workspaces[0].bucket, "another", "elsewhere", path)


@pytest.mark.parametrize(
    "given", [("b", None, "e", "f"), (None, "p", "e", "f"), ("b", "p", None, "f"), ("b", "p", "e", "")]
)
def test_half_a_target_is_refused(
    survey: Survey, allowed: Path, given: tuple[str | None, str | None, str | None, str]
) -> None:
    """A live run that is not wholly described does not begin."""
    bucket, project, elsewhere, listed = given

    with pytest.raises(ArcoError, match="is missing"):
        check_allowed(survey, bucket, project, elsewhere, allowed if listed else None)


def test_command_refuses_with_its_own_code(capsys: pytest.CaptureFixture[str], survey: Survey, tmp_path: Path) -> None:
    """Could not run is 2: neither the same nor different."""
    path = tmp_path / "projects.txt"
    path.write_text("", encoding="utf-8")
    inputs = [str(TERRAFORM), "--var-file", str(ENVIRONMENT), "--matrix", str(MATRIX)]
    live = ["--bucket", survey.workspaces[0].bucket, "--project", PROJECT, "--elsewhere", "e"]
    code = main([*inputs, *live, "--allowed-projects", str(path)])

    assert code == 2
    assert "not among those that may be measured" in capsys.readouterr().err


def test_bucket_of_no_workspace_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to measure is an error, and no measurement."""
    inputs = [str(TERRAFORM), "--var-file", str(ENVIRONMENT), "--matrix", str(MATRIX)]
    code = main([*inputs, "--bucket", "nobody-has-it", "--project", PROJECT])

    assert code == 2
    assert "nothing to measure" in capsys.readouterr().err
