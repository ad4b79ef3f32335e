"""Runs both type checkers over snippets, and compares what they report with what the snippets expect: exactly.

A snippet in `forbidden/` marks its one forbidden use at the end of the line, with what must be reported there:

    await reader.list_page(...)  # E: attr-defined reportAttributeAccessIssue

mypy's codes come first, basedpyright's second; several of one checker are joined by commas. What is reported anywhere
else, or with another code, or not at all, is a flaw. So a failed import, an unreachable line, a comment and a use that
is permitted are flaws too.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mypy.api

from tests.tree import ROOT

__all__ = ["ALLOWED", "FORBIDDEN", "Report", "Verdicts", "check", "expected", "flaws", "marked_lines"]

HERE = Path(__file__).resolve().parent
FORBIDDEN = HERE / "forbidden"
ALLOWED = HERE / "allowed"
MYPY = ["--strict", "--warn-unreachable", "--explicit-package-bases", "--config-file=", "--output=json"]
BASEDPYRIGHT = Path(sys.executable).parent / "basedpyright"

_MARK = re.compile(r"\S  # E: (?P<mypy>[a-z,-]+) (?P<basedpyright>[A-Za-z,]+)$")
_REPORTED = {"error", "warning"}


@dataclass(frozen=True, slots=True, order=True)
class Report:
    """What a checker said of one line; `code` is empty for what it has no code for."""

    line: int
    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The errors of each checker by file, and the notes of mypy, which answer `reveal_type`."""

    errors: dict[str, dict[Path, set[tuple[int, str]]]]
    notes: dict[Path, list[Report]]


def marked_lines(path: Path) -> list[int]:
    """Give the numbers of the lines that bear a mark, behind code."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return [number for number, line in lines if _MARK.search(line) and not line.lstrip().startswith("#")]


def expected(path: Path) -> dict[str, set[tuple[int, str]]]:
    """Read the marks of a snippet: the lines and codes that each checker must report."""
    wanted: dict[str, set[tuple[int, str]]] = {"mypy": set(), "basedpyright": set()}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := _MARK.search(line):
            for checker, codes in match.groupdict().items():
                wanted[checker] |= {(number, code) for code in codes.split(",")}
    return wanted


def check(paths: Iterable[Path], scratch: Path) -> Verdicts:
    """Run each checker once over all `paths`; caches and settings go to `scratch`."""
    chosen = sorted(path.resolve() for path in paths)
    if not chosen:
        message = "no snippets: nothing checked is nothing proved"
        raise ValueError(message)
    mypy_errors, notes = _mypy(chosen, scratch)
    return Verdicts({"mypy": mypy_errors, "basedpyright": _basedpyright(chosen, scratch)}, notes)


def flaws(path: Path, verdicts: Verdicts, *, forbidden: bool) -> list[str]:
    """Say what is wrong with a snippet: nothing, if both checkers reported what it marks and nothing else."""
    found = []
    if forbidden and len(marked_lines(path)) != 1:
        found.append(f"{path.name}: one live line is marked as forbidden, not {marked_lines(path)}")
    for checker, wanted in expected(path).items():
        reported = verdicts.errors[checker].get(path.resolve(), set())
        found += [f"{path.name}:{line}: {checker} accepts what must be {code}" for line, code in wanted - reported]
        found += [f"{path.name}:{line}: {checker} reports {code}, unexpected" for line, code in reported - wanted]
    return sorted(found)


def _mypy(paths: list[Path], scratch: Path) -> tuple[dict[Path, set[tuple[int, str]]], dict[Path, list[Report]]]:
    with contextlib.chdir(ROOT):
        out, err, _ = mypy.api.run([*MYPY, f"--cache-dir={scratch / 'mypy'}", *map(str, paths)])
        said = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        strange = [line for line in out.splitlines() if not line.startswith(("{", "Found ", "Success"))]
        if err or strange:
            message = f"mypy did not check the snippets: {err}{strange}"
            raise RuntimeError(message)
        errors: dict[Path, set[tuple[int, str]]] = {}
        notes: dict[Path, list[Report]] = {}
        for one in said:
            path = Path(one["file"]).resolve()
            if one["severity"] in _REPORTED:
                errors.setdefault(path, set()).add((one["line"], one["code"] or ""))
            else:
                notes.setdefault(path, []).append(Report(one["line"], one["code"] or "", one["message"]))
    return errors, notes


def _basedpyright(paths: list[Path], scratch: Path) -> dict[Path, set[tuple[int, str]]]:
    settings = {
        "include": [str(path) for path in paths],
        "extraPaths": [str(ROOT)],
        "typeCheckingMode": "standard",
        "pythonVersion": "3.11",
    }
    project = scratch / "pyrightconfig.json"
    project.write_text(json.dumps(settings), encoding="utf-8")
    words = [str(BASEDPYRIGHT), "--outputjson", "--pythonpath", sys.executable, "--project", str(project)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    said: dict[str, Any] = json.loads(done.stdout)
    if said["summary"]["filesAnalyzed"] != len(paths):
        message = f"basedpyright did not check the snippets: {said['summary']}{done.stderr}"
        raise RuntimeError(message)
    errors: dict[Path, set[tuple[int, str]]] = {}
    for one in said["generalDiagnostics"]:
        if one["severity"] in _REPORTED:
            line = one["range"]["start"]["line"] + 1
            errors.setdefault(Path(one["file"]).resolve(), set()).add((line, one.get("rule", "")))
    return errors
