"""Who holds what: one class for each role of the access matrix that touches objects, with exactly the views of its row.

Only a composition root sees one whole; it takes the views apart and gives each component the ones that it needs.
`tests/unit/storage/test_matrix.py` compares these classes with `infra/access_matrix.txt`, letter by letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, final

from arco.layout import (
    CursorKey,
    DomainManifestKey,
    L0Key,
    LedgerKey,
    ManifestKey,
    QuarantineKey,
    RootManifestKey,
    StateKey,
)
from arco.storage.capabilities import (
    CasStore,
    CursorStore,
    DeleteStore,
    LedgerPutStore,
    ListStore,
    LockStore,
    MetaStore,
    ReadStore,
    SentinelStore,
    StatePutStore,
)

__all__ = ["AntiEntropyViews", "ApiViews", "CatalogKey", "ChainKey", "CompactorViews", "GcViews", "ReaderViews"]

ChainKey: TypeAlias = RootManifestKey | ManifestKey | DomainManifestKey
"""What leads to the newest manifest."""

CatalogKey: TypeAlias = ChainKey | L0Key | StateKey
"""What a reader of the catalog reads."""


@final
@dataclass(frozen=True, slots=True)
class ApiViews:
    """The api appends segments and holds locks. It reads the catalog, and writes none of it."""

    catalog: ReadStore[CatalogKey]
    ledger: ReadStore[LedgerKey]
    segments: LedgerPutStore
    locks: LockStore
    sentinels: SentinelStore


@final
@dataclass(frozen=True, slots=True)
class CompactorViews:
    """The compactor's fast path writes artifacts, publishes and holds locks. It neither lists nor deletes."""

    catalog: ReadStore[CatalogKey]
    ledger: ReadStore[LedgerKey]
    quarantined: ReadStore[QuarantineKey]
    artifacts: StatePutStore
    manifests: CasStore
    metadata: MetaStore
    locks: LockStore
    sentinels: SentinelStore


@final
@dataclass(frozen=True, slots=True)
class AntiEntropyViews:
    """Anti-entropy lists the ledger's names, which it cannot read, and keeps its own cursor."""

    chain: ReadStore[ChainKey]
    progress: ReadStore[CursorKey]
    cursors: CursorStore
    names: ListStore
    sentinels: SentinelStore


@final
@dataclass(frozen=True, slots=True)
class ReaderViews:
    """A query engine reads the catalog."""

    catalog: ReadStore[CatalogKey]


@final
@dataclass(frozen=True, slots=True)
class GcViews:
    """The garbage collector lists artifacts, which it cannot read, and deletes those that no manifest names."""

    chain: ReadStore[ChainKey]
    names: ListStore
    artifacts: DeleteStore
