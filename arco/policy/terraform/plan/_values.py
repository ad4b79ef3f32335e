"""From JSON to values: what Terraform will know only after apply becomes Unknown, where it stands.

`after` leaves unknown attributes of objects out and puts null into lists and sets; `after_unknown` has the same shape
with true in their places. Where the two shapes disagree, the whole is Unknown: fail closed.
"""

from __future__ import annotations

from arco.policy.terraform.plan._json import Json
from arco.policy.values import Text, Unknown, Value

__all__ = ["merge", "value_of"]


def merge(after: Json, unknown: Json, place: str) -> Value:
    """Lay `unknown` (true, or containers of it) over `after`. `place` is the address and path, for the reasons."""
    if unknown is True:
        return Unknown(f"{place} is known only after apply")
    if not _says_unknown(unknown):
        return value_of(after)
    if isinstance(unknown, dict) and (after is None or isinstance(after, dict)):
        known = after or {}
        keys = [*known, *(key for key in unknown if key not in known)]
        return {
            key: merge(known.get(key), unknown.get(key), f"{place}.{key}")
            for key in keys
            if key in known or _says_unknown(unknown[key])
        }
    if isinstance(unknown, list) and isinstance(after, list) and len(unknown) == len(after):
        pairs = zip(after, unknown, strict=True)
        return tuple(merge(item, mark, f"{place}[{number}]") for number, (item, mark) in enumerate(pairs))
    return Unknown(f"{place} is known only after apply, at least in part")


def value_of(value: Json) -> Value:
    """Convert a value that is known in full."""
    if isinstance(value, str):
        return Text.of(value)
    if isinstance(value, list):
        return tuple(value_of(item) for item in value)
    if isinstance(value, dict):
        return {key: value_of(item) for key, item in value.items()}
    return value


def _says_unknown(mark: Json) -> bool:
    if isinstance(mark, dict):
        return any(_says_unknown(item) for item in mark.values())
    if isinstance(mark, list):
        return any(_says_unknown(item) for item in mark)
    # Anything but false and null is no mark that Terraform writes: take it as unknown.
    return mark is not None and mark is not False
