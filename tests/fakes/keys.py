"""Keys for tests: the golden table, and every key that hypothesis can think of."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from hypothesis import strategies as st

from arco import layout
from arco.layout import Domain, Key, Root

__all__ = ["GOLDEN", "KEYS", "KINDS", "SCOPES", "Golden"]

_TABLE = Path(__file__).resolve().parents[1] / "unit/layout_paths.toml"
KINDS: tuple[type[Key], ...] = get_args(Key)


@dataclass(frozen=True)
class Golden:
    """A row of the table: the key that was built from its fields, and the path that people wrote."""

    key: Key
    path: str


def _field(name: str, value: str | int) -> object:
    if name == "domain":
        return Domain(value)
    return Root(value) if name == "of" else value


def _golden(row: dict[str, Any]) -> Golden:
    fields = {name: _field(name, value) for name, value in row["fields"].items()}
    return Golden(getattr(layout, row["kind"])(**fields), row["path"])


GOLDEN = [_golden(row) for row in tomllib.loads(_TABLE.read_text(encoding="utf-8"))["key"]]

_DOMAIN = st.sampled_from(Domain)
_ATTEMPT = st.from_regex(r"[0-9a-z]{16,32}", fullmatch=True)
_TABLE_NAME = st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True)
_FROM_0 = st.integers(0, 10**20 - 1)
_FROM_1 = st.integers(1, 10**20 - 1)
KEYS: st.SearchStrategy[Key] = st.one_of(
    st.builds(layout.LedgerKey, _DOMAIN, _FROM_1),
    st.builds(layout.LockKey, _DOMAIN),
    st.builds(layout.RootManifestKey),
    st.builds(layout.ManifestKey, _DOMAIN, _FROM_1),
    st.builds(layout.DomainManifestKey, _DOMAIN),
    st.builds(layout.L0Key, _DOMAIN, _FROM_0, _ATTEMPT, _TABLE_NAME),
    st.builds(layout.StateKey, _DOMAIN, _FROM_0, _ATTEMPT, _TABLE_NAME),
    st.builds(layout.QuarantineKey, _DOMAIN, _FROM_1, _ATTEMPT),
    st.builds(layout.CursorKey, _DOMAIN),
    st.builds(layout.SentinelKey, st.sampled_from(Root)),
)
_NAME = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)
SCOPES = st.builds(layout.Scope, _NAME, _NAME)
