"""Random conditions, what they are about, and how they would be written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from hypothesis import settings
from hypothesis import strategies as st

from arco.policy.conditions import (
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
    Resource,
    Space,
    Span,
    Template,
    Test,
    TestKind,
    evaluate,
    leaves,
)
from arco.policy.conditions.evaluate import OBJECT_TYPE, SERVICE
from arco.policy.conditions.tree import ServiceIs, TypeIs

__all__ = [
    "Truth",
    "bounded",
    "conditions",
    "free_values",
    "name_leaves",
    "names",
    "rewritings",
    "splices",
    "truth_about",
    "written",
]

HERE = Span(0, 0)
_METHODS = {TestKind.STARTS_WITH: "startsWith", TestKind.ENDS_WITH: "endsWith"}


def bounded(examples: int) -> settings:
    """Give settings under which a failure needs no seed to be replayed: every run draws the same examples."""
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None)


def name_leaves(alphabet: str, starts: tuple[str, ...] = ("",)) -> st.SearchStrategy[Expression]:
    """Draw tests of the name; literals and templates may begin with one of `starts`, so that they reach into names."""
    short = st.text(alphabet, max_size=4)
    literals = st.builds(str.__add__, st.sampled_from(starts), short)
    tests = st.builds(Test, st.sampled_from(TestKind), literals, st.just(HERE))
    values = st.builds(Test, st.sampled_from(TestKind), st.text(alphabet, max_size=3), st.just(HERE))
    templates = st.builds(Template, st.text(alphabet, max_size=3), st.text(alphabet, max_size=3), st.just(HERE))
    pairs = st.builds(
        lambda template, suffix: ExtractPair(template, Template(template.prefix, suffix, HERE), HERE),
        templates,
        st.text(alphabet, max_size=3),
    )
    return st.one_of(
        st.builds(NameTest, tests, st.just(HERE)), st.builds(ExtractTest, templates, values, st.just(HERE)), pairs
    )


def conditions(
    alphabet: str, starts: tuple[str, ...] = ("",), *, opaque: bool = True, leaves_max: int = 6
) -> st.SearchStrategy[Expression]:
    """Draw conditions of all kinds of leaves, most of them about the name."""
    about_name = name_leaves(alphabet, starts)
    keys = st.sampled_from(["resource.hasTagKey('p')", "resource.hasTagKey('q')"])
    others: list[st.SearchStrategy[Expression]] = [
        st.builds(Free, keys, st.just(HERE)),
        st.builds(Constant, st.booleans(), st.just(HERE)),
        st.builds(TypeIs, st.sampled_from([OBJECT_TYPE, "x"]), st.just(HERE)),
        st.builds(ServiceIs, st.sampled_from([SERVICE, "x"]), st.just(HERE)),
    ]
    if opaque:
        others.append(st.just(Opaque("nobody knows", HERE)))
    return st.recursive(
        st.one_of(about_name, about_name, about_name, st.one_of(others)),
        lambda items: st.one_of(
            st.builds(Not, items),
            st.builds(lambda *parts: All(parts), items, items),
            st.builds(lambda *parts: Either(parts), items, items),
            st.builds(lambda *parts: Either(parts), items, items, items),
        ),
        max_leaves=leaves_max,
    )


def names(alphabet: str, length_max: int) -> Iterator[str]:
    """Yield every text over `alphabet` of up to `length_max` characters, the empty one included."""
    for length in range(length_max + 1):
        for characters in product(alphabet, repeat=length):
            yield "".join(characters)


def splices(expression: Expression) -> set[str]:
    """Give joins of the texts that a condition speaks of: where they meet and overlap, mistakes are made."""
    texts = {""}
    for leaf, _ in leaves(expression):
        if isinstance(leaf, NameTest):
            texts.add(leaf.test.literal)
        elif isinstance(leaf, ExtractTest):
            texts |= {leaf.template.prefix, leaf.test.literal + leaf.template.suffix, leaf.template.suffix}
        elif isinstance(leaf, ExtractPair):
            texts |= {leaf.left.prefix, leaf.left.suffix, leaf.right.suffix}
    return {first + second for first in texts for second in texts}


def free_values(expression: Expression) -> list[Mapping[str, bool]]:
    """Give every assignment of the free leaves."""
    keys = sorted({leaf.key for leaf, _ in leaves(expression) if isinstance(leaf, Free)})
    return [dict(zip(keys, values, strict=True)) for values in product((True, False), repeat=len(keys))]


@dataclass(frozen=True, slots=True)
class Truth:
    """What enumeration says: bytes of the shortest name that satisfies, and of the shortest that may."""

    bytes_min: int | None
    bytes_min_maybe: int | None


def truth_about(expression: Expression, space: Space, candidates: Iterator[str]) -> Truth:
    """Evaluate the condition for each candidate name behind the space's prefix, at each time."""
    certain: list[int] = []
    possible: list[int] = []
    assignments = free_values(expression)
    for name in candidates:
        values = [evaluate(expression, Resource(space.type, space.prefix + name), free) for free in assignments]
        if True in values:
            certain.append(len(name.encode()))
        if True in values or None in values:
            possible.append(len(name.encode()))
    return Truth(min(certain, default=None), min(possible, default=None))


def rewritings(expression: Expression) -> st.SearchStrategy[Expression]:
    """Draw conditions that mean the same: doubled negations, De Morgan's laws, another order, another grouping."""
    if isinstance(expression, Not):
        return rewritings(expression.item).map(Not)
    if not isinstance(expression, All | Either):
        return st.sampled_from([expression, Not(Not(expression))])
    return st.tuples(*map(rewritings, expression.items)).flatmap(
        lambda items: st.builds(_regrouped(expression), st.permutations(items), st.integers(0, 3))
    )


def _regrouped(group: All | Either) -> Callable[[list[Expression], int], Expression]:
    same: Callable[[tuple[Expression, ...]], Expression] = All if isinstance(group, All) else Either
    other: Callable[[tuple[Expression, ...]], Expression] = Either if isinstance(group, All) else All

    def build(items: list[Expression], way: int) -> Expression:
        if way == 0:
            return same(tuple(items))
        if way == 1:
            return Not(other(tuple(Not(item) for item in items)))
        if way == 2:
            return same((*items, items[0]))
        return same((items[0], same(tuple(items[1:]))))

    return build


def written(expression: Expression) -> str:
    """Write a condition as a person would, fully bracketed."""
    match expression:
        case Not(item):
            return f"!({written(item)})"
        case All(items):
            return " && ".join(f"({written(item)})" for item in items)
        case Either(items):
            return " || ".join(f"({written(item)})" for item in items)
        case Constant(value, _):
            return "true" if value else "false"
        case NameTest(test, _):
            return _written_test("resource.name", test)
        case ExtractTest(template, test, _):
            return _written_test(_written_extract(template), test)
        case ExtractPair(left, right, _):
            return f"{_written_extract(left)} == {_written_extract(right)}"
        case Free(key, _):
            return key
        case Opaque():
            return "resource.type.startsWith('s')"
        case _:
            attribute = "type" if isinstance(expression, TypeIs) else "service"
            return f"resource.{attribute} == '{expression.literal}'"


def _written_extract(template: Template) -> str:
    return f"resource.name.extract('{template.prefix}{{x}}{template.suffix}')"


def _written_test(subject: str, test: Test) -> str:
    if test.kind is TestKind.EQUALS:
        return f"{subject} == '{test.literal}'"
    return f"{subject}.{_METHODS[test.kind]}('{test.literal}')"
