"""Conditions on time, evaluated at a moment: what the proof leaves free, the emulator must decide."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Final

from arco.policy.conditions import Expression, Free, leaves

__all__ = ["truths_at"]

_NOW = r"request\.time"
_INSTANT = r"(?P<kind>timestamp|date)\('(?P<text>[^']*)'\)"
_FORMS: Final = (
    (re.compile(rf"\({_NOW} (?P<operator><=?|>=?) {_INSTANT}\)"), False),
    (re.compile(rf"\({_INSTANT} (?P<operator><=?|>=?) {_NOW}\)"), True),
)
_OPERATORS: Final[Mapping[str, Callable[[datetime, datetime], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def truths_at(expression: Expression, now: datetime) -> dict[str, bool]:
    """Give the truth of each leaf that compares `request.time` with an instant; others stay free, and grant nothing."""
    found: dict[str, bool] = {}
    for leaf, _ in leaves(expression):
        truth = _truth(leaf.key, now) if isinstance(leaf, Free) else None
        if isinstance(leaf, Free) and truth is not None:
            found[leaf.key] = truth
    return found


def _truth(key: str, now: datetime) -> bool | None:
    for form, reverse in _FORMS:
        match = form.fullmatch(key)
        if match is None:
            continue
        instant = _instant(match["kind"], match["text"])
        left, right = (instant, now) if reverse else (now, instant)
        return _OPERATORS[match["operator"]](left, right)
    return None


def _instant(kind: str, text: str) -> datetime:
    """Read what the parser has found readable. A date is its first moment in UTC."""
    if kind == "date":
        return datetime.combine(date.fromisoformat(text), time(tzinfo=UTC))
    return datetime.fromisoformat(text.upper())
