"""Give a condition its meaning, and refuse what IAM refuses.

Source: Google's "Attribute reference for IAM Conditions" and "Quotas and limits". A construct is exact, or a
`Refusal` (IAM would answer 400, or never grant by it), or an `Opaque` leaf (no document says what it does).
"""

from __future__ import annotations

from datetime import datetime

from arco.policy.conditions._clock import truth_at
from arco.policy.conditions._extraction import inside, is_extract, template_of
from arco.policy.conditions._lexer import RefusedError
from arco.policy.conditions._syntax import Binary, Call, Name, Node, NumberOf, StringOf, Unary, parse_syntax
from arco.policy.conditions._time import free_leaf, is_free
from arco.policy.conditions.tree import (
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
    Refusal,
    ServiceIs,
    Span,
    Template,
    Test,
    TestKind,
    TypeIs,
)

__all__ = ["LOGICAL_OPERATORS_MAX", "parse"]

LOGICAL_OPERATORS_MAX = 12
_INTEGERS = 2**63
_INTEGER_DIGITS_MAX = 19
_EQUALITY = {"==", "!="}
_COMPARISON = {*_EQUALITY, "<", "<=", ">", ">="}
_ATTRIBUTES = {"resource.name", "resource.type", "resource.service"}


def parse(text: str, at: datetime | None = None) -> Expression | Refusal:
    """Parse a condition's expression. Never raises: what IAM would refuse is a value that says why.

    At an instant (with its time zone), comparisons of times are as true as they are then, and not free.
    """
    try:
        node = parse_syntax(text)
        operators = _count_logical_operators(node)
        if operators <= LOGICAL_OPERATORS_MAX:
            return _boolean(node, at)
    except RefusedError as error:
        return error.refusal
    return Refusal(f"{operators} logical operators; IAM allows {LOGICAL_OPERATORS_MAX}", node.span)


def _count_logical_operators(node: Node) -> int:
    """Count without recursion: until this number is known to be small, the tree may be as deep as the text is long."""
    count, waiting = 0, [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Unary):
            count += item.operator == "!"
            waiting.append(item.item)
        elif isinstance(item, Binary):
            count += item.operator in {"&&", "||"}
            waiting += (item.left, item.right)
    return count


def _boolean(node: Node, at: datetime | None) -> Expression:
    if isinstance(node, Unary) and node.operator == "!":
        return Not(_boolean(node.item, at))
    if isinstance(node, Binary) and node.operator in {"&&", "||"}:
        items = (_boolean(node.left, at), _boolean(node.right, at))
        return All(items) if node.operator == "&&" else Either(items)
    if is_free(node):
        leaf = free_leaf(node)
        decided = truth_at(node, at) if at is not None and isinstance(leaf, Free) else None
        return leaf if decided is None else Constant(decided, node.span)
    if isinstance(node, Name) and node.path in {"true", "false"}:
        return Constant(node.path == "true", node.span)
    if isinstance(node, Binary) and node.operator in _COMPARISON:
        return _comparison(node)
    if isinstance(node, Call) and node.target is not None and node.method in {"startsWith", "endsWith"}:
        return _string_method(node)
    raise _refused(node)


def _comparison(node: Binary) -> Expression:
    numbers = _number(node.left), _number(node.right)
    if numbers[0] is not None and numbers[1] is not None:
        if type(numbers[0]) is not type(numbers[1]):
            return Opaque("comparing a whole number with a fraction is not documented", node.span)
        return Constant(_compare(node.operator, numbers[0], numbers[1]), node.span)
    left, right = (node.right, node.left) if isinstance(node.left, StringOf) else (node.left, node.right)
    if node.operator not in _EQUALITY:
        if _is_string(left) or _is_string(right):
            message = f"{node.operator!r} does not compare strings in IAM conditions; == and != do"
            raise RefusedError(message, node.span)
        raise _refused(left)
    equal = _equality(node, left, right)
    return equal if node.operator == "==" else Not(equal)


