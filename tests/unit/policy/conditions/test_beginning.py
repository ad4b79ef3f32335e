"""A search may begin where every name begins: it finds the same names, and takes fewer steps."""

from __future__ import annotations

import pytest

from arco.policy.conditions import Expression, Found, Nothing, Refusal, Space, find_name, parse
from arco.policy.conditions._beginning import beginning, settled

START = "projects/_/buckets/demo/objects/"
A = f'resource.name.startsWith("{START}a/")'
AB = f'resource.name.startsWith("{START}ab/")'
ABC = f'resource.name == "{START}ab/c"'
TAG = 'resource.matchTag("1/e", "p")'


def _parsed(text: str) -> Expression:
    parsed = parse(text)
    assert not isinstance(parsed, Refusal)
    return parsed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (A, "a/"),
        (f"!({A})", ""),
        (f"!(!({A}))", "a/"),
        (f"{A} || {AB}", "a"),
        (f"!({A}) || {AB}", ""),
        (f"!(!({A}) || {TAG})", "a/"),
        (f"!(!({A}) && !({AB}))", "a"),
        (f"{TAG} && {AB} && {ABC}", "ab/c"),
        (f"{A} && {AB}", None),
        (f"{ABC} && {A}", None),
        (f"({A} && {AB}) || {AB}", "ab/"),
        (f"{AB} && false", None),
        (f'{AB} && resource.name.endsWith("zz")', "ab/"),
        (f'resource.name.startsWith("{START[:9]}")', ""),
        (f'resource.name == "{START[:9]}"', None),
        ('resource.name.startsWith("projects/_/buckets/other/objects/")', None),
        (f'resource.name.extract("{START}{{x}}/") == "a"', ""),
    ],
)
def test_the_beginning_is_what_every_name_has(text: str, expected: str | None) -> None:
    """Of a conjunction the longest, of alternatives what they share; a negation begins anywhere."""
    assert beginning(_parsed(text), START) == (None if expected is None else START + expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'resource.name.startsWith("{START}")', True),
        (f'!resource.name.startsWith("{START}")', False),
        (A, None),
        (f'resource.name == "{START}"', None),
        (f'resource.name == "{START[:9]}"', False),
        ('resource.name.endsWith("")', None),
        (f'{A} && resource.name == "x"', False),
        (f'{TAG} || resource.name.startsWith("{START}")', True),
        (f'{TAG} || resource.name == "x"', None),
    ],
)
def test_tests_that_agree_on_all_names_are_settled(text: str, expected: bool | None) -> None:  # noqa: FBT001 - a verdict
    """A test is settled by the beginning of the names alone, or left open."""
    assert settled(_parsed(text), START) is expected


def test_the_shortest_name_is_the_one_that_a_whole_search_finds() -> None:
    """What the beginning spells counts as bytes of the name, and may be all of it."""
    space = Space.objects("demo")

    assert find_name(_parsed(ABC), space) == Found(f"{START}ab/c")
    assert find_name(_parsed(A), space) == Found(f"{START}a/")
    assert find_name(_parsed(f'resource.name.startsWith("{START}{"é" * 512}")'), space) == Found(START + "é" * 512)
    assert find_name(_parsed(f'resource.name.startsWith("{START}{"é" * 513}")'), space) == Nothing()


@pytest.mark.parametrize("character", ["\\n", "\\r"])
def test_a_beginning_that_no_name_can_have_is_nothing(character: str) -> None:
    """Cloud Storage refuses names with line ends, so a prefix that spells one holds for no object."""
    literal = f"{START}a{character}b/"

    assert find_name(_parsed(f'resource.name.startsWith("{literal}")'), Space.objects("demo")) == Nothing()
