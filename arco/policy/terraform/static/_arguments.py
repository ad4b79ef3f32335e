"""The arguments of one function call, taken by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _conversion as conversion
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static._limits import TEXT_MAX, Meter, too_large
from arco.policy.values import SetOf, Text, Unknown, Value

if TYPE_CHECKING:
    from arco.policy.values import Number, Origin

__all__ = ["Arguments", "exact", "number"]

_BITS_MAX = 500


def exact(value: Number) -> Fraction | None:
    """Give the number that Terraform computes with, or None where a float only spells it."""
    fraction = Fraction(value)
    return fraction if isinstance(value, int) or Fraction(repr(value)) == fraction else None


def number(value: Fraction, at: Origin | None) -> Number | Unknown:
    """Give a computed number, or Unknown where Python and Terraform would round differently."""
    if value.denominator == 1:
        whole = value.numerator
        return whole if whole.bit_length() < _BITS_MAX else Unknown("the number is too large for static mode", at)
    result = float(value)
    if Fraction(result) != value or Fraction(repr(result)) != value:
        return Unknown("static mode does not round as Terraform does, and this number needs rounding", at)
    return result


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a function was called with. Each accessor raises Mismatch where Terraform would refuse.

    `meter` counts what a function does beyond looking at each argument.
    """

    name: str
    values: tuple[Value, ...]
    at: Origin
    meter: Meter

    def __len__(self) -> int:
        """Count the arguments."""
        return len(self.values)

    def expect(self, least: int, most: int | None = None) -> None:
        """Refuse a wrong count: exactly `least`, or up to `most`."""
        if not least <= len(self.values) <= (least if most is None else most):
            message = f"takes {least}{'' if most is None else f' to {most}'} arguments, and got {len(self.values)}"
            raise kinds.Mismatch(message)

    def value(self, place: int) -> Value:
        """Give an argument that must not be null."""
        value = self.values[place]
        if value is None:
            message = f"argument {place + 1} must not be null"
            raise kinds.Mismatch(message)
        return value

    def text(self, place: int) -> Text:
        """Give an argument as text, known or not."""
        return kinds.text_of(self.value(place), self.at)

    def string(self, place: int) -> str:
        """Give an argument as a string that is known."""
        return self.text(place).value

    def number(self, place: int) -> Number:
        """Give an argument as a number."""
        value = conversion.convert(self.value(place), conversion.Type("number"))
        if isinstance(value, bool) or not isinstance(value, int | float):
            message = f"argument {place + 1} is not a number that static mode can read"
            raise kinds.Mismatch(message)
        return value

    def whole(self, place: int) -> int:
        """Give an argument as a whole number."""
        value = self.number(place)
        if not isinstance(value, int):
            message = f"argument {place + 1} must be a whole number"
            raise kinds.Mismatch(message)
        return value

    def items(self, place: int) -> tuple[Value, ...]:
        """Give the items of a list, tuple or set."""
        value = self.value(place)
        if isinstance(value, SetOf):
            return value.items
        if not isinstance(value, tuple):
            message = f"argument {place + 1} must be a list, and it is {kinds.describe(value)}"
            raise kinds.Mismatch(message)
        return value

    def texts(self, place: int) -> tuple[Text, ...]:
        """Give the items of a list of strings."""
        return tuple(kinds.text_of(item, self.at) for item in self.items(place))

    def mapping(self, place: int) -> Mapping[str, Value]:
        """Give a map or an object."""
        value = self.value(place)
        if not isinstance(value, Mapping):
            message = f"argument {place + 1} must be a map or an object, and it is {kinds.describe(value)}"
            raise kinds.Mismatch(message)
        return value

    def make(self, text: str) -> Text:
        """Make text that this call computes: Unknown if it is too long."""
        return kinds.computed(text, self.at) if len(text) <= TEXT_MAX else Text((too_large(self.at),))

    def unknown(self, reason: str) -> Unknown:
        """Say that static mode does not give this result exactly."""
        return Unknown(f"{self.name}(): {reason}", self.at)
