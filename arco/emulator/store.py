"""Objects as Cloud Storage keeps them, over two buckets of ours: their bytes, and what else is known of them.

Invariants:

* A write names the generation that it replaces (0 for none), so whoever asked for permission asked for what happens.
* Whoever asks meanwhile waits for both halves of a write: nobody sees bytes without what is known of them.
* The bytes decide: what is known besides speaks of one generation, and counts only while that one is live. A crash
  between both writes leaves an object with default attributes, and no acknowledged write is lost.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, final
from weakref import WeakValueDictionary

from arco.emulator.replies import JsonValue
from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Stored, Version, Written
from arco.storage.checksums import crc32c

__all__ = ["DEFAULT_CONTENT_TYPE", "Attributes", "ObjectStore", "StoredObject"]

DEFAULT_CONTENT_TYPE: Final = "application/octet-stream"

_PAGE: Final = 1000


@final
@dataclass(frozen=True, slots=True)
class Attributes:
    """What a client may set. `fields` are those that are only kept and given back (`cacheControl` …)."""

    content_type: str = DEFAULT_CONTENT_TYPE
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@final
@dataclass(frozen=True, slots=True)
class StoredObject:
    """A live object. Times are whole seconds since 1970; `md5` is base64, None where it is not known."""

    name: str
    generation: int
    metageneration: int
    size: int
    crc32c: int
    md5: str | None
    created: int
    updated: int
    attributes: Attributes


@final
class ObjectStore:
    """The objects of one bucket."""

    def __init__(self, data: Bucket, attributes: Bucket) -> None:
        """Keep bytes in `data`, and the rest in `attributes`, under the same names."""
        self._data = data
        self._attributes = attributes
        # A lock lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def find(self, name: str) -> StoredObject | None:
        """Describe a live object."""
        async with self._alone(name):
            return await self._find(name)

    async def read(self, name: str) -> tuple[StoredObject, bytes] | None:
        """Read a live object whole."""
        async with self._alone(name):
            found = await self._data.get(name)
            if found is ABSENT:
                return None
            meta = ObjectMeta(len(found.data), crc32c(found.data), found.version, found.updated)
            return await self._described(name, meta), found.data

    async def write(
        self, name: str, data: bytes, attributes: Attributes, over: int, *, composite: bool = False
    ) -> StoredObject | None:
        """Replace the generation `over`, or create if it is 0; None if another one is live by now.

        What is composed has no MD5, as at Google.
        """
        async with self._alone(name):
            answer = await self._data.put(name, data, Version(str(over)) if over else ABSENT)
            if not isinstance(answer, Written):
                return None
            moment = answer.updated or 0
            md5 = None if composite else base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
            made = StoredObject(name, int(answer.version), 1, len(data), crc32c(data), md5, moment, moment, attributes)
            await self._keep(made)
            return made

    async def describe(self, found: StoredObject, attributes: Attributes, now: int) -> StoredObject | None:
        """Change what is known of a generation; None if somebody else did so first, or another one is live by now."""
        async with self._alone(found.name):
            kept = await self._attributes.get(found.name)
            if await self._find(found.name) != found:
                return None
            changed = replace(found, attributes=attributes, metageneration=found.metageneration + 1, updated=now)
            over = ABSENT if kept is ABSENT else kept.version
            answer = await self._attributes.put(found.name, _rendered(changed), over)
            return changed if isinstance(answer, Written) else None

    async def delete(self, name: str, generation: int) -> bool:
        """Delete a generation; whether it was live."""
        async with self._alone(name):
            return isinstance(await self._data.delete(name, Version(str(generation))), Written)

    async def names(self, prefix: str, start_after: str) -> AsyncIterator[str]:
        """Give names that begin with `prefix` and stand behind `start_after`, in byte order."""
        after: str | None = start_after
        while after is not None:
            page = await self._data.list_page(prefix, after, _PAGE)
            for name in page.names:
                yield name
            after = page.next_after

    def _alone(self, name: str) -> asyncio.Lock:
        """Give the lock of a name, as long as it is held."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock

    async def _find(self, name: str) -> StoredObject | None:
        found = await self._data.head(name)
        return None if found is ABSENT else await self._described(name, found)

    async def _described(self, name: str, meta: ObjectMeta) -> StoredObject:
        moment = meta.updated or 0
        plain = StoredObject(name, int(meta.version), 1, meta.size, meta.crc32c, None, moment, moment, Attributes())
        return _filled(plain, await self._attributes.get(name))

    async def _keep(self, made: StoredObject) -> None:
        """Write what is known of a new generation, unless a newer one has come."""
        while True:
            kept = await self._attributes.get(made.name)
            if kept is not ABSENT and _generation(kept.data) > made.generation:
                return
            over = ABSENT if kept is ABSENT else kept.version
            if isinstance(await self._attributes.put(made.name, _rendered(made), over), Written):
                return


def _rendered(known: StoredObject) -> bytes:
    document: dict[str, JsonValue] = {
        "generation": known.generation,
        "metageneration": known.metageneration,
        "md5": known.md5,
        "created": known.created,
        "updated": known.updated,
        "content_type": known.attributes.content_type,
        "metadata": dict(known.attributes.metadata),
        "fields": dict(known.attributes.fields),
    }
    return json.dumps(document, sort_keys=True).encode()


def _generation(data: bytes) -> int:
    return int(json.loads(data)["generation"])


def _filled(plain: StoredObject, kept: Stored | Absent) -> StoredObject:
    if kept is ABSENT:
        return plain
    known = json.loads(kept.data)
    if known["generation"] != plain.generation:
        return plain
    return replace(
        plain,
        metageneration=known["metageneration"],
        md5=known["md5"],
        created=known["created"],
        updated=known["updated"],
        attributes=Attributes(known["content_type"], known["metadata"], known["fields"]),
    )
