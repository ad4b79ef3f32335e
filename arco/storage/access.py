"""What stands behind the views of one workspace: its bucket and scope, and the checks that come before any request.

Invariants:

* A key whose exact type is not among those handed out, data that could change later, a write that names neither a
  version nor absence, a page without bounds: each is a UsageError, and the bucket hears nothing of it.
* Names leave with the scope in front and come back without it; one from outside is corruption.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from arco.errors import CorruptionError, UsageError
from arco.layout import Domain, Key, Root, Scope, SentinelKey
from arco.runtime import Clock, Randomness
from arco.storage.absence import AbsenceReader
from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.names import PAGE_NAMES_MAX, check_range
from arco.storage.settle import create_settled

__all__ = ["Access"]


@final
@dataclass(frozen=True, slots=True)
class Access:
    """Everything in one scope of one bucket. Views hold it; nobody else is given one."""

    bucket: Bucket
    reader: AbsenceReader
    scope: Scope
    clock: Clock
    randomness: Randomness
    settle_seconds: float

    async def get(self, key: Key, kinds: tuple[type[object], ...]) -> Stored | Absent:
        """Read an object, told from a denied one."""
        name = self._name(key, kinds)
        return await self.reader.get(name, sentinel=self._sentinel(key))

    async def get_range(self, key: Key, kinds: tuple[type[object], ...], start: int, end: int) -> bytes | Absent:
        """Read a part of an object, told from a denied one."""
        name = self._name(key, kinds)
        check_range(start, end)
        return await self.reader.get_range(name, start, end, sentinel=self._sentinel(key))

    async def head(self, key: Key, kinds: tuple[type[object], ...]) -> ObjectMeta | Absent:
        """Describe an object, told from a denied one."""
        name = self._name(key, kinds)
        return await self.reader.head(name, sentinel=self._sentinel(key))

    async def create(self, key: Key, kinds: tuple[type[object], ...], data: bytes) -> Written | Refused:
        """Create in one try. Raises OutcomeUnknownError, after which a fresh name is due."""
        name = self._name(key, kinds)
        return await self.bucket.put(name, _checked_data(data), ABSENT)

    async def create_settled(self, key: Key, kinds: tuple[type[object], ...], data: bytes) -> Written | Refused:
        """Create, and find out what became of it on the same name."""
        name = self._name(key, kinds)
        return await create_settled(
            self.bucket,
            name,
            _checked_data(data),
            sentinel=self._sentinel(key),
            clock=self.clock,
            randomness=self.randomness,
            deadline_seconds=self.settle_seconds,
        )

    async def overwrite(
        self, key: Key, kinds: tuple[type[object], ...], data: bytes, if_version: Version | Absent
    ) -> Written | Refused:
        """Write in one try, if the object is still at `if_version`."""
        name = self._name(key, kinds)
        if if_version is not ABSENT:
            _check_version(if_version)
        return await self.bucket.put(name, _checked_data(data), if_version)

    async def delete(
        self, key: Key, kinds: tuple[type[object], ...], if_version: Version
    ) -> Written | Refused | Absent:
        """Delete in one try, if the object is still at `if_version`."""
        name = self._name(key, kinds)
        _check_version(if_version)
        return await self.bucket.delete(name, if_version)

    async def list_page(self, root: Root, domain: Domain, start_after: str, limit: int) -> Page:
        """List paths of one domain's folder. Raises UsageError for a start outside it and for a page without bounds."""
        if type(limit) is not int or not 1 <= limit <= PAGE_NAMES_MAX:
            message = f"a page has from 1 to {PAGE_NAMES_MAX} names"
            raise UsageError(message)
        if type(root) is not Root or type(domain) is not Domain:
            message = f"a folder is named by a Root and a Domain root=a {type(root).__name__}"
            raise UsageError(message)
        folder = f"{root.value}/{domain.value}/"
        if type(start_after) is not str or not (start_after or folder).startswith(folder):
            message = f"a page starts at the beginning or behind a path of its own folder folder={folder}"
            raise UsageError(message)
        after = self.scope.prefix + start_after if start_after else ""
        page = await self.bucket.list_page(self.scope.prefix + folder, after, limit)
        following = None if page.next_after is None else self._path(page.next_after, folder)
        return Page(tuple(self._path(name, folder) for name in page.names), following)

    def _name(self, key: Key, kinds: tuple[type[object], ...]) -> str:
        # By identity: a stranger's metaclass could call itself equal to one of the kinds, and spell any path.
        if not any(type(key) is kind for kind in kinds):
            wanted = ", ".join(kind.__name__ for kind in kinds)
            message = f"this capability is for other keys than a {type(key).__name__} kinds={wanted}"
            raise UsageError(message)
        return self.scope.prefix + key.path

    def _sentinel(self, key: Key) -> str:
        return self.scope.prefix + SentinelKey(key.root).path

    def _path(self, name: str, folder: str) -> str:
        if not name.startswith(self.scope.prefix + folder):
            message = f"listed outside the folder that was asked for folder={folder}"
            raise CorruptionError(message, name=name)
        return name.removeprefix(self.scope.prefix)


def _checked_data(data: bytes) -> bytes:
    # What is sent twice, or compared later, must not change in between.
    if type(data) is not bytes:
        message = f"data are bytes, which nobody can change data=a {type(data).__name__}"
        raise UsageError(message)
    return data


def _check_version(version: Version) -> None:
    # None would be an unconditional write to some clients.
    if type(version) is not str:
        message = f"a write names the version that was read version=a {type(version).__name__}"
        raise UsageError(message)
