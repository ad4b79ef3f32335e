"""A workspace over a bucket in memory, and every view that it hands out, as tests walk through them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

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
from arco.runtime import SeededRandomness
from arco.storage.bucket import ABSENT, Version
from arco.storage.memory import MemoryBucket
from arco.storage.workspace import WorkspaceStorage
from tests.fakes.manual_clock import ManualClock
from tests.fakes.recording_bucket import RecordingBucket

__all__ = ["KEYS", "ROLES", "SCOPE", "Bench", "Call", "bench", "calls_of", "public_names"]

SCOPE = Scope("acme", "prod")
VERSION = Version("1")
_ATTEMPT = "0123456789abcdef"
KEYS: tuple[Key, ...] = (
    CursorKey(Domain.CATALOG),
    DomainManifestKey(Domain.CATALOG),
    L0Key(Domain.CATALOG, 0, _ATTEMPT, "tables"),
    LedgerKey(Domain.CATALOG, 1),
    LockKey(Domain.CATALOG),
    ManifestKey(Domain.CATALOG, 1),
    QuarantineKey(Domain.CATALOG, 1, _ATTEMPT),
    RootManifestKey(),
    StateKey(Domain.CATALOG, 0, _ATTEMPT, "tables"),
    *map(SentinelKey, Root),
)
ROLES = ("antientropy", "api", "compactor", "gc", "reader")


@dataclass(frozen=True, slots=True)
class Call:
    """One way to call one method of a view, with the key or root that it names."""

    method: str
    subject: Key | Root
    start: Callable[[], Coroutine[Any, Any, object]]


@dataclass(frozen=True, slots=True)
class Bench:
    """A bucket that records, a workspace over it, and all that it hands out by role and field."""

    clock: ManualClock
    bucket: RecordingBucket
    storage: WorkspaceStorage
    views: dict[str, dict[str, Any]]

    def all_views(self) -> dict[str, Any]:
        """Give every view by `role.field`."""
        return {f"{role}.{field}": view for role, held in self.views.items() for field, view in held.items()}


def bench() -> Bench:
    """Build one, empty."""
    clock = ManualClock()
    bucket = RecordingBucket(MemoryBucket(clock))
    storage = WorkspaceStorage(bucket, SCOPE, clock=clock, randomness=SeededRandomness(1))
    views = {}
    for role in ROLES:
        handed = getattr(storage, f"{role}_views")()
        views[role] = {one.name: getattr(handed, one.name) for one in dataclasses.fields(handed)}
    return Bench(clock, bucket, storage, views)


def public_names(value: object) -> set[str]:
    """Give the names that an object shows without an underscore."""
    return {name for name in dir(value) if not name.startswith("_")}


def calls_of(view: object) -> list[Call]:
    """Give every way to call a view's methods: with each key or root, and each kind of precondition."""
    found = []
    for name in sorted(public_names(view)):
        method = getattr(view, name)
        if name == "list_page":
            found += [Call(name, root, partial(method, root, Domain.CATALOG, "", 1)) for root in Root]
            continue
        arguments: list[tuple[object, ...]] = [()]
        if name == "get_range":
            arguments = [(0, 1)]
        elif name.startswith(("put_", "create_")):
            arguments = [(b"x",)]
        elif name.startswith(("cas_", "write_")):
            arguments = [(b"x", ABSENT), (b"x", VERSION)]
        elif name.startswith("delete_"):
            arguments = [(VERSION,)]
        found += [Call(name, key, partial(method, key, *rest)) for key in KEYS for rest in arguments]
    return found
