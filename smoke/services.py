"""The allowed half, as the services do it: typed keys, and the views that a composition root hands out.

Each deed is one method of one view; `kept` are the generations of what stands, since gc may not read what it deletes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from arco.errors import AccessDeniedError, ArcoError
from arco.layout import (
    CursorKey,
    Domain,
    DomainManifestKey,
    Key,
    L0Key,
    LedgerKey,
    LockKey,
    ManifestKey,
    QuarantineKey,
    Root,
    SentinelKey,
    StateKey,
)
from arco.storage.bucket import ABSENT, Absent, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.holders import AntiEntropyViews, ApiViews, CompactorViews, GcViews, ReaderViews
from arco.storage.workspace import WorkspaceStorage
from smoke.answers import REFUSAL, Answer, reason_of

__all__ = ["ROLES", "STANDING", "Deed", "deeds_of", "done"]

Result: TypeAlias = Written | Refused | Stored | ObjectMeta | Page | Absent | bytes
Kept: TypeAlias = Mapping[str, int]
"""The generation of each object that stands, by its path within the scope."""

_DATA: Final = b'{"from": "smoke"}'
_ATTEMPT: Final = "smoke0000000000000000000000"
_HERE, _THERE = Domain.SEARCH, Domain.CATALOG
_SEGMENT, _MANIFEST, _HINT, _LOCK = LedgerKey(_HERE, 1), ManifestKey(_HERE, 1), DomainManifestKey(_HERE), LockKey(_HERE)
_DELTA, _BASE = L0Key(_HERE, 0, _ATTEMPT, "assets"), StateKey(_HERE, 0, _ATTEMPT, "assets")
_OLD_DELTA, _OLD_BASE = L0Key(_HERE, 1, _ATTEMPT, "assets"), StateKey(_HERE, 1, _ATTEMPT, "assets")
_COPY, _CURSOR = QuarantineKey(_HERE, 1, _ATTEMPT), CursorKey(_HERE)
_COMPACTORS_LOCK = LockKey(Domain.LINEAGE)

STANDING: Final[tuple[Key, ...]] = (
    *(_SEGMENT, _MANIFEST, _HINT, _LOCK, _DELTA, _BASE, _OLD_DELTA, _OLD_BASE, _COPY, _CURSOR),
)
"""What must stand before the services are asked."""


@final
@dataclass(frozen=True, slots=True)
class Deed:
    """One method of one view, and the cell whose letter it uses: the column's title, and the letter."""

    column: str
    letter: str
    method: str
    act: Callable[[], Awaitable[Result]]


def deeds_of(role: str, storage: WorkspaceStorage, kept: Kept) -> tuple[Deed, ...]:
    """Give all that the role's services do, in an order in which it can be done. Raises KeyError for another role."""
    return tuple(_DEEDS[role](storage, kept))


async def _done(deed: Deed) -> Answer:
    """Do it, and judge what came of it. A refusal that is no 403 says nothing, as everywhere."""
    try:
        result = await deed.act()
    except AccessDeniedError as error:
        response = getattr(getattr(error.__cause__, "exchange", None), "response", None)
        if getattr(response, "status_code", None) == 403 and reason_of(response) == REFUSAL:
            return Answer(allowed=False, said=str(error))
        return Answer(allowed=None, said=f"denied, but not by the policy: {error.__cause__}")
    except ArcoError as error:
        return Answer(allowed=None, said=f"{type(error).__name__}: {error}")
    if result is ABSENT or isinstance(result, Refused):
        return Answer(allowed=None, said=f"neither done nor refused: {result}")
    return Answer(allowed=True, said="done")


def _deed(root: Root, letter: str, method: str, act: Callable[[], Awaitable[Result]]) -> Deed:
    return Deed(f"{root.value}/", letter, method, act)


async def _again(
    read: Callable[[], Awaitable[Stored | Absent]], write: Callable[[Version], Awaitable[Written | Refused]]
) -> Result:
    """Replace what was read, as every holder of a record does."""
    found = await read()
    return found if found is ABSENT else await write(found.version)


def _api(storage: WorkspaceStorage, _kept: Kept) -> Iterator[Deed]:
    views: ApiViews = storage.api_views()
    lock = LockKey(_THERE)
    yield _deed(Root.LEDGER, "c", "put_ledger", lambda: views.segments.put_ledger(LedgerKey(_THERE, 1), _DATA))
    yield _deed(
        Root.LEDGER, "c", "create_sentinel", lambda: views.sentinels.create_sentinel(SentinelKey(Root.LEDGER), _DATA)
    )
    yield _deed(Root.LEDGER, "r", "get", lambda: views.ledger.get(_SEGMENT))
    yield _deed(Root.LOCKS, "c", "write_lock", lambda: views.locks.write_lock(lock, _DATA, ABSENT))
    yield _deed(Root.LOCKS, "r", "read_lock", lambda: views.locks.read_lock(lock))
    yield _deed(
        Root.LOCKS,
        "o",
        "write_lock",
        lambda: _again(lambda: views.locks.read_lock(lock), lambda seen: views.locks.write_lock(lock, _DATA, seen)),
    )
    yield from _catalog(views)


def _catalog(views: ApiViews | CompactorViews | ReaderViews) -> Iterator[Deed]:
    yield _deed(Root.HEADS, "r", "get", lambda: views.catalog.get(_HINT))
    yield _deed(Root.MANIFESTS, "r", "get", lambda: views.catalog.get(_MANIFEST))
    yield _deed(Root.L0, "r", "get_range", lambda: views.catalog.get_range(_DELTA, 0, 2))
    yield _deed(Root.STATE, "r", "get", lambda: views.catalog.get(_BASE))


