"""What `docs/emulator.md` tells a reader to run is run, as it stands there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from arco.emulator.assumptions import ASSUMPTIONS
from tests.fakes.emulator_process import Running, running
from tests.tree import ROOT, read

DOCUMENT = Path("docs/emulator.md")
_START = re.compile(r"<!-- start -->\n```sh\narco emulator (.*)\n```")
_RECIPE = re.compile(r"<!-- recipe -->\n```(python|sh)\n(.*?)```", re.DOTALL)
# Stands in for curl, which not every machine has: a header, and an address.
_CURL = """#!{python}
import sys, urllib.request
option, header, address = sys.argv[1:]
assert option == "-H"
name, _, value = header.partition(": ")
print(urllib.request.urlopen(urllib.request.Request(address, headers={{name: value}})).read().decode())
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that holds what a reader has: the infrastructure, and a curl."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "infra").symlink_to(ROOT / "infra")
    shim = folder / "bin" / "curl"
    shim.parent.mkdir()
    shim.write_text(_CURL.format(python=sys.executable), encoding="utf-8")
    shim.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def started(place: Path) -> Iterator[Running]:
    """Start the emulator as the document does, on a free port."""
    match = _START.search(read(DOCUMENT))
    assert match is not None
    with running(*shlex.split(match[1]), cwd=place) as process:
        yield process


def _recipes(language: str) -> list[str]:
    return [code for named, code in _RECIPE.findall(read(DOCUMENT)) if named == language]


def _run(place: Path, *arguments: str) -> str:
    path = f"{place / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin"
    environment = {"PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(arguments, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_program_is_refused_by_name(place: Path, started: Running) -> None:
    """It prints who, what and on which resource."""
    program = _recipes("python")[0]
    printed = _run(place, sys.executable, "-c", program)

    assert started.start["buckets"]
    wanted = (
        "api-909d8cc8ee@",
        "storage.objects.create",
        "arco-909d8cc8ee4b07d6/objects/tenant=acme-2/workspace=prod/state/x",
    )
    assert [text for text in wanted if text not in printed] == []


def test_shell_lists(place: Path, started: Running) -> None:
    """The first account of the file may list."""
    assert len(_recipes("sh")) == 1
    assert json.loads(_run(place, "/bin/sh", "-ec", _recipes("sh")[0]))["kind"] == "storage#objects"
    assert started.process.poll() is None


def test_fixture_serves_a_test(place: Path) -> None:
    """The test of the document runs, with an emulator of its own."""
    test = place / "test_reader.py"
    test.write_text(_recipes("python")[1], encoding="utf-8")
    printed = _run(place, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test))

    assert "1 passed" in printed


def test_every_assumption_is_in_the_document() -> None:
    """By its number, and no other."""
    numbers = re.findall(r"^\| (A\d+) \|", read(DOCUMENT), re.MULTILINE)

    assert numbers == [number for number, _ in ASSUMPTIONS]
