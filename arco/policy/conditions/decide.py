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
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import product
from typing import Final, TypeAlias

from arco.policy.conditions._beginning import beginning, settled
from arco.policy.conditions._formulas import (
    Atom,
    Formula,
    accepts,
    atom,
    distinguished,
    group,
    merged,
    negation,
    size,
    step,
)
from arco.policy.conditions._literals import BucketName, ObjectName
from arco.policy.conditions._machines import machine_of
from arco.policy.conditions.evaluate import BUCKET_TYPE, MANAGED_FOLDER_TYPE, OBJECT_TYPE, SERVICE, Resource, evaluate
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
    TestKind,
    TypeIs,
    leaves,
)

__all__ = [
    "NAME_BYTES_MAX",
    "STATES_MAX",
    "Found",
    "Nothing",
    "Space",
    "Undecided",
    "Verdict",
    "find_at_once",
    "find_bucket",
    "find_name",
    "find_object",
    "find_resource",
]

NAME_BYTES_MAX = 1024
STATES_MAX = 100_000
STEPS_MAX = 300_000
_MIXED_FREE_MAX = 8
_TOO_MANY_FREE = f"more than {_MIXED_FREE_MAX} time or tag tests occur both plain and negated"
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
    """The question costs more than it may."""

    def __init__(self, limit: int, unit: str) -> None:
        super().__init__()
        self.reason = f"the decision needs more than {limit} {unit}"


@dataclass(slots=True)
class _Budget:
    """What one question may still cost: states that are met, and atoms that are stepped (about a third of a second)."""

    states_max: int
    states: int = field(init=False)
    steps: int = STEPS_MAX

    def __post_init__(self) -> None:
        self.states = self.states_max

    def spend(self, states: int, steps: int) -> None:
        self.states -= states
        self.steps -= steps
        if self.states < 0:
            raise _BudgetError(self.states_max, "states")
        if self.steps < 0:
            raise _BudgetError(STEPS_MAX, "steps")


@dataclass(frozen=True, slots=True)
class Space:
    """The names in question: `prefix` and up to `bytes_max` bytes behind it, at least one unless `empty`."""

    prefix: str
    type: str
    bytes_max: int
    empty: bool = False

    @classmethod
    def objects(cls, bucket: str, prefix: str = "") -> Space:
        """The objects of `bucket` whose names begin with `prefix`."""
        bytes_max = NAME_BYTES_MAX - len(prefix.encode())
        return cls(f"{_BUCKETS}{bucket}/objects/{prefix}", OBJECT_TYPE, bytes_max, empty=bool(prefix))

    @classmethod
    def managed_folders(cls, bucket: str) -> Space:
        """The managed folders of `bucket`."""
        return cls(f"{_BUCKETS}{bucket}/managedFolders/", MANAGED_FOLDER_TYPE, NAME_BYTES_MAX)


_ALL_OBJECTS: Final = Space(_BUCKETS, OBJECT_TYPE, NAME_BYTES_MAX + _BUCKET_BYTES_MAX + len("/objects/"))
_ALL_BUCKETS: Final = Space(_BUCKETS, BUCKET_TYPE, _BUCKET_BYTES_MAX)
_OBJECT_NAME: Final = ObjectName()
_BUCKET_NAME: Final = BucketName()


def find_name(expression: Expression, space: Space, *, states_max: int = STATES_MAX) -> Verdict:
    """Search the names of `space`. `Found.name` is a full resource name."""
    return find_at_once(expression, space) or _find(expression, space, True, states_max)  # noqa: FBT003


def find_at_once(expression: Expression, space: Space) -> Verdict | None:
    """Answer as `find_name` where no search is needed: the prefix settles every test, or no name is shorter."""
    verdict = _at_once(expression, space)
    if verdict is not None:
        return verdict
    names = []
    for alternative in _alternatives(expression):
        verdict = _at_once(alternative, space)
        if isinstance(verdict, Found):
            names.append(verdict.name)
        elif verdict is None:
            return None
    return Found(min(names, key=lambda name: (len(name.encode()), name))) if names else Nothing()


