"""What a component can be given: small protocols, each with the verbs of one row of the access matrix and no others.

A component receives views that have exactly these methods (`views.py`), which a composition root takes from
`WorkspaceStorage`. All methods raise AccessDeniedError and UnavailableError; writes raise OutcomeUnknownError besides.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

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
    SentinelKey,
    StateKey,
)
from arco.storage.bucket import Absent, ObjectMeta, Page, Refused, Stored, Version, Written

__all__ = [
    "CasStore",
    "CursorStore",
    "DeleteStore",
    "LedgerPutStore",
    "ListStore",
    "LockStore",
    "MetaStore",
    "ReadStore",
    "SentinelStore",
    "StatePutStore",
]

K_contra = TypeVar("K_contra", bound=Key, contravariant=True)


class ReadStore(Protocol[K_contra]):
    """Reads the keys that the holder's row allows. I11: a reader has these two verbs and no other."""

    async def get(self, key: K_contra) -> Stored | Absent:
        """Read an object and its version."""
        ...

    async def get_range(self, key: K_contra, start: int, end: int) -> bytes | Absent:
        """Read bytes [start, end), clamped to the object."""
        ...


class LedgerPutStore(Protocol):
    """Appends segments. Held by the api alone."""

    async def put_ledger(self, key: LedgerKey, data: bytes) -> Written | Refused:
        """Create the segment. An unknown fate is settled on this same name (protocol, section 3)."""
        ...


class StatePutStore(Protocol):
    """Writes artifacts, each name once. Held by the compactor alone. An unknown fate takes a fresh attempt."""

    async def put_state(self, key: StateKey, data: bytes) -> Written | Refused:
        """Create a file of the base."""
        ...

    async def put_l0(self, key: L0Key, data: bytes) -> Written | Refused:
        """Create a delta file."""
        ...

    async def put_quarantine(self, key: QuarantineKey, data: bytes) -> Written | Refused:
        """Create a copy of what could not be folded."""
        ...


class CasStore(Protocol):
    """Publishes. Held by the publisher alone; it cannot delete, and cannot overwrite a manifest (I1)."""

    async def create_manifest(self, key: ManifestKey | RootManifestKey, data: bytes) -> Written | Refused:
        """Create the next manifest: the commit (I4). An unknown fate is settled on this same name."""
        ...

    async def cas_head(self, key: DomainManifestKey, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Move the hint, if it is still at `if_version`."""
        ...


class MetaStore(Protocol):
    """Describes artifacts, so that a publisher can verify them (I5)."""

    async def head_state(self, key: StateKey | L0Key) -> ObjectMeta | Absent:
        """Describe one artifact."""
        ...


class LockStore(Protocol):
    """Keeps lease records. Never deletes one."""

    async def read_lock(self, key: LockKey) -> Stored | Absent:
        """Read the record, its version and the backend's clock in one call."""
        ...

    async def write_lock(self, key: LockKey, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write the record, if it is still at `if_version`."""
        ...


class ListStore(Protocol):
    """Lists. Held by anti-entropy and gc alone (I10)."""

    async def list_page(self, root: Root, domain: Domain, start_after: str, limit: int) -> Page:
        """List at most `limit` paths of one domain's folder behind the path `start_after` ("" for the first page)."""
        ...


class CursorStore(Protocol):
    """Keeps anti-entropy's cursors."""

    async def write_cursor(self, key: CursorKey, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write the cursor, if it is still at `if_version`."""
        ...


class DeleteStore(Protocol):
    """Deletes artifacts. Held by gc alone."""

    async def delete_artifact(self, key: StateKey | L0Key, if_version: Version) -> Written | Refused | Absent:
        """Delete one artifact, if it is still at `if_version`."""
        ...


class SentinelStore(Protocol):
    """Creates sentinels at start."""

    async def create_sentinel(self, key: SentinelKey, data: bytes) -> Written | Refused:
        """Create the sentinel of a root, if it is absent."""
        ...
