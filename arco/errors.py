"""Errors, named by what the caller does next.

Facts are attributes; nobody reads message text. Messages are lower case and end in `key=value`.
"""

from __future__ import annotations

__all__ = [
    "AccessDeniedError",
    "ArcoError",
    "ConflictError",
    "CorruptionError",
    "EmptyInputError",
    "FencedError",
    "InputError",
    "OutcomeUnknownError",
    "RejectedError",
    "UnavailableError",
    "UsageError",
]


class ArcoError(Exception):
    """The root of the tree: catch it only at a boundary."""

    def __reduce__(self) -> tuple[object, ...]:
        """Copy and pickle without the constructor, whose facts are keywords: errors cross processes."""
        return _remade, (type(self), self.args), self.__dict__


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


class ConflictError(ArcoError):
    """Read again and retry: somebody else wrote `name` first."""

    def __init__(self, message: str, *, name: str) -> None:
        """Name the object."""
        super().__init__(f"{message} name={name!r}")
        self.name = name


class FencedError(ArcoError):
    """Stop: a newer holder exists. `held` is the caller's token, `seen` the higher one that it met."""

    def __init__(self, message: str, *, held: int, seen: int) -> None:
        """Name both tokens."""
        super().__init__(f"{message} held={held} seen={seen}")
        self.held = held
        self.seen = seen


class AccessDeniedError(ArcoError):
    """Fix the grant: the backend refused `operation` on `name` by status, whatever its text said."""

    def __init__(self, *, operation: str, name: str) -> None:
        """Name the operation and the object."""
        super().__init__(f"access denied operation={operation} name={name!r}")
        self.operation = operation
        self.name = name


class UnavailableError(ArcoError):
    """Retry with backoff: nothing was changed. `retry_after_seconds` is the backend's wish, if it has one."""

    def __init__(self, message: str, *, name: str, retry_after_seconds: float | None = None) -> None:
        """Name the object."""
        super().__init__(f"{message} name={name!r}")
        self.name = name
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknownError(ArcoError):
    """Read `name` to find out: the write may have landed, and may still land."""

    def __init__(self, message: str, *, name: str) -> None:
        """Name the object."""
        super().__init__(f"{message} name={name!r}")
        self.name = name


class CorruptionError(ArcoError):
    """Stop and page: what is stored under `name` is not what was written."""

    def __init__(self, message: str, *, name: str) -> None:
        """Name the object."""
        super().__init__(f"{message} name={name!r}")
        self.name = name


class RejectedError(ArcoError):
    """Change the command: it breaks a rule of the catalog, which `code` names."""

    def __init__(self, message: str, *, code: str) -> None:
        """Carry the stable code."""
        super().__init__(f"{message} code={code}")
        self.code = code


def _remade(kind: type[ArcoError], arguments: tuple[object, ...]) -> ArcoError:
    return kind.__new__(kind, *arguments)
