"""Decide, for all object names at once, whether an expression can hold, and show the shortest name for which it does.

An expression over one name is a regular language. It is searched as residual formulas (Brzozowski's derivatives): the
state of the search is what remains of the formula behind the characters read so far, with every settled atom replaced
by its verdict, so that most alternatives vanish at the first character that tells them apart.

* Exact for legal names: 1 to 1,024 bytes of UTF-8, no CR, no LF, no surrogates.
* Free leaves (time, tags) are enumerated: a name is found if the expression holds for it at some time.
* Opaque leaves count once as they would help and once as they would hinder: where that differs, *undecided*.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final, TypeAlias

from arco.policy.conditions._machines import Machine, ObjectName, machine_of
from arco.policy.conditions.evaluate import OBJECT_TYPE, SERVICE
from arco.policy.conditions.tree import (
    All,
    Constant,
    Either,
    Expression,
    ExtractPair,
    ExtractTest,
    Free,
    NameTest,
    Not,
    Opaque,
    ServiceIs,
    TypeIs,
    leaves,
)

__all__ = ["NAME_BYTES_MAX", "STATES_MAX", "Found", "Nothing", "Undecided", "Verdict", "find_name", "find_object"]

NAME_BYTES_MAX = 1024
STATES_MAX = 100_000
_MIXED_FREE_MAX = 8
_BUCKET_BYTES_MAX = 222
_BUCKETS = "projects/_/buckets/"
# Tried in this order for a character that no literal distinguishes: witnesses should read well.
_PLAIN = "xabcdefghijklmnopqrstuvwyz0123456789_-.ABCDEFGHIJKLMNOPQRSTUVWXYZ=~+,:;!@/ \"'#$%&()*<>?[]^`{|}\\"


@dataclass(frozen=True, slots=True)
class Found:
    """The expression holds for `name`, and for no shorter name."""

    name: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """The expression holds for no name."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The budget is spent, or the answer hangs on something that is not documented."""

    reason: str


Verdict: TypeAlias = Found | Nothing | Undecided


class _BudgetError(Exception):
    """The search met too many states."""


@dataclass(frozen=True, slots=True)
class _Atom:
    machine: Machine
    state: int


@dataclass(frozen=True, slots=True)
class _Negation:
    item: _Formula


@dataclass(frozen=True, slots=True)
class _Group:
    conjunction: bool
    items: frozenset[_Formula]


_Formula: TypeAlias = bool | _Atom | _Negation | _Group


def find_name(expression: Expression, bucket: str, *, states_max: int = STATES_MAX) -> Verdict:
    """Search the object names of one bucket. `Found.name` is an object name."""
    return _find(expression, f"{_BUCKETS}{bucket}/objects/", True, NAME_BYTES_MAX, states_max)


def find_object(expression: Expression, *, states_max: int = STATES_MAX) -> Verdict:
    """Search the objects of all buckets. `Found.name` is `BUCKET/objects/NAME`."""
    shape = _Atom(_OBJECT_NAME, 0)
    bytes_max = NAME_BYTES_MAX + _BUCKET_BYTES_MAX + len("/objects/")
    return _find(expression, _BUCKETS, shape, bytes_max, states_max)


_OBJECT_NAME: Final = ObjectName()


def _find(expression: Expression, prefix: str, shape: _Formula, bytes_max: int, states_max: int) -> Verdict:
    """Search with opaque leaves hindering; if nothing is found, again with them helping."""
    opaque = next((leaf for leaf, _ in leaves(expression) if isinstance(leaf, Opaque)), None)
    assignments = list(_assignments(expression))
    if not assignments:
        return Undecided(f"more than {_MIXED_FREE_MAX} time or tag tests occur both plain and negated")
    try:
        for helping in (False, True) if opaque else (False,):
            names = []
            for assignment in assignments:
                formula = _compile(expression, prefix, assignment, positive=True, helping=helping)
                name = _shortest(_group(True, [formula, shape]), bytes_max, states_max)  # noqa: FBT003
                if name is not None:
                    names.append(name)
            if names:
                best = min(names, key=lambda name: (len(name.encode()), name))
                return Undecided(opaque.reason) if helping and opaque else Found(best)
    except _BudgetError:
        return Undecided(f"the decision needs more than {states_max} states")
    return Nothing()


def _assignments(expression: Expression) -> Iterator[Mapping[str, bool]]:
    """Yield the assignments of the free leaves that can matter for satisfiability, or none if there are too many."""
    polarities: dict[str, set[bool]] = {}
    for leaf, positive in leaves(expression):
        if isinstance(leaf, Free):
            polarities.setdefault(leaf.key, set()).add(positive)
    mixed = [key for key, seen in polarities.items() if len(seen) > 1]
    if len(mixed) > _MIXED_FREE_MAX:
        return
    pure = {key: True in seen for key, seen in polarities.items() if len(seen) == 1}
    for values in product((True, False), repeat=len(mixed)):
        yield pure | dict(zip(mixed, values, strict=True))