def _equality(node: Binary, left: Node, right: Node) -> Expression:
    if isinstance(left, Name) and left.path in _ATTRIBUTES and isinstance(right, StringOf):
        test = Test(TestKind.EQUALS, right.value, inside(right))
        return _attribute_test(left, test, node.span)
    if is_extract(left) and isinstance(right, StringOf):
        return ExtractTest(template_of(left), Test(TestKind.EQUALS, right.value, inside(right)), node.span)
    if is_extract(left) and is_extract(right):
        return _extract_pair(template_of(left), template_of(right), node.span)
    if _is_string(left) and _is_string(right):
        for extraction in filter(is_extract, (left, right)):
            template_of(extraction)
        return Opaque("comparing these two strings is not documented", node.span)
    raise _refused(right if _is_string(left) else left)


def _attribute_test(attribute: Name, test: Test, span: Span) -> Expression:
    if attribute.path == "resource.name":
        return NameTest(test, span)
    return TypeIs(test.literal, span) if attribute.path == "resource.type" else ServiceIs(test.literal, span)


def _extract_pair(left: Template, right: Template, span: Span) -> Expression:
    if left.prefix != right.prefix:
        return Opaque("comparing extracts with different prefixes is not decidable by a regular language", span)
    return ExtractPair(left, right, span)


def _string_method(node: Call) -> Expression:
    kind = TestKind.STARTS_WITH if node.method == "startsWith" else TestKind.ENDS_WITH
    target = node.target
    if len(node.arguments) != 1 or not isinstance(node.arguments[0], StringOf):
        message = f"{node.method} takes one string literal"
        raise RefusedError(message, node.span)
    argument = node.arguments[0]
    test = Test(kind, argument.value, inside(argument))
    if isinstance(target, Name) and target.path == "resource.name":
        return NameTest(test, node.span)
    if isinstance(target, Name) and target.path in _ATTRIBUTES:
        reason = f"{target.path} is documented with == and != only; other tests give unexpected results"
        return Opaque(reason, node.span)
    if target is not None and is_extract(target):
        return ExtractTest(template_of(target), test, node.span)
    raise _refused(target or node)


def _is_string(node: Node) -> bool:
    return isinstance(node, StringOf) or is_extract(node) or (isinstance(node, Name) and node.path in _ATTRIBUTES)


def _number(node: Node) -> int | float | None:
    """Give the value of a number literal. Raises RefusedError for a whole number that CEL cannot hold."""
    negative = isinstance(node, Unary) and node.operator == "-"
    literal = node.item if isinstance(node, Unary) and negative else node
    if not isinstance(literal, NumberOf):
        return None
    sign = -1 if negative else 1
    if "." in literal.value:
        return sign * float(literal.value)
    digits = literal.value.lstrip("0") or "0"
    if len(digits) > _INTEGER_DIGITS_MAX or not -_INTEGERS <= sign * int(digits) < _INTEGERS:
        message = "this number does not fit 64 bits"
        raise RefusedError(message, node.span)
    return sign * int(digits)


def _compare(operator: str, left: float, right: float) -> bool:
    order = (left > right) - (left < right)
    return {
        "==": order == 0,
        "!=": order != 0,
        "<": order < 0,
        "<=": order <= 0,
        ">": order > 0,
        ">=": order >= 0,
    }[operator]


_KNOWN_BAD_METHODS = {
    "matches": "IAM conditions have no matches(): undeclared reference to 'matches'",
    "contains": "IAM conditions have no contains(): undeclared reference to 'contains'",
}


def _refused(node: Node) -> RefusedError:
    """Say why `node` is not a boolean that IAM documents for Cloud Storage."""
    if isinstance(node, Call):
        if node.method in _KNOWN_BAD_METHODS:
            return RefusedError(_KNOWN_BAD_METHODS[node.method], node.span)
        if node.method == "getAttribute":
            reason = "this API attribute is not for role bindings on Cloud Storage (objectListPrefix: boundaries only)"
            return RefusedError(reason, node.span)
        return RefusedError(f"{node.method}() is not documented here", node.span)
    if isinstance(node, Binary):
        return RefusedError(f"{node.operator!r} is not documented for conditions on names", node.span)
    if isinstance(node, Name) and node.path in _ATTRIBUTES:
        return RefusedError(f"{node.path} is a string, not a condition", node.span)
    if isinstance(node, Name):
        return RefusedError(f"{node.path} is not an attribute of Cloud Storage resources", node.span)
    return RefusedError("this is not a condition: it has no truth value", node.span)
