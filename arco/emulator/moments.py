"""Conditions on time, evaluated at a moment: what the proof leaves free, the emulator must decide.

Source: Google's "Attribute reference for IAM Conditions". `getDate` counts from 1; `getMonth`, `getDayOfMonth`,
`getDayOfWeek` (Sunday is 0) and `getDayOfYear` from 0. Tags and modified grants stay undecided, and grant nothing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from arco.policy.conditions import Expression, Free, leaves

__all__ = ["is_decided", "truths_at"]

_OPERATORS: Final[Mapping[str, Callable[[float | datetime, float | datetime], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_GETTERS: Final[Mapping[str, Callable[[datetime], int]]] = {
    "getFullYear": lambda moment: moment.year,
    "getMonth": lambda moment: moment.month - 1,
    "getDate": lambda moment: moment.day,
    "getDayOfMonth": lambda moment: moment.day - 1,
    "getDayOfWeek": lambda moment: moment.isoweekday() % 7,
    "getDayOfYear": lambda moment: moment.timetuple().tm_yday - 1,
    "getHours": lambda moment: moment.hour,
    "getMinutes": lambda moment: moment.minute,
    "getSeconds": lambda moment: moment.second,
    "getMilliseconds": lambda moment: moment.microsecond // 1000,
}
# The spelling of a leaf is the parser's own, so that there is one of each: `(left < right)`, `'text'`, `a.b('c')`.
_LITERAL: Final = r"(?P<kind>timestamp|date)\('(?P<text>[^']*)'\)"
_INSTANT: Final = re.compile(rf"request\.time|{_LITERAL}")
_SHIFTED: Final = re.compile(r"\((?P<instant>.+) (?P<sign>[+-]) duration\('(?P<seconds>-?[0-9.]+)s'\)\)")
_GETTER: Final = re.compile(r"(?P<instant>.+)\.(?P<getter>get[A-Za-z]+)\((?:'(?P<zone>[^']*)')?\)")
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_COMPARISON: Final = re.compile(r"\((?P<left>.+) (?P<operator><=?|>=?|==|!=) (?P<right>.+)\)")
_OFFSET: Final = re.compile(r"(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2})")


def truths_at(expression: Expression, now: datetime) -> dict[str, bool]:
    """Give the truth of each leaf that speaks of time; others stay free, and grant nothing."""
    found: dict[str, bool] = {}
    for leaf, _ in leaves(expression):
        truth = _truth(leaf.key, now) if isinstance(leaf, Free) else None
        if isinstance(leaf, Free) and truth is not None:
            found[leaf.key] = truth
    return found


def is_decided(leaf: Free) -> bool:
    """Whether a leaf is true or false at every moment, as far as this machine knows its time zone."""
    return _truth(leaf.key, datetime.fromtimestamp(0, UTC)) is not None


def _truth(key: str, now: datetime) -> bool | None:
    match = _COMPARISON.fullmatch(key)
    if match is None:
        return None
    try:
        left, right = _value(match["left"], now), _value(match["right"], now)
    except (OverflowError, ValueError, LookupError, OSError):
        # A zone that nobody knows, or a year that no calendar has: IAM's evaluation fails, and does not grant.
        return None
    if left is None or right is None or isinstance(left, datetime) is not isinstance(right, datetime):
        return None
    return _OPERATORS[match["operator"]](left, right)


def _value(text: str, now: datetime) -> float | datetime | None:
    if _NUMBER.fullmatch(text):
        return float(text)
    getter = _GETTER.fullmatch(text)
    if getter is None:
        return _instant(text, now)
    instant = _instant(getter["instant"], now)
    if instant is None or getter["getter"] not in _GETTERS:
        return None
    return float(_GETTERS[getter["getter"]](instant.astimezone(_zone(getter["zone"]))))


def _instant(text: str, now: datetime) -> datetime | None:
    """Read what the parser has found readable. A date is its first moment in UTC."""
    shifted = _SHIFTED.fullmatch(text)
    if shifted is not None:
        instant = _instant(shifted["instant"], now)
        duration = timedelta(seconds=float(shifted["seconds"]))
        if instant is None:
            return None
        return instant + duration if shifted["sign"] == "+" else instant - duration
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    if match["kind"] is None:
        return now
    if match["kind"] == "date":
        return datetime.combine(date.fromisoformat(match["text"]), time(tzinfo=UTC))
    return datetime.fromisoformat(match["text"].upper())


def _zone(name: str | None) -> tzinfo:
    """Give a zone by its name, or by its distance from UTC; UTC without one. Raises LookupError or ValueError."""
    if not name:
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return ZoneInfo(name)
    distance = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"]))
    return timezone(distance if offset["sign"] == "+" else -distance)
