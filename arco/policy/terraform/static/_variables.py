"""Input variables: type constraints, values from files and callers, defaults, validations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arco.policy.terraform.static import _conversion as conversion
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._evaluate import Scope, evaluate
from arco.policy.terraform.static._operators import as_bool
from arco.policy.values import Text, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arco.policy.values import Origin

__all__ = ["check_validations", "constant", "input_value", "type_constraint"]

_KEYWORDS = {"string", "number", "bool", "any"}
_COLLECTIONS = {"list", "set", "map"}


def _no_names(name: str, at: Origin) -> Value:
    tree.refuse(f"only constant values may stand here: {name!r} is a reference", at)


def constant(expression: tree.Expression) -> Value:
    """Compute an expression that may not refer to anything."""
    return evaluate(expression, Scope(_no_names, constant=True))


def type_constraint(node: tree.Expression) -> conversion.Type:
    """Read the `type` of a variable. Raises InputError where Terraform would refuse it."""
    if isinstance(node, tree.Variable):
        if node.name in _KEYWORDS:
            return conversion.Type(node.name)
        if node.name in _COLLECTIONS:
            return conversion.Type(node.name, element=conversion.ANY)
    if isinstance(node, tree.Constant) and isinstance(node.value, Text):
        return _quoted_type(node.value.value, node.at)
    if isinstance(node, tree.Call):
        arguments = node.arguments
        if node.name in _COLLECTIONS and len(arguments) == 1:
            return conversion.Type(node.name, element=type_constraint(arguments[0]))
        if node.name == "tuple" and len(arguments) == 1 and isinstance(arguments[0], tree.TupleOf):
            return conversion.Type("tuple", items=tuple(type_constraint(item) for item in arguments[0].items))
        if node.name == "object" and len(arguments) == 1 and isinstance(arguments[0], tree.ObjectOf):
            return _object_type(arguments[0])
    tree.refuse(
        "not a type: write string, number, bool, any, list(…), set(…), map(…), object({…}) or tuple([…])", node.at
    )


def _quoted_type(name: str, at: Origin) -> conversion.Type:
    if name == "string":
        return conversion.Type("string")
    if name in {"list", "map"}:
        return conversion.Type(name, element=conversion.Type("string"))
    tree.refuse(f"not a type: write it without quotes type={name!r}", at)


def _object_type(node: tree.ObjectOf) -> conversion.Type:
    attributes: dict[str, conversion.Type] = {}
    defaults: dict[str, Value] = {}
    optional: set[str] = set()
    for key, value in node.items:
        name = kinds.text_of(constant(key)).value
        if isinstance(value, tree.Call) and value.name == "optional" and value.arguments:
            optional.add(name)
            attributes[name] = type_constraint(value.arguments[0])
            if len(value.arguments) > 1:
                defaults[name] = _converted(constant(value.arguments[1]), attributes[name], value.at)
        else:
            attributes[name] = type_constraint(value)
    return conversion.Type("object", attributes=attributes, optional=frozenset(optional), defaults=defaults)


def _converted(value: Value, kind: conversion.Type, at: Origin) -> Value:
    try:
        return conversion.convert(value, kind)
    except kinds.Mismatch as error:
        tree.refuse(f"the value does not fit its type: {error}", at)


def input_value(block: tree.Block, given: Mapping[str, tuple[Value, Origin]]) -> Value:
    """Give the value of the variable `block` declares. Raises InputError if it is required and missing."""
    attributes, name = block.body.attributes, block.labels[0]
    kind = type_constraint(attributes["type"].value) if "type" in attributes else conversion.ANY
    nullable = constant(attributes["nullable"].value) is not False if "nullable" in attributes else True
    default = attributes.get("default")
    if name in given and not (given[name][0] is None and not nullable and default is not None):
        value, at = given[name]
    elif default is not None:
        value, at = constant(default.value), default.at
    else:
        tree.refuse(f"variable {name!r} has no value: set it in a variable file, or give it a default", block.at)
    if value is None and not nullable:
        tree.refuse(f"variable {name!r} must not be null", at)
    return _converted(value, kind, at)


def check_validations(block: tree.Block, scope: Scope, at: Origin) -> None:
    """Evaluate the `validation` blocks of a variable. Raises InputError, at the value's place, if one fails."""
    for inner in block.body.blocks:
        if inner.type != "validation":
            continue
        condition = inner.body.attributes.get("condition")
        message = inner.body.attributes.get("error_message")
        if condition is None or message is None:
            tree.refuse("a validation needs a condition and an error_message", inner.at)
        truth = as_bool(evaluate(condition.value, scope), condition.value.at)
        if isinstance(truth, Unknown) or truth:
            continue
        text = evaluate(message.value, scope)
        shown = text.display() if isinstance(text, Text) else "its validation fails"
        tree.refuse(f"variable {block.labels[0]!r}: {shown} validation={inner.at}", at)
