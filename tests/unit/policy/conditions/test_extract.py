"""`extract()`: Google's examples, for the value, for one name, and for all names at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from arco.policy.conditions import (
    All,
    ExtractPair,
    ExtractTest,
    Found,
    Not,
    Nothing,
    Refusal,
    Resource,
    Space,
    Span,
    Template,
    evaluate,
    find_name,
    parse,
)
from arco.policy.conditions.evaluate import OBJECT_TYPE
from tests.unit.policy.conditions.asking import parsed

DATA = tomllib.loads(Path(__file__).with_name("extract.toml").read_text(encoding="utf-8"))
NAME: str = DATA["name"]
VECTORS = [pytest.param(row["template"], row["value"], id=row["template"]) for row in DATA["vector"]]
THIS = parsed(f'resource.name == "{NAME}"')
SPACE = Space.objects("acme-orders-aaa")


def _extraction(template: str, value: str) -> ExtractTest:
    expression = parsed(f'resource.name.extract("{template}") == "{value}"')
    assert isinstance(expression, ExtractTest)
    return expression


@pytest.mark.parametrize(("template", "value"), VECTORS)
def test_documented_example_has_its_value(template: str, value: str) -> None:
    """The value itself is Google's."""
    assert _extraction(template, value).template.extract(NAME) == value


@pytest.mark.parametrize(("template", "value"), VECTORS)
def test_documented_example_is_evaluated(template: str, value: str) -> None:
    """The comparison with that value holds for the name, and with no other."""
    resource = Resource(OBJECT_TYPE, NAME)

    assert evaluate(_extraction(template, value), resource) is True
    assert evaluate(_extraction(template, f"{value}x"), resource) is False


@pytest.mark.parametrize(("template", "value"), VECTORS)
def test_documented_example_is_decided(template: str, value: str) -> None:
    """Among all names, this one satisfies equality with its value and falsifies its negation."""
    extraction = _extraction(template, value)

    assert find_name(All((THIS, extraction)), SPACE) == Found(NAME)
    assert find_name(All((THIS, Not(extraction))), SPACE) == Nothing()


@pytest.mark.parametrize(("template", "value"), VECTORS)
def test_documented_example_is_decided_against_other_values(template: str, value: str) -> None:
    """Among all names, this one does not satisfy equality with a value that differs by a character."""
    for other in {f"{value}x", value[:-1] or "x", f"x{value}"}:
        assert find_name(All((THIS, _extraction(template, other))), SPACE) == Nothing()


def test_first_suffix_behind_the_first_prefix_counts() -> None:
    """A suffix before the prefix, a second prefix and a second suffix change nothing."""
    assert Template("p", "s", Span(0, 0)).extract("s.p1sp2s") == "1"


def test_suffix_may_not_overlap_the_prefix() -> None:
    """The suffix is searched behind the prefix, not in it."""
    assert Template("ab", "ba", Span(0, 0)).extract("aba") == ""


def test_three_identifiers_are_refused() -> None:
    """Every plausible reading of several identifiers denies what is meant or admits crafted names: none is taken."""
    template = "projects/_/buckets/b/objects/tenant={tenant}/workspace={workspace}/{object_path}"
    text = f'resource.name.extract("{template}").startsWith("ledger/")'
    refusal = parse(text)

    assert isinstance(refusal, Refusal)
    assert text[refusal.span.start : refusal.span.end] == template


def test_pair_with_two_prefixes_cannot_be_made() -> None:
    """The decision procedure reads one prefix, so a pair with two would be decided wrongly."""
    left, right = Template("a", "", Span(0, 0)), Template("b", "", Span(0, 0))

    with pytest.raises(ValueError, match="one prefix"):
        ExtractPair(left, right, Span(0, 0))
