"""`condition-unanchored` against enumeration: what it passes is confined, and its witness stands for all others."""

from __future__ import annotations

from hypothesis import given

from arco.policy.case import Case
from arco.policy.conditions import Expression, Resource, evaluate
from arco.policy.deployment import Deployment
from arco.policy.grants import Grants
from arco.policy.model import VERBS, Condition, Grant, Scope, ScopeKind
from arco.policy.reach import at_best
from arco.policy.rules import condition_unanchored
from arco.policy.values import Text
from tests.property.conditions.drawn import bounded, conditions, free_values, names

_OBJECTS = "projects/_/buckets/demo/objects/"
_ALPHABET = "ab/"
# Characters that no drawn literal holds: as good as each other, and as any in their place.
_OTHERS = "xyqQ~é"


def _case(expression: Expression) -> Case:
    condition = Condition("drawn", Text.of("drawn"), expression)
    text = Text.of("drawn")
    permissions = frozenset(VERBS.values())
    scope = Scope(ScopeKind.BUCKET, "demo")
    grant = Grant("user:ann@example.com", "drawn", permissions, scope, condition, "drawn", text, text)
    return Case(Deployment("drawn", ()), Grants((grant,), {}, ()), None)


def _admits(expression: Expression, name: str) -> bool:
    resource = Resource.object("demo", name)
    return any(evaluate(expression, resource, free) is True for free in free_values(expression))


def test_unanchored_is_exactly_what_may_begin_with_anything() -> None:
    """Where it is silent, no name with a strange beginning is admitted; where it speaks, every beginning will do."""
    said = {"unanchored": 0, "confined": 0, "everything": 0}
    tried = list(names(f"{_ALPHABET}x", 3))[1:]

    @bounded(500)
    @given(conditions(_ALPHABET, ("", _OBJECTS, f"{_OBJECTS}a/"), opaque=False))
    def compare(expression: Expression) -> None:
        findings = list(condition_unanchored.RULE.check(_case(expression)))
        strange = [name for name in tried if name.startswith("x") and _admits(expression, name)]
        everything = all(_admits(at_best(expression), name) for name in tried)
        said["unanchored" if findings else "everything" if everything else "confined"] += 1

        if findings:
            name = findings[0].witness.removeprefix("holds for gs://demo/").partition(", and ")[0]
            assert all(_admits(expression, other + name[1:]) for other in _OTHERS)
        else:
            assert everything or not strange

    compare()

    assert min(said.values()) > 20, said
