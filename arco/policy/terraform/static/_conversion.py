"""Terraform's types: conversion, unification, sets, equality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from arco.policy.terraform.static._kinds import (
    Handle,
    ListOf,
    MapOf,
    Mismatch,
    Object,
    describe,
    first_unknown,
    parse_number,
    settle,
    spelling,
    text_of,
)
from arco.policy.terraform.static._limits import COMPARED_MAX
from arco.policy.values import Document, SetOf, Text, Unknown, Value, is_known

__all__ = ["ANY", "Type", "convert", "distinct", "equal", "make_set", "type_of", "unify"]


@dataclass(frozen=True, slots=True)
class Type:
    """A type constraint: `kind` is the keyword; `element`, `attributes` and `items` belong to the structural kinds."""

    kind: str
    element: Type | None = None
    attributes: Mapping[str, Type] = field(default_factory=dict)
    items: tuple[Type, ...] = ()
    optional: frozenset[str] = frozenset()
    defaults: Mapping[str, Value] = field(default_factory=dict)


ANY = Type("any")
_PRIMITIVES = {"string", "number", "bool"}


# Types


def type_of(value: Value) -> Type | None:
    """Give the type of a value; None where it has none of its own (null, unknown)."""
    if isinstance(value, Text | Document):
        return Type("string")
    if isinstance(value, bool):
        return Type("bool")
    if isinstance(value, int | float):
        return Type("number")
    if value is None or isinstance(value, Unknown):
        return None
    if isinstance(value, SetOf):
        return Type("set", element=_common(value.items))
    if isinstance(value, ListOf):
        return Type("list", element=_common(value))
    if isinstance(value, MapOf):
        return Type("map", element=_common(value.values()))
    if isinstance(value, Mapping):
        return Type("object", attributes={name: type_of(item) or ANY for name, item in value.items()})
    return Type("tuple", items=tuple(type_of(item) or ANY for item in value))


def _common(values: Iterable[Value]) -> Type:
    return unify([kind for value in values if (kind := type_of(value)) is not None]) or ANY


def unify(types: list[Type]) -> Type | None:
    """Find the type to which all of `types` convert, or None if there is none; `any` stands for a type not known."""
    types = [kind for kind in types if kind.kind != "any"]
    if not types:
        return ANY
    first, kinds = types[0], {kind.kind for kind in types}
    if all(kind == first for kind in types):
        return first
    if kinds <= _PRIMITIVES:
        return Type("string") if "string" in kinds else None
    if kinds == {"tuple"} and len({len(kind.items) for kind in types}) == 1:
        items = [unify([kind.items[i] for kind in types]) for i in range(len(first.items))]
        return Type("tuple", items=tuple(i for i in items if i)) if None not in items else None
    if kinds == {"object"} and all(set(kind.attributes) == set(first.attributes) for kind in types):
        merged = {name: unify([kind.attributes[name] for kind in types]) for name in first.attributes}
        return (
            Type("object", attributes={n: k for n, k in merged.items() if k}) if None not in merged.values() else None
        )
    for family, result in (({"tuple", "list", "set"}, "list"), ({"object", "map"}, "map")):
        if kinds <= family:
            elements = [element for kind in types for element in _elements(kind)]
            element = unify(elements)
            return Type("set" if "set" in kinds else result, element=element) if element else None
    return None


def _elements(kind: Type) -> list[Type]:
    if kind.element is not None:
        return [kind.element]
    return [*kind.items, *kind.attributes.values()]


# Conversion


def convert(value: Value, kind: Type) -> Value:
    """Convert `value` to `kind` as Terraform does. Raises Mismatch where Terraform would refuse."""
    if isinstance(value, Handle):
        value = settle(value)
    if value is None or isinstance(value, Unknown) or kind.kind == "any":
        return value
    if kind.kind in _PRIMITIVES:
        return _convert_primitive(value, kind.kind)
    if kind.kind in {"list", "set"}:
        return _convert_sequence(value, kind)
    if kind.kind == "tuple":
        if not isinstance(value, tuple) or len(value) != len(kind.items):
            message = f"a tuple of {len(kind.items)} items is needed, and this is {describe(value)}"
            raise Mismatch(message)
        return tuple(convert(item, part) for item, part in zip(value, kind.items, strict=True))
    if not isinstance(value, Mapping):
        message = f"{'a map' if kind.kind == 'map' else 'an object'} is needed, and this is {describe(value)}"
        raise Mismatch(message)
    if kind.kind == "map":
        element = _element(kind, value.values())
        return MapOf({name: convert(value[name], element) for name in value}, spelling(value))
    return _convert_object(value, kind)


def _convert_primitive(value: Value, kind: str) -> Value:
    if kind == "string":
        return value if isinstance(value, Document) else text_of(value)
    if isinstance(value, Text):
        return _convert_text(value, kind)
    fits = isinstance(value, bool) if kind == "bool" else isinstance(value, int | float) and not isinstance(value, bool)
    if fits:
        return value
    message = f"a {kind} is needed, and this is {describe(value)}"
    raise Mismatch(message)


def _convert_text(text: Text, kind: str) -> Value:
    """Convert text to a bool or a number."""
    if not text.known:
        return text.unknowns[0]
    shown = text.value
    if kind == "bool" and shown in {"true", "false", "1", "0"}:
        return shown in {"true", "1"}
    if kind == "number":
        number = parse_number(shown)
        if number is not None:
            return number
        if shown[:1].isdigit() or shown[:1] in {"-", "+", "."}:
            return Unknown("static mode does not convert this text to a number", text.origin)
    message = f"a {kind} is needed, and this is the string {shown[:40]!r}"
    raise Mismatch(message)


def _element(kind: Type, values: Iterable[Value]) -> Type:
    """Give the element type; `any` means the one type to which all values convert."""
    if kind.element is not None and kind.element.kind != "any":
        return kind.element
    values = list(values)
    found = unify([part for value in values if (part := type_of(value)) is not None])
    if found is None:
        message = "all items must have one type, and these do not convert to one"
        raise Mismatch(message)
    return found


def _convert_sequence(value: Value, kind: Type) -> Value:
    if isinstance(value, SetOf):
        items: tuple[Value, ...] = value.items
    elif isinstance(value, tuple):
        items = value
    else:
        message = f"a {kind.kind} is needed, and this is {describe(value)}"
        raise Mismatch(message)
    element = _element(kind, items)
    converted = ListOf(convert(item, element) for item in items)
    return make_set(converted) if kind.kind == "set" else converted


def _convert_object(value: Mapping[str, Value], kind: Type) -> Value:
    result: dict[str, Value] = {}
    for name, part in kind.attributes.items():
        given = value.get(name)
        if given is None and name in kind.defaults:
            given = kind.defaults[name]
        elif name not in value and name not in kind.optional:
            message = f"attribute {name!r} is required: add it"
            raise Mismatch(message)
        try:
            result[name] = convert(given, part)
        except Mismatch as error:
            message = f"attribute {name!r}: {error}"
            raise Mismatch(message) from error
    return Object(result, spelling(value))


def make_set(items: Iterable[Value]) -> Value:
    """Make a set: distinct, in Terraform's order. Unknown as soon as an item is, since it could equal another."""
    items = list(items)
    unknown = next((found for item in items if (found := first_unknown(item)) is not None), None)
    if unknown is not None:
        return unknown
    kept = distinct(items)
    if kept is None:
        return Unknown(f"static mode compares at most {COMPARED_MAX} structures with each other")
    if all(isinstance(item, Text) for item in kept):
        return SetOf(tuple(sorted(kept, key=lambda item: item.value if isinstance(item, Text) else "")))
    if all(isinstance(item, int | float) for item in kept):
        return SetOf(tuple(sorted(kept, key=lambda item: item if isinstance(item, int | float) else 0)))
    if len(kept) > 1:
        return Unknown("static mode does not know Terraform's order of a set of structures")
    return SetOf(tuple(kept))


