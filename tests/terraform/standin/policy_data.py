"""The text that ``data.google_iam_policy`` computes.

Follows the documented behaviour of the google provider: blocks of equal role and condition become one binding, bindings
are sorted by role, then without a condition before with one, then by expression, title and description, members are
sorted, empty fields are left out, and the text is that of Go's ``encoding/json`` (keys in the order of the structure,
no spaces, ``<``, ``>`` and ``&`` escaped).
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["policy_data", "policy_id"]

_GO_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True, slots=True)
class _Condition:
    expression: str
    title: str
    description: str

    def as_json(self) -> dict[str, str]:
        fields = {"description": self.description, "expression": self.expression, "title": self.title}
        return {key: value for key, value in fields.items() if value}


def policy_data(bindings: Iterable[Mapping[str, Any]]) -> str:
    """Return the policy as JSON text.

    ``bindings`` are the decoded ``binding`` blocks: ``role``, ``members`` and a list ``condition`` of at most one.
    """
    merged: dict[tuple[str, _Condition | None], set[str]] = {}
    for block in bindings:
        key = (block["role"], _condition(block.get("condition") or []))
        merged.setdefault(key, set()).update(block["members"])

    entries: list[dict[str, Any]] = []
    for (role, condition), members in sorted(merged.items(), key=lambda item: _order(*item[0])):
        entry: dict[str, Any] = {} if condition is None else {"condition": condition.as_json()}
        entries.append({**entry, "members": sorted(members), "role": role})
    text = json.dumps({"bindings": entries} if entries else {}, ensure_ascii=False, separators=(",", ":"))
    return "".join(_GO_ESCAPES.get(character, character) for character in text)


def policy_id(text: str) -> str:
    """Return the id that the provider gives to a policy: the CRC-32 of its text."""
    return str(zlib.crc32(text.encode()))


def _condition(blocks: list[Mapping[str, Any]]) -> _Condition | None:
    if not blocks:
        return None
    block = blocks[0]
    return _Condition(block["expression"], block["title"], block.get("description") or "")


def _order(role: str, condition: _Condition | None) -> tuple[str, bool, str, str, str]:
    if condition is None:
        return (role, False, "", "", "")
    return (role, True, condition.expression, condition.title, condition.description)
