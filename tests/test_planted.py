"""Planted violations are caught, a harmless edit is not taken for one, and every check of the form has its row."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.planted.replay import command, copy_tree, replay, run
from tests.planted.table import Edit, TableError, Violation, load, parse
from tests.tree import ROOT, read

ROWS = load()
SAMPLE = [row for row in ROWS if row.sample]
# A check that is quick and has nothing to do with the code: for the tests of the harness itself.
CHECK = "pytest:tests/test_tidy.py::test_ci_runs_only_targets_of_the_makefile"
GOOD: dict[str, Any] = {
    "id": "x",
    "check": "ruff",
    "expect": "F401",
    "file": "arco/errors.py",
    "append": "\nimport json\n",
}


def _row(**changes: object) -> dict[str, Any]:
    return {key: value for key, value in (GOOD | changes).items() if value is not None}


def _violation(append: str, *, check: str = CHECK, expect: str = "surprise") -> Violation:
    return Violation("x", check, expect, Edit(".ci/run", append=append), sample=False)


def test_sample_is_caught() -> None:
    """Each violation of the sample turns its check red, and the check is green without it."""
    failures = replay(SAMPLE)

    assert SAMPLE
    assert not failures, "\n".join(map(str, failures))


def test_harmless_edit_is_a_survivor() -> None:
    """An edit that breaks nothing is reported: the harness does not take any edit for a violation."""
    (failure,) = replay([_violation("# surprise\n")])

    assert failure.reason == f"survived: {CHECK} stays green"


def test_failure_for_another_reason_is_reported() -> None:
    """A check that is red but does not say the expected words has not caught the violation."""
    (failure,) = replay([_violation("surprise\n", expect="something else")])

    assert failure.reason == f"{CHECK} fails, but does not say 'something else'"
    assert "surprise" in str(failure)


def test_check_that_is_always_red_proves_nothing() -> None:
    """A check that fails on the clean copy is reported, whatever its rows say."""
    (failure,) = replay([_violation("surprise\n", check="pytest:tests/gone.py", expect="gone")])

    assert failure.name == "pytest:tests/gone.py"
    assert "fails without a violation" in failure.reason


def test_stale_row_is_reported() -> None:
    """A row that no longer fits the tree is reported, and not taken for a caught violation."""
    (failure,) = replay([Violation("x", CHECK, "surprise", Edit(".ci/gone", append="surprise\n"), sample=False)])

    assert failure.reason == "stale: the file does not exist file=gone"


@pytest.mark.parametrize(
    "edit",
    [
        Edit("a.py", find="y", replace="z"),
        Edit("a.py", find="x", replace="z"),
        Edit("gone.py", append="x"),
        Edit("gone.py", delete=True),
        Edit("a.py", create="x"),
    ],
    ids=["not found", "found often", "append to nothing", "delete nothing", "create what exists"],
)
def test_edit_that_does_not_fit_is_refused(tmp_path: Path, edit: Edit) -> None:
    """An edit changes a file that is there in the one place that it names, or makes one that is not there."""
    (tmp_path / "a.py").write_text("x = x\n")

    with pytest.raises(TableError, match=r"file=\w+\.py"):
        edit.apply(tmp_path)


def test_copy_imports_its_own_package(tmp_path: Path) -> None:
    """In a copy, `import arco` finds the copy and not the installed package, in plain Python and under pytest."""
    copy_tree(tmp_path)
    test = "import arco, pathlib\n\ndef test_where():\n    assert pathlib.Path(arco.__file__).is_relative_to({!r})\n"
    (tmp_path / "test_where.py").write_text(test.format(str(tmp_path)))
    green, output = run("pytest:test_where.py", tmp_path)

    assert green, output


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (_row(expect=None), "incomplete"),
        (_row(expect=" "), "empty text"),
        (_row(append=""), "empty text"),
        (_row(append=None), "one edit"),
        (_row(delete=True), "one edit"),
        (_row(append=None, find="x"), "one edit"),
        (_row(appendix="x"), "nobody reads"),
        (_row(file="../outside"), "outside the tree"),
    ],
)
def test_bad_row_is_refused(row: dict[str, Any], message: str) -> None:
    """A row that proves nothing as it is written is refused when it is read."""
    with pytest.raises(TableError, match=message):
        parse(row)


@pytest.mark.parametrize("check", ["", "rufff", "pytest", "pytest:", "gate:"])
def test_unknown_check_is_refused(check: str) -> None:
    """A check outside the closed set is an error, not a check that passes."""
    with pytest.raises(TableError, match="no such check"):
        command(check)


def test_empty_table_is_refused(tmp_path: Path) -> None:
    """A folder without rows is an error: nothing planted is nothing proved."""
    with pytest.raises(TableError, match="no violations are planted"):
        load(tmp_path)


def test_repeated_id_is_refused(tmp_path: Path) -> None:
    """Two rows with one id are refused, whichever files they stand in."""
    row = '[[planted]]\nid = "x"\ncheck = "ruff"\nexpect = "F401"\nfile = "a.py"\nappend = "x"\n'
    (tmp_path / "a.toml").write_text(row)
    (tmp_path / "b.toml").write_text(row)

    with pytest.raises(TableError, match="more than once"):
        load(tmp_path)


def test_every_check_of_the_form_has_a_violation() -> None:
    """Each linter, import contract and test of tidiness, documents and records has a row that turns it red."""
    planted = {row.check for row in ROWS}
    said = "\n".join(row.expect for row in ROWS)
    tests = {
        f"pytest:tests/{name}.py::{node.name}"
        for name in ("test_tidy", "test_docs", "test_adr")
        for node in ast.parse(read(Path(f"tests/{name}.py"))).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {f"{contract['name']} BROKEN" for contract in settings["tool"]["importlinter"]["contracts"]}

    assert {"ruff", "format", "mypy", "basedpyright", "imports"} <= planted
    assert not tests - planted
    assert not {contract for contract in contracts if contract not in said}
