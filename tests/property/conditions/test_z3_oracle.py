"""Z3 as an independent judge: the same conditions as one regular expression each, decided by somebody else's code.

Nothing here is shared with the product: "the first occurrence of p" is Σ*p without Σ*pΣ⁺, not an automaton. Names are
not limited to 1,024 bytes, which no condition as small as these can tell.
"""

from __future__ import annotations

import sys
from functools import reduce
from typing import Any, TypeAlias

import z3  # type: ignore[import-untyped]
from hypothesis import given

from arco.policy.conditions import (
    All,
    Constant,
    Either,
    Expression,
    ExtractPair,
    ExtractTest,
    Found,
    Free,
    NameTest,
    Not,
    Nothing,
    Resource,
    Space,
    Template,
    evaluate,
    find_name,
)
from arco.policy.conditions.evaluate import OBJECT_TYPE, SERVICE
from arco.policy.conditions.tree import ServiceIs, TypeIs
from tests.property.conditions.drawn import bounded, conditions, free_values

# A regular expression of the solver, which has no types.
Language: TypeAlias = Any

FORMULAS = 250
DECIDED_MIN = 240
TIMEOUT_MILLISECONDS = 5_000
SPACE = Space("ob/", OBJECT_TYPE, 1024)
DRAWN = conditions("ab/", ("", "b/", "ob/"), opaque=False, leaves_max=4)

_SORT = z3.ReSort(z3.StringSort())
_ALL = z3.Full(_SORT)
_NONE = z3.Empty(_SORT)
_ANY = z3.AllChar(_SORT)
_NAMES = z3.Plus(z3.Intersect(_ANY, z3.Complement(z3.Union(z3.Re("\n"), z3.Re("\r")))))


def _join(*parts: Language) -> Language:
    return reduce(z3.Concat, parts)


def _unless(language: Language, without: Language) -> Language:
    return z3.Intersect(language, z3.Complement(without))


def _to_first(text: str) -> Language:
    """Texts that end with the first occurrence of `text` in them."""
    if not text:
        return z3.Re("")
    return _unless(_join(_ALL, z3.Re(text)), _join(_ALL, z3.Re(text), z3.Plus(_ANY)))


def _test(method: str, literal: str) -> Language:
    parts = {"startsWith": [z3.Re(literal), _ALL], "endsWith": [_ALL, z3.Re(literal)], "==": [z3.Re(literal)]}
    return _join(*parts[method])


def _behind(suffix: str) -> Language:
    """What follows the prefix where the extraction succeeds."""
    return _join(_to_first(suffix), _ALL) if suffix else _ALL


def _extract(leaf: ExtractTest) -> Language:
    template, values = leaf.template, _test(leaf.test.kind.value, leaf.test.literal)
    start = _to_first(template.prefix)
    if template.suffix:
        ended = z3.Intersect(_to_first(template.suffix), _join(values, z3.Re(template.suffix)))
        matched = _join(start, ended, _ALL)
    else:
        matched = _join(start, values)
    if not leaf.test.holds(""):
        return matched
    return z3.Union(matched, z3.Complement(_join(start, _behind(template.suffix))))


def _pair(left: Template, right: Template) -> Language:
    """Equal values end at one place, or both are empty."""
    short, long = sorted((left.suffix, right.suffix), key=len)
    start = _to_first(left.prefix)
    absent = z3.Complement(_join(start, _ALL))
    if short == long:
        return _ALL
    if not short:
        return z3.Union(absent, start)
    without = [z3.Complement(_behind(suffix)) for suffix in (short, long)]
    same = [
        z3.Intersect(*without),
        z3.Intersect(_join(z3.Re(short), _ALL), without[1]),
        z3.Intersect(_join(z3.Re(long), _ALL), without[0]),
    ]
    if long.startswith(short):
        same.append(_join(_to_first(short), z3.Re(long[len(short) :]), _ALL))
    return z3.Union(absent, _join(start, reduce(z3.Union, same)))


def _language(expression: Expression, free: dict[str, bool]) -> Language:
    """The full names that satisfy the condition at one time."""
    match expression:
        case Not(item):
            return z3.Complement(_language(item, free))
        case All(items):
            return reduce(z3.Intersect, [_language(item, free) for item in items])
        case Either(items):
            return reduce(z3.Union, [_language(item, free) for item in items])
        case NameTest(test, _):
            return _test(test.kind.value, test.literal)
        case ExtractTest():
            return _extract(expression)
        case ExtractPair(left, right, _):
            return _pair(left, right)
        case _:
            return _ALL if _constant(expression, free) else _NONE


def _constant(expression: Expression, free: dict[str, bool]) -> bool:
    match expression:
        case Constant(value, _):
            return value
        case Free(key, _):
            return free[key]
        case TypeIs(literal, _):
            return literal == OBJECT_TYPE
        case ServiceIs(literal, _):
            return literal == SERVICE
        case _:
            message = f"no constant: {expression}"
            raise AssertionError(message)


def _ask(language: Language) -> tuple[str, str]:
    """Ask for a member: sat, unsat or unknown, and the member."""
    text = z3.String("name")
    solver = z3.Solver()
    solver.set("timeout", TIMEOUT_MILLISECONDS)
    solver.add(z3.InRe(text, language))
    answer = str(solver.check())
    member: Any = solver.model()[text] if answer == "sat" else None
    return answer, "" if member is None else str(member.as_string())


def _in_space(expression: Expression) -> Language:
    """The names of the space that satisfy the condition at some time."""
    languages = [_language(expression, dict(free)) for free in free_values(expression)]
    return z3.Intersect(reduce(z3.Union, languages), _join(z3.Re(SPACE.prefix), _NAMES))


def test_z3_agrees_with_every_verdict() -> None:
    """On each formula that Z3 decides, it finds a name exactly where the search does, and none that is shorter."""
    counts = {"found": 0, "nothing": 0, "unknown": 0, "shorter refuted": 0, "shorter unknown": 0}

    @bounded(FORMULAS)
    @given(DRAWN, DRAWN)
    def compare(first: Expression, second: Expression) -> None:
        expression = All((first, second))
        language, verdict = _in_space(expression), find_name(expression, SPACE)
        answer, model = _ask(language)
        if answer == "unknown":
            counts["unknown"] += 1
            return
        assert answer == ("sat" if isinstance(verdict, Found) else "unsat"), (verdict, model)
        if not isinstance(verdict, Found):
            assert verdict == Nothing()
            counts["nothing"] += 1
            return
        counts["found"] += 1
        resource = Resource(OBJECT_TYPE, model)
        assert "\\u{" in model or any(evaluate(expression, resource, free) for free in free_values(expression)), model
        length = len(verdict.name) - len(SPACE.prefix)
        if length > 1:
            shorter = _join(z3.Re(SPACE.prefix), z3.Loop(_ANY, 1, length - 1))
            answer, model = _ask(z3.Intersect(language, shorter))
            assert answer != "sat", (verdict, model)
            counts["shorter refuted" if answer == "unsat" else "shorter unknown"] += 1

    compare()
    sys.stdout.write(f"z3 {z3.get_version_string()}: {counts}\n")

    assert counts["found"] + counts["nothing"] >= DECIDED_MIN, counts
    assert min(counts["found"], counts["nothing"], counts["shorter refuted"]) >= 20, counts
