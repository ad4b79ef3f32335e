"""What tree-sitter could only repair: the error that says what and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._source_text import SourceText

if TYPE_CHECKING:
    from tree_sitter import Node

    from arco.policy.values import Origin

__all__ = ["refuse_repair"]

_SHOWN = 40
_EXPONENT = re.compile(rb"[0-9][0-9.]*[eE][+-]?[0-9]")


def refuse_repair(source: SourceText, node: Node) -> None:
    """Raise InputError at the first place below `node` that tree-sitter had to repair."""
    while True:
        if node.is_missing:
            tree.refuse(f"syntax error: {node.type!r} is missing here", _place(source, node))
        if node.is_error:
            if _is_exponent(source.data, node.start_byte):
                message = "syntax error: static mode reads no exponents: write it without an exponent, or check a plan"
                tree.refuse(message, source.at(node))
            rest = source.data[node.start_byte :].decode(errors="replace").split("\n", 1)[0].strip()
            tree.refuse(f"syntax error: static mode cannot read what begins with {rest[:_SHOWN]!r}", source.at(node))
        node = next(child for child in node.children if child.has_error or child.is_missing)


def _place(source: SourceText, node: Node) -> Origin:
    """Give the place of what is missing: at the end of the text, where the parser looked beyond it."""
    end = len(source.data.rstrip())
    if node.start_byte < end:
        return source.at(node)
    line = source.data.rfind(b"\n", 0, end) + 1
    return source.origin(source.data.count(b"\n", 0, end), end - line)


def _is_exponent(data: bytes, start: int) -> bool:
    """Whether the number with an exponent, at whose `e` the grammar stops, begins at or before `start`."""
    while start and (data[start - 1 : start].isdigit() or data[start - 1 : start] == b"."):
        start -= 1
    return _EXPONENT.match(data, start) is not None
