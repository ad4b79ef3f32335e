"""Values as the evaluator holds them: text, collections that know their kind, and what is unknown in them.

The model's values do not tell a list from a tuple or a map from an object, but Terraform does (in `==`, and where two
types must become one). `ListOf` and `MapOf` mark the collections; a plain tuple is a tuple, a plain mapping an object.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import TYPE_CHECKING

from arco.policy.terraform.static._limits import TEXT_MAX, too_large
from arco.policy.values import Block, Document, Literal, Number, Origin, SetOf, Text, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Cutter",
    "Handle",
    "ListOf",
    "MapOf",
    "Mismatch",
    "Object",
    "computed",
    "cut",
    "describe",
    "first_unknown",
    "joined",
    "key_of",
    "normal",
    "number_text",
    "parse_number",
    "settle",
    "spelling",
    "text_of",
]


class Mismatch(Exception):  # noqa: N818 - never leaves the package: the caller turns it into an InputError with a place
    """A value does not fit a type."""


class ListOf(tuple[Value, ...]):
    """A Terraform list: its items have one type."""

    __slots__ = ()


class Object(Block):
    """A Terraform object, in the order of its names. `spelled` keeps where its names were written."""

    __slots__ = ("spelled",)

    def __init__(
        self, items: Mapping[str, Value], spelled: Mapping[str, Text] | None = None, origin: Origin | None = None
    ) -> None:
        """Sort `items` by name, as Terraform does. `origin` is where a block begins that is this object."""
        super().__init__({name: items[name] for name in sorted(items)}, origin)
        self.spelled: Mapping[str, Text] = spelled or {}


class MapOf(Object):
    """A Terraform map: its values have one type."""

    __slots__ = ()


def key_of(mapping: Mapping[str, Value], name: str, at: Origin | None = None) -> Text:
    """Give a key of `mapping` as text that knows where it was written."""
    found = mapping.spelled.get(name) if isinstance(mapping, Object) else None
    return found if found is not None else computed(name, at)


def spelling(*mappings: Mapping[str, Value]) -> dict[str, Text]:
    """Merge what is known of where keys were written; later mappings win."""
    merged: dict[str, Text] = {}
    for mapping in mappings:
        if isinstance(mapping, Object):
            merged.update(mapping.spelled)
    return merged


class Handle(Mapping[str, Value]):
    """An object whose attributes are looked up on demand; `reason` says why the rest of it is unknown, if it is."""

    reason: str = ""

    def __len__(self) -> int:
        """Count the attributes that can be enumerated."""
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[str]:
        """Give the names that can be enumerated."""
        return iter(())


# Text


def joined(parts: Iterable[Text]) -> Text:
    """Concatenate as Terraform does: the result is in Unicode's normal form C, or Unknown if it is too long."""
    kept: list[Text] = []
    size = 0
    for part in parts:
        kept.append(part)
        size += sum(1 if isinstance(piece, Unknown) else len(piece.text) or 1 for piece in part.pieces)
        if size > TEXT_MAX:
            return Text((too_large(next((text.origin for text in kept if text.origin), None)),))
    return normal(Text.join(kept))


def normal(text: Text) -> Text:
    """Put text in normal form C. Text that changes keeps only its first origin."""
    shown = "".join("" if isinstance(piece, Unknown) else piece.text for piece in text.pieces)
    if shown.isascii() or unicodedata.is_normalized("NFC", shown):
        return text
    if not text.known:
        reason = "text outside Unicode's normal form C is not joined with unknown text in static mode"
        return Text((Unknown(reason, text.origin),))
    return computed(unicodedata.normalize("NFC", shown), text.origin)


def computed(text: str, at: Origin | None) -> Text:
    """Make text that nobody wrote: each of its characters comes from the expression at `at`."""
    return Text(tuple(Literal(character, at) for character in text))


