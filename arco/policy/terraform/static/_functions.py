"""Terraform's functions: the table of those that static mode computes, and how a call meets unknown arguments.

Invariants: a function whose result static mode cannot give exactly gives Unknown; one that reads the clock, a file or
chance is not in the table, so that it is Unknown too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arco.policy.terraform.static import _collections, _encoding, _sets, _strings
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static import _tree as tree
from arco.policy.terraform.static._arguments import Arguments
from arco.policy.values import Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arco.policy.terraform.static._limits import Meter
    from arco.policy.values import Origin

__all__ = ["call"]

# Functions that look at their arguments only in full: any unknown inside makes the result unknown.
_STRICT: Mapping[str, Callable[[Arguments], Value]] = {
    **_strings.STRICT,
    **_encoding.STRICT,
    **_collections.STRICT,
    **_sets.STRICT,
}
# Functions that keep what is known inside their arguments.
_LENIENT: Mapping[str, Callable[[Arguments], Value]] = {
    **_strings.LENIENT,
    **_encoding.LENIENT,
    **_collections.LENIENT,
    **_sets.LENIENT,
}


def call(name: str, values: list[Value], at: Origin, meter: Meter) -> Value:
    """Call the function `name`. Raises InputError where Terraform would refuse the arguments."""
    name = name.removeprefix("core::")
    strict = _STRICT.get(name)
    function = strict or _LENIENT.get(name)
    if function is None:
        return Unknown(f"static mode does not compute {name}(): write its result, or check a plan", at)
    for position, value in enumerate(values):
        if isinstance(value, Unknown):
            return value
        if isinstance(value, kinds.Handle):
            values[position] = settled = kinds.settle(value)
            if isinstance(settled, Unknown):
                return settled
        if strict is not None:
            unknown = kinds.first_unknown(value)
            if unknown is not None:
                return unknown
    try:
        return function(Arguments(name, tuple(values), at, meter))
    except kinds.Mismatch as error:
        tree.refuse(f"{name}(): {error}", at)
