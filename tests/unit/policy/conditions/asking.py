"""Short forms for questions about conditions that are written as text."""

from __future__ import annotations

from arco.policy.conditions import Expression, Found, Refusal, Resource, Space, Verdict, evaluate, find_name, parse

__all__ = ["BUCKET", "OBJECTS", "P", "find", "parsed", "reaches"]

BUCKET = "b"
P = f"projects/_/buckets/{BUCKET}/objects/"
OBJECTS = Space.objects(BUCKET)


def parsed(text: str) -> Expression:
    """Parse a condition that must be accepted."""
    expression = parse(text)
    assert not isinstance(expression, Refusal), expression.reason
    return expression


def find(expression: Expression, space: Space = OBJECTS) -> Verdict:
    """Search `space`, and hold what is found against the concrete evaluator."""
    verdict = find_name(expression, space)
    if isinstance(verdict, Found):
        assert evaluate(expression, Resource(space.type, verdict.name)) is not False, verdict.name
    return verdict


def reaches(expression: Expression, name: str) -> bool | None:
    """Evaluate a condition for one object of the bucket."""
    return evaluate(expression, Resource.object(BUCKET, name))
