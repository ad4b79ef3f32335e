"""What the decision procedure says of one question: the procedure that proves the matrix, not the evaluator.

A name is put to it as a language of one word: does the conjunction of what a principal reaches with `name == …` hold
for something, and does that of the rest? What depends on what nobody knows (a tag, a condition that IAM would refuse)
holds for neither, and must be refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

from arco.emulator.enforcement import ANONYMOUS
from arco.policy.conditions import (
    All,
    Constant,
    Either,
    Expression,
    Free,
    NameTest,
    Not,
    Nothing,
    Span,
    Test,
    TestKind,
)
from arco.policy.grants import Grants
from arco.policy.model import Condition, Grant
from arco.policy.reach import BUCKETS, Reach
from tests.differential.policies import FAR_TRUTHS

__all__ = ["Answer", "Procedure"]

Answer: TypeAlias = Literal["granted", "refused", "open"]

_NOWHERE = Span(0, 0)


class Procedure:
    """Answers for one policy, at the moment of the tests."""

    def __init__(self, grants: Grants) -> None:
        """Settle what depends on the time; a bucket that is closed to everybody has no grant to everybody."""
        settled = [_settled(grant) for grant in grants.grants]
        self._closed = {bucket.name for bucket in grants.buckets.values() if bucket.private}
        self._open = Reach(settled, grants.buckets.values(), public=True)
        self._own = Reach(settled, grants.buckets.values(), public=False)

    def answer(self, caller: str, permission: str, bucket: str, name: str | None) -> Answer:
        """Say whether `caller` has `permission` on an object, or on the bucket itself."""
        principal = "allUsers" if caller == ANONYMOUS else caller
        if bucket in self._closed and caller == ANONYMOUS:
            return "refused"
        reach = self._own if bucket in self._closed else self._open
        if name is None:
            some, fails = reach.on_bucket(principal, permission, bucket)
        else:
            expression = reach.objects(principal, permission, bucket)
            if expression is None:
                return "refused"
            word = NameTest(Test(TestKind.EQUALS, f"{BUCKETS}{bucket}/objects/{name}", _NOWHERE), _NOWHERE)
            some = reach.find(All((expression, word)), bucket)
            fails = reach.find(All((Not(expression), word)), bucket)
        if some == Nothing():
            return "refused"
        return "granted" if fails == Nothing() else "open"


def _settled(grant: Grant) -> Grant:
    if grant.condition is None:
        return grant
    return replace(grant, condition=Condition(grant.condition.title, grant.condition.text, _at_now(grant.expression)))


def _at_now(expression: Expression) -> Expression:
    if isinstance(expression, Not):
        return Not(_at_now(expression.item))
    if isinstance(expression, All | Either):
        return type(expression)(tuple(_at_now(item) for item in expression.items))
    if isinstance(expression, Free) and expression.key in FAR_TRUTHS:
        return Constant(FAR_TRUTHS[expression.key], expression.span)
    return expression
