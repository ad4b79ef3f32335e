"""Views: what a component is given. Each has exactly the methods of one capability, and shows nothing behind them.

Invariants:

* A view is an empty token (`sealed.py`): neither it nor its methods lead to a bucket, to a scope or to another view.
* A view refuses, before any request, a key of a kind that it was not handed out for: UsageError.
* Creates of `ledger/`, of `manifests/` and of sentinels are settled on their own name. Every other write is one try.
* An absent name is told from a denied one wherever Cloud Storage does not tell (protocol, section 3).

What makes a view takes an `Access`, which holds the bucket: nobody gains by calling it. `workspace.py` hands views out.
"""

from __future__ import annotations

from typing import Any, Final, Generic, TypeAlias, TypeVar, cast, final

from arco.errors import UsageError
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
    RootManifestKey,
    Scope,
    SentinelKey,
    StateKey,
)
from arco.storage.access import Access
from arco.storage.bucket import Absent, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.sealed import Holdings, Sealed

__all__ = [
    "CasView",
    "CursorView",
    "DeleteView",
    "LedgerPutView",
    "ListView",
    "LockView",
    "MetaView",
    "ReadView",
    "SentinelView",
    "StatePutView",
    "cas_view",
    "cursor_view",
    "delete_view",
    "ledger_put_view",
    "list_view",
    "lock_view",
    "meta_view",
    "read_view",
    "scope_of",
    "sentinel_view",
    "state_put_view",
]

K_contra = TypeVar("K_contra", bound=Key, contravariant=True)
Kind = TypeVar("Kind", bound=Key)


@final
class ReadView(Sealed, Generic[K_contra]):
    """Reads keys of the kinds that it was handed out for (I11)."""

    __slots__ = ()

    async def get(self, key: K_contra) -> Stored | Absent:
        """Read an object and its version."""
        access, kinds = _READ.of(self)
        return await access.get(key, kinds)

    async def get_range(self, key: K_contra, start: int, end: int) -> bytes | Absent:
        """Read bytes [start, end), clamped to the object. Raises UsageError unless 0 <= start <= end."""
        access, kinds = _READ.of(self)
        return await access.get_range(key, kinds, start, end)


@final
class LedgerPutView(Sealed):
    """Appends segments."""

    __slots__ = ()

    async def put_ledger(self, key: LedgerKey, data: bytes) -> Written | Refused:
        """Create the segment; an unknown fate is settled on this same name."""
        return await _LEDGER_PUT.of(self).create_settled(key, (LedgerKey,), data)


@final
class StatePutView(Sealed):
    """Writes artifacts, each name once."""

    __slots__ = ()

    async def put_state(self, key: StateKey, data: bytes) -> Written | Refused:
        """Create a file of the base."""
        return await _STATE_PUT.of(self).create(key, (StateKey,), data)

    async def put_l0(self, key: L0Key, data: bytes) -> Written | Refused:
        """Create a delta file."""
        return await _STATE_PUT.of(self).create(key, (L0Key,), data)

    async def put_quarantine(self, key: QuarantineKey, data: bytes) -> Written | Refused:
        """Create a copy of what could not be folded."""
        return await _STATE_PUT.of(self).create(key, (QuarantineKey,), data)


