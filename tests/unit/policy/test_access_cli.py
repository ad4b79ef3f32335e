"""`arco policy who-can` and `arco policy diff`: what they print, and their exit codes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from arco.cli import main

_ROOT = Path(__file__).parents[3]
_PLANS = _ROOT / "tests" / "terraform" / "plans"
_TERRAFORM = str(_ROOT / "infra" / "terraform")
_DEV = str(_ROOT / "infra" / "environments" / "dev.tfvars")
_MATRIX = str(_ROOT / "infra" / "access_matrix.txt")
_NAME = "tenant=acme/workspace=prod/ledger/x"
_GRANT = r"""
variable "folder" {
  type    = string
  default = "a/"
}

resource "google_storage_bucket_iam_member" "m" {
  bucket = "demo"
  role   = "roles/storage.legacyObjectReader"
  member = "user:ann@example.com"

  condition {
    title      = "one folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/${var.folder}\")"
  }
}
"""
_IDENTITY = 'resource "google_project_service_identity" "x" {\n  service = "run.googleapis.com"\n}\n'
_UNKNOWN = _IDENTITY + _GRANT.replace(
    "user:ann@example.com", "serviceAccount:${google_project_service_identity.x.email}"
)


def _source(directory: Path, text: str = _GRANT) -> str:
    directory.mkdir(exist_ok=True)
    (directory / "main.tf").write_text(text, encoding="utf-8")
    return str(directory)


def _variables(path: Path, folder: str) -> str:
    path.write_text(f'folder = "{folder}"\n', encoding="utf-8")
    return str(path)


def test_who_can_lists_accounts_with_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Roles by name, the grant of each, and where it is written."""
    arguments = ["storage.objects.create", _NAME, _TERRAFORM, "--var-file", _DEV, "--matrix", _MATRIX]

    code = main(["policy", "who-can", *arguments])

    output = capsys.readouterr().out
    assert code == 0
    assert output.startswith("1 principal may use storage.objects.create on gs://arco-")
    assert "yes: api of acme/prod (serviceAccount:api-" in output
    assert "iam_conditions.tf:12  module.workspace" in output


def test_who_can_gives_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For programs: the same, with nothing to parse."""
    code = main(
        [
            "policy",
            "who-can",
            "storage.objects.create",
            _NAME,
            str(_PLANS / "dev.plan.json"),
            "--json",
            "--matrix",
            _MATRIX,
        ]
    )

    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (document["schema_version"], document["settled"], document["unsettled"]) == (1, True, [])
    assert [(item["named"][:15], item["verdict"]) for item in document["who_may"]] == [("api of acme/pro", "yes")]


def test_who_can_is_1_where_somebody_is_not_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script must not go on with a list that may lack somebody."""
    source = _source(tmp_path, _UNKNOWN)

    code = main(["policy", "who-can", "storage.objects.get", "gs://demo/a/x", source])

    output = capsys.readouterr().out
    assert code == 1
    assert output.startswith(
        "nobody in this input may use storage.objects.get on gs://demo/a/x\nundecided: member of google_"
    )


def test_equal_inputs_are_0(capsys: pytest.CaptureFixture[str]) -> None:
    """Source and the plan that Terraform made of it give the same access; the variables are the directory's."""
    code = main(["policy", "diff", _TERRAFORM, str(_PLANS / "dev.plan.json"), "--var-file", _DEV])

    output = capsys.readouterr().out
    assert code == 0
    assert output.splitlines()[-1].startswith(
        "no access is gained or lost (84 grants, then 84; 17 principals, 3 buckets;"
    )


