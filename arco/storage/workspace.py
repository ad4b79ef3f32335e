"""The storage of one workspace, out of which a composition root hands views.

Invariants:

* It is the only thing that holds a bucket and a scope together; components are given views, never this.
* What a role is handed is what its row of `infra/access_matrix.txt` allows, and no less.
* The root manifest is created by the publisher: no view of sentinels reaches `manifests/`.
"""

from __future__ import annotations

from typing import Final, final

from arco.layout import (
    CursorKey,
    DomainManifestKey,
    L0Key,
    LedgerKey,
    ManifestKey,
    QuarantineKey,
    Root,
    RootManifestKey,
    Scope,
    StateKey,
)
from arco.runtime import Clock, Randomness
from arco.storage.absence import AbsenceReader
from arco.storage.access import Access
from arco.storage.bucket import Bucket
from arco.storage.holders import (
    AntiEntropyViews,
    ApiViews,
    CatalogKey,
    ChainKey,
    CompactorViews,
    GcViews,
    ReaderViews,
)
from arco.storage.views import (
    cas_view,
    cursor_view,
    delete_view,
    ledger_put_view,
    list_view,
    lock_view,
    meta_view,
    read_view,
    sentinel_view,
    state_put_view,
)

__all__ = ["SETTLE_SECONDS", "WorkspaceStorage"]

_CHAIN: Final[tuple[type[ChainKey], ...]] = (RootManifestKey, ManifestKey, DomainManifestKey)
_CATALOG: Final[tuple[type[CatalogKey], ...]] = (*_CHAIN, L0Key, StateKey)

# Where each role may create. `manifests/` is missing on purpose: its sentinel is the root manifest.
_API_ROOTS: Final = frozenset({Root.LEDGER, Root.LOCKS})
_COMPACTOR_ROOTS: Final = frozenset({Root.HEADS, Root.L0, Root.LOCKS, Root.QUARANTINE, Root.STATE})
_ANTI_ENTROPY_ROOTS: Final = frozenset({Root.CURSORS})

SETTLE_SECONDS: Final = 30.0


@final
class WorkspaceStorage:
    """Everything in one scope of one bucket. Built in composition roots alone, and kept there."""

    __slots__ = ("_access",)

    def __init__(
        self,
        bucket: Bucket,
        scope: Scope,
        *,
        clock: Clock,
        randomness: Randomness,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        """Take the bucket; a create of unknown fate is pursued for at most `settle_seconds`."""
        reader = AbsenceReader(bucket, clock)
        self._access = Access(bucket, reader, scope, clock, randomness, settle_seconds)

    def api_views(self) -> ApiViews:
        """Hand out what the api may use."""
        return ApiViews(
            catalog=read_view(self._access, _CATALOG),
            ledger=read_view(self._access, (LedgerKey,)),
            segments=ledger_put_view(self._access),
            locks=lock_view(self._access),
            sentinels=sentinel_view(self._access, _API_ROOTS),
        )

    def compactor_views(self) -> CompactorViews:
        """Hand out what the compactor's fast path may use."""
        return CompactorViews(
            catalog=read_view(self._access, _CATALOG),
            ledger=read_view(self._access, (LedgerKey,)),
            quarantined=read_view(self._access, (QuarantineKey,)),
            artifacts=state_put_view(self._access),
            manifests=cas_view(self._access),
            metadata=meta_view(self._access),
            locks=lock_view(self._access),
            sentinels=sentinel_view(self._access, _COMPACTOR_ROOTS),
        )

    def antientropy_views(self) -> AntiEntropyViews:
        """Hand out what anti-entropy may use."""
        return AntiEntropyViews(
            chain=read_view(self._access, _CHAIN),
            progress=read_view(self._access, (CursorKey,)),
            cursors=cursor_view(self._access),
            names=list_view(self._access, frozenset({Root.LEDGER})),
            sentinels=sentinel_view(self._access, _ANTI_ENTROPY_ROOTS),
        )

    def reader_views(self) -> ReaderViews:
        """Hand out what a query engine may use."""
        return ReaderViews(catalog=read_view(self._access, _CATALOG))

    def gc_views(self) -> GcViews:
        """Hand out what the garbage collector may use."""
        return GcViews(
            chain=read_view(self._access, _CHAIN),
            names=list_view(self._access, frozenset({Root.L0, Root.STATE})),
            artifacts=delete_view(self._access),
        )
