"""The bytes of one file, and the places in them.

Invariant: a column counts characters; tree-sitter counts bytes, and UTF-8 makes the two differ.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from arco.errors import InputError
from arco.policy.terraform.static._template import TextPiece
from arco.policy.values import Origin

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["SourceText"]

_BOM = b"\xef\xbb\xbf"
_LINE_END = 0x0A


class SourceText:
    """One file: `data` without its byte order mark, and `file` as the user spells it."""

    def __init__(self, data: bytes, file: str) -> None:
        self.data = data
        self.file = file
        # One more line than there is: the parser gets a line end after the last one.
        self.lines = None if data.isascii() else [*data.split(b"\n"), b""]
        self.starts = [0, *(end + 1 for end, byte in enumerate(data) if byte == _LINE_END)]

    @classmethod
    def of(cls, data: bytes, file: str) -> SourceText:
        """Check the bytes. Raises InputError for what is not UTF-8 or holds a NUL."""
        data = data.removeprefix(_BOM)
        try:
            data.decode()
        except UnicodeDecodeError as error:
            message = f"not UTF-8: save the file as UTF-8 byte={error.start}"
            raise InputError(message, source=file, line=data.count(b"\n", 0, error.start) + 1) from error
        if b"\0" in data:
            message = "the file holds a NUL byte: remove it"
            raise InputError(message, source=file, line=data.count(b"\n", 0, data.index(b"\0")) + 1)
        return cls(data, file)

    def origin(self, row: int, column: int) -> Origin:
        """Give the place of the byte at `row` and `column`, which count from 0."""
        if self.lines is not None:
            column = len(self.lines[row][:column].decode(errors="replace"))
        return Origin(self.file, row + 1, column + 1)

    def at(self, node: Node) -> Origin:
        """Give the place where `node` begins."""
        point = node.start_point
        return self.origin(point[0], point[1])

    def text(self, node: Node) -> str:
        """Give the source of `node`."""
        return self.data[node.start_byte : node.end_byte].decode()

    def raw(self, start: int, end: int) -> TextPiece:
        """Give the raw text between two bytes, with the place where it begins."""
        row = bisect_right(self.starts, start) - 1
        return TextPiece(self.data[start:end].decode(), self.origin(row, start - self.starts[row]))
