"""References that name nothing: Terraform refuses them wherever they stand, also where evaluation would not get.

An expression in the branch that is not taken, or inside `try`, is checked like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _tree as tree
from arco.policy.values import Literal

if TYPE_CHECKING:
    from arco.policy.terraform.static._sources import ModuleSource

__all__ = ["check_references"]

_KINDS = {"var": "variable", "local": "local", "module": "module"}


def check_references(source: ModuleSource) -> None:
    """Raise InputError at the first reference to a variable, local, module or resource that is not declared."""
    for attribute in source.locals.values():
        _check(attribute.value, source)
    for block in (*source.modules.values(), *source.outputs.values(), *source.providers.values()):
        _check_body(block.body, source, skip=("providers",))
    for block in source.resources.values():
        _check_body(block.body, source, skip=("provider",))


def _check_body(body: tree.Body, source: ModuleSource, *, skip: tuple[str, ...] = ()) -> None:
    for name, attribute in body.attributes.items():
        if name not in skip:
            _check(attribute.value, source)
    for block in body.blocks:
        if block.type not in {"connection", "lifecycle", "provisioner"}:
            _check_body(block.body, source, skip=("iterator",))


def _check(expression: tree.Expression, source: ModuleSource) -> None:
    for node in _walk(expression):
        if not isinstance(node, tree.GetAttribute):
            continue
        path = _path(node)
        if len(path) == 2 and path[0] in _KINDS:  # noqa: PLR2004 - var.name
            root, name = path
            tables: dict[str, Collection[str]] = {
                "local": source.locals,
                "module": source.modules,
                "var": source.variables,
            }
            if name not in tables[root]:
                message = f"there is no attribute {name!r} in {root!r}: declare the {_KINDS[root]}, or correct the name"
                tree.refuse(message, node.at)
        if len(path) == 3 and path[0] == "data" and ("data", path[1], path[2]) not in source.resources:  # noqa: PLR2004
            tree.refuse(f"there is no data source {path[1]}.{path[2]}: declare it, or correct the name", node.at)


def _path(node: tree.GetAttribute) -> tuple[str, ...]:
    """Spell a reference that is a chain of plain names, or give nothing."""
    names: list[str] = []
    subject: tree.Expression = node
    while isinstance(subject, tree.GetAttribute):
        names.append(subject.name)
        subject = subject.subject
    return (subject.name, *reversed(names)) if isinstance(subject, tree.Variable) else ()


def _walk(expression: tree.Expression) -> Iterator[tree.Expression]:
    """Give an expression and everything in it."""
    queue = [expression]
    while queue:
        node = queue.pop()
        yield node
        queue.extend(_parts(node))


def _parts(node: tree.Expression) -> list[tree.Expression]:
    match node:
        case tree.Template():
            return [part for part in node.parts if not isinstance(part, Literal)]
        case tree.GetAttribute():
            return [node.subject]
        case tree.Index():
            return [node.subject, node.key]
        case tree.Splat():
            return [node.subject, node.each]
        case tree.Call():
            return list(node.arguments)
        case tree.Unary():
            return [node.operand]
        case tree.Binary():
            return [node.left, node.right]
        case tree.Conditional():
            return [node.condition, node.yes, node.no]
        case tree.TupleOf():
            return list(node.items)
        case tree.ObjectOf():
            return [part for pair in node.items for part in pair]
        case tree.For():
            inner = [node.collection, node.value, node.key, node.condition]
            return [part for part in inner if part is not None]
        case _:
            return []
