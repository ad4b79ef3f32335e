"""Print a condition's tree on one line, so that a table can say what a text must become."""

from __future__ import annotations

from arco.policy.conditions import (
    All,
    Constant,
    Either,
    Expression,
    ExtractPair,
    ExtractTest,
    Free,
    NameTest,
    Not,
    Opaque,
    Template,
    Test,
    TestKind,
)
from arco.policy.conditions.tree import TypeIs

__all__ = ["summary"]

_KINDS = {TestKind.STARTS_WITH: "starts", TestKind.ENDS_WITH: "ends", TestKind.EQUALS: "is"}


def summary(expression: Expression) -> str:
    """Give the tree with explicit groups and decoded literals."""
    match expression:
        case Not(item):
            return f"not {summary(item)}"
        case All(items):
            return f"({' and '.join(map(summary, items))})"
        case Either(items):
            return f"({' or '.join(map(summary, items))})"
        case Constant(value, _):
            return "true" if value else "false"
        case NameTest(test, _):
            return f"name {_test(test)}"
        case ExtractTest(template, test, _):
            return f"{_template(template)} {_test(test)}"
        case ExtractPair(left, right, _):
            return f"{_template(left)} is {_template(right)}"
        case Free(key, _):
            return f"free {key}"
        case Opaque():
            return "opaque"
        case _:
            attribute = "type" if isinstance(expression, TypeIs) else "service"
            return f"{attribute} is {_quote(expression.literal)}"


def _test(test: Test) -> str:
    return f"{_KINDS[test.kind]} {_quote(test.literal)}"


def _template(template: Template) -> str:
    return f"extract {_quote(template.prefix)}_{_quote(template.suffix)}"


def _quote(text: str) -> str:
    return f'"{text}"'
