"""Time in a comparison: dates that a condition compares with cut the line of time, and each piece is asked alone.

Without this, `request.time < A` and `A > request.time` would be two unrelated booleans, so that an equal rewriting
would look like a change, and an earlier end like a gain.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from arco.policy.conditions import All, Constant, Either, Expression, Found, Free, Not, Nothing, Undecided, Verdict
from arco.policy.conditions import leaves as leaves_of

__all__ = ["decided"]

_INSTANTS_MAX = 16
_TEXT = r"(?:timestamp|date)\('(?P<{}>[^']{{10,26}})'\)"
_COMPARISON = re.compile(
    rf"\((?:request\.time (?P<plain><=?|>=?) {_TEXT.format('right')}"
    rf"|{_TEXT.format('left')} (?P<turned><=?|>=?) request\.time)\)"
)
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TESTS: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# Beyond them, the next moment has no date.
_YEAR_MIN, _YEAR_MAX = 2, 9998
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """`request.time` compared with a date."""

    operator: str
    instant: datetime

    @classmethod
    def read(cls, key: str) -> _Comparison | None:
        """Read a leaf's key, or give None for anything else, such as a getter, a duration or a tag."""
        match = _COMPARISON.fullmatch(key)
        if match is None:
            return None
        try:
            instant = datetime.fromisoformat((match["right"] or match["left"]).upper())
        except ValueError:
            return None
        if not _YEAR_MIN <= instant.year <= _YEAR_MAX:
            return None
        sign = match["plain"] or _TURNED[match["turned"]]
        return cls(sign, instant if instant.tzinfo else instant.replace(tzinfo=UTC))

    def holds(self, now: datetime) -> bool:
        return _TESTS[self.operator](now, self.instant)


def decided(expression: Expression, ask: Callable[[Expression], Verdict]) -> tuple[Verdict, str]:
    """Ask in each piece of time, and give the best verdict with its time: empty if the time does not matter."""
    comparisons = {
        leaf.key: comparison
        for leaf, _ in leaves_of(expression)
        if isinstance(leaf, Free) and (comparison := _Comparison.read(leaf.key)) is not None
    }
    if not comparisons:
        return ask(expression), ""
    instants = sorted({comparison.instant for comparison in comparisons.values()})
    if len(instants) > _INSTANTS_MAX:
        return Undecided(f"more than {_INSTANTS_MAX} dates are compared with"), ""
    verdicts = []
    for now, when in _pieces(instants):
        values = {key: comparison.holds(now) for key, comparison in comparisons.items()}
        verdicts.append((ask(_at(expression, values)), when))
    found = [(verdict, when) for verdict, when in verdicts if isinstance(verdict, Found)]
    if found:
        return min(found, key=lambda item: len(item[0].name))
    return next((item for item in verdicts if isinstance(item[0], Undecided)), (Nothing(), ""))


def _pieces(instants: list[datetime]) -> Iterator[tuple[datetime, str]]:
    """Yield one moment of each piece: latest first, since a grant that stays is worse than one that was."""
    spelled = [instant.isoformat().replace("+00:00", "Z") for instant in instants]
    yield instants[-1] + _MOMENT, f"after {spelled[-1]}"
    for index in reversed(range(len(instants))):
        yield instants[index], f"at {spelled[index]}"
        if index:
            between = f"between {spelled[index - 1]} and {spelled[index]}"
            yield instants[index - 1] + (instants[index] - instants[index - 1]) / 2, between
    yield instants[0] - _MOMENT, f"before {spelled[0]}"


def _at(expression: Expression, values: Mapping[str, bool]) -> Expression:
    if isinstance(expression, Not):
        return Not(_at(expression.item, values))
    if isinstance(expression, All | Either):
        return type(expression)(tuple(_at(item, values) for item in expression.items))
    if isinstance(expression, Free) and expression.key in values:
        return Constant(values[expression.key], expression.span)
    return expression
