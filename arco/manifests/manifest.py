"""The manifest: what one link of a domain's chain says. I1: it never changes. I4: creating it is the commit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

from arco.documents import SHA256_HEX, UTC_TEXT, Document, Json, parse_document, render_document
from arco.errors import CorruptionError, InputError
from arco.layout import ATTEMPT, Domain, L0Key, ManifestKey, StateKey
from arco.manifests.artifacts import ArtifactSet, Named

__all__ = [
    "FORMAT",
    "HASH",
    "NO_SEGMENT_SHA256",
    "Manifest",
    "Tail",
    "compute_manifest_hash",
]

FORMAT: Final = 1
NO_SEGMENT_SHA256: Final = "0" * 64
"""What `applied_sha256` is while no position is applied."""

HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def compute_manifest_hash(raw_bytes: bytes) -> str:
    """Hash stored bytes as they are, never a document rendered again: `sha256:` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(raw_bytes).hexdigest()}"


@final
@dataclass(frozen=True, slots=True)
class Tail:
    """Rows since the last flush, by table. Each is an object that tells its `position` and `index` in the ledger."""

    rows: Mapping[str, Sequence[Mapping[str, Json]]]

    def positions(self) -> Iterator[int]:
        """Give the position of each row. Raises InputError for a row without one."""
        for table, rows in self.rows.items():
            for number, row in enumerate(rows):
                document = Document(dict(row), f"tail: {table}[{number}]")
                document.whole("index")
                yield document.whole("position", 1)

    @classmethod
    def read(cls, document: Document) -> Tail:
        """Take it from a document. Raises InputError."""
        tables = document.inner("rows")
        document.end()
        for table in tables.names():
            if not _NAME.fullmatch(table):
                tables.fail(f"a table matches {_NAME.pattern} table={table[:80]}")
        return cls({table: [row.rest() for row in tables.inner_list(table)] for table in tables.names()})


@final
@dataclass(frozen=True, slots=True)
class Manifest:
    """One link of the chain. `parent_hash` is None at genesis alone; `published_at` is for people.

    Base, sets and tail tile the positions (0, `applied_position`]: the base up to its `to_position`, the sets from
    there to `parquet_position`, the tail the rest. `ledger_token` is the highest token among the segments counted.
    """

    domain: Domain
    manifest_id: int
    attempt: str
    commit_ulid: str
    fencing_token: int
    ledger_token: int
    applied_position: int
    applied_sha256: str
    parquet_position: int
    snapshot_version: int
    fold_version: int
    key_horizon: int
    event_count: int
    parent_hash: str | None
    published_at: str
    base: ArtifactSet | None
    l0: tuple[ArtifactSet, ...]
    tail: Tail
    totals: Mapping[str, int]
    watermarks: Mapping[str, int]

    @property
    def key(self) -> ManifestKey:
        """Where it stands."""
        return ManifestKey(self.domain, self.manifest_id)

    def artifacts(self) -> Iterator[Named]:
        """Give every file that it names."""
        if self.base is not None:
            yield from self.base.named(self.domain, StateKey)
        for delta in self.l0:
            yield from delta.named(self.domain, L0Key)

    def render(self) -> bytes:
        """Give the canonical bytes. Raises InputError for what could not be read again."""
        data = render_document(
            {
                "format": FORMAT,
                "domain": self.domain.value,
                "manifest_id": self.manifest_id,
                "attempt": self.attempt,
                "commit_ulid": self.commit_ulid,
                "fencing_token": self.fencing_token,
                "ledger_token": self.ledger_token,
                "applied_position": self.applied_position,
                "applied_sha256": self.applied_sha256,
                "parquet_position": self.parquet_position,
                "snapshot_version": self.snapshot_version,
                "fold_version": self.fold_version,
                "key_horizon": self.key_horizon,
                "event_count": self.event_count,
                "parent_hash": self.parent_hash,
                "published_at": self.published_at,
                "base": None if self.base is None else self.base.fields(),
                "l0": [delta.fields() for delta in self.l0],
                "tail": {"rows": {table: [dict(row) for row in rows] for table, rows in self.tail.rows.items()}},
                "totals": dict(self.totals),
                "watermarks": dict(self.watermarks),
            }
        )
        _read(data, self.key)
        return data

    @classmethod
    def parse(cls, data: bytes, key: ManifestKey) -> Manifest:
        """Read the bytes that stand under `key`. Raises CorruptionError if they are not its manifest."""
        try:
            return _read(data, key)
        except InputError as error:
            message = f"not a manifest: {error.message}"
            raise CorruptionError(message, name=key.path) from error


def _read(data: bytes, key: ManifestKey) -> Manifest:
    document = parse_document(data, key.path)
    document.exactly("format", FORMAT)
    document.exactly("domain", key.domain.value)
    document.exactly("manifest_id", key.manifest_id)
    base = document.inner_or_none("base")
    manifest = Manifest(
        domain=key.domain,
        manifest_id=key.manifest_id,
        attempt=document.text("attempt", ATTEMPT),
        commit_ulid=document.text("commit_ulid", _ULID),
        fencing_token=document.whole("fencing_token", 1),
        ledger_token=document.whole("ledger_token"),
        applied_position=document.whole("applied_position"),
        applied_sha256=document.text("applied_sha256", SHA256_HEX),
        parquet_position=document.whole("parquet_position"),
        snapshot_version=document.whole("snapshot_version"),
        fold_version=document.whole("fold_version", 1),
        key_horizon=document.whole("key_horizon", 1),
        event_count=document.whole("event_count"),
        parent_hash=document.text_or_none("parent_hash", HASH),
        published_at=document.text("published_at", UTC_TEXT),
        base=None if base is None else ArtifactSet.read(base),
        l0=tuple(ArtifactSet.read(delta) for delta in document.inner_list("l0")),
        tail=Tail.read(document.inner("tail")),
        totals=_counts(document.inner("totals")),
        watermarks=_counts(document.inner("watermarks")),
    )
    document.end()
    for _ in manifest.artifacts():
        # A table that no key can hold is refused here, and not by whoever asks for the file.
        continue
    return manifest


def _counts(document: Document) -> Mapping[str, int]:
    # What follows is checked against what was read: nobody may change it meanwhile.
    return MappingProxyType({name: document.whole(name) for name in document.names()})