def _alternatives(expression: Expression) -> tuple[Expression, ...]:
    """Split a disjunction, or a conjunction with one in it: a name is one of the whole if it is one of a part."""
    if isinstance(expression, Either):
        return expression.items
    if isinstance(expression, All):
        for number, item in enumerate(expression.items):
            if isinstance(item, Either):
                rest = expression.items[:number] + expression.items[number + 1 :]
                return tuple(All((alternative, *rest)) for alternative in item.items)
    return (expression,)


def _at_once(expression: Expression, space: Space) -> Found | Nothing | None:
    narrow = _narrowed(space, beginning(expression, space.prefix))
    verdict = False if narrow is None else settled(expression, narrow.prefix)
    if narrow is None or verdict is False:
        return Nothing()
    if narrow.bytes_max < (not narrow.empty):
        return None
    shortest = narrow.prefix if narrow.empty else narrow.prefix + _PLAIN[0]
    if verdict is None:
        verdict = evaluate(expression, Resource(narrow.type, shortest))
    return Found(shortest) if verdict else None


def find_object(expression: Expression, *, states_max: int = STATES_MAX) -> Verdict:
    """Search the objects of all buckets. `Found.name` is a full resource name."""
    verdict = _find(expression, _ALL_OBJECTS, Atom(_OBJECT_NAME, 0), states_max)
    if isinstance(verdict, Found):
        bucket, _, name = verdict.name.removeprefix(_BUCKETS).partition("/objects/")
        if len(bucket.encode()) > _BUCKET_BYTES_MAX or len(name.encode()) > NAME_BYTES_MAX:
            return Undecided("the shortest name that was found is longer than Cloud Storage allows")
    return verdict


def find_bucket(expression: Expression, *, states_max: int = STATES_MAX) -> Verdict:
    """Search the buckets. `Found.name` is a full resource name."""
    return _find(expression, _ALL_BUCKETS, Atom(_BUCKET_NAME, 0), states_max)


def find_resource(expression: Expression, resource: Resource) -> Verdict:
    """Decide whether the expression holds for one resource at some time. `Found.name` is the resource's name."""
    assignments = _assignments(expression)
    values = [evaluate(expression, resource, assignment) for assignment in assignments or [{}]]
    if True in values:
        return Found(resource.name or "")
    opaque = next((leaf for leaf, _ in leaves(expression) if isinstance(leaf, Opaque)), None)
    if None in values and (opaque or not assignments):
        return Undecided(opaque.reason if opaque else _TOO_MANY_FREE)
    return Nothing()


def _find(expression: Expression, asked: Space, form: Formula, states_max: int) -> Verdict:
    """Search with opaque leaves hindering; if nothing is found, again with them helping.

    `form` says which texts behind the space's prefix are names at all.
    """
    opaque = next((leaf for leaf, _ in leaves(expression) if isinstance(leaf, Opaque)), None)
    assignments = _assignments(expression)
    if not assignments:
        return Undecided(_TOO_MANY_FREE)
    space = _narrowed(asked, beginning(expression, asked.prefix))
    if space is None:
        return Nothing()
    shape = reduce(step, space.prefix[len(asked.prefix) :], form)
    budget = _Budget(states_max)
    try:
        for helping in (False, True) if opaque else (False,):
            names = []
            for assignment in assignments:
                formula = _Compiler(space, assignment, helping).compile(expression, positive=True)
                name = _shortest(group(True, [formula, shape]), space, budget)  # noqa: FBT003
                if name is not None:
                    names.append(name)
            if names:
                best = min(names, key=lambda name: (len(name.encode()), name))
                return Undecided(opaque.reason) if helping and opaque else Found(space.prefix + best)
    except _BudgetError as error:
        return Undecided(error.reason)
    return Nothing()


def _narrowed(space: Space, prefix: str | None) -> Space | None:
    """Give the names of `space` that begin with `prefix`, which its own begins; None if no name is legal there."""
    if prefix is None or prefix == space.prefix:
        return None if prefix is None else space
    more = prefix[len(space.prefix) :]
    if any(character in "\r\n" or _is_surrogate(character) for character in more):
        return None
    return Space(prefix, space.type, space.bytes_max - len(more.encode()), empty=True)