def test_a_difference_is_1_and_shows_the_grant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who, what, the shortest name, and the line; gained before lost."""
    source = _source(tmp_path / "x")
    arguments = [source, source, "--head-var-file", _variables(tmp_path / "b.tfvars", "b/")]

    code = main(["policy", "diff", *arguments])

    output = capsys.readouterr().out
    assert code == 1
    assert output.startswith("gained: user:ann@example.com\n   + storage.objects.get\n")
    assert "on objects of bucket demo, such as gs://demo/b/\n  --> in the head: " in output
    assert "\nlost: user:ann@example.com\n   - storage.objects.get\n" in output
    assert "main.tf:" in output
    assert "1 principal gains access, 1 principal loses access (1 grants" not in output
    assert "1 principal gains access, 1 principal loses access (1 grant, then 1;" in output


def test_variables_of_one_side_are_its_own(tmp_path: Path) -> None:
    """What is given for both is the same for both, and what is given for one comes behind it."""
    source = _source(tmp_path / "x")
    both, other = _variables(tmp_path / "a.tfvars", "c/"), _variables(tmp_path / "b.tfvars", "c/")

    assert main(["policy", "diff", source, source, "--var-file", both]) == 0
    assert main(["policy", "diff", source, source, "--var-file", both, "--base-var-file", other]) == 0
    assert main(["policy", "diff", source, source, "--base-var-file", other]) == 1


def test_a_difference_in_json_joins_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each change with its grant and its witnesses."""
    source = _source(tmp_path / "x")

    code = main(["policy", "diff", source, source, "--json", "--head-var-file", _variables(tmp_path / "b.tfvars", "a")])

    document = json.loads(capsys.readouterr().out)
    assert (code, document["verdict"], document["schema_version"]) == (1, "different", 1)
    (change,) = document["changes"]
    assert (change["direction"], change["principal"]) == ("gained", "user:ann@example.com")
    assert change["shown"][0]["witness"] == "gs://demo/a"
    assert change["grant"]["location"]["line"] > 1


def test_what_nobody_decides_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown grant on both sides may be two different ones."""
    source = _source(tmp_path, _UNKNOWN)

    code = main(["policy", "diff", source, source])

    output = capsys.readouterr().out
    assert code == 1
    assert output.startswith("undecided: member of google_storage_bucket_iam_member.m, in the base and the head\n")
    assert "\n1 undecided (" in output


def test_one_side_may_be_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gives the plan of today; two pipes there are not."""
    plan = (_PLANS / "dev.plan.json").read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(plan)))

    assert main(["policy", "diff", "-", str(_PLANS / "dev.plan.json")]) == 0
    assert main(["policy", "diff", "-", "-"]) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["{plan}", "{plan}", "--var-file", _DEV], 2, "neither BASE nor HEAD is one"),
        (["{plan}", "{plan}", "--head-var-file", _DEV], 2, "a plan has its variables"),
        (["{plan}", "nowhere"], 2, "there is no such file or directory"),
        (["{empty}", "{empty}"], 3, "nothing to compare"),
    ],
)
def test_what_cannot_be_compared_is_2_or_3(
    arguments: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of this looks like "no difference"."""
    named = {"plan": str(_PLANS / "dev.plan.json"), "empty": _source(tmp_path, 'resource "random_id" "x" {}\n')}

    got = main(["policy", "diff", *(argument.format(**named) for argument in arguments)])

    assert got == code
    assert words in capsys.readouterr().err


def test_a_side_without_any_grant_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first grants of a repository are gained."""
    empty, source = _source(tmp_path / "e", 'resource "random_id" "x" {}\n'), _source(tmp_path / "x")

    assert main(["policy", "diff", empty, source]) == 1
    assert capsys.readouterr().out.startswith("gained: user:ann@example.com\n")


def test_a_grant_on_many_buckets_is_not_many_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three places are shown, the rest is counted; JSON has them all."""
    buckets = "".join(
        f'resource "google_storage_bucket" "b{number}" {{\n  name = "bucket-{number}"\n  project = "demo-project"\n'
        '  location = "EU"\n  uniform_bucket_level_access = true\n}\n'
        for number in range(9)
    )
    role = 'project = "demo-project"\n  role = "roles/storage.objectViewer"\n'
    grant = f'resource "google_project_iam_member" "m" {{\n  {role}'
    base = _source(tmp_path / "base", buckets)
    head = _source(tmp_path / "head", f'{buckets}{grant}  member = "user:eve@example.com"\n}}\n')

    codes = [main(["policy", "diff", base, head, *more]) for more in ([], ["--json"])]

    plain, _, document = capsys.readouterr().out.partition("\n{\n")
    assert codes == [1, 1]
    assert len(plain.splitlines()) < 30
    assert "… and on 7 more (all in --json)" in plain
    assert document.count('"witness": "gs://bucket-') >= 9