def _compactor(storage: WorkspaceStorage, _kept: Kept) -> Iterator[Deed]:
    views: CompactorViews = storage.compactor_views()
    lock, hint = _COMPACTORS_LOCK, DomainManifestKey(_THERE)
    artifacts, manifests = views.artifacts, views.manifests
    delta, base = L0Key(_THERE, 0, _ATTEMPT, "assets"), StateKey(_THERE, 0, _ATTEMPT, "assets")
    yield _deed(Root.L0, "c", "put_l0", lambda: artifacts.put_l0(delta, _DATA))
    yield _deed(Root.STATE, "c", "put_state", lambda: artifacts.put_state(base, _DATA))
    copy = QuarantineKey(_THERE, 1, _ATTEMPT)
    yield _deed(Root.QUARANTINE, "c", "put_quarantine", lambda: artifacts.put_quarantine(copy, _DATA))
    yield _deed(Root.QUARANTINE, "r", "get", lambda: views.quarantined.get(_COPY))
    yield _deed(Root.STATE, "r", "head_state", lambda: views.metadata.head_state(_BASE))
    yield _deed(
        Root.MANIFESTS, "c", "create_manifest", lambda: manifests.create_manifest(ManifestKey(_THERE, 1), _DATA)
    )
    yield _deed(Root.HEADS, "c", "cas_head", lambda: manifests.cas_head(hint, _DATA, ABSENT))
    yield _deed(
        Root.HEADS,
        "o",
        "cas_head",
        lambda: _again(lambda: views.catalog.get(hint), lambda seen: manifests.cas_head(hint, _DATA, seen)),
    )
    yield _deed(Root.LOCKS, "c", "write_lock", lambda: views.locks.write_lock(lock, _DATA, ABSENT))
    yield _deed(Root.LOCKS, "r", "read_lock", lambda: views.locks.read_lock(lock))
    yield _deed(
        Root.LOCKS,
        "o",
        "write_lock",
        lambda: _again(lambda: views.locks.read_lock(lock), lambda seen: views.locks.write_lock(lock, _DATA, seen)),
    )
    yield _deed(Root.LEDGER, "r", "get", lambda: views.ledger.get(_SEGMENT))
    sentinels = views.sentinels
    yield _deed(Root.STATE, "c", "create_sentinel", lambda: sentinels.create_sentinel(SentinelKey(Root.STATE), _DATA))
    yield from _catalog(views)


def _antientropy(storage: WorkspaceStorage, _kept: Kept) -> Iterator[Deed]:
    views: AntiEntropyViews = storage.antientropy_views()
    cursor = CursorKey(_THERE)
    cursors, progress = views.cursors, views.progress
    yield _deed(Root.CURSORS, "c", "write_cursor", lambda: cursors.write_cursor(cursor, _DATA, ABSENT))
    yield _deed(Root.CURSORS, "r", "get", lambda: progress.get(_CURSOR))
    yield _deed(
        Root.CURSORS,
        "o",
        "write_cursor",
        lambda: _again(lambda: progress.get(cursor), lambda seen: cursors.write_cursor(cursor, _DATA, seen)),
    )
    yield _deed(Root.HEADS, "r", "get", lambda: views.chain.get(_HINT))
    yield _deed(Root.MANIFESTS, "r", "get", lambda: views.chain.get(_MANIFEST))
    yield Deed("bucket", "l", "list_page", lambda: views.names.list_page(Root.LEDGER, _HERE, "", 10))


def _reader(storage: WorkspaceStorage, _kept: Kept) -> Iterator[Deed]:
    yield from _catalog(storage.reader_views())


def _gc(storage: WorkspaceStorage, kept: Kept) -> Iterator[Deed]:
    views: GcViews = storage.gc_views()

    def version(key: Key) -> Version:
        return Version(str(kept[key.path]))

    artifacts = views.artifacts
    yield _deed(Root.L0, "d", "delete_artifact", lambda: artifacts.delete_artifact(_OLD_DELTA, version(_OLD_DELTA)))
    yield _deed(Root.STATE, "d", "delete_artifact", lambda: artifacts.delete_artifact(_OLD_BASE, version(_OLD_BASE)))
    yield _deed(Root.HEADS, "r", "get", lambda: views.chain.get(_HINT))
    yield _deed(Root.MANIFESTS, "r", "get", lambda: views.chain.get(_MANIFEST))
    yield Deed("bucket", "l", "list_page", lambda: views.names.list_page(Root.STATE, _HERE, "", 10))


_DEEDS: Final[Mapping[str, Callable[[WorkspaceStorage, Kept], Iterator[Deed]]]] = {
    "antientropy": _antientropy,
    "api": _api,
    "compactor": _compactor,
    "gc": _gc,
    "reader": _reader,
}

ROLES: Final = frozenset(_DEEDS)
"""The roles whose services have views. Administrators and the invoker have none."""


def done(deeds: tuple[Deed, ...]) -> list[tuple[Deed, Answer]]:
    """Do them one after another, and judge what came of each."""

    async def all_done() -> list[tuple[Deed, Answer]]:
        return [(deed, await _done(deed)) for deed in deeds]

    return asyncio.run(all_done())