def cut(text: Text, start: int, end: int) -> Text:
    """Give the characters from `start` to `end` of known text, with their origins."""
    return Cutter(text).cut(start, end)


class Cutter:
    """Cuts one text in many places: each cut costs what it gives, and not the length of the text."""

    def __init__(self, text: Text) -> None:
        """Index the known pieces of `text` by where they begin."""
        self.literals = [piece for piece in text.pieces if isinstance(piece, Literal)]
        self.starts = list(accumulate((len(literal.text) for literal in self.literals), initial=0))
        self.origin = text.origin

    def cut(self, start: int, end: int) -> Text:
        """Give the characters from `start` to `end`, with their origins."""
        pieces: list[Literal] = []
        for number in range(max(bisect_right(self.starts, start) - 1, 0), len(self.literals)):
            place, literal = self.starts[number], self.literals[number]
            if place >= end:
                break
            low, high = max(start - place, 0), min(end - place, len(literal.text))
            if low < high:
                at = literal.origin and Origin(literal.origin.file, literal.origin.line, literal.origin.column + low)
                pieces.append(Literal(literal.text[low:high], at))
        return Text(tuple(pieces) or (Literal("", self.origin),))


def number_text(number: Number) -> str:
    """Spell a number as Terraform's conversion to string does."""
    return str(number) if isinstance(number, int) else format(Decimal(repr(number)), "f")


def parse_number(text: str) -> Number | None:
    """Read a number as Terraform's conversion from string does; None where it would refuse or we cannot be exact."""
    if not text or not text.isascii() or text != text.strip() or "_" in text or text[0] == "+":
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 150:  # noqa: PLR2004 - well inside 512 bits
        return None
    if number == number.to_integral_value():
        return int(number)
    return float(number) if Decimal(repr(float(number))) == number else None


def text_of(value: Value, at: Origin | None = None) -> Text:
    """Convert a primitive value to text. Raises Mismatch for null and for structures."""
    if isinstance(value, Text):
        return value
    if isinstance(value, Document):
        return value.text
    if isinstance(value, Unknown):
        return Text((value,))
    if isinstance(value, bool):
        return computed("true" if value else "false", at)
    if isinstance(value, int | float):
        return computed(number_text(value), at)
    message = "a string is needed, and this is " + ("null" if value is None else describe(value))
    raise Mismatch(message)


def describe(value: Value) -> str:
    """Name the kind of a value for a message."""
    if isinstance(value, Text | Document):
        return "a string"
    if isinstance(value, bool):
        return "a bool"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, SetOf):
        return "a set"
    if isinstance(value, Mapping):
        return "a map" if isinstance(value, MapOf) else "an object"
    if isinstance(value, tuple):
        return "a list" if isinstance(value, ListOf) else "a tuple"
    return "null" if value is None else "unknown"


# Unknowns


def first_unknown(value: Value) -> Unknown | None:
    """Give the first unknown inside `value`, or None if it is known in full."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Text):
        return value.unknowns[0] if value.unknowns else None
    if isinstance(value, Document):
        return first_unknown(value.text)
    if isinstance(value, Handle) and value.reason:
        return Unknown(value.reason)
    items: Iterable[Value] = ()
    if isinstance(value, SetOf):
        items = value.items
    elif isinstance(value, tuple):
        items = value
    elif isinstance(value, Mapping):
        items = value.values()
    return next((found for item in items if (found := first_unknown(item)) is not None), None)


def settle(value: Value) -> Value:
    """Make a value fit to leave the evaluator: an object that is known only in part becomes Unknown."""
    if isinstance(value, Handle):
        return Unknown(value.reason) if value.reason else {name: settle(value[name]) for name in value}
    if isinstance(value, SetOf):
        return SetOf(tuple(settle(item) for item in value.items))
    if isinstance(value, tuple):
        return tuple(settle(item) for item in value)
    if isinstance(value, Mapping):
        return {name: settle(item) for name, item in value.items()}
    return value
