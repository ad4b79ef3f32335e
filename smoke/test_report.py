"""The verdict is the last line, and green only for the same bytes, with nothing uncertain and something asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smoke.answers import Answer
from smoke.fold import Observation
from smoke.measure import Measured
from smoke.report import difference, rendered, reviewed_body, without_project
from smoke.survey import Survey


@pytest.fixture
def measured(survey: Survey) -> Measured:
    """Give a measurement of the reviewed matrix."""
    observation = Observation(survey.holders[0], "state/", "c", "somebody", Answer(allowed=False, said="denied"))
    rows = {role: dict(row) for role, row in survey.matrix.rows.items()}
    return Measured(rows, (observation,), (), 7)


def test_same_matrix_is_green(survey: Survey, measured: Measured) -> None:
    """The table, who was not asked, and the verdict with its counts."""
    text, same = rendered(survey, measured, "dev")

    assert same
    assert text.startswith(reviewed_body(survey))
    assert "group:arco-administrators@example.com" in text
    assert text.splitlines()[-1] == (
        "measured: as reviewed: 1 requests as 7 accounts, 1 refused with 403, 1 workspaces of dev"
    )


def test_another_letter_is_red_and_named(survey: Survey, measured: Measured) -> None:
    """One letter more in one cell."""
    measured.rows["gc"]["ledger/"] = "d"
    text, same = rendered(survey, measured, "dev")

    assert not same
    assert "gc ledger/: reviewed -, measured d" in text.splitlines()
    assert text.splitlines()[-1].startswith("measured: NOT as reviewed")


def test_trouble_is_red_although_the_bytes_are_the_same(survey: Survey, measured: Measured) -> None:
    """An account that was not alive, say."""
    text, same = rendered(survey, replace(measured, troubles=("somebody is not alive",)), "dev")

    assert not same
    assert "error[smoke]: somebody is not alive" in text.splitlines()


def test_long_trouble_is_counted(survey: Survey, measured: Measured) -> None:
    """A screen of it is shown, and the rest is not hidden."""
    text, _ = rendered(survey, replace(measured, troubles=tuple(f"number {number}" for number in range(25))), "dev")

    assert "error[smoke]: and 5 more" in text.splitlines()


def test_nothing_asked_is_red(survey: Survey, measured: Measured) -> None:
    """A measurement without a request has measured nothing."""
    _, same = rendered(survey, replace(measured, observations=()), "dev")

    assert not same


def test_only_the_last_column_is_left_out(survey: Survey) -> None:
    """Byte for byte, and every other column is there."""
    body = "role  a/  project\nx     cr  -\nyy    -   a\n"

    assert without_project(body) == "role  a/\nx     cr\nyy    -\n"
    assert reviewed_body(survey).splitlines()[0].split() == survey.matrix.body.splitlines()[0].split()[:-1]


def test_difference_of_the_same_is_empty(survey: Survey, measured: Measured) -> None:
    """Nothing is said where nothing differs."""
    assert difference(survey, measured) == ""
