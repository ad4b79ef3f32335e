"""A request as it came: path and query decoded once, and every parameter accounted for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final
from urllib.parse import parse_qsl, unquote_to_bytes

from arco.emulator.replies import Failure, JsonValue, refuse_unmodelled

__all__ = ["Asked", "decoded", "read_object"]

# They change how an answer is spelled, or nothing; the emulator spells all of it, always.
_IGNORED: Final = frozenset({"fields", "prettyPrint", "quotaUser"})
# Of the headers that Cloud Storage gives a meaning to, those that it gives here too, or that have none.
_UNDERSTOOD: Final = frozenset({"x-goog-api-client", "x-goog-gcs-idempotency-token", "x-goog-hash"})
_MEANINGFUL = re.compile(r"x-goog-.*|x-amz-.*|if-.*|x-http-method.*|x-method-override|content-md5|content-encoding")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DIGITS_MAX: Final = 19


@final
@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `path` is still encoded; `query` is decoded; header names are in lower case.

    `permissions` are all values of the one parameter that may be given more than once.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    permissions: tuple[str, ...] = ()

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Asked:
        """Take a request's target apart.

        Raises Failure for a parameter that is given twice or is no UTF-8, and for a header whose meaning is not
        modelled: a precondition that is overlooked would be one that holds.
        """
        for name in sorted(headers):
            if _MEANINGFUL.fullmatch(name) and name not in _UNDERSTOOD:
                refuse_unmodelled(f"the header {name!r}")
        path, _, text = target.partition("?")
        if _ESCAPE.search(target):
            raise Failure(400, "the target holds a percent sign that escapes nothing")
        try:
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
        except (UnicodeDecodeError, ValueError) as error:
            raise Failure(400, f"the query cannot be read: {error}") from error
        query = dict(pairs)
        if len(query) != len(pairs):
            repeated = sorted({name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1})
            if repeated != ["permissions"]:
                refuse_unmodelled(f"the parameter {repeated[0]!r} given twice")
        permissions = tuple(value for name, value in pairs if name == "permissions")
        return cls(method, path, query, headers, body, permissions)

    def only(self, *allowed: str) -> None:
        """Refuse every parameter that an operation does not name: what is not understood is not ignored."""
        for name, value in self.query.items():
            if name not in allowed and name not in _IGNORED and (name, value) != ("alt", "json"):
                refuse_unmodelled(f"the parameter {name!r} of this operation")
        if self.query.get("projection", "noAcl") not in {"full", "noAcl"}:
            raise Failure(400, f"Invalid value for parameter projection: {self.query['projection']!r}")

    def whole(self, name: str) -> int | None:
        """Give a parameter that is a whole number from 0; None if it is not given."""
        text = self.query.get(name)
        if text is None:
            return None
        if not text.isascii() or not text.isdecimal() or len(text) > _DIGITS_MAX:
            raise Failure(400, f"Invalid value for parameter {name}: {text!r}")
        return int(text)

    def flag(self, name: str) -> bool:
        """Give a parameter that is true or false; false if it is not given."""
        text = self.query.get(name, "false").lower()
        if text not in {"true", "false"}:
            raise Failure(400, f"Invalid value for parameter {name}: {text!r}")
        return text == "true"

    def document(self) -> dict[str, JsonValue]:
        """Give the body as a JSON object; empty for no body."""
        return read_object(self.body)


def read_object(data: bytes) -> dict[str, JsonValue]:
    """Read a JSON object. Raises Failure."""
    try:
        document = json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise Failure(400, "Parse Error", reason="parseError") from error
    if not isinstance(document, dict):
        raise Failure(400, "Parse Error", reason="parseError")
    return document


def decoded(part: str) -> str:
    """Decode one part of a path, once. Raises Failure for what is no UTF-8."""
    try:
        return unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Failure(400, "the name is not UTF-8") from error
