"""Recognize `resource.name.extract(template)` and read its template."""

from __future__ import annotations

import re

from arco.policy.conditions._lexer import RefusedError
from arco.policy.conditions._syntax import Call, Name, Node, StringOf
from arco.policy.conditions.tree import Span, Template

__all__ = ["inside", "is_extract", "template_of"]

_IDENTIFIER = re.compile(r"\{[A-Za-z0-9_]+\}")


def is_extract(node: Node) -> bool:
    """Whether `node` extracts from the resource's name."""
    return (
        isinstance(node, Call)
        and node.method == "extract"
        and isinstance(node.target, Name)
        and node.target.path == "resource.name"
    )


def template_of(node: Node) -> Template:
    """Read the template of an extraction. Raises RefusedError unless it has exactly one identifier."""
    if not isinstance(node, Call) or len(node.arguments) != 1 or not isinstance(node.arguments[0], StringOf):
        message = "extract takes one string literal"
        raise RefusedError(message, node.span)
    argument = node.arguments[0]
    found = list(_IDENTIFIER.finditer(argument.value))
    if len(found) != 1:
        message = f"the extraction template has {len(found)} identifiers; IAM documents exactly one"
        raise RefusedError(message, inside(argument))
    prefix, suffix = argument.value[: found[0].start()], argument.value[found[0].end() :]
    if "{" in prefix + suffix or "}" in prefix + suffix:
        message = "the extraction template has a brace outside its identifier"
        raise RefusedError(message, inside(argument))
    return Template(prefix, suffix, inside(argument))


def inside(literal: StringOf) -> Span:
    """Give the place of a literal without its quotes."""
    return Span(literal.span.start + 1, literal.span.end - 1)
