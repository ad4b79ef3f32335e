"""Small edits of this repository's own Terraform and matrix: none changes access, or what is asked, in silence."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from arco.cli.main import main
from arco.errors import InputError
from arco.policy.case import open_case
from arco.policy.deployment import Deployment
from arco.policy.judge import judge
from arco.policy.matrix import parse_matrix
from arco.policy.terraform.static import load_directory
from tests.fuzz.mutated import HOSTILE
from tests.fuzz.small_plan import SMALL, load
from tests.fuzz.verdicts import MATRIX, MATRIX_TEXT, REFUSED, SAME, SILENT, TOLD, Original, within
from tests.tree import ROOT

_TOKENS = re.compile(r"[\w-]+|[^\w\s]")
# A cell, or the blank beside one: not the name of a role, of which a row of nothing may say nothing.
_CELL = re.compile(r"(?<=  )[-a-z]+ ?")
_FILES = ("iam.tf", "iam_conditions.tf", "grants.tf", "names.tf")
_VARIABLES = """\
project        = "arco-catalog-dev"
location       = "EUROPE-WEST3"
workspaces     = [{ tenant = "acme", workspace = "prod" }]
administrators = ["group:arco-administrators@example.com"]
"""
_PLACES_A_FILE = 40


def _loader(folder: Path, name: str) -> Callable[[str], Deployment]:
    """Lay out infra/ with one workspace, and give what loads it with another text of one module file."""
    shutil.copytree(ROOT / "infra/terraform", folder, dirs_exist_ok=True)
    variables = folder / "one.tfvars"
    variables.write_text(_VARIABLES)

    def loaded(text: str) -> Deployment:
        (folder / "modules/workspace" / name).write_text(text)
        return load_directory(folder, [variables])

    return loaded


def _without_comments(text: str) -> str:
    return re.sub(r"(?m)^\s*#.*$", "", text)


@pytest.mark.parametrize("name", _FILES)
def test_a_lost_token_of_terraform_does_not_pass_in_silence(name: str, tmp_path: Path) -> None:
    """Terraform refuses most of it, as static mode does; the rest leaves the grants, or breaks the matrix."""
    text = _without_comments((ROOT / "infra/terraform/modules/workspace" / name).read_text())
    original = Original.of(_loader(tmp_path, name), text)
    places = list(_TOKENS.finditer(text))
    verdicts: Counter[str] = Counter()
    silent = []
    # Evenly over the file: all of its tokens would take a minute, and these are always the same.
    for place in places[:: max(1, len(places) // _PLACES_A_FILE)]:
        verdict = original.verdict(text[: place.start()] + text[place.end() :])
        verdicts[verdict] += 1
        silent += [place] if verdict == SILENT else []

    assert silent == []
    assert verdicts[REFUSED] + verdicts[TOLD] > verdicts[SAME]


def test_every_changed_letter_of_the_matrix_is_noticed() -> None:
    """One more letter, one less or another in any cell is refused, or is not what the plan grants."""
    deployment = load(SMALL)
    head, table = MATRIX.head, MATRIX.body
    passed = []
    for found in _CELL.finditer(table, table.index("\n")):
        for letter in "cruodla-? ":
            for place in range(*found.span()):
                changed = head + table[:place] + letter + table[place + 1 :]
                passed += [changed] if letter != table[place] and _is_clean(deployment, changed) else []

    assert passed == []


def _is_clean(deployment: Deployment, text: str) -> bool:
    """Whether a matrix is accepted, holds other cells than ours, and nothing is found with it."""
    try:
        matrix = parse_matrix(text, "matrix.txt")
        return matrix.rows != MATRIX.rows and not judge(open_case(deployment, matrix), ["matrix-mismatch"]).errors
    except InputError:
        return False


@pytest.mark.parametrize("name", ["plan.json", "matrix.txt", "main.tf", "one.tfvars"])
@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_the_command_line_never_crashes_and_passes_nothing_hostile(
    name: str, hostile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hostile text in the middle of any input file: exit 0 only if it stands where it means nothing."""
    files = {"plan.json": SMALL, "matrix.txt": MATRIX_TEXT, "main.tf": "", "one.tfvars": ""}
    root = tmp_path / "root"
    _loader(root, "iam.tf")
    files["main.tf"] = (root / "main.tf").read_text()
    files["one.tfvars"] = _VARIABLES
    half = len(files[name]) // 2
    hostile_bytes = hostile.encode(errors="surrogatepass")
    places = {"plan.json": tmp_path / name, "matrix.txt": tmp_path / name, "main.tf": root / name}
    for other in ("plan.json", "matrix.txt"):
        places[other].write_text(files[other])
    changed = files[name][:half].encode() + hostile_bytes + files[name][half:].encode()
    places.get(name, root / name).write_bytes(changed)
    source = ["--var-file", str(root / "one.tfvars"), str(root)] if name in {"main.tf", "one.tfvars"} else []
    arguments = source or [str(places["plan.json"])]
    with within(10):
        code = main(["policy", "check", *arguments, "--matrix", str(places["matrix.txt"])])
    printed = capsys.readouterr()

    assert code in {0, 1, 2, 3}
    assert "this is a bug" not in printed.err
    assert code in {0, 1} or printed.err.startswith("error: ")
