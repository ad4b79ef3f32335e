"""Every mutant that changes access is caught, with a witness that is true; none that changes nothing is flagged.

Whether a mutant changes access is decided by an evaluator over a closed set of names, and by Z3 (see `access.py`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from policy_tests.mutation.counts import Tally, table
from policy_tests.mutation.operators import Changed, Operator
from policy_tests.mutation.plans import Plan, recorded
from policy_tests.mutation.verdicts import OPERATORS, judged, tally

_FLOORS: dict[str, dict[str, int]] = tomllib.loads(
    (Path(__file__).with_name("floors.toml")).read_text(encoding="utf-8")
)
_GOOD = {1: recorded("acme/prod"), 2: recorded("acme/prod", "acme-2/prod")}
_OPERATORS_MIN, _MUTANTS_MIN, _PRESERVING_MIN = 20, 5, 40


@pytest.mark.parametrize("operator", OPERATORS, ids=[operator.name for operator in OPERATORS])
def test_the_gate_is_right_about_every_mutant(
    operator: Operator, record_property: Callable[[str, object], None]
) -> None:
    """Changing mutants are caught by check and shown by diff; preserving ones by neither; nothing shown is untrue."""
    mutants = list(judged(operator))

    counted = tally(operator.name, mutants)
    record_property("mutants", str(counted))

    assert [fault for mutant in mutants for fault in mutant.faults] == []
    assert not (operator.preserving and counted.changing)
    assert {"mutants": counted.mutants, "changing": counted.changing} == _FLOORS[operator.name]


def test_no_operator_is_lost() -> None:
    """What is counted once is counted for ever: an operator that makes fewer mutants, or is gone, is red."""
    floors = list(_FLOORS.values())

    assert list(_FLOORS) == [operator.name for operator in OPERATORS]
    assert len(floors) >= _OPERATORS_MIN
    assert min(floor["mutants"] for floor in floors) >= _MUTANTS_MIN
    assert sum(_FLOORS[operator.name]["mutants"] for operator in OPERATORS if operator.preserving) >= _PRESERVING_MIN
    assert {floor["changing"] for floor, o in zip(floors, OPERATORS, strict=True) if o.preserving} == {0}
    assert all(floor["changing"] for floor, o in zip(floors, OPERATORS, strict=True) if not o.preserving)


def test_no_mutant_is_counted_twice() -> None:
    """Each differs from the good input and from every other of its operator, so that a count counts what it says."""
    made = {o.name: [_content(mutant) for _, mutant in o.make(_GOOD[o.workspaces])] for o in OPERATORS}

    assert {name for name, mutants in made.items() if len(set(mutants)) < len(mutants)} == set()
    assert {name for name, mutants in made.items() if {plan.text for plan in _GOOD.values()} & set(mutants)} == set()


def _content(mutant: Changed) -> str:
    return mutant.text if isinstance(mutant, Plan) else str(mutant)


def test_the_sums_are_spelled() -> None:
    """The table that a run prints: one line an operator, and the sums."""
    lines = table([Tally("one", 8, 8, 8, 8, 0), Tally("two", 5, 0, 0, 0, 1)]).splitlines()

    assert [Tally.read(line).name for line in lines[1:]] == ["one", "two", "2 operators"]
    assert lines[-1].split() == ["2", "operators", "13", "8", "8", "8", "1"]
