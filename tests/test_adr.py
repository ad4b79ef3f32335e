"""Decision records are complete, and what is said to enforce them is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tree import ROOT, files, read

FOLDER = Path("docs/adr")
INDEX = FOLDER / "README.md"
RECORDS = [path for path in files(".md") if path.parent == FOLDER and path != INDEX]
SECTIONS = ["Context", "Decision", "Invariants", "Consequences", "Rejected", "Enforced by"]

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


def _sections(record: Path) -> dict[str, str]:
    """Give the text of each section by its heading, in order."""
    parts = _SECTION.split(read(record))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_index_lists_every_record() -> None:
    """The index links each record once, in order, by the record's own title."""
    titles = [(path.name, read(path).splitlines()[0].removeprefix("# ")) for path in RECORDS]
    listed = re.findall(r"^\* \[(.+)\]\((.+\.md)\)", read(INDEX), re.MULTILINE)

    assert RECORDS
    assert [(file, title) for title, file in listed] == titles


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_is_numbered_as_its_file(record: Path) -> None:
    """Title and file name begin with the same four digits, which no other record has."""
    number = record.name[:4]

    assert re.match(rf"# {number}: \S", read(record))
    assert [path.name[:4] for path in RECORDS].count(number) == 1


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_record_has_every_section(record: Path) -> None:
    """A record has the six sections in their order, none of them empty."""
    sections = _sections(record)

    assert list(sections) == SECTIONS
    assert not [heading for heading, text in sections.items() if not text.strip()]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_context_tells_what_goes_wrong(record: Path) -> None:
    """The context has a numbered history that ends badly without the decision."""
    steps = re.findall(r"^(\d+)\. ", _sections(record)["Context"], re.MULTILINE)

    assert len(steps) > 1
    assert steps == [str(number) for number in range(1, len(steps) + 1)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_enforcers_exist(record: Path) -> None:
    """Every path under "Enforced by" exists, and there is at least one; `path::test` names a test in it."""
    named = re.findall(r"`([\w./*-]+/[\w./*-]*)(?:::(\w+))?`", _sections(record)["Enforced by"])
    absent = [path for path, _ in named if not list(ROOT.glob(path))]
    untested = [f"{path}::{test}" for path, test in named if test and f"def {test}(" not in read(Path(path))]

    assert named
    assert not absent
    assert not untested