def _assignments(expression: Expression) -> list[Mapping[str, bool]]:
    """List the assignments of the free leaves that can matter for satisfiability, or none if there are too many."""
    polarities: dict[str, set[bool]] = {}
    for leaf, positive in leaves(expression):
        if isinstance(leaf, Free):
            polarities.setdefault(leaf.key, set()).add(positive)
    mixed = [key for key, seen in polarities.items() if len(seen) > 1]
    if len(mixed) > _MIXED_FREE_MAX:
        return []
    pure = {key: True in seen for key, seen in polarities.items() if len(seen) == 1}
    return [pure | dict(zip(mixed, values, strict=True)) for values in product((True, False), repeat=len(mixed))]


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Gives the formula of what may follow the space's prefix. `helping` says which way opaque leaves count."""

    space: Space
    free: Mapping[str, bool]
    helping: bool

    def compile(self, expression: Expression, *, positive: bool) -> Formula:
        if isinstance(expression, Not):
            return negation(self.compile(expression.item, positive=not positive))
        if isinstance(expression, All | Either):
            items = [self.compile(item, positive=positive) for item in expression.items]
            return merged(isinstance(expression, All), items)
        if isinstance(expression, Constant):
            return expression.value
        if isinstance(expression, Free):
            return self.free[expression.key]
        if isinstance(expression, Opaque):
            return positive is self.helping
        if isinstance(expression, TypeIs):
            return expression.literal == self.space.type
        if isinstance(expression, ServiceIs):
            return expression.literal == SERVICE
        return _start(expression, self.space.prefix)


def _start(leaf: NameTest | ExtractTest | ExtractPair, prefix: str) -> Formula:
    if isinstance(leaf, NameTest) and leaf.test.kind is TestKind.STARTS_WITH:
        literal = leaf.test.literal
        # Most tests are about another folder than the one in question: they need no machine.
        if prefix.startswith(literal) or not literal.startswith(prefix):
            return prefix.startswith(literal)
    machine = machine_of(leaf)
    if isinstance(machine, bool):
        return machine
    return atom(machine, machine.run(prefix))


def _characters(formula: Formula) -> list[str]:
    """Give one character of each class that the formula distinguishes, cheapest and plainest first."""
    found: set[str] = set()
    distinguished(formula, found)
    other = next((character for character in _PLAIN if character not in found), None)
    if other is None:
        # Every printable character of one byte is taken: the fewest bytes come first, then how it reads.
        points = (*range(0x01, 0x0A), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0x00, *range(0xA1, 0xD800))
        other = next(chr(point) for point in points if chr(point) not in found)
    legal = sorted(character for character in found if character not in "\r\n" and not _is_surrogate(character))
    return [other, *legal]


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _shortest(start: Formula, space: Space, budget: _Budget) -> str | None:
    """Give the accepted text with the fewest bytes. Raises _BudgetError where the budget does not suffice."""
    if start is False or space.bytes_max < 0:
        return None
    if space.empty and accepts(start):
        return ""
    paths: list[tuple[int, str]] = [(-1, "")]
    queue: list[tuple[int, int, Formula]] = [(0, 0, start)]
    done: set[Formula] = set()
    while queue:
        cost, path, formula = heapq.heappop(queue)
        if path and accepts(formula):
            return _spell(paths, path)
        if formula in done:
            continue
        done.add(formula)
        characters = _characters(formula)
        budget.spend(0, size(formula) * len(characters))
        for character in characters:
            after, total = step(formula, character), cost + len(character.encode())
            if after is False or total > space.bytes_max or (after in done and after != start):
                continue
            budget.spend(1, 0)
            paths.append((path, character))
            heapq.heappush(queue, (total, len(paths) - 1, after))
    return None


def _spell(paths: list[tuple[int, str]], path: int) -> str:
    characters = []
    while path > 0:
        path, character = paths[path]
        characters.append(character)
    return "".join(reversed(characters))
