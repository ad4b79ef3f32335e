"""Terraform's language as a typed tree: what `_syntax` builds, and all that the evaluator reads.

Invariant: every node knows where it was written, so that each error and each character of text can be placed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from arco.errors import InputError

if TYPE_CHECKING:
    from arco.policy.values import Literal, Origin, Value

__all__ = [
    "Attribute",
    "Binary",
    "Block",
    "Body",
    "Call",
    "Conditional",
    "Constant",
    "Expression",
    "For",
    "GetAttribute",
    "Index",
    "ObjectOf",
    "Splat",
    "Template",
    "TupleOf",
    "Unary",
    "Unsupported",
    "Variable",
    "refuse",
]


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: a number, a bool, null, or a string without interpolation."""

    value: Value
    at: Origin


@dataclass(frozen=True, slots=True)
class Template:
    """A string with interpolations. `wraps` says that it is one interpolation and nothing else: no conversion."""

    parts: tuple[Literal | Expression, ...]
    wraps: bool
    at: Origin


@dataclass(frozen=True, slots=True)
class Variable:
    """The first name of a reference."""

    name: str
    at: Origin


@dataclass(frozen=True, slots=True)
class GetAttribute:
    """`subject.name`."""

    subject: Expression
    name: str
    at: Origin


@dataclass(frozen=True, slots=True)
class Index:
    """`subject[key]`."""

    subject: Expression
    key: Expression
    at: Origin


@dataclass(frozen=True, slots=True)
class Splat:
    """`subject[*]…`: `each` is evaluated for every item, which it knows as the variable `*`."""

    subject: Expression
    each: Expression
    at: Origin


@dataclass(frozen=True, slots=True)
class Call:
    """A function call. `expands` says that the last argument ends in `...`."""

    name: str
    arguments: tuple[Expression, ...]
    expands: bool
    at: Origin


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `!x`."""

    operator: str
    operand: Expression
    at: Origin


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression
    at: Origin


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? yes : no`."""

    condition: Expression
    yes: Expression
    no: Expression
    at: Origin


@dataclass(frozen=True, slots=True)
class TupleOf:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    at: Origin


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """`{ key = value }`. A key that is a bare name is a Constant already."""

    items: tuple[tuple[Expression, Expression], ...]
    at: Origin


@dataclass(frozen=True, slots=True)
class For:
    """`[for k, v in collection : value if condition]`, or with `key` the `{…}` form; `groups` is its `...`."""

    names: tuple[str, ...]
    collection: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None
    groups: bool
    at: Origin


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Valid Terraform that static mode does not evaluate: it becomes Unknown for this `reason`."""

    reason: str
    at: Origin


Expression: TypeAlias = (
    Constant
    | Template
    | Variable
    | GetAttribute
    | Index
    | Splat
    | Call
    | Unary
    | Binary
    | Conditional
    | TupleOf
    | ObjectOf
    | For
    | Unsupported
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = value` in a body."""

    name: str
    value: Expression
    at: Origin


@dataclass(frozen=True, slots=True)
class Block:
    """`type "label" { body }`."""

    type: str
    labels: tuple[str, ...]
    body: Body
    at: Origin


@dataclass(frozen=True, slots=True)
class Body:
    """Attributes by name, and blocks in the order of the source."""

    attributes: Mapping[str, Attribute]
    blocks: tuple[Block, ...]


def refuse(message: str, at: Origin) -> NoReturn:
    """Raise the InputError that points at `at`."""
    raise InputError(message, source=at.file, line=at.line, column=at.column)
