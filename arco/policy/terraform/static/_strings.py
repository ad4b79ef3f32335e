"""Functions on strings. Text keeps its origins wherever a result is cut from its argument."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arco.policy.terraform.static import _kinds as kinds
from arco.policy.terraform.static._format import format_text
from arco.policy.terraform.static._patterns import pattern_of
from arco.policy.values import Literal, Text, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arco.policy.terraform.static._arguments import Arguments

__all__ = ["LENIENT", "STRICT"]

_BLANKS = " \t\n\v\f\r\x85\xa0"
_UNICODE = "static mode computes it for ASCII text only"


def _simple(text: str) -> bool:
    """Whether each character is what Terraform counts as one (it counts grapheme clusters)."""
    return text.isascii() and "\r\n" not in text


def _substr(call: Arguments) -> Value:
    call.expect(3)
    text, start, length = call.text(0), call.whole(1), call.whole(2)
    if not _simple(text.value):
        return call.unknown(_UNICODE)
    size = len(text.value)
    if start < 0:
        start += size
    start = min(max(start, 0), size)
    return kinds.cut(text, start, size if length < 0 else min(size, start + length))


def _map_ascii(change: Callable[[str], str]) -> Callable[[Arguments], Value]:
    """Make a function that changes each character in its place."""

    def function(call: Arguments) -> Value:
        call.expect(1)
        text = call.text(0)
        if not text.value.isascii():
            return call.unknown(_UNICODE)
        pieces = (p if isinstance(p, Unknown) else Literal(change(p.text), p.origin) for p in text.pieces)
        return Text(tuple(pieces))

    return function


def _title(call: Arguments) -> Value:
    call.expect(1)
    text = call.string(0)
    if not text.isascii():
        return call.unknown(_UNICODE)
    # A word begins after anything that is not a letter, a digit or an underscore.
    return call.make(re.sub(r"(?<![A-Za-z0-9_])[a-z]", lambda match: match[0].upper(), text))


def _strrev(call: Arguments) -> Value:
    call.expect(1)
    text = call.string(0)
    return call.make(text[::-1]) if _simple(text) else call.unknown(_UNICODE)


def _prefix(call: Arguments) -> Value:
    call.expect(2)
    return call.string(0).startswith(call.string(1))


def _suffix(call: Arguments) -> Value:
    call.expect(2)
    return call.string(0).endswith(call.string(1))


def _strcontains(call: Arguments) -> Value:
    call.expect(2)
    return call.string(1) in call.string(0)


def _stripped(text: Text, left: str, right: str) -> Text:
    value = text.value
    start = len(value) - len(value.lstrip(left)) if left else 0
    end = len(value.rstrip(right)) if right else len(value)
    return kinds.cut(text, start, max(start, end))


def _trim(call: Arguments) -> Value:
    call.expect(2)
    return _stripped(call.text(0), call.string(1), call.string(1))


def _trimspace(call: Arguments) -> Value:
    call.expect(1)
    return _stripped(call.text(0), _BLANKS, _BLANKS) if call.string(0).isascii() else call.unknown(_UNICODE)


def _trimprefix(call: Arguments) -> Value:
    call.expect(2)
    text, prefix = call.text(0), call.string(1)
    return kinds.cut(text, len(prefix), len(text.value)) if text.value.startswith(prefix) else text


def _trimsuffix(call: Arguments) -> Value:
    call.expect(2)
    text, suffix = call.text(0), call.string(1)
    return kinds.cut(text, 0, len(text.value) - len(suffix)) if text.value.endswith(suffix) else text


def _chomp(call: Arguments) -> Value:
    call.expect(1)
    text = call.text(0)
    return kinds.cut(text, 0, len(text.value.rstrip("\r\n")))


def _split(call: Arguments) -> Value:
    call.expect(2)
    separator, text = call.string(0), call.text(1)
    if not separator:
        return call.unknown("an empty separator is not computed in static mode")
    parts = text.value.split(separator)
    cutter = kinds.Cutter(text)
    items, start = [], 0
    for part in parts:
        items.append(cutter.cut(start, start + len(part)))
        start += len(part) + len(separator)
    return kinds.ListOf(items)


def _matched(cutter: kinds.Cutter, match: re.Match[str]) -> Value:
    groups = range(1, match.re.groups + 1)
    if not groups:
        return cutter.cut(*match.span())
    return tuple(cutter.cut(*match.span(group)) if match[group] is not None else None for group in groups)


def _regex(call: Arguments) -> Value:
    call.expect(2)
    pattern, text = pattern_of(call, call.string(0), call.string(1)), call.text(1)
    if isinstance(pattern, Unknown):
        return pattern
    match = pattern.search(text.value)
    if match is None:
        message = "the pattern does not match"
        raise kinds.Mismatch(message)
    return _matched(kinds.Cutter(text), match)


def _regexall(call: Arguments) -> Value:
    call.expect(2)
    pattern, text = pattern_of(call, call.string(0), call.string(1)), call.text(1)
    if isinstance(pattern, Unknown):
        return pattern
    matches = list(pattern.finditer(text.value))
    cutter = kinds.Cutter(text)
    if any(match.start() == match.end() for match in matches):
        return call.unknown("static mode does not enumerate empty matches")
    return kinds.ListOf(_matched(cutter, match) for match in matches)


def _replace(call: Arguments) -> Value:
    call.expect(3)
    text, old, new = call.text(0), call.string(1), call.text(2)
    if not old:
        return call.unknown("an empty search string is not computed in static mode")
    value = text.value
    if len(old) > 1 and old[0] == old[-1] == "/":
        pattern = pattern_of(call, old[1:-1], value)
        if isinstance(pattern, Unknown):
            return pattern
        spans = [match.span() for match in pattern.finditer(value)]
        if "$" in new.value or any(start == end for start, end in spans):
            return call.unknown("static mode does not expand groups or replace empty matches")
    else:
        spans = [match.span() for match in re.finditer(re.escape(old), value)]
    cutter = kinds.Cutter(text)
    parts: list[Text] = []
    place = 0
    for start, end in spans:
        parts += [cutter.cut(place, start), new]
        place = end
    return kinds.joined([*parts, cutter.cut(place, len(value))])


def _format(call: Arguments) -> Value:
    if not call.values:
        call.expect(1)
    template = call.text(0)
    if not template.known:
        return template.unknowns[0]
    return format_text(call, template, call.values[1:])


def _formatlist(call: Arguments) -> Value:
    template = call.text(0)
    if not template.known:
        return template.unknowns[0]
    lists = [call.items(i) if not isinstance(v, Text | bool | int | float | None) else None
             for i, v in enumerate(call.values) if i]  # fmt: skip
    sizes = {len(items) for items in lists if items is not None}
    if len(sizes) > 1:
        message = "all lists must have the same length"
        raise kinds.Mismatch(message)
    results: list[Value] = []
    for place in range(sizes.pop() if sizes else 1):
        row = tuple(call.values[i + 1] if items is None else items[place] for i, items in enumerate(lists))
        if None in row and "%v" not in template.value:
            message = "an item must not be null"
            raise kinds.Mismatch(message)
        results.append(format_text(call, template, row))
    return kinds.ListOf(results)


def _join(call: Arguments) -> Value:
    if len(call) < 2:  # noqa: PLR2004 - a separator and at least one list
        call.expect(2)
    separator = call.text(0)
    texts = [text for place in range(1, len(call)) for text in call.texts(place)]
    parts: list[Text] = []
    for place, text in enumerate(texts):
        parts += [separator, text] if place else [text]
    return kinds.joined(parts) if parts else call.make("")


STRICT: Mapping[str, Callable[[Arguments], Value]] = {
    "chomp": _chomp,
    "endswith": _suffix,
    "lower": _map_ascii(str.lower),
    "regex": _regex,
    "regexall": _regexall,
    "replace": _replace,
    "split": _split,
    "startswith": _prefix,
    "strcontains": _strcontains,
    "strrev": _strrev,
    "substr": _substr,
    "title": _title,
    "trim": _trim,
    "trimprefix": _trimprefix,
    "trimspace": _trimspace,
    "trimsuffix": _trimsuffix,
    "upper": _map_ascii(str.upper),
}
LENIENT: Mapping[str, Callable[[Arguments], Value]] = {"format": _format, "formatlist": _formatlist, "join": _join}
