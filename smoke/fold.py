"""Fold answers into the matrix that they measure.

Invariants:

* A letter stands only if every question of its cell was answered yes, in every workspace, and is missing only if every
  one was answered with 403.
* A cell whose answers differ, or hold one that says neither yes nor no, is `?`, and a trouble that names the instance.
* A cell that was not asked in some workspace is `?`, and a trouble. Nothing is skipped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from arco.policy.matrix import Holder
from arco.policy.matrix.layout import PROJECT
from smoke.answers import Answer
from smoke.questions import letters_of
from smoke.services import ROLES
from smoke.survey import Survey

__all__ = ["Observation", "Rows", "fold"]

_ORDER: Final = "cruodla?"
_SHOWN: Final = 3

Rows: TypeAlias = dict[str, dict[str, str]]
"""The letters of each cell, by role and column."""


@final
@dataclass(frozen=True, slots=True)
class Observation:
    """One question that was asked, and its answer. `what` names the instance."""

    holder: Holder
    column: str
    letter: str
    what: str
    answer: Answer
    by_view: bool = False


def fold(survey: Survey, observations: Sequence[Observation]) -> tuple[Rows, list[str]]:
    """Give the measured rows, and everything that is wrong with what was asked or answered."""
    troubles: list[str] = []
    cells: dict[tuple[str, str, str], list[Observation]] = {}
    for one in observations:
        cells.setdefault((one.holder.role, one.column, one.letter), []).append(one)

    def cell(role: str, column: str) -> str:
        found = {
            letter: _folded(survey, (role, column, letter), cells.get((role, column, letter), []), troubles)
            for letter in letters_of(column)
        }
        return _spelled(role, column, found, troubles)

    columns = [column for column in survey.matrix.layout.columns if column != PROJECT]
    rows = {role: {column: cell(role, column) for column in columns} for role in survey.matrix.rows}
    troubles += _without_letter(observations)
    troubles += _unused(survey, observations)
    return rows, troubles


def _folded(survey: Survey, cell: tuple[str, str, str], asked: list[Observation], troubles: list[str]) -> bool | None:
    """Give the one answer of all questions of a cell, or None and say what is wrong with it."""
    role, column, letter = cell
    where = f"{role} {column} {letter!r}"
    for workspace in survey.workspaces:
        if not any(one.holder.workspace == workspace and not one.by_view for one in asked):
            troubles.append(f"{where} was never asked in {workspace.label}")
            return None
    unclear = [one for one in asked if one.answer.allowed is None]
    if unclear:
        troubles.append(f"{where} has no answer {_examples(unclear)}")
        return None
    allowed, refused = ([one for one in asked if one.answer.allowed is answer] for answer in (True, False))
    if allowed and refused:
        troubles.append(f"{where} is mixed: allowed {_examples(allowed)}; refused {_examples(refused)}")
        return None
    return bool(allowed)


def _spelled(role: str, column: str, found: dict[str, bool | None], troubles: list[str]) -> str:
    """Spell a cell as the matrix does: `o` for create and delete on one name, and then no `d`."""
    letters = {"?" if answer is None else letter for letter, answer in found.items() if answer is not False}
    if "?" not in letters and "o" in found and ("o" in letters) is not ({"c", "d"} <= letters):
        troubles.append(f"{role} {column} contradicts itself: to overwrite is to create and to delete: {found}")
        letters.add("?")
    if "o" in letters:
        letters.discard("d")
    return "".join(sorted(letters, key=_ORDER.index))


def _without_letter(observations: Sequence[Observation]) -> list[str]:
    """Name what the matrix has no letter for, and was not refused."""
    return [
        f"{one.holder.role} {one.column}: there is no letter for this {_examples([one])}"
        for one in observations
        if not one.letter and one.answer.allowed is not False
    ]


def _unused(survey: Survey, observations: Sequence[Observation]) -> list[str]:
    """Name the letters that no view of their role asked for: the services would not be what was measured."""
    used = {(one.holder.role, one.column, one.letter) for one in observations if one.by_view}
    found: list[str] = []
    for role in sorted(ROLES & set(survey.matrix.rows)):
        for column, letters in survey.matrix.rows[role].items():
            unused = "".join(letter for letter in letters if (role, column, letter) not in used)
            if unused and column != PROJECT:
                found.append(f"{role} {column} {unused!r} was never asked through a view")
    return found


def _examples(observations: Iterable[Observation]) -> str:
    shown = list(observations)
    text = "; ".join(f"({one.what}: {one.answer.said})" for one in shown[:_SHOWN])
    return f"{text}{f' and {len(shown) - _SHOWN} more' if len(shown) > _SHOWN else ''}"
