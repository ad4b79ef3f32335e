"""Functions on lists, maps and objects, and the conversions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _conversion as conversion
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static._arguments import exact, number
from arco.policy.terraform.static._limits import ITEMS_MAX
from arco.policy.values import Document, SetOf, Text, Unknown, Value

if TYPE_CHECKING:
    from arco.policy.terraform.static._arguments import Arguments

__all__ = ["LENIENT", "STRICT"]

_RANGE_MAX = 1024


def _to(kind: str) -> Callable[[Arguments], Value]:
    nested = kind in {"list", "set", "map"}
    target = conversion.Type(kind, element=conversion.ANY if nested else None)

    def function(call: Arguments) -> Value:
        call.expect(1)
        return conversion.convert(call.values[0], target)

    return function


def _length(call: Arguments) -> Value:
    call.expect(1)
    value = call.value(0)
    if isinstance(value, SetOf):
        return len(value.items)
    if isinstance(value, tuple | Mapping):
        return len(value)
    text = call.text(0) if isinstance(value, Text | Document) else None
    if text is None:
        message = f"argument 1 must be a string or a collection, and it is {kinds.describe(value)}"
        raise kinds.Mismatch(message)
    if not text.known:
        return text.unknowns[0]
    if not text.value.isascii() or "\r\n" in text.value:
        return call.unknown("static mode counts the characters of ASCII text only")
    return len(text.value)


def _concat(call: Arguments) -> Value:
    if not call.values:
        call.expect(1)
    if any(isinstance(value, SetOf) for value in call.values):
        message = "takes lists: convert a set with tolist()"
        raise kinds.Mismatch(message)
    items = [item for place in range(len(call)) for item in call.items(place)]
    if all(isinstance(value, kinds.ListOf) for value in call.values):
        return conversion.convert(tuple(items), conversion.Type("list", element=conversion.ANY))
    return tuple(items)


def _flatten(call: Arguments) -> Value:
    call.expect(1)
    flat: list[Value] = []
    queue: list[Value] = list(reversed(call.items(0)))
    while queue:
        item = queue.pop()
        if isinstance(item, Unknown):
            return item
        if isinstance(item, SetOf):
            item = item.items
        if isinstance(item, tuple):
            queue.extend(reversed(item))
        else:
            flat.append(item)
        if len(queue) + len(flat) > ITEMS_MAX:
            return call.unknown(f"it would make more than {ITEMS_MAX} items")
    return tuple(flat)


def _merge(call: Arguments) -> Value:
    given = [value for value in call.values if value is not None]
    mappings = [call.mapping(place) for place, value in enumerate(call.values) if value is not None]
    merged = {name: value for mapping in mappings for name, value in mapping.items()}
    types = [kind for value in given if (kind := conversion.type_of(value)) is not None]
    alike = all(isinstance(value, kinds.MapOf) for value in given) and all(kind == types[0] for kind in types)
    # Maps of one type make a map; maps of several types make an object, whose values stay as they are.
    make = kinds.MapOf if given and alike else kinds.Object
    return make(merged, kinds.spelling(*mappings))


def _keys(call: Arguments) -> Value:
    call.expect(1)
    mapping = call.mapping(0)
    names = (kinds.key_of(mapping, name, call.at) for name in sorted(mapping))
    return kinds.ListOf(names) if isinstance(mapping, kinds.MapOf) else tuple(names)


def _values(call: Arguments) -> Value:
    call.expect(1)
    mapping = call.mapping(0)
    values = (mapping[name] for name in sorted(mapping))
    return kinds.ListOf(values) if isinstance(mapping, kinds.MapOf) else tuple(values)


def _lookup(call: Arguments) -> Value:
    call.expect(2, 3)
    mapping, key = call.mapping(0), call.text(1)
    if not key.known:
        return key.unknowns[0]
    default = call.values[2] if len(call) > 2 else None  # noqa: PLR2004 - the optional third
    if isinstance(mapping, kinds.MapOf) and mapping:
        kind = conversion.type_of(mapping)
        default = conversion.convert(default, kind.element or conversion.ANY) if kind else default
    if key.value in mapping:
        return mapping[key.value]
    if len(call) == 2:  # noqa: PLR2004 - without a default
        message = f"there is no key {key.value!r}: give a default"
        raise kinds.Mismatch(message)
    return default


def _zipmap(call: Arguments) -> Value:
    call.expect(2)
    names, values = call.texts(0), call.items(1)
    if isinstance(call.values[1], SetOf):
        message = "takes lists: convert a set with tolist()"
        raise kinds.Mismatch(message)
    if len(names) != len(values):
        message = f"needs as many keys as values: {len(names)} keys, {len(values)} values"
        raise kinds.Mismatch(message)
    unknown = next((name.unknowns[0] for name in names if name.unknowns), None)
    if unknown is not None:
        return unknown
    items = {name.value: value for name, value in zip(names, values, strict=True)}
    made = kinds.Object(items, {name.value: name for name in names})
    if isinstance(call.values[1], kinds.ListOf):
        return conversion.convert(made, conversion.Type("map", element=conversion.ANY))
    return made


def _element(call: Arguments) -> Value:
    call.expect(2)
    items = call.items(0)
    index = call.whole(1)
    if isinstance(call.values[0], SetOf):
        message = "takes a list: convert a set with tolist()"
        raise kinds.Mismatch(message)
    if not items:
        message = "an empty list has no elements"
        raise kinds.Mismatch(message)
    if index < 0:
        return call.unknown("negative indexes differ between Terraform versions")
    return items[index % len(items)]


def _one(call: Arguments) -> Value:
    call.expect(1)
    items = call.items(0)
    if len(items) > 1:
        message = f"needs a collection of at most one item, and it has {len(items)}"
        raise kinds.Mismatch(message)
    return items[0] if items else None


def _reverse(call: Arguments) -> Value:
    call.expect(1)
    items = tuple(reversed(call.items(0)))
    return items if type(call.values[0]) is tuple else kinds.ListOf(items)


def _slice(call: Arguments) -> Value:
    call.expect(3)
    items, start, end = call.items(0), call.whole(1), call.whole(2)
    if isinstance(call.values[0], SetOf):
        message = "takes a list: convert a set with tolist()"
        raise kinds.Mismatch(message)
    if not 0 <= start <= end <= len(items):
        message = f"needs 0 <= start <= end <= {len(items)}"
        raise kinds.Mismatch(message)
    return kinds.ListOf(items[start:end]) if isinstance(call.values[0], kinds.ListOf) else items[start:end]


def _coalesce(call: Arguments) -> Value:
    types = [kind for value in call.values if (kind := conversion.type_of(value)) is not None]
    target = conversion.unify(types)
    if target is None or not call.values:
        message = "needs arguments of one type"
        raise kinds.Mismatch(message)
    for value in call.values:
        if value is None:
            continue
        unknown = kinds.first_unknown(value)
        if unknown is not None:
            return unknown
        converted = conversion.convert(value, target)
        if not (isinstance(converted, Text) and converted.value == ""):
            return converted
    message = "every argument is null or empty"
    raise kinds.Mismatch(message)


def _coalescelist(call: Arguments) -> Value:
    if any(isinstance(value, SetOf) for value in call.values):
        message = "takes lists: convert a set with tolist()"
        raise kinds.Mismatch(message)
    for place, value in enumerate(call.values):
        if value is not None and call.items(place):
            return value
    message = "every argument is empty"
    raise kinds.Mismatch(message)


def _compact(call: Arguments) -> Value:
    call.expect(1)
    texts = (kinds.text_of(item, call.at) for item in call.items(0) if item is not None)
    return kinds.ListOf(text for text in texts if text.value)


def _sort(call: Arguments) -> Value:
    call.expect(1)
    texts = sorted(call.texts(0), key=lambda text: text.value)
    return kinds.ListOf(texts)


def _all_true(call: Arguments) -> Value:
    return _truths(call, decisive=False)


def _any_true(call: Arguments) -> Value:
    return _truths(call, decisive=True)


def _truths(call: Arguments, *, decisive: bool) -> Value:
    call.expect(1)
    unknown: Unknown | None = None
    for truth in [conversion.convert(item, conversion.Type("bool")) for item in call.items(0)]:
        if isinstance(truth, Unknown):
            unknown = unknown or truth
        elif truth is decisive or (truth is None and not decisive):
            return decisive
    return unknown if unknown is not None else not decisive


def _sum(call: Arguments) -> Value:
    call.expect(1)
    items = [conversion.convert(item, conversion.Type("number")) for item in call.items(0)]
    if not items:
        message = "needs at least one number"
        raise kinds.Mismatch(message)
    parts = [exact(item) for item in items if isinstance(item, int | float)]
    if len(parts) < len(items) or None in parts:
        return call.unknown("static mode sums numbers with an exact binary form only")
    return number(sum((part for part in parts if part is not None), Fraction()), call.at)


def _range(call: Arguments) -> Value:
    call.expect(1, 3)
    bounds = [bound for place in range(len(call)) if isinstance(bound := call.number(place), int)]
    if len(bounds) < len(call):
        return call.unknown("static mode computes ranges of whole numbers only")
    start, limit = (0, bounds[0]) if len(bounds) == 1 else bounds[:2]
    step = bounds[2] if len(bounds) > 2 else (1 if start <= limit else -1)  # noqa: PLR2004 - the optional third
    if step == 0 or (limit - start) * step < 0:
        message = "the step leads away from the limit"
        raise kinds.Mismatch(message)
    numbers = range(start, limit, step)
    if len(numbers) > _RANGE_MAX:
        message = f"makes at most {_RANGE_MAX} numbers"
        raise kinds.Mismatch(message)
    return kinds.ListOf(numbers)


def _chunklist(call: Arguments) -> Value:
    call.expect(2)
    items, size = call.items(0), call.whole(1)
    listed = conversion.convert(items, conversion.Type("list", element=conversion.ANY))
    items = listed if isinstance(listed, tuple) else ()
    if size < 0:
        message = "the size must not be negative"
        raise kinds.Mismatch(message)
    if size == 0:
        return kinds.ListOf([kinds.ListOf(items)] if items else [])
    return kinds.ListOf(kinds.ListOf(items[at : at + size]) for at in range(0, len(items), size))


def _transpose(call: Arguments) -> Value:
    call.expect(1)
    found: dict[str, list[Value]] = {}
    mapping = call.mapping(0)
    for name in sorted(mapping):
        items = mapping[name]
        inside = items.items if isinstance(items, SetOf) else items if isinstance(items, tuple) else ()
        for item in inside:
            found.setdefault(kinds.text_of(item).value, []).append(kinds.key_of(mapping, name, call.at))
    return kinds.MapOf({name: kinds.ListOf(texts) for name, texts in found.items()})


def _passes(call: Arguments) -> Value:
    call.expect(1)
    return call.values[0]


STRICT: Mapping[str, Callable[[Arguments], Value]] = {
    "chunklist": _chunklist,
    "compact": _compact,
    "range": _range,
    "sort": _sort,
    "sum": _sum,
    "transpose": _transpose,
}
LENIENT: Mapping[str, Callable[[Arguments], Value]] = {
    "alltrue": _all_true,
    "anytrue": _any_true,
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "concat": _concat,
    "element": _element,
    "flatten": _flatten,
    "keys": _keys,
    "length": _length,
    "lookup": _lookup,
    "merge": _merge,
    "nonsensitive": _passes,
    "one": _one,
    "reverse": _reverse,
    "sensitive": _passes,
    "slice": _slice,
    "tobool": _to("bool"),
    "tolist": _to("list"),
    "tomap": _to("map"),
    "tonumber": _to("number"),
    "toset": _to("set"),
    "tostring": _to("string"),
    "values": _values,
    "zipmap": _zipmap,
}
