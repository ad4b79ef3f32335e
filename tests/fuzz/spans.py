"""Where each value of a JSON text stands, so that one can be replaced by any text at all, JSON or not.

Invariant: the text is left as it is but for the replaced span. Mutation of the parsed value could not plant NaN, half
of a surrogate pair, or a key that stands twice.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["Path", "Span", "spans"]

Path: TypeAlias = tuple[str | int, ...]

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(r"[^\s,\]}]+")
_BETWEEN = re.compile(r"[\s,:]*")
_EMBEDDED = "policy_data"


@dataclass(frozen=True, slots=True)
class Span:
    """The value at `path` is `text[start:end]`; `outer` is the string that holds the text, if it is JSON in JSON."""

    path: Path
    start: int
    end: int
    text: str = field(repr=False)
    outer: Span | None = field(default=None, repr=False)

    def replaced(self, value: str) -> str:
        """Give the whole text with `value` in place of this one."""
        changed = self.text[: self.start] + value + self.text[self.end :]
        return changed if self.outer is None else self.outer.replaced(json.dumps(changed))

    @property
    def value(self) -> str:
        """The text of the value itself."""
        return self.text[self.start : self.end]


def spans(text: str) -> list[Span]:
    """List every value of a JSON text: what a container holds behind it, and a policy's values behind its string."""
    found: list[Span] = []
    _scan(text, _skip(text, 0), (), None, found)
    return found


def _scan(text: str, start: int, path: Path, outer: Span | None, found: list[Span]) -> int:
    """Add the value that begins at `start`, and all in it; give where it ends."""
    index = len(found)
    found.append(Span(path, start, start, text, outer))
    end = _end_of_container(text, start, path, outer, found) if text[start] in "[{" else _end_of_scalar(text, start)
    whole = found[index] = Span(path, start, end, text, outer)
    if path and path[-1] == _EMBEDDED and text[start] == '"':
        inner = json.loads(whole.value)
        _scan(inner, _skip(inner, 0), path, whole, found)
    return end


def _end_of_container(text: str, start: int, path: Path, outer: Span | None, found: list[Span]) -> int:
    position, number = _skip(text, start + 1), 0
    while text[position] not in "]}":
        key: str | int = number
        if text[start] == "{":
            end = _end_of_scalar(text, position)
            key, position = json.loads(text[position:end]), _skip(text, end)
        position = _skip(text, _scan(text, position, (*path, key), outer, found))
        number += 1
    return position + 1


def _end_of_scalar(text: str, start: int) -> int:
    match = (_STRING if text[start] == '"' else _SCALAR).match(text, start)
    assert match is not None, f"no JSON at {start}"
    return match.end()


def _skip(text: str, start: int) -> int:
    match = _BETWEEN.match(text, start)
    return start if match is None else match.end()
