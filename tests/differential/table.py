"""The table of what Cloud Storage checks, read from `operations.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

__all__ = ["OVERWRITES", "REFUSED", "TABLE", "Need", "Row", "needs"]

OVERWRITES: Final = "overwrites"

Need: TypeAlias = tuple[str, str | None]
"""A permission, and the object on which it is asked; None is the bucket."""


@dataclass(frozen=True, slots=True)
class Row:
    """One check of an operation. `query` and `body` are a request that brings `when` about."""

    permission: str
    of: str
    when: str = ""
    partial: bool = False
    query: str = ""
    body: Mapping[str, Any] | None = field(default=None, hash=False)


def _read() -> tuple[dict[str, tuple[Row, ...]], dict[str, str]]:
    document = tomllib.loads((Path(__file__).parent / "operations.toml").read_text(encoding="utf-8"))
    table = {
        operation["name"]: tuple(
            Row(**(check | {"permission": f"storage.{check['permission']}"})) for check in operation["checks"]
        )
        for operation in document["operation"]
    }
    return table, document["refused"]


TABLE, REFUSED = _read()


def needs(operation: str, target: str, sources: Iterable[str], *, overwrites: bool) -> list[Need]:
    """List what an operation of the table needs, in the order in which it is asked."""
    wanted: list[Need] = []
    for row in TABLE[operation]:
        if row.partial or row.when not in {"", OVERWRITES} or (row.when == OVERWRITES and not overwrites):
            continue
        about: dict[str, Sequence[str | None]] = {"target": [target], "source": list(sources), "bucket": [None]}
        wanted += [(row.permission, name) for name in about[row.of]]
    return wanted
