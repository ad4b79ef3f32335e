"""The oracle itself: it reads conditions and grants as documented, and tells a change from none."""

from __future__ import annotations

import pytest
import z3  # type: ignore[import-untyped]

from policy_tests.mutation.access import Access, compared
from policy_tests.mutation.expressions import BUCKET, OBJECT, Thing, parsed
from policy_tests.mutation.plans import recorded

_PREFIX = 'resource.name.startsWith("a/")'


@pytest.mark.parametrize(
    ("text", "name", "verdict"),
    [
        (_PREFIX, "a/b", True),
        (_PREFIX, "ab", False),
        (f"!({_PREFIX})", "ab", True),
        (f'{_PREFIX} && resource.name.endsWith("x") || false', "a/x", True),
        ('resource.name != "a" && true', "a", False),
        ('resource.name.extract("a/{x}/") == "b"', "zza/b/c", True),
        ('resource.name.extract("a/{x}/") == ""', "zza/b", True),
        ('resource.name.extract("a/{x}").startsWith("b")', "zza/ba/c", True),
        ("resource.name.startsWith('\\x61/')", "a/b", True),
        ('resource.type == "storage.googleapis.com/Bucket"', "a/b", False),
        ('resource.service == "storage.googleapis.com"', "a/b", True),
        ('request.time < timestamp("2031-01-01T00:00:00Z")', "a/b", True),
    ],
)
def test_a_condition_is_evaluated_as_documented(text: str, name: str, *, verdict: bool) -> None:
    """By the evaluator and, as a language, by the solver."""
    solver = z3.Solver()
    solver.add(z3.InRe(z3.StringVal(name), parsed(text).language(OBJECT, "2030")))

    assert parsed(text).holds(Thing(OBJECT, name, "2030")) is verdict
    assert (str(solver.check()) == "sat") is verdict


@pytest.mark.parametrize("text", ["resource.name", "matches(x)", _PREFIX[:-1], f"{_PREFIX} {_PREFIX}", "?"])
def test_what_the_oracle_cannot_read_is_an_error(text: str) -> None:
    """It would otherwise judge another condition."""
    with pytest.raises(ValueError, match=r"\S"):
        parsed(text)


def test_a_change_is_shown_and_none_is_proved() -> None:
    """On the closed set of names where that tells, by the solver where it does not."""
    plan = recorded("acme/prod")
    text = plan.bindings[1]["condition"]["expression"]
    far = f'{text} || resource.name.startsWith("projects/_/buckets/{plan.buckets[0]}/objects/nobody-thinks-of-this/")'
    base = Access(plan.resources)

    same, near, distant = (
        compared(base, Access(plan.with_expression(1, other).resources), plan.buckets)
        for other in (f"!(!({text}))", text.replace('/")', '")'), far)
    )

    assert same is None
    assert near is not None
    assert near.permission in {"storage.objects.create", "storage.objects.get"}
    assert distant is not None


def test_the_solver_finds_what_no_literal_spells() -> None:
    """Two suffixes of the same name: only a name that holds neither tells them apart."""
    plan = recorded("acme/prod")
    text = plan.bindings[1]["condition"]["expression"]
    odd = f'{text} && resource.name.extract("l0/{{x}}") != "0123456789/never/spelled"'

    found = compared(Access(plan.resources), Access(plan.with_expression(1, odd).resources), plan.buckets)

    assert found is not None
    assert "0123456789/never/spelled" in found.thing.name


def test_a_list_is_asked_of_the_bucket() -> None:
    """A folder opens no list."""
    plan = recorded("acme/prod")
    index = next(i for i, binding in enumerate(plan.bindings) if binding["role"].endswith("_list"))
    condition = {"title": "x", "expression": plan.bindings[1]["condition"]["expression"]}

    found = compared(
        Access(plan.resources), Access(plan.with_binding(index, condition=condition).resources), plan.buckets
    )

    assert found is not None
    assert (found.permission, found.thing.kind) == ("storage.objects.list", BUCKET)
