"""A cell is certain or red: it is never filled from some of its answers, nor from none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from arco.policy.matrix import Holder
from smoke.answers import Answer
from smoke.fold import Observation, fold
from smoke.questions import letters_of
from smoke.services import ROLES
from smoke.survey import Survey

YES, NO = Answer(allowed=True, said="done"), Answer(allowed=False, said="denied")


def _expected(survey: Survey, holder: Holder, column: str, letter: str) -> bool:
    declared = survey.matrix.rows[holder.role][column]
    return letter in declared or (letter == "d" and "o" in declared)


@pytest.fixture
def observed(survey: Survey) -> list[Observation]:
    """Give answers as the reviewed matrix has them: one a cell, and one more through each view."""
    found: list[Observation] = []
    for holder in survey.holders:
        for column in survey.matrix.layout.columns[:-1]:
            for letter in letters_of(column):
                answer = YES if _expected(survey, holder, column, letter) else NO
                what = f"{holder.role} {letter} {column}"
                found.append(Observation(holder, column, letter, what, answer))
                if holder.role in ROLES and letter in survey.matrix.rows[holder.role][column]:
                    found.append(Observation(holder, column, letter, f"{what} by view", answer, by_view=True))
    return found


def _change(
    observed: list[Observation], role: str, column: str, letter: str, change: Callable[[Observation], Observation]
) -> list[Observation]:
    return [
        change(one) if (one.holder.role, one.column, one.letter) == (role, column, letter) else one for one in observed
    ]


def test_expected_answers_are_the_reviewed_matrix(survey: Survey, observed: list[Observation]) -> None:
    """Nothing is found where nothing is wrong."""
    rows, troubles = fold(survey, observed)

    assert troubles == []
    assert rows == {
        role: {column: letters for column, letters in row.items() if column != "project"}
        for role, row in survey.matrix.rows.items()
    }


def test_cell_that_was_not_asked_is_uncertain(survey: Survey, observed: list[Observation]) -> None:
    """A refusal that nobody has seen is none."""
    left = [one for one in observed if (one.holder.role, one.column, one.letter) != ("api", "state/", "d")]
    rows, troubles = fold(survey, left)

    assert rows["api"]["state/"] == "r?"
    assert troubles == ["api state/ 'd' was never asked in acme/prod"]


def test_cell_that_was_asked_through_views_alone_is_uncertain(survey: Survey, observed: list[Observation]) -> None:
    """What the services can do is not what their account can."""
    left = [
        one for one in observed if one.by_view or (one.holder.role, one.column, one.letter) != ("api", "ledger/", "c")
    ]
    rows, troubles = fold(survey, left)

    assert "?" in rows["api"]["ledger/"]
    assert "api ledger/ 'c' was never asked in acme/prod" in troubles


@pytest.mark.parametrize("said", ["404: absent", "412: exists", "503: later", "401: dead"])
def test_answer_that_is_neither_is_uncertain(survey: Survey, observed: list[Observation], said: str) -> None:
    """It names the instance, and what was said."""
    changed = _change(
        observed, "reader", "ledger/", "r", lambda one: replace(one, answer=Answer(allowed=None, said=said))
    )
    rows, troubles = fold(survey, changed)

    assert rows["reader"]["ledger/"] == "?"
    assert troubles == [f"reader ledger/ 'r' has no answer (reader r ledger/: {said})"]


def test_mixed_answers_are_uncertain(survey: Survey, observed: list[Observation]) -> None:
    """A letter that holds for some names only is named with one that it holds for."""
    (some,) = (one for one in observed if (one.holder.role, one.column, one.letter) == ("gc", "other names", "d"))
    rows, troubles = fold(survey, [*observed, replace(some, what="gc d state_old/", answer=YES)])

    assert rows["gc"]["other names"] == "?"
    assert troubles == [
        "gc other names 'd' is mixed: allowed (gc d state_old/: done); refused (gc d other names: denied)"
    ]


def test_overwriting_without_deleting_is_a_contradiction(survey: Survey, observed: list[Observation]) -> None:
    """An overwrite is a create and a delete: a measurement that says otherwise is wrong somewhere."""
    changed = _change(observed, "api", "ledger/", "o", lambda one: replace(one, answer=YES))
    rows, troubles = fold(survey, changed)

    assert "?" in rows["api"]["ledger/"]
    assert "api ledger/ contradicts itself" in troubles[0]


@pytest.mark.parametrize("answer", [YES, Answer(allowed=None, said="404: absent")])
def test_what_has_no_letter_is_refused_or_named(survey: Survey, observed: list[Observation], answer: Answer) -> None:
    """The policy of another bucket is nobody's to read, and no letter stands for it."""
    stray = Observation(survey.holders[0], "other buckets", "", "read policy of another", answer)
    _, troubles = fold(survey, [*observed, stray])

    assert len(troubles) == 1
    assert "there is no letter for this (read policy of another" in troubles[0]


def test_letter_that_no_view_uses_is_named(survey: Survey, observed: list[Observation]) -> None:
    """A right that the services do not use was not measured as they use it, and should not be granted."""
    left = [one for one in observed if not (one.by_view and (one.holder.role, one.letter) == ("compactor", "o"))]
    _, troubles = fold(survey, left)

    assert troubles == [
        "compactor heads/ 'o' was never asked through a view",
        "compactor locks/ 'o' was never asked through a view",
    ]
