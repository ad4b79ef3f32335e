"""The parser answers for every text, and reads back what was written."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from arco.policy.conditions import (
    LOGICAL_OPERATORS_MAX,
    Expression,
    Refusal,
    Resource,
    Space,
    evaluate,
    find_name,
    find_object,
    leaves,
    parse,
)
from tests.property.conditions.drawn import bounded, conditions, written
from tests.unit.policy.conditions.summary import summary

TABLE = Path(__file__).parents[2] / "unit" / "policy" / "conditions" / "parser.toml"
EXPRESSIONS = [row["expression"] for rows in tomllib.loads(TABLE.read_text(encoding="utf-8")).values() for row in rows]
PIECES = [
    *("resource.name", "resource.type", "request.time", "resource", ".", "name", ".startsWith", ".extract", "(", ")"),
    *("'a'", '"{x}/"', "'{x}{y}'", "==", "!=", "<", "&&", "||", "!", "-", "+", "1", "2.5", ",", "[", "]", "in", "?"),
    *("timestamp", "date", "duration", ".getHours", "true", "false", " ", "//", "\n", "\\", "'", '"', "{", "\ud800"),
]
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


def _answers(text: str) -> None:
    """Parse, and use what was parsed: nothing raises, and every place lies in the text."""
    parsed = parse(text)
    spans = [parsed.span] if isinstance(parsed, Refusal) else [leaf.span for leaf, _ in leaves(parsed)]
    assert all(0 <= span.start <= span.end <= len(text) for span in spans), (text, spans)
    if not isinstance(parsed, Refusal):
        assert evaluate(parsed, Resource.object("b", "a")) in {True, False, None}
        find_name(parsed, Space.objects("b"), states_max=200)
        find_object(parsed, states_max=200)


@bounded(200)
@given(ANYTHING)
def test_any_text_is_answered(text: str) -> None:
    """Random characters are parsed or refused."""
    _answers(text)


@bounded(400)
@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_any_order_of_tokens_is_answered(text: str) -> None:
    """Tokens in any order are parsed or refused."""
    _answers(text)


@bounded(400)
@given(st.sampled_from(EXPRESSIONS), st.integers(0, 120), st.integers(0, 6), st.sampled_from(["", *PIECES]))
@example("resource.name == 'a'", 0, 0, "\\")
def test_any_damage_to_a_condition_is_answered(text: str, at: int, cut: int, insert: str) -> None:
    """A condition of the table with a piece cut out or put in is parsed or refused."""
    _answers(text[:at] + insert + text[at + cut :])


@bounded(200)
@given(conditions("ab/"))
def test_written_condition_is_read_back(expression: Expression) -> None:
    """Writing a tree and parsing the text gives the tree, up to the grouping of three."""
    text = written(expression)
    parsed = parse(text)
    operators = text.count("&&") + text.count("||") + text.count("!(")

    assert isinstance(parsed, Refusal) == (operators > LOGICAL_OPERATORS_MAX)
    if not isinstance(parsed, Refusal):
        for name in ("a", "b/a", "ab/ab"):
            resource = Resource.object("b", name)
            free = {"resource.hasTagKey('p')": True}
            assert evaluate(parsed, resource, free) is evaluate(expression, resource, free)
        assert len(list(leaves(parsed))) == len(list(leaves(expression)))


def test_table_reads_back_the_same_twice() -> None:
    """Parsing has no memory."""
    first = [parse(text) for text in EXPRESSIONS]

    assert [parse(text) for text in EXPRESSIONS] == first
    assert any(not isinstance(parsed, Refusal) and summary(parsed) for parsed in first)
