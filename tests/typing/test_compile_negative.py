"""What a component must not do does not type-check, and its nearest permitted neighbour does: `-k compile_negative`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.typing.checkers import ALLOWED, FORBIDDEN, Verdicts, check, expected, flaws, marked_lines

SNIPPETS = sorted(FORBIDDEN.glob("*.py"))
TWINS = sorted(ALLOWED.glob("*.py"))
# A floor, so that a folder that was lost or moved is red.
SNIPPETS_MIN = 24
NAMED = {"ledger_cannot_state", "reader_cannot_list", "reader_cannot_put"}

CONTROL = """from arco.layout import LedgerKey
from arco.storage.capabilities import ReadStore


def use(reader: ReadStore[LedgerKey]) -> None:
    reveal_type(reader)
    reader.nothing
"""


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a snippet of which the checkers must complain, and say what its reader is."""
    path = tmp_path_factory.mktemp("control") / "control_snippet.py"
    path.write_text(CONTROL)
    return path


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory, control: Path) -> Verdicts:
    """Run both checkers once, over everything."""
    return check([*SNIPPETS, *TWINS, control], tmp_path_factory.mktemp("checkers"))


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.stem)
def test_compile_negative(snippet: Path, verdicts: Verdicts) -> None:
    """Both checkers refuse the marked line, for the reason that it names, and no other line."""
    found = flaws(snippet, verdicts, forbidden=True)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("twin", TWINS, ids=lambda path: path.stem)
def test_compile_negative_twin_passes(twin: Path, verdicts: Verdicts) -> None:
    """Both checkers accept what is permitted, so that the refusal is of the use and not of its surroundings."""
    found = flaws(twin, verdicts, forbidden=False)

    assert not expected(twin)["mypy"]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.stem)
def test_compile_negative_differs_from_its_twin_in_the_marked_line(snippet: Path) -> None:
    """A snippet and its twin are the same but for the one use."""
    ours = snippet.read_text(encoding="utf-8").splitlines()
    twins = (ALLOWED / snippet.name).read_text(encoding="utf-8").splitlines()

    assert len(ours) == len(twins)
    assert [number for number, pair in enumerate(zip(ours, twins, strict=True), 1) if len(set(pair)) > 1] == (
        marked_lines(snippet)
    )


def test_compile_negative_snippets_are_all_there() -> None:
    """Every snippet has its twin, and the named ones are among them."""
    names = {path.stem for path in SNIPPETS}

    assert len(names) >= SNIPPETS_MIN
    assert names == {path.stem for path in TWINS}
    assert names >= NAMED
    assert {"putstore_cannot_cas_ledger", "putstore_cannot_cas_state"} <= names


def test_compile_negative_control(control: Path, verdicts: Verdicts) -> None:
    """The checkers see our types, and not the Any that a failed import would leave, on which nothing is refused."""
    revealed = [note.message for note in verdicts.notes[control]]

    assert any("arco.storage.capabilities.ReadStore[arco.layout.LedgerKey]" in message for message in revealed)
    assert verdicts.errors["mypy"][control] == {(7, "attr-defined")}
    assert (7, "reportAttributeAccessIssue") in verdicts.errors["basedpyright"][control]
