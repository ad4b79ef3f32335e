"""Operators: what they make of values that are already computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arco.policy.terraform.static import _conversion as conversion
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._arguments import exact, number
from arco.policy.values import Unknown, Value

if TYPE_CHECKING:
    from arco.policy.values import Number, Origin

__all__ = ["as_bool", "binary", "unary"]


def as_bool(value: Value, at: Origin) -> bool | Unknown:
    """Convert to bool. Raises InputError for null and for what does not convert."""
    try:
        result = conversion.convert(value, conversion.Type("bool"))
    except kinds.Mismatch as error:
        tree.refuse(str(error), at)
    if isinstance(result, Unknown):
        return result
    if result is None:
        tree.refuse("a bool is needed, and this is null", at)
    return bool(result)


def unary(node: tree.Unary, value: Value) -> Value:
    """Compute `-x` or `!x`. Raises InputError where Terraform would refuse."""
    if node.operator == "!":
        truth = as_bool(value, node.at)
        return truth if isinstance(truth, Unknown) else not truth
    operand = _number(value, node.at)
    return operand if isinstance(operand, Unknown) else -operand


def binary(node: tree.Binary, left: Value, right: Value) -> Value:
    """Compute `left operator right`. Raises InputError where Terraform would refuse."""
    if node.operator in {"==", "!="}:
        same = conversion.equal(left, right)
        if isinstance(same, Unknown):
            return same
        return same if node.operator == "==" else not same
    if node.operator in {"&&", "||"}:
        return _logic(node, left, right)
    a, b = _number(left, node.left.at), _number(right, node.right.at)
    if isinstance(a, Unknown):
        return a
    if isinstance(b, Unknown):
        return b
    comparisons = {"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}
    if node.operator in comparisons:
        return comparisons[node.operator]
    return _arithmetic(node, a, b)


def _number(value: Value, at: Origin) -> Number | Unknown:
    try:
        result = conversion.convert(value, conversion.Type("number"))
    except kinds.Mismatch as error:
        tree.refuse(str(error), at)
    if isinstance(result, Unknown):
        return result
    if not isinstance(result, int | float):
        tree.refuse("a number is needed, and this is null", at)
    return result


def _logic(node: tree.Binary, left: Value, right: Value) -> Value:
    """Combine two bools. An unknown does not matter where the other side decides."""
    a, b = as_bool(left, node.left.at), as_bool(right, node.right.at)
    decisive = node.operator == "||"
    if a is decisive or b is decisive:
        return decisive
    if isinstance(a, Unknown):
        return a
    return b


def _arithmetic(node: tree.Binary, a: Number, b: Number) -> Value:
    x, y = exact(a), exact(b)
    if x is None or y is None:
        return Unknown("static mode does not compute with decimal fractions that have no exact binary form", node.at)
    if node.operator == "/" and y == 0:
        tree.refuse("division by zero", node.at)
    if node.operator == "%" and y == 0:
        return Unknown("static mode does not compute a remainder of a division by zero", node.at)
    if node.operator == "+":
        result = x + y
    elif node.operator == "-":
        result = x - y
    elif node.operator == "*":
        result = x * y
    elif node.operator == "/":
        result = x / y
    else:
        # As in Go: the remainder has the sign of the dividend.
        result = abs(x) % abs(y) * (-1 if x < 0 else 1)
    return number(result, node.at)
