"""Conditions on a resource of which only the beginning of the name is documented.

HNS folders, projects and service accounts have names that no page spells for conditions. What can be told from their
beginning is told; every other test of the name is opaque, so that a verdict that hangs on it is *undecided*.
"""

from __future__ import annotations

from arco.policy.conditions.evaluate import SERVICE
from arco.policy.conditions.tree import (
    All,
    Constant,
    Either,
    Expression,
    Free,
    NameTest,
    Not,
    Opaque,
    ServiceIs,
    TestKind,
    TypeIs,
)

__all__ = ["where_name_begins"]

_REASON = "the name and type that conditions see on this resource are not documented"


def where_name_begins(expression: Expression, beginning: str, never: tuple[str, ...], *, storage: bool) -> Expression:
    """Give the expression for resources whose names begin with `beginning`, and with none of `never`.

    `storage` says that the resource is one of Cloud Storage; its type is not documented either way.
    """
    if isinstance(expression, Not):
        return Not(where_name_begins(expression.item, beginning, never, storage=storage))
    if isinstance(expression, All | Either):
        items = tuple(where_name_begins(item, beginning, never, storage=storage) for item in expression.items)
        return type(expression)(items)
    if isinstance(expression, NameTest):
        return _name_test(expression, beginning, never)
    if isinstance(expression, TypeIs):
        documented = expression.literal.startswith(f"{SERVICE}/") and not storage
        return Constant(value=False, span=expression.span) if documented else Opaque(_REASON, expression.span)
    if isinstance(expression, ServiceIs):
        decided = storage or expression.literal == SERVICE
        value = storage and expression.literal == SERVICE
        return Constant(value, expression.span) if decided else Opaque(_REASON, expression.span)
    return expression if isinstance(expression, Constant | Free | Opaque) else Opaque(_REASON, expression.span)


def _name_test(leaf: NameTest, beginning: str, never: tuple[str, ...]) -> Expression:
    literal, kind = leaf.test.literal, leaf.test.kind
    if kind is TestKind.ENDS_WITH:
        return Opaque(_REASON, leaf.span)
    if kind is TestKind.STARTS_WITH and beginning.startswith(literal):
        return Constant(value=True, span=leaf.span)
    possible = literal.startswith(beginning) and not literal.startswith(never)
    return Opaque(_REASON, leaf.span) if possible else Constant(value=False, span=leaf.span)
