"""Values of a Terraform input: known, unknown, or text that is known in part.

Invariants:

* Unknown is a value, never an absence: what cannot be computed is present and says why.
* Known text remembers where each of its characters was written, through locals, modules and templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from arco.errors import UsageError

__all__ = ["Block", "Document", "Literal", "Number", "Origin", "SetOf", "Text", "Unknown", "Value", "is_known"]

Number: TypeAlias = int | float


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in a source file: `line` and `column` count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Give `file:line`, the form that terminals make clickable."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be computed from the input. `reason` says why, and so what would settle it."""

    reason: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it stands on one line of a source: character i was written at `origin.column + i`.

    An escape sequence is a literal of its own (one character, whose origin is the backslash).
    """

    text: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A string, each part of which is known (with its origin) or unknown (with its reason).

    Two texts are equal if they are known and spell the same string, wherever it was written.
    """

    pieces: tuple[Literal | Unknown, ...]

    @classmethod
    def of(cls, text: str, origin: Origin | None = None) -> Text:
        """Make a known text that was written in one place."""
        return cls((Literal(text, origin),))

    @classmethod
    def join(cls, parts: Iterable[Text]) -> Text:
        """Concatenate, keeping every origin."""
        return cls(tuple(piece for part in parts for piece in part.pieces))

    @property
    def unknowns(self) -> tuple[Unknown, ...]:
        """The parts that are not known, in order."""
        return tuple([piece for piece in self.pieces if isinstance(piece, Unknown)])

    @property
    def known(self) -> bool:
        """Whether every part is known."""
        for piece in self.pieces:  # noqa: SIM110 - asked a million times a run, a generator shows
            if isinstance(piece, Unknown):
                return False
        return True

    @property
    def value(self) -> str:
        """The string. Raises UsageError unless `known`."""
        if not self.known:
            message = f"the text is known only in part text={self.display()!r}"
            raise UsageError(message)
        return self.display()

    @property
    def origin(self) -> Origin | None:
        """Where the first written part stands, if that is recorded."""
        return next((piece.origin for piece in self.pieces if piece.origin is not None), None)

    def origin_at(self, index: int) -> Origin | None:
        """Where character `index` was written, or None where that is not recorded."""
        for piece in self.pieces:
            if isinstance(piece, Unknown):
                continue
            if index < len(piece.text):
                return piece.origin and Origin(piece.origin.file, piece.origin.line, piece.origin.column + index)
            index -= len(piece.text)
        return None

    def display(self) -> str:
        """Give the string for people, with `${?}` for each unknown part."""
        return "".join(["${?}" if isinstance(piece, Unknown) else piece.text for piece in self.pieces])

    def __eq__(self, other: object) -> bool:
        """Compare known strings; text that is not known equals only itself."""
        if not isinstance(other, Text):
            return NotImplemented
        return self is other or (self.known and other.known and self.display() == other.display())

    def __hash__(self) -> int:
        """Hash what equality compares."""
        return hash(self.display())


@dataclass(frozen=True, slots=True)
class SetOf:
    """A Terraform set: distinct items, in Terraform's order."""

    items: tuple[Value, ...]


class Block(dict[str, "Value"]):
    """A nested block: its values by name, and where its header stands."""

    __slots__ = ("origin",)

    def __init__(self, items: Mapping[str, Value], origin: Origin | None = None) -> None:
        """Copy `items`."""
        super().__init__(items)
        self.origin = origin


@dataclass(frozen=True, slots=True)
class Document:
    """Text that is the JSON of `content`, which keeps the origins that JSON text cannot carry.

    `google_iam_policy.policy_data` is one: `text` is what the provider computes, `content` what people wrote.
    """

    text: Text
    content: Value


Value: TypeAlias = (
    Text | Document | bool | Number | Unknown | SetOf | tuple["Value", ...] | Mapping[str, "Value"] | None
)


def is_known(value: Value) -> bool:
    """Whether `value` is known in full, all the way down."""
    if isinstance(value, Unknown):
        return False
    if isinstance(value, Text):
        return value.known
    if isinstance(value, Document):
        return value.text.known
    if isinstance(value, SetOf):
        return all(is_known(item) for item in value.items)
    if isinstance(value, tuple):
        return all(is_known(item) for item in value)
    if isinstance(value, Mapping):
        return all(is_known(item) for item in value.values())
    return True
