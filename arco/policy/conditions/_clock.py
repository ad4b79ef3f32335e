"""What a comparison of times says at one instant: the documented functions of `request.time`, in UTC.

A time zone by name is not decided: it is whatever the zone's authority says it is by then.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from arco.policy.conditions._syntax import Binary, Call, Name, Node, NumberOf, StringOf

__all__ = ["truth_at"]

_SUNDAY_FIRST = 7
# Days of the month and week, of the year, and months count from 0; getDate counts from 1 (IAM's attribute reference).
_GETTERS: dict[str, Callable[[datetime], int]] = {
    "getFullYear": lambda time: time.year,
    "getMonth": lambda time: time.month - 1,
    "getDate": lambda time: time.day,
    "getDayOfMonth": lambda time: time.day - 1,
    "getDayOfWeek": lambda time: time.isoweekday() % _SUNDAY_FIRST,
    "getDayOfYear": lambda time: time.timetuple().tm_yday - 1,
    "getHours": lambda time: time.hour,
    "getMinutes": lambda time: time.minute,
    "getSeconds": lambda time: time.second,
    "getMilliseconds": lambda time: time.microsecond // 1000,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def truth_at(node: Node, at: datetime) -> bool | None:
    """Decide a comparison of times (of a form that was checked before) at `at`, or give None where that is not known.

    `at` has a time zone.
    """
    if not isinstance(node, Binary):
        return None
    try:
        left, right = _value(node.left, at), _value(node.right, at)
    except (ValueError, OverflowError):
        return None  # more than a calendar of 9,999 years holds
    same_kind = left is not None and right is not None and isinstance(left, datetime) is isinstance(right, datetime)
    return _COMPARISONS[node.operator](left, right) if same_kind else None


def _value(node: Node, at: datetime) -> datetime | float | None:
    """Give an instant, or a number."""
    if isinstance(node, Name):
        return at.astimezone(UTC)
    if isinstance(node, NumberOf):
        return float(node.value)
    if isinstance(node, Binary):
        start, seconds = _value(node.left, at), _seconds(node.right)
        if not isinstance(start, datetime) or seconds is None:
            return None
        return start + seconds if node.operator == "+" else start - seconds
    if isinstance(node, Call) and node.target is not None:
        instant = _value(node.target, at)
        # With an argument, it is about a time zone.
        known = isinstance(instant, datetime) and not node.arguments and node.method in _GETTERS
        return float(_GETTERS[node.method](instant)) if known and isinstance(instant, datetime) else None
    if isinstance(node, Call) and isinstance(node.arguments[0], StringOf):
        written = node.arguments[0].value.upper()
        return datetime.fromisoformat(written if node.method == "timestamp" else f"{written}T00:00:00Z").astimezone(UTC)
    return None


def _seconds(node: Node) -> timedelta | None:
    if isinstance(node, Call) and isinstance(node.arguments[0], StringOf):
        return timedelta(seconds=float(node.arguments[0].value.removesuffix("s")))
    return None
