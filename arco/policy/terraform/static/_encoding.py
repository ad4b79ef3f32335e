"""Functions on bytes, numbers and JSON."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import urllib.parse
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static._arguments import number
from arco.policy.terraform.static._limits import NUMBER_LENGTH_MAX
from arco.policy.values import Document, SetOf, Text, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from arco.policy.terraform.static._arguments import Arguments

__all__ = ["LENIENT", "STRICT", "go_string", "json_text"]

_SURROGATE = re.compile("[\ud800-\udfff]")


def _digest(algorithm: str) -> Callable[[Arguments], Value]:
    def function(call: Arguments) -> Value:
        call.expect(1)
        return call.make(hashlib.new(algorithm, call.string(0).encode(), usedforsecurity=False).hexdigest())

    return function


def go_string(text: str) -> str | None:
    """Spell a string as Go's JSON does (`&`, `<`, `>` escaped); None for the characters whose spelling has changed."""
    if any(character in text for character in "\b\f\x7f"):
        return None
    spelled = json.dumps(text, ensure_ascii=False)
    for character in "&<>\u2028\u2029":
        spelled = spelled.replace(character, f"\\u{ord(character):04x}")
    return spelled


def json_text(value: Value) -> str | None:
    """Spell a value as `jsonencode` does, or None where static mode does not know how."""
    if isinstance(value, Text | Document):
        return go_string(kinds.text_of(value).value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return kinds.number_text(value)
    if isinstance(value, SetOf):
        value = value.items
    if isinstance(value, Mapping):
        parts = [(go_string(name), json_text(value[name])) for name in sorted(value)]
        if any(part is None for pair in parts for part in pair):
            return None
        return "{" + ",".join(f"{name}:{part}" for name, part in parts) + "}"
    if isinstance(value, tuple):
        items = [json_text(item) for item in value]
        return None if None in items else "[" + ",".join(item for item in items if item is not None) + "]"
    return None


def _jsonencode(call: Arguments) -> Value:
    call.expect(1)
    unknown = kinds.first_unknown(call.values[0])
    if unknown is not None:
        return Document(Text((unknown,)), kinds.settle(call.values[0]))
    spelled = json_text(call.values[0])
    if spelled is None:
        return call.unknown("static mode does not know how Terraform spells this")
    return Document(call.make(spelled), call.values[0])


def _jsondecode(call: Arguments) -> Value:
    call.expect(1)
    source = call.string(0)
    try:
        decoded = json.loads(source, parse_float=Unreadable, object_pairs_hook=_pairs)
    except ValueError as error:
        message = f"not JSON: {error}"
        raise kinds.Mismatch(message) from error
    return _from_json(call, decoded) if _is_text(decoded) else call.unknown("half a surrogate pair is not read")


def _is_text(decoded: object) -> bool:
    """Whether each string can be spelled in UTF-8: JSON's escapes may leave half a surrogate pair."""
    return not _SURROGATE.search(json.dumps(decoded, ensure_ascii=False))


class Unreadable(str):
    """A JSON number that is not whole."""

    __slots__ = ()


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return dict(pairs)


def _from_json(call: Arguments, decoded: object) -> Value:
    if isinstance(decoded, Unreadable):
        parsed = kinds.parse_number(decoded)
        return parsed if parsed is not None else call.unknown("the number has more digits than static mode reads")
    if isinstance(decoded, str):
        return kinds.normal(call.make(decoded))
    if decoded is None or isinstance(decoded, bool | int):
        return decoded
    if isinstance(decoded, list):
        return tuple(_from_json(call, item) for item in decoded)
    if isinstance(decoded, dict):
        return kinds.Object({name: _from_json(call, item) for name, item in decoded.items()})
    return call.unknown("not a JSON value")


def _base64encode(call: Arguments) -> Value:
    call.expect(1)
    return call.make(base64.b64encode(call.string(0).encode()).decode())


def _base64decode(call: Arguments) -> Value:
    call.expect(1)
    try:
        return kinds.normal(call.make(base64.b64decode(call.string(0), validate=True).decode()))
    except ValueError as error:
        message = "not base64 of UTF-8 text"
        raise kinds.Mismatch(message) from error


def _urlencode(call: Arguments) -> Value:
    call.expect(1)
    return call.make(urllib.parse.quote_plus(call.string(0), safe="").replace("~", "~"))


def _numbers(choose: Callable[[list[int | float]], int | float]) -> Callable[[Arguments], Value]:
    def function(call: Arguments) -> Value:
        if not call.values:
            call.expect(1)
        return choose([call.number(place) for place in range(len(call))])

    return function


def _rounded(choose: Callable[[int | float], int]) -> Callable[[Arguments], Value]:
    def function(call: Arguments) -> Value:
        call.expect(1)
        return choose(call.number(0))

    return function


def _abs(call: Arguments) -> Value:
    call.expect(1)
    return abs(call.number(0))


def _signum(call: Arguments) -> Value:
    call.expect(1)
    value = call.whole(0)
    return (value > 0) - (value < 0)


def _pow(call: Arguments) -> Value:
    call.expect(2)
    base, power = call.number(0), call.number(1)
    if not (isinstance(base, int) and isinstance(power, int)) or not 0 <= power <= 64 or abs(base) > 128:  # noqa: PLR2004
        return call.unknown("static mode computes small whole powers only")
    return number(Fraction(base**power), call.at) if base**power < 1 << 53 else call.unknown("the power is too large")


def _parseint(call: Arguments) -> Value:
    call.expect(2)
    text, base = call.string(0), call.whole(1)
    plain = text.isascii() and "_" not in text and text == text.strip() and len(text) <= NUMBER_LENGTH_MAX
    if base > 36 or base < 2 or not plain:  # noqa: PLR2004
        return call.unknown("static mode reads a number of plain digits in the bases 2 to 36 only")
    try:
        return int(text, base) if text.lstrip("+-").isalnum() else call.unknown("not digits")
    except ValueError as error:
        message = f"not a whole number in base {base}"
        raise kinds.Mismatch(message) from error


STRICT: Mapping[str, Callable[[Arguments], Value]] = {
    "abs": _abs,
    "base64decode": _base64decode,
    "base64encode": _base64encode,
    "ceil": _rounded(math.ceil),
    "floor": _rounded(math.floor),
    "jsondecode": _jsondecode,
    "max": _numbers(max),
    "md5": _digest("md5"),
    "min": _numbers(min),
    "parseint": _parseint,
    "pow": _pow,
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "sha512": _digest("sha512"),
    "signum": _signum,
    "urlencode": _urlencode,
}

LENIENT: Mapping[str, Callable[[Arguments], Value]] = {"jsonencode": _jsonencode}
