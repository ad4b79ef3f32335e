"""Beside an emulator that is not ours, on what it does right: one sequence, all answers compared, differences told.

Without it, our emulator and our adapter could agree on something that Cloud Storage does not do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.differential.exchanges import facts_of
from tests.differential.steps import STEPS
from tests.differential.table import TABLE
from tests.fakes.emulated import ALICE, BUCKET, rights, running_emulated
from tests.fakes.gcs_emulator import make_bucket, running_emulator

_ABSENT: Final = "-"
_ALL: Final = sorted({row.permission for rows in TABLE.values() for row in rows})


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of `differences.toml`."""

    fact: str
    ours: str
    theirs: str
    why: str
    step: str = ".*"

    def tells(self, key: str, ours: str, theirs: str) -> bool:
        """Whether this row is about that difference."""
        step, _, fact = key.partition(": ")
        told = ((self.step, step), (self.fact, fact), (self.ours, ours), (self.theirs, theirs))
        return all(re.fullmatch(pattern, text, re.DOTALL) for pattern, text in told)


def _rows() -> list[Difference]:
    text = (Path(__file__).parent / "differences.toml").read_text(encoding="utf-8")
    return [Difference(**row) for row in tomllib.loads(text)["difference"]]


@pytest.fixture(name="both", scope="module")
def _both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """Give what both answer to the same sequence: ours, theirs."""
    with running_emulated(*rights(ALICE, *_ALL)) as emulated:
        ours = facts_of(emulated.endpoint, BUCKET, emulated.token(ALICE))
    with running_emulator(tmp_path_factory.mktemp("independent")) as endpoint:
        theirs = facts_of(endpoint, make_bucket(endpoint), "any")
    return ours, theirs


def _differences(both: tuple[dict[str, str], dict[str, str]]) -> list[tuple[str, str, str]]:
    ours, theirs = both
    keys = dict.fromkeys([*ours, *theirs])
    pairs = ((key, ours.get(key, _ABSENT), theirs.get(key, _ABSENT)) for key in keys)
    return [(key, mine, other) for key, mine, other in pairs if mine != other]


def test_differences_are_all_told(
    both: tuple[dict[str, str], dict[str, str]], record_property: Callable[[str, object], None]
) -> None:
    """What the two answer differently stands in `differences.toml`, with its reason."""
    found = _differences(both)
    rows = _rows()
    untold = [one for one in found if not any(row.tells(*one) for row in rows)]
    same = len(set(both[0]) & set(both[1])) - sum(1 for one in found if _ABSENT not in one[1:])
    text = f"{len(STEPS)} requests beside an independent emulator: {same} facts alike, {len(found)} told differences"
    record_property("agreement", text)

    assert untold == []
    assert same >= 1500


def test_told_differences_all_occur(both: tuple[dict[str, str], dict[str, str]]) -> None:
    """A row that tells of nothing any more is taken out, lest it hide what comes."""
    found = _differences(both)

    assert [row for row in _rows() if not any(row.tells(*one) for one in found)] == []