def _compile(
    expression: Expression, prefix: str, free: Mapping[str, bool], *, positive: bool, helping: bool
) -> _Formula:
    """Give the formula of what may follow `prefix`. `helping` says which way opaque leaves count."""
    if isinstance(expression, Not):
        return _negation(_compile(expression.item, prefix, free, positive=not positive, helping=helping))
    if isinstance(expression, All | Either):
        items = [_compile(item, prefix, free, positive=positive, helping=helping) for item in expression.items]
        return _group(isinstance(expression, All), items)
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, Free):
        return free[expression.key]
    if isinstance(expression, Opaque):
        return positive is helping
    if isinstance(expression, TypeIs):
        return expression.literal == OBJECT_TYPE
    if isinstance(expression, ServiceIs):
        return expression.literal == SERVICE
    return _start(expression, prefix)


@cache
def _start(leaf: NameTest | ExtractTest | ExtractPair, prefix: str) -> _Formula:
    machine = machine_of(leaf)
    if isinstance(machine, bool):
        return machine
    state = 0
    for character in prefix:
        state = machine.step(state, character)
    return _atom(machine, state)


def _atom(machine: Machine, state: int) -> _Formula:
    verdict = machine.settled(state)
    return _Atom(machine, state) if verdict is None else verdict


def _negation(item: _Formula) -> _Formula:
    if isinstance(item, bool):
        return not item
    return item.item if isinstance(item, _Negation) else _Negation(item)


def _group(conjunction: bool, items: list[_Formula]) -> _Formula:  # noqa: FBT001
    """Join, absorb constants, and flatten, so that equal remainders are equal states."""
    kept: set[_Formula] = set()
    for item in items:
        if isinstance(item, bool):
            if item is not conjunction:
                return item
        elif isinstance(item, _Group) and item.conjunction is conjunction:
            kept |= item.items
        else:
            kept.add(item)
    if not kept:
        return conjunction
    if any(isinstance(item, _Negation) and item.item in kept for item in kept):
        return not conjunction
    return kept.pop() if len(kept) == 1 else _Group(conjunction, frozenset(kept))


def _step(formula: _Formula, character: str) -> _Formula:
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, _Atom):
        return _atom(formula.machine, formula.machine.step(formula.state, character))
    if isinstance(formula, _Negation):
        return _negation(_step(formula.item, character))
    return _group(formula.conjunction, [_step(item, character) for item in formula.items])


def _accepts(formula: _Formula) -> bool:
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, _Atom):
        return formula.machine.accepts(formula.state)
    if isinstance(formula, _Negation):
        return not _accepts(formula.item)
    verdicts = (_accepts(item) for item in formula.items)
    return all(verdicts) if formula.conjunction else any(verdicts)


def _distinguished(formula: _Formula, found: set[str]) -> None:
    if isinstance(formula, _Atom):
        found |= formula.machine.distinguished(formula.state)
    elif isinstance(formula, _Negation):
        _distinguished(formula.item, found)
    elif isinstance(formula, _Group):
        for item in formula.items:
            _distinguished(item, found)


def _characters(formula: _Formula) -> list[str]:
    """Give one character of each class that the formula distinguishes, cheapest and plainest first."""
    found: set[str] = set()
    _distinguished(formula, found)
    other = next((character for character in _PLAIN if character not in found), None)
    if other is None:
        other = next(chr(point) for point in range(0xA1, 0xD800) if chr(point) not in found)
    legal = sorted(character for character in found if character not in "\r\n" and not _is_surrogate(character))
    return [other, *legal]


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _shortest(start: _Formula, bytes_max: int, states_max: int) -> str | None:
    """Give the accepted non-empty text with the fewest bytes. Raises _BudgetError beyond `states_max` states."""
    if start is False:
        return None
    if start is True:
        return _PLAIN[0]
    paths: list[tuple[int, str]] = [(-1, "")]
    queue: list[tuple[int, int, _Formula]] = [(0, 0, start)]
    done: set[_Formula] = set()
    while queue:
        cost, path, formula = heapq.heappop(queue)
        if path and _accepts(formula):
            return _spell(paths, path)
        if formula in done:
            continue
        done.add(formula)
        for character in _characters(formula):
            after, total = _step(formula, character), cost + len(character.encode())
            if after is False or total > bytes_max or (after in done and after != start):
                continue
            paths.append((path, character))
            if len(paths) > states_max:
                raise _BudgetError
            heapq.heappush(queue, (total, len(paths) - 1, after))
    return None


def _spell(paths: list[tuple[int, str]], path: int) -> str:
    characters = []
    while path > 0:
        path, character = paths[path]
        characters.append(character)
    return "".join(reversed(characters))
