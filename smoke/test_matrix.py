"""The measured matrix is the reviewed one, whatever Google answers where it documents nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from arco.cli import main as arco
from smoke.emulated import emulated
from smoke.measure import Measured, measure
from smoke.report import difference, measured_body, reviewed_body
from smoke.setting import ENVIRONMENT, MATRIX, SETTINGS, TERRAFORM
from smoke.survey import Survey, open_survey


def _measured(survey: Survey, terraform: Path, setting: str) -> Measured:
    with emulated(
        terraform, ENVIRONMENT, survey.standing, elsewhere=survey.elsewhere, options=setting.split()
    ) as target:
        return measure(survey, target)


@pytest.mark.parametrize("setting", SETTINGS)
def test_measured_matrix_is_the_reviewed_one(survey: Survey, setting: str) -> None:
    """Cell by cell, with the real client and as each account: the same bytes, and nothing uncertain."""
    measured = _measured(survey, TERRAFORM, setting)

    assert measured.troubles == ()
    assert difference(survey, measured) == ""
    assert measured_body(survey.matrix.layout, measured) == reviewed_body(survey)
    assert measured.alive == len({holder.principal for holder in survey.holders}) == 7
    assert len(measured.observations) > 1500


def test_swapped_role_turns_proof_and_measurement_red_in_the_same_cell(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A role that may replace, in place of one that may read: both name the api's cell under state/."""
    module = tmp_path / "infra/terraform"
    shutil.copytree(TERRAFORM, module)
    grants = module / "modules/workspace/grants.tf"
    text = grants.read_text(encoding="utf-8")
    assert text.count('state     = "get"') == 2
    grants.write_text(text.replace('state     = "get"', 'state     = "swap"', 1), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    inputs = [str(module), "--var-file", str(ENVIRONMENT), "--matrix", str(MATRIX)]
    code = arco(["policy", "matrix", *inputs, "--check"])
    proof = capsys.readouterr().out

    measured = _measured(survey, module, SETTINGS[0])

    assert code == 1
    assert next(line for line in proof.splitlines() if line.startswith("api ")).split()[8] == "cro"
    assert "error[immutable-root-overwrite]" in proof
    assert measured.rows["api"]["state/"] == "cro"
    assert difference(survey, measured).splitlines()[-1] == "api state/: reviewed r, measured cro"


def test_every_workspace_is_asked() -> None:
    """Of the environment, none is left out, and no role in any of them."""
    survey = open_survey(TERRAFORM, ENVIRONMENT, MATRIX)

    asked = {(one.role, one.workspace.label) for one in survey.holders}
    assert {label for _, label in asked} == {"acme/prod", "acme/lab", "acme-2/prod"}
    assert len(asked) == 3 * len(survey.matrix.rows)
    assert survey.silent == ("group:arco-administrators@example.com",)
