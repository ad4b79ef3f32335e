"""Errors, named by what the caller does next.

Facts are attributes; nobody reads message text. Messages are lower case and end in `key=value`.
"""

from __future__ import annotations

__all__ = ["ArcoError", "EmptyInputError", "InputError", "UsageError"]


class ArcoError(Exception):
    """The root of the tree: catch it only at a boundary."""


class InputError(ArcoError):
    """Fix the input. `source` names it, `line` and `column` (from 1) say where, when that is known."""

    def __init__(self, message: str, *, source: str, line: int | None = None, column: int | None = None) -> None:
        """Say what is wrong with `source` and how to mend it."""
        super().__init__(message)
        self.message = message
        self.source = source
        self.line = line
        self.column = column

    def __str__(self) -> str:
        """Give `source:line:column: message`, as compilers do."""
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)
        return f"{place}: {self.message}"


class EmptyInputError(InputError):
    """Point at another input: this one is well-formed, and holds nothing to decide."""


class UsageError(ArcoError):
    """Fix the call: the arguments contradict each other, or a programmer broke a precondition."""
