"""One condition, one resource: the answer that IAM gives, with CEL's absorption of what has no answer."""

from __future__ import annotations

import pytest

from arco.policy.conditions import Not, Opaque, Resource, Span, evaluate
from arco.policy.conditions.evaluate import BUCKET_TYPE, OBJECT_TYPE
from tests.unit.policy.conditions.asking import parsed

UNKNOWN = "resource.hasTagKey('1/a')"
OBJECT = Resource.object("b", "ledger/x")
BUCKET = Resource.bucket("b")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (f"{UNKNOWN} || true", True),
        (f"true || {UNKNOWN}", True),
        (f"{UNKNOWN} && false", False),
        (f"false && {UNKNOWN}", False),
        (f"{UNKNOWN} || false", None),
        (f"false || {UNKNOWN}", None),
        (f"{UNKNOWN} && true", None),
        (f"true && {UNKNOWN}", None),
        (f"!{UNKNOWN}", None),
        (f"!({UNKNOWN} && false)", True),
        (f"!(true || {UNKNOWN})", False),
        (f"{UNKNOWN} || !{UNKNOWN}", None),
    ],
)
def test_unknown_is_absorbed_in_both_orders(text: str, answer: bool | None) -> None:  # noqa: FBT001
    """Like an error in CEL, an unknown part loses against true in `||` and false in `&&`, wherever it stands."""
    assert evaluate(parsed(text), OBJECT) is answer


@pytest.mark.parametrize("value", [True, False])
def test_free_part_takes_its_given_value(value: bool) -> None:  # noqa: FBT001
    """A caller that knows the time or the tags can say so, by key."""
    leaf = parsed(UNKNOWN)

    assert evaluate(leaf, OBJECT, {leaf.key: value}) is value  # type: ignore[union-attr]


def test_free_part_of_another_key_stays_unknown() -> None:
    """An assignment speaks of the keys that it names, only."""
    assert evaluate(parsed(UNKNOWN), OBJECT, {"another": True}) is None


def test_opaque_part_has_no_value() -> None:
    """Nobody documents it, so neither it nor its negation is true."""
    opaque = Opaque("?", Span(0, 0))

    assert evaluate(opaque, OBJECT) is None
    assert evaluate(Not(opaque), OBJECT) is None


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ("resource.name.startsWith('')", Resource(OBJECT_TYPE, None)),
        ("resource.name != 'a'", Resource(OBJECT_TYPE, None)),
        ("resource.name.extract('{a}') == ''", Resource(OBJECT_TYPE, None)),
        ("resource.name.extract('a{a}') == resource.name.extract('a{a}/')", Resource(OBJECT_TYPE, None)),
        ("resource.type != 'a'", Resource(None, "a")),
        ("resource.service != 'a'", Resource(OBJECT_TYPE, "a", None)),
    ],
)
def test_absent_attribute_grants_in_neither_polarity(text: str, resource: Resource) -> None:
    """A part that uses an attribute which the resource does not have is never read as granting."""
    assert evaluate(parsed(text), resource) is None
    assert evaluate(Not(parsed(text)), resource) is None


@pytest.mark.parametrize(
    ("text", "of_object", "of_bucket"),
    [
        ("resource.type == 'storage.googleapis.com/Object'", True, False),
        ("resource.type != 'storage.googleapis.com/Bucket'", True, False),
        ("resource.service == 'storage.googleapis.com'", True, True),
        ("resource.name == 'projects/_/buckets/b'", False, True),
        ("resource.name.startsWith('projects/_/buckets/b/objects/ledger/')", True, False),
        ("resource.name.startsWith('ledger/')", False, False),
        ("resource.name.endsWith('/x')", True, False),
        ("resource.name.extract('/objects/{x}') == 'ledger/x'", True, False),
        ("resource.name.extract('ledger{x}') == resource.name.extract('ledger{x}/')", False, True),
    ],
)
def test_attributes_are_those_of_the_resource(text: str, of_object: bool, of_bucket: bool) -> None:  # noqa: FBT001
    """An object and its bucket differ in type and name, and share the service."""
    assert evaluate(parsed(text), OBJECT) is of_object
    assert evaluate(parsed(text), BUCKET) is of_bucket


def test_types_are_googles() -> None:
    """Type literals are those that the documentation lists."""
    assert OBJECT.type == OBJECT_TYPE == "storage.googleapis.com/Object"
    assert BUCKET.type == BUCKET_TYPE == "storage.googleapis.com/Bucket"


@pytest.mark.parametrize("name", ["%2F", "a%2Fb", "{x}", "é", "e\u0301", "a//b", "../a"])
def test_name_is_compared_as_it_is(name: str) -> None:
    """A condition sees the decoded name, without normalization of any kind."""
    resource = Resource.object("b", name)

    assert evaluate(parsed(f"resource.name == 'projects/_/buckets/b/objects/{name}'"), resource) is True
    assert evaluate(parsed("resource.name == 'projects/_/buckets/b/objects/a/b'"), resource) is False
