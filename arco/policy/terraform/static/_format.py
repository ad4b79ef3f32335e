"""Terraform's `format`: the verbs that static mode computes, and text known in part through `%s`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _conversion as conversion
from arco.policy.terraform.static import _kinds as kinds
from arco.policy.values import Text, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arco.policy.terraform.static._arguments import Arguments

__all__ = ["format_text"]

_WIDTH_DIGITS_MAX = 4
_VERB = re.compile(
    r"%(?P<flags>[-+# 0]*)(?P<width>[0-9]*)(?P<precision>\.[0-9]*)?(?P<index>\[[0-9]+\])?(?P<verb>.)", re.DOTALL
)


def format_text(call: Arguments, template: Text, values: Sequence[Value]) -> Value:
    """Format `values`. Raises Mismatch where Terraform would refuse; gives Unknown for verbs not computed here."""
    shown = template.value
    cutter = kinds.Cutter(template)
    parts: list[Text] = []
    place = used = most = 0
    while (start := shown.find("%", place)) >= 0:
        parts.append(cutter.cut(place, start))
        match = _VERB.match(shown, start)
        if match is None:
            message = "the format ends within a verb"
            raise kinds.Mismatch(message)
        place = match.end()
        if match["verb"] == "%":
            parts.append(cutter.cut(place - 1, place))
            continue
        used = int(match["index"][1:-1][:_WIDTH_DIGITS_MAX]) if match["index"] else used + 1
        most = max(most, used)
        if not 1 <= used <= len(values):
            message = f"there is no value for verb {match[0]}: {len(values)} were given"
            raise kinds.Mismatch(message)
        part = _verb(call, match, values[used - 1])
        if isinstance(part, Unknown):
            return part
        parts.append(part)
    if most < len(values):
        message = f"too many values: {len(values)} were given, {most} are used"
        raise kinds.Mismatch(message)
    parts.append(cutter.cut(place, len(shown)))
    return kinds.joined(parts)


def _verb(call: Arguments, match: re.Match[str], value: Value) -> Text | Unknown:
    verb, flags = match["verb"], match["flags"]
    if len(match["width"]) > _WIDTH_DIGITS_MAX:
        return call.unknown("static mode does not pad so far")
    width = int(match["width"] or 0)
    if isinstance(value, Unknown):
        plain = verb == "s" and not (flags or width or match["precision"])
        return Text((value,)) if plain else value
    if match["precision"] or verb not in "sdvqt" or set(flags) - {"-", "0"}:
        return call.unknown(f"static mode does not compute the verb {match[0]}")
    if verb == "v" and isinstance(value, tuple | dict):
        return call.unknown("static mode does not compute %v of structures")
    if value is None:
        return call.unknown("what it makes of null depends on the type of the null, which static mode does not know")
    if verb == "d":
        number = conversion.convert(value, conversion.Type("number"))
        if not isinstance(number, int) or isinstance(number, bool):
            return call.unknown("static mode computes %d of whole numbers only")
        value = number
        if "0" in flags and width and "-" not in flags:
            return call.make(f"{number:0{width}d}")
    elif verb == "t":
        value = conversion.convert(value, conversion.Type("bool"))
    text = kinds.text_of(value, call.at)
    if "0" in flags:
        return call.unknown(f"static mode does not compute the verb {match[0]}")
    if verb == "q":
        return _quoted(call, text) if not width else call.unknown("static mode does not pad %q")
    return _padded(call, text, width, left="-" in flags)


def _quoted(call: Arguments, text: Text) -> Text | Unknown:
    """Quote as JSON does, escaping `&`, `<` and `>`: that is what Terraform means by %q."""
    if not text.known:
        return text.unknowns[0]
    shown = text.value
    if not (shown.isascii() and shown.isprintable()):
        return call.unknown("static mode quotes printable ASCII text only")
    if any(character in shown for character in "&<>"):
        return call.unknown("static mode does not quote &, < and >")
    cutter = kinds.Cutter(text)
    parts, start = [call.make('"')], 0
    for place in [i for i, character in enumerate(shown) if character in '"\\']:
        parts += [cutter.cut(start, place), call.make("\\")]
        start = place
    return Text.join([*parts, cutter.cut(start, len(shown)), call.make('"')])


def _padded(call: Arguments, text: Text, width: int, *, left: bool) -> Text | Unknown:
    if not width:
        return text
    if not text.known:
        return text.unknowns[0]
    if not text.value.isascii():
        return call.unknown("static mode pads ASCII text only")
    blanks = Text.of(" " * max(0, width - len(text.value)))
    return Text.join([text, blanks] if left else [blanks, text])