@final
class CasView(Sealed):
    """Publishes: manifests are created (I1), the hint is moved."""

    __slots__ = ()

    async def create_manifest(self, key: ManifestKey | RootManifestKey, data: bytes) -> Written | Refused:
        """Create the next manifest, which is the commit (I4); an unknown fate is settled on this same name."""
        return await _CAS.of(self).create_settled(key, (ManifestKey, RootManifestKey), data)

    async def cas_head(self, key: DomainManifestKey, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Move the hint, if it is still at `if_version`."""
        return await _CAS.of(self).overwrite(key, (DomainManifestKey,), data, if_version)


@final
class MetaView(Sealed):
    """Describes artifacts (I5)."""

    __slots__ = ()

    async def head_state(self, key: StateKey | L0Key) -> ObjectMeta | Absent:
        """Describe one artifact."""
        return await _META.of(self).head(key, (StateKey, L0Key))


@final
class LockView(Sealed):
    """Keeps lease records."""

    __slots__ = ()

    async def read_lock(self, key: LockKey) -> Stored | Absent:
        """Read the record, its version and the backend's clock in one call."""
        return await _LOCK.of(self).get(key, (LockKey,))

    async def write_lock(self, key: LockKey, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write the record, if it is still at `if_version`."""
        return await _LOCK.of(self).overwrite(key, (LockKey,), data, if_version)


@final
class ListView(Sealed):
    """Lists the roots that it was handed out for (I10)."""

    __slots__ = ()

    async def list_page(self, root: Root, domain: Domain, start_after: str, limit: int) -> Page:
        """List at most `limit` paths (1 to 1,000) of one domain's folder behind `start_after` ("" for the first)."""
        access, roots = _LIST.of(self)
        _check_root(root, roots)
        return await access.list_page(root, domain, start_after, limit)


@final
class CursorView(Sealed):
    """Keeps anti-entropy's cursors."""

    __slots__ = ()

    async def write_cursor(self, key: CursorKey, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write the cursor, if it is still at `if_version`."""
        return await _CURSOR.of(self).overwrite(key, (CursorKey,), data, if_version)


@final
class DeleteView(Sealed):
    """Deletes artifacts."""

    __slots__ = ()

    async def delete_artifact(self, key: StateKey | L0Key, if_version: Version) -> Written | Refused | Absent:
        """Delete one artifact, if it is still at `if_version`."""
        return await _DELETE.of(self).delete(key, (StateKey, L0Key), if_version)


@final
class SentinelView(Sealed):
    """Creates the sentinels of the roots that it was handed out for."""

    __slots__ = ()

    async def create_sentinel(self, key: SentinelKey, data: bytes) -> Written | Refused:
        """Create the sentinel, if it is absent; an account that may not delete is answered 403 when it is not."""
        access, roots = _SENTINEL.of(self)
        if type(key) is SentinelKey:
            _check_root(key.of, roots)
        return await access.create_settled(key, (SentinelKey,), data)


def _check_root(root: Root, roots: frozenset[Root]) -> None:
    if type(root) is not Root or root not in roots:
        wanted = ", ".join(sorted(one.value for one in roots))
        message = f"this capability is for other roots roots={wanted}"
        raise UsageError(message)


_Kinds: TypeAlias = tuple[type[object], ...]
_READ: Final[Holdings[ReadView[Any], tuple[Access, _Kinds]]] = Holdings(ReadView)
_LEDGER_PUT: Final[Holdings[LedgerPutView, Access]] = Holdings(LedgerPutView)
_STATE_PUT: Final[Holdings[StatePutView, Access]] = Holdings(StatePutView)
_CAS: Final[Holdings[CasView, Access]] = Holdings(CasView)
_META: Final[Holdings[MetaView, Access]] = Holdings(MetaView)
_LOCK: Final[Holdings[LockView, Access]] = Holdings(LockView)
_LIST: Final[Holdings[ListView, tuple[Access, frozenset[Root]]]] = Holdings(ListView)
_CURSOR: Final[Holdings[CursorView, Access]] = Holdings(CursorView)
_DELETE: Final[Holdings[DeleteView, Access]] = Holdings(DeleteView)
_SENTINEL: Final[Holdings[SentinelView, tuple[Access, frozenset[Root]]]] = Holdings(SentinelView)


_ALL: Final[tuple[Holdings[Any, Any], ...]] = (
    _READ,
    _LEDGER_PUT,
    _STATE_PUT,
    _CAS,
    _META,
    _LOCK,
    _LIST,
    _CURSOR,
    _DELETE,
    _SENTINEL,
)


def scope_of(view: object) -> Scope:
    """Tell whose a view is: two workspaces are never taken for one. Raises UsageError for what is no view."""
    for holdings in _ALL:
        if type(view) is holdings.kind:
            held = holdings.of(cast("Any", view))
            access: Access = held[0] if isinstance(held, tuple) else held
            return access.scope
    message = f"not a view that a workspace's storage handed out object=a {type(view).__name__}"
    raise UsageError(message)


def read_view(access: Access, kinds: tuple[type[Kind], ...]) -> ReadView[Kind]:
    """Give a view that reads keys of exactly these kinds."""
    return _READ.mint((access, kinds))


def ledger_put_view(access: Access) -> LedgerPutView:
    """Give a view that appends segments."""
    return _LEDGER_PUT.mint(access)


def state_put_view(access: Access) -> StatePutView:
    """Give a view that writes artifacts."""
    return _STATE_PUT.mint(access)


def cas_view(access: Access) -> CasView:
    """Give a view that publishes."""
    return _CAS.mint(access)


def meta_view(access: Access) -> MetaView:
    """Give a view that describes artifacts."""
    return _META.mint(access)


def lock_view(access: Access) -> LockView:
    """Give a view that keeps lease records."""
    return _LOCK.mint(access)


def list_view(access: Access, roots: frozenset[Root]) -> ListView:
    """Give a view that lists these roots."""
    return _LIST.mint((access, roots))


def cursor_view(access: Access) -> CursorView:
    """Give a view that keeps cursors."""
    return _CURSOR.mint(access)


def delete_view(access: Access) -> DeleteView:
    """Give a view that deletes artifacts."""
    return _DELETE.mint(access)


def sentinel_view(access: Access, roots: frozenset[Root]) -> SentinelView:
    """Give a view that creates the sentinels of these roots."""
    return _SENTINEL.mint((access, roots))
