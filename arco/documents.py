"""JSON documents that are kept in the bucket: written in one canonical form, read strictly.

Invariants:

* Equal values give equal bytes (RFC 8785), so a hash of the bytes is a hash of the value.
* Every number is a whole one that a double holds exactly (at most 2^53 - 1), so that every reader reads the same.
* Nothing is guessed: a duplicate name, a missing or further field, a wrong type or a value out of bounds is an
  InputError that names the field. Whoever reads decides what that means: corruption, or a record to be replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NoReturn, TypeAlias, final

import rfc8785

from arco.errors import InputError

__all__ = ["SHA256_HEX", "UTC_TEXT", "WHOLE_MAX", "Document", "Json", "parse_document", "render_document", "utc_text"]

WHOLE_MAX: Final = 2**53 - 1
SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")
UTC_TEXT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
"""A value of a document; there are no fractions."""

_SHOWN_MAX = 80


def render_document(value: Mapping[str, Json]) -> bytes:
    """Give the canonical bytes of a document. Raises InputError for what RFC 8785 cannot write."""
    try:
        return rfc8785.dumps(dict(value))
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        message = f"cannot be written as canonical JSON: {error}"
        raise InputError(message, source="document") from error


def parse_document(data: bytes, source: str) -> Document:
    """Read the bytes of a document. Raises InputError, which names `source`, unless they are one JSON object."""
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_unique, parse_int=_whole, parse_float=_refused, parse_constant=_refused
        )
        if "\\u" in text:
            # Half a surrogate can only be written so, and could never be written again.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        message = f"not a JSON document: {error}"
        raise InputError(message, source=source) from error
    if type(value) is not dict:
        message = f"not a JSON object value=a {type(value).__name__}"
        raise InputError(message, source=source)
    return Document(value, source)


def utc_text(wall_seconds: float) -> str:
    """Spell a time for people, in UTC, to the second. Nothing is decided by it."""
    return datetime.fromtimestamp(int(wall_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name stands twice in one object"
        raise ValueError(message)
    return found


def _whole(text: str) -> int:
    value = int(text)
    return value if abs(value) <= WHOLE_MAX else _refused(text)


def _refused(text: str) -> NoReturn:
    message = f"not a whole number value={text[:_SHOWN_MAX]}"
    raise ValueError(message)


@final
class Document:
    """An object whose fields are taken one by one. All methods raise InputError, which names the field."""

    def __init__(self, fields: dict[str, Json], source: str) -> None:
        """Begin with all `fields`; `source` says where they were read."""
        self._left = dict(fields)
        self._source = source

    def end(self) -> None:
        """Refuse fields that nobody has taken: a document of a later format must say so in `format`."""
        if self._left:
            self.fail(f"unknown fields fields={', '.join(sorted(self._left))[:_SHOWN_MAX]}")

    def fail(self, message: str) -> NoReturn:
        """Refuse the document."""
        raise InputError(message, source=self._source)

    def exactly(self, field: str, expected: int | str) -> None:
        """Take a field that has this one value."""
        value = self._take(field)
        if type(value) is not type(expected) or value != expected:
            self.fail(f"must be {expected!r} field={field}")

    def whole(self, field: str, least: int = 0, most: int = WHOLE_MAX) -> int:
        """Take a whole number from `least` to `most`."""
        value = self._take(field)
        if type(value) is not int or not least <= value <= most:
            self.fail(f"must be a whole number from {least} to {most} field={field}")
        return value

    def text(self, field: str, pattern: re.Pattern[str]) -> str:
        """Take a text that `pattern` matches as a whole."""
        value = self._take(field)
        if type(value) is not str or not pattern.fullmatch(value):
            self.fail(f"must be a text that matches {pattern.pattern} field={field}")
        return value

    def text_or_none(self, field: str, pattern: re.Pattern[str]) -> str | None:
        """Take a text as `text` does, or null."""
        return None if self._took_null(field) else self.text(field, pattern)

    def flag(self, field: str) -> bool:
        """Take true or false."""
        value = self._take(field)
        if type(value) is not bool:
            self.fail(f"must be true or false field={field}")
        return value

    def inner(self, field: str) -> Document:
        """Take an object."""
        return self._object(self._take(field), field)

    def inner_or_none(self, field: str) -> Document | None:
        """Take an object, or null."""
        return None if self._took_null(field) else self.inner(field)

    def inner_list(self, field: str) -> list[Document]:
        """Take a list of objects."""
        return [self._object(value, f"{field}[{index}]") for index, value in enumerate(self._list(field))]

    def names(self) -> tuple[str, ...]:
        """Tell the fields that are left, in order."""
        return tuple(sorted(self._left))

    def rest(self) -> dict[str, Json]:
        """Take all that is left, as it is."""
        left, self._left = self._left, {}
        return left

    def _take(self, field: str) -> Json:
        if field not in self._left:
            self.fail(f"a field is missing field={field}")
        return self._left.pop(field)

    def _took_null(self, field: str) -> bool:
        null = field in self._left and self._left[field] is None
        if null:
            del self._left[field]
        return null

    def _list(self, field: str) -> list[Json]:
        value = self._take(field)
        if type(value) is not list:
            self.fail(f"must be a list field={field}")
        return value

    def _object(self, value: Json, field: str) -> Document:
        if type(value) is not dict:
            self.fail(f"must be an object field={field}")
        return Document(value, f"{self._source}: {field}")
