"""Strict JSON: what a lenient reader would guess at is refused here, by name of the file and never by value.

Invariants:

* A key that stands twice in one object is refused: two readers could take different ones.
* No message quotes a value: a plan file holds secrets in clear.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeAlias

from arco.errors import InputError
from arco.policy.terraform._reading import why

__all__ = ["HOW", "Json", "Node", "decode", "parse_object", "read_text"]

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

HOW = "write it with `terraform show -json PLAN > plan.json`"

_SURROGATE = re.compile("\\\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_KEY_LENGTH_SHOWN = 60


class _RefusedError(ValueError):
    """JSON that is well-formed for lenient readers only."""


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value and the path to it, so that a wrong shape is reported where it stands."""

    value: Json
    path: str
    source: str

    def get(self, key: str) -> Node:
        """Give the member `key`, or a node of None where it is absent."""
        return Node(self.object().get(key), f"{self.path}.{key}" if self.path else key, self.source)

    def items(self) -> list[Node]:
        """Give the items of a list; None is the empty list, as Terraform leaves empty lists out."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            self.refuse("a list")
        return [Node(item, f"{self.path}[{number}]", self.source) for number, item in enumerate(self.value)]

    def members(self) -> dict[str, Node]:
        """Give the members of an object; None is the empty object."""
        return {key: self.get(key) for key in self.object()} if self.value is not None else {}

    def object(self) -> dict[str, Json]:
        """Give the object. Raises InputError for anything else."""
        if not isinstance(self.value, dict):
            self.refuse("an object")
        return self.value

    def text(self, default: str | None = None) -> str:
        """Give the string, or `default` where it is absent. Raises InputError for anything else."""
        if self.value is None and default is not None:
            return default
        if not isinstance(self.value, str):
            self.refuse("a string")
        return self.value

    def flag(self, *, default: bool) -> bool:
        """Give the boolean, or `default` where it is absent. Raises InputError for anything else."""
        if self.value is None:
            return default
        if not isinstance(self.value, bool):
            self.refuse("true or false")
        return self.value

    def refuse(self, expected: str) -> NoReturn:
        """Raise the InputError that says what should stand here."""
        message = f"not a plan as Terraform writes it; {HOW} path={self.path or '(top)'} expected={expected!r}"
        raise InputError(message, source=self.source)


def read_text(path: Path) -> str:
    """Read a plan file. Raises InputError, with the cure, if that is not possible."""
    source = str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"cannot read the plan: {why(error)}"
        raise InputError(message, source=source) from error
    return decode(raw, source)


def decode(raw: bytes, source: str) -> str:
    """Decode a plan. Raises InputError, with the cure, for what is not UTF-8 text."""
    if raw.startswith(b"PK\x03\x04"):
        message = f"a binary plan file; {HOW}"
        raise InputError(message, source=source)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = f"UTF-16 text (some shells write that on redirection), a plan must be UTF-8; {HOW} in another shell"
        raise InputError(message, source=source)
    if raw.startswith(b"\xef\xbb\xbf"):
        message = f"begins with a byte order mark, which JSON forbids; save it as UTF-8 without one, or {HOW}"
        raise InputError(message, source=source)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8 text; {HOW} byte={error.start}"
        raise InputError(message, source=source, line=line) from None  # The cause would carry the whole file.


def parse_object(text: str, source: str) -> dict[str, Json]:
    """Parse one JSON object. Raises InputError with line and column where they are known."""
    if not text.strip():
        message = f"an empty file, not a plan; {HOW}"
        raise InputError(message, source=source)
    try:
        value: Json = json.loads(text, object_pairs_hook=_object, parse_float=_finite, parse_constant=_refuse_constant)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        ends_early = text.lstrip().startswith("{") and not text.rstrip().endswith("}")
        what = "truncated JSON" if ends_early else "not JSON"
        message = f"{what}; {HOW} reason={error.msg!r}"
        # The cause would carry the whole text, secrets included.
        raise InputError(message, source=source, line=error.lineno, column=error.colno) from None
    except UnicodeEncodeError:
        message = f"holds half of a surrogate pair, which is no text; {HOW}"
        raise InputError(message, source=source) from None
    except _RefusedError as error:
        message = f"{error}; {HOW}"
        raise InputError(message, source=source) from None
    except ValueError:
        message = f"holds a number that is too long to be one; {HOW}"
        raise InputError(message, source=source) from None
    if not isinstance(value, dict):
        message = f"not a plan: the top of the file is no JSON object; {HOW}"
        raise InputError(message, source=source)
    return value


def _object(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        message = f"a key stands twice in one object key={twice[:_KEY_LENGTH_SHOWN]!r}"
        raise _RefusedError(message)
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        message = "holds a number that is too large"
        raise _RefusedError(message)
    return number


def _refuse_constant(name: str) -> float:
    message = f"holds {name}, which is not JSON"
    raise _RefusedError(message)
