"""Functions that compare items: membership, distinct items, set algebra."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _conversion as conversion
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static._limits import COMPARED_MAX, ITEMS_MAX
from arco.policy.values import SetOf, Unknown, Value

if TYPE_CHECKING:
    from arco.policy.terraform.static._arguments import Arguments

__all__ = ["LENIENT", "STRICT"]

_PAIRS = f"static mode compares at most {COMPARED_MAX} items with each other"


def _distinct(call: Arguments) -> Value:
    call.expect(1)
    kept = conversion.distinct(_same_type(call.items(0)))
    return call.unknown(_PAIRS) if kept is None else kinds.ListOf(kept)


def _same_type(items: Iterable[Value]) -> tuple[Value, ...]:
    converted = conversion.convert(tuple(items), conversion.Type("list", element=conversion.ANY))
    return converted if isinstance(converted, tuple) else ()


def _contains(call: Arguments) -> Value:
    call.expect(2)
    results = [conversion.equal(item, call.value(1)) for item in call.items(0)]
    if any(result is True for result in results):
        return True
    return next((result for result in results if isinstance(result, Unknown)), False)


def _index(call: Arguments) -> Value:
    call.expect(2)
    for place, item in enumerate(call.items(0)):
        if conversion.equal(item, call.values[1]) is True:
            return place
    message = "the list does not hold this value"
    raise kinds.Mismatch(message)


def _sets(combine: Callable[[list[Value], tuple[Value, ...]], list[Value]]) -> Callable[[Arguments], Value]:
    """Make a set function: it converts everything to sets of one type, then combines from the left."""

    def function(call: Arguments) -> Value:
        if not call.values:
            call.expect(1)
        sizes = [len(call.items(place)) for place in range(len(call))]
        if sum(sizes) > COMPARED_MAX:
            return call.unknown(_PAIRS)
        together = iter(_same_type(item for place in range(len(call)) for item in call.items(place)))
        groups = [tuple(itertools.islice(together, size)) for size in sizes]
        kept = list(groups[0])
        for group in groups[1:]:
            kept = combine(kept, group)
        return conversion.make_set(kept)

    return function


def _held(item: Value, items: Iterable[Value]) -> bool:
    return any(conversion.equal(item, other) is True for other in items)


def _setproduct(call: Arguments) -> Value:
    if len(call) < 2:  # noqa: PLR2004 - a product of at least two
        call.expect(2)
    if any(isinstance(value, SetOf) for value in call.values):
        return call.unknown("static mode computes it for lists only")
    if math.prod(len(call.items(place)) for place in range(len(call))) > ITEMS_MAX:
        return call.unknown(f"it would make more than {ITEMS_MAX} items")
    groups = [_same_type(call.items(place)) for place in range(len(call))]
    # As a list of tuples: Terraform gives each position the type of its own argument.
    return kinds.ListOf(tuple(row) for row in itertools.product(*groups))


def _matchkeys(call: Arguments) -> Value:
    call.expect(3)
    values, names, wanted = call.items(0), call.items(1), call.items(2)
    if len(values) != len(names):
        message = "needs as many values as keys"
        raise kinds.Mismatch(message)
    if len(names) * len(wanted) > COMPARED_MAX**2:
        return call.unknown(_PAIRS)
    return kinds.ListOf(value for value, name in zip(values, names, strict=True) if _held(name, wanted))


STRICT: Mapping[str, Callable[[Arguments], Value]] = {
    "distinct": _distinct,
    "index": _index,
    "matchkeys": _matchkeys,
    "setintersection": _sets(lambda kept, group: [item for item in kept if _held(item, group)]),
    "setproduct": _setproduct,
    "setsubtract": _sets(lambda kept, group: [item for item in kept if not _held(item, group)]),
    "setunion": _sets(lambda kept, group: [*kept, *group]),
}
LENIENT: Mapping[str, Callable[[Arguments], Value]] = {
    "contains": _contains,
}