def distinct(items: Iterable[Value]) -> list[Value] | None:
    """Keep the first of equal items that are known; None if there are too many that must be compared in pairs."""
    kept: list[Value] = []
    seen: set[tuple[type, str | int | float]] = set()
    pairs = 0
    for item in items:
        if isinstance(item, Text | bool | int | float):
            plain = item.value if isinstance(item, Text) else item
            # A bool is no number.
            key = (bool if isinstance(item, bool) else type(None) if isinstance(item, Text) else int, plain)
            if key not in seen:
                seen.add(key)
                kept.append(item)
            continue
        pairs += 1
        if pairs > COMPARED_MAX:
            return None
        if not any(equal(item, other) is True for other in kept):
            kept.append(item)
    return kept


# Equality


def equal(left: Value, right: Value) -> bool | Unknown:
    """Decide `left == right`; values of different types are not equal."""
    if isinstance(left, Unknown):
        return left
    if isinstance(right, Unknown):
        return right
    if left is None or right is None:
        return left is right
    if isinstance(left, Text | Document) and isinstance(right, Text | Document):
        left, right = text_of(left), text_of(right)
        if left.known and right.known:
            return left.value == right.value
        return (left.unknowns or right.unknowns)[0]
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, SetOf | tuple | Mapping) and isinstance(right, SetOf | tuple | Mapping):
        return _equal_structures(left, right)
    return False


def _equal_structures(left: Value, right: Value) -> bool | Unknown:
    unknown = first_unknown(left) or first_unknown(right)
    if unknown is not None:
        return unknown
    left_type, right_type = type_of(left), type_of(right)
    if left_type != right_type:
        if _has_any(left_type) or _has_any(right_type):
            return Unknown("static mode does not know the type of an empty collection or a null in this comparison")
        return False
    if _has_any(left_type):
        return Unknown("static mode does not know the type of an empty collection or a null in this comparison")
    return _same(left, right)


def _has_any(kind: Type | None) -> bool:
    return kind is not None and (kind.kind == "any" or any(_has_any(part) for part in _elements(kind)))


def _same(left: Value, right: Value) -> bool:
    if isinstance(left, SetOf) and isinstance(right, SetOf):
        return _same(left.items, right.items)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(_same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return set(left) == set(right) and all(_same(left[name], right[name]) for name in left)
    return is_known(left) and equal(left, right) is True
