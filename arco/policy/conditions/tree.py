"""The typed tree of an IAM condition, with the offsets of what people wrote.

The documented subset only (Google's "Attribute reference for IAM Conditions"): what is not a leaf here is a `Refusal`,
since IAM would refuse it, or an `Opaque`, since nobody documents what it would do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

__all__ = [
    "All",
    "Constant",
    "Either",
    "Expression",
    "ExtractPair",
    "ExtractTest",
    "Free",
    "NameTest",
    "Not",
    "Opaque",
    "Refusal",
    "ServiceIs",
    "Span",
    "Template",
    "Test",
    "TestKind",
    "TypeIs",
    "leaves",
]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of the condition's text."""

    start: int
    end: int


class TestKind(Enum):
    """How a string is compared with a literal."""

    STARTS_WITH = "startsWith"
    ENDS_WITH = "endsWith"
    EQUALS = "=="


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison with `literal`, which stands (without its quotes) at `span`."""

    kind: TestKind
    literal: str
    span: Span

    def holds(self, value: str) -> bool:
        """Apply the comparison to one string."""
        if self.kind is TestKind.STARTS_WITH:
            return value.startswith(self.literal)
        if self.kind is TestKind.ENDS_WITH:
            return value.endswith(self.literal)
        return value == self.literal


@dataclass(frozen=True, slots=True)
class Template:
    """An extraction template with its one identifier: `prefix{identifier}suffix`."""

    prefix: str
    suffix: str
    span: Span

    def extract(self, value: str) -> str:
        """Give the text between the first `prefix` and the first `suffix` behind it, or "" where there is none."""
        start = value.find(self.prefix)
        if start < 0:
            return ""
        start += len(self.prefix)
        if not self.suffix:
            return value[start:]
        end = value.find(self.suffix, start)
        return value[start:end] if end >= 0 else ""


@dataclass(frozen=True, slots=True)
class NameTest:
    """`resource.name.startsWith(…)`, `.endsWith(…)` or `== …`."""

    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class ExtractTest:
    """`resource.name.extract(template)` compared with a literal."""

    template: Template
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class ExtractPair:
    """`resource.name.extract(left) == resource.name.extract(right)`, with one prefix: otherwise it is not regular."""

    left: Template
    right: Template
    span: Span

    def __post_init__(self) -> None:
        """Refuse what the decision procedure would misread."""
        if self.left.prefix != self.right.prefix:
            message = "a pair of extracts has one prefix"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class TypeIs:
    """`resource.type == literal`."""

    literal: str
    span: Span


@dataclass(frozen=True, slots=True)
class ServiceIs:
    """`resource.service == literal`."""

    literal: str
    span: Span


@dataclass(frozen=True, slots=True)
class Free:
    """A boolean that does not depend on the resource's name: time, tags. Equal `key`, equal value."""

    key: str
    span: Span


@dataclass(frozen=True, slots=True)
class Opaque:
    """A boolean that nobody documents: it may hold for some names and not for others.

    `unreadable`: it holds a time that IAM cannot read, by which it never grants, negated or not.
    """

    reason: str
    span: Span
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """`true`, `false`, or a comparison of two numbers."""

    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    item: Expression


@dataclass(frozen=True, slots=True)
class All:
    """Conjunction: IAM's `&&`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Disjunction: IAM's `||`."""

    items: tuple[Expression, ...]


Leaf: TypeAlias = NameTest | ExtractTest | ExtractPair | TypeIs | ServiceIs | Free | Opaque | Constant
Expression: TypeAlias = Leaf | Not | All | Either


@dataclass(frozen=True, slots=True)
class Refusal:
    """IAM refuses this condition (or would never grant by it): `reason` says why, `span` where."""

    reason: str
    span: Span


def leaves(expression: Expression, *, positive: bool = True) -> Iterator[tuple[Leaf, bool]]:
    """Yield each leaf with its polarity: True under an even number of negations."""
    if isinstance(expression, Not):
        yield from leaves(expression.item, positive=not positive)
    elif isinstance(expression, All | Either):
        for item in expression.items:
            yield from leaves(item, positive=positive)
    else:
        yield expression, positive
