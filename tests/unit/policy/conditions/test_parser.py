"""What a condition's text becomes: an exact tree, an undecided leaf, or a refusal that points at the place."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from arco.policy.conditions import LOGICAL_OPERATORS_MAX, Expression, Free, NameTest, Opaque, Refusal, leaves, parse
from tests.unit.policy.conditions.summary import summary

CASES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("parser.toml").read_text(encoding="utf-8")
)
GETTERS = {
    *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"),
    *("getHours", "getMinutes", "getSeconds", "getMilliseconds"),
}
MEGABYTE = 1_000_000


def _accepted(text: str) -> Expression:
    parsed = parse(text)
    assert not isinstance(parsed, Refusal), parsed
    return parsed


def _refused(text: str) -> Refusal:
    parsed = parse(text)
    assert isinstance(parsed, Refusal), summary(parsed)
    return parsed


def _rows(kind: str) -> list[object]:
    return [pytest.param(row, id=row["expression"]) for row in CASES[kind]]


@pytest.mark.parametrize("row", _rows("exact"))
def test_documented_construct_becomes_its_exact_tree(row: dict[str, str]) -> None:
    """What IAM documents is decided, and means what is written."""
    assert summary(_accepted(row["expression"])) == row["tree"]


@pytest.mark.parametrize("row", _rows("opaque"))
def test_construct_without_documented_meaning_is_opaque(row: dict[str, str]) -> None:
    """What IAM may accept with an unknown result is one undecided leaf, at the place where it is written."""
    (leaf,) = (leaf for leaf, _ in leaves(_accepted(row["expression"])) if isinstance(leaf, Opaque))

    assert row["expression"][leaf.span.start : leaf.span.end] == row["fragment"]
    assert leaf.reason


@pytest.mark.parametrize("row", _rows("refused"))
def test_construct_that_iam_refuses_is_refused_at_its_place(row: dict[str, Any]) -> None:
    """A refusal names the reason and points at the offending characters, no more."""
    refusal = _refused(row["expression"])

    assert row["reason"] in refusal.reason
    assert row["expression"][refusal.span.start : refusal.span.end] == row["fragment"]
    assert refusal.span.start == row["at"]


def test_table_repeats_no_expression() -> None:
    """One text has one verdict."""
    texts = [row["expression"] for rows in CASES.values() for row in rows]

    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("getter", sorted(GETTERS))
@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
def test_documented_getter_compares_with_a_number(getter: str, operator: str) -> None:
    """Ten getters and six comparisons are documented."""
    assert isinstance(parse(f"request.time.{getter}() {operator} 1"), Free)


def test_literal_is_located_without_its_quotes() -> None:
    """A caret can point into the literal, which is what a missing slash needs."""
    text = 'true && resource.name.startsWith("a/b")'
    leaf = next(leaf for leaf, _ in leaves(_accepted(text)) if isinstance(leaf, NameTest))

    assert text[leaf.test.span.start : leaf.test.span.end] == "a/b"
    assert text[leaf.span.start : leaf.span.end] == 'resource.name.startsWith("a/b")'


def test_spelling_of_a_time_does_not_make_another_time() -> None:
    """Space, quotes and comments do not change the key by which equal tests are equal."""
    spaced, dense = parse('request.time<date( "2030-01-01" ) // soon'), parse("request.time < date('2030-01-01')")

    assert isinstance(spaced, Free)
    assert isinstance(dense, Free)
    assert spaced.key == dense.key


@pytest.mark.parametrize(("text", "other"), [("1", "2"), ("getHours('a')", "getHours('b')")])
def test_another_time_has_another_key(text: str, other: str) -> None:
    """Two tests that may differ are never one."""
    base = "request.time.getHours() == 1 "
    first, second = (parse(base.replace("1" if part.isdigit() else "getHours()", part)) for part in (text, other))

    assert isinstance(first, Free)
    assert isinstance(second, Free)
    assert first.key != second.key


def _operators(count: int) -> str:
    """Write a condition with `count` logical operators of all three kinds."""
    joined = "true"
    for index in range(count):
        joined = f"!({joined})" if index % 3 == 0 else f"{joined} {'&&' if index % 3 == 1 else '||'} 1 == 1"
    return joined


def test_twelve_logical_operators_are_accepted() -> None:
    """The documented quota is 12, of `&&`, `||` and `!` together; comparisons do not count."""
    text = _operators(LOGICAL_OPERATORS_MAX)

    assert LOGICAL_OPERATORS_MAX == 12
    assert len(list(leaves(_accepted(text)))) > 1
    assert "==" in text


def test_thirteen_logical_operators_are_refused() -> None:
    """One more than the quota is refused, as a whole."""
    text = _operators(LOGICAL_OPERATORS_MAX + 1)
    refusal = _refused(text)

    assert refusal.reason == "13 logical operators; IAM allows 12"
    assert text[refusal.span.start : refusal.span.end] == text


@pytest.mark.parametrize("operator", ["&&", "||"])
def test_operators_inside_parentheses_count(operator: str) -> None:
    """Grouping hides no operator."""
    group = f"(true {operator} !true)"

    assert _refused(f" {operator} ".join([group] * 5)).reason.startswith("14 logical operators")


@pytest.mark.parametrize(
    "text",
    [
        " && ".join(["true"] * 2_400),
        "1" + " + 1" * 2_000 + " < 2",
        "request.time" + ' + duration("1s")' * 1_000 + " < request.time",
        "a" + ".a" * 2_000,
        "a" + ".b()" * 1_000,
        "!" * 4_000 + "true",
        "-" * 4_000 + "1 < 2",
        "(" * 4_000 + "true" + ")" * 4_000,
        "f(" * 4_000 + ")" * 4_000,
        "[" * 4_000 + "]" * 4_000,
        "1||1&&1==1+1*(" * 63 + "1" + ")" * 63,
        "a||a&&a==a+a*f(" * 63 + "1" + ")" * 63,
        "(" * 60 + "1" + ("+1" * 3 + ")") * 60 + "<2",
    ],
    ids=lambda text: text[:12],
)
def test_deep_condition_is_refused_without_a_crash(text: str) -> None:
    """However a text nests, the answer is a refusal: an exception would let the verifier fall over a condition."""
    assert _refused(text).reason


@pytest.mark.parametrize(
    "unit",
    ["(", "!", "a.", "1+", "true&&", '"a" ', "\\", "/", "//\n", "f(", "[", "[1,", "é", "\n", "x", "9", "'", '"\\'],
)
def test_megabyte_of_text_is_refused_in_time(unit: str) -> None:
    """No text makes the parser slow enough to be a way to stop the check."""
    text = unit * (MEGABYTE // len(unit))

    assert 0 <= _refused(text).span.start <= len(text)


def test_megabyte_literal_is_accepted() -> None:
    """Nobody documents a limit for the length of an expression, so there is none."""
    assert isinstance(parse(f'resource.name == "{"a" * MEGABYTE}"'), NameTest)


def test_lone_surrogate_is_no_part_of_a_condition() -> None:
    """Outside a literal it is refused, like any character without a meaning."""
    assert "no part of a condition" in _refused("true && \ud800").reason


def test_lone_surrogate_in_a_literal_is_kept() -> None:
    """Inside a literal it is a character that no name has; the tree keeps it rather than changing the text."""
    parsed = parse('resource.name == "\udfff"')

    assert isinstance(parsed, NameTest)
    assert parsed.test.literal == "\udfff"
