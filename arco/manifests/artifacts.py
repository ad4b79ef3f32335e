"""Sets of Parquet files as a manifest names them, and their verification before it does (I5)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias, final

from arco.documents import SHA256_HEX, Document, Json
from arco.errors import CorruptionError
from arco.layout import ATTEMPT, Domain, L0Key, StateKey
from arco.storage.bucket import ABSENT
from arco.storage.capabilities import MetaStore

__all__ = ["ArtifactFile", "ArtifactKey", "ArtifactSet", "Named", "verify"]

ArtifactKey: TypeAlias = L0Key | StateKey

_CRC32C_MAX = 2**32 - 1
_ANY_TEXT = re.compile(r".{0,4096}", re.DOTALL)


@final
@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """One table's file: bytes, SHA-256 in hex, CRC32C unsigned, rows, and the least and the greatest sort key in it."""

    byte_size: int
    sha256: str
    crc32c: int
    rows: int
    key_range: tuple[str, str]

    def fields(self) -> dict[str, Json]:
        """Give what a document keeps of it."""
        return {
            "byte_size": self.byte_size,
            "sha256": self.sha256,
            "crc32c": self.crc32c,
            "rows": self.rows,
            "key_range": {"from": self.key_range[0], "to": self.key_range[1]},
        }

    @classmethod
    def read(cls, document: Document) -> ArtifactFile:
        """Take it from a document. Raises InputError."""
        keys = document.inner("key_range")
        file = cls(
            byte_size=document.whole("byte_size", 1),
            sha256=document.text("sha256", SHA256_HEX),
            crc32c=document.whole("crc32c", 0, _CRC32C_MAX),
            rows=document.whole("rows"),
            key_range=(keys.text("from", _ANY_TEXT), keys.text("to", _ANY_TEXT)),
        )
        keys.end()
        document.end()
        return file


@final
@dataclass(frozen=True, slots=True)
class ArtifactSet:
    """The rows that the events at positions `from_position` to `to_position`, both included, left; one file a table.

    `n` is the id of the newest manifest when its writer began. Paths are derived: nobody can name a foreign one.
    """

    n: int
    attempt: str
    from_position: int
    to_position: int
    files: Mapping[str, ArtifactFile]

    def fields(self) -> dict[str, Json]:
        """Give what a document keeps of it."""
        return {
            "n": self.n,
            "attempt": self.attempt,
            "from_position": self.from_position,
            "to_position": self.to_position,
            "files": {table: file.fields() for table, file in self.files.items()},
        }

    @classmethod
    def read(cls, document: Document) -> ArtifactSet:
        """Take it from a document. Raises InputError."""
        files = document.inner("files")
        if not files.names():
            files.fail("a set names no file")
        read = cls(
            n=document.whole("n"),
            attempt=document.text("attempt", ATTEMPT),
            from_position=document.whole("from_position", 1),
            to_position=document.whole("to_position", 1),
            files=MappingProxyType({table: ArtifactFile.read(files.inner(table)) for table in files.names()}),
        )
        document.end()
        return read

    def named(self, domain: Domain, kind: type[ArtifactKey]) -> Iterator[Named]:
        """Give the files with their keys. Raises InputError for a name that no key can hold."""
        for table, file in self.files.items():
            yield Named(kind(domain, self.n, self.attempt, table), file)


@final
@dataclass(frozen=True, slots=True)
class Named:
    """A file, and the key under which it stands."""

    key: ArtifactKey
    file: ArtifactFile


_AT_ONCE: Final = 16


async def verify(metadata: MetaStore, artifacts: Iterator[Named]) -> None:
    """Ask the bucket for each artifact: it must exist, with the recorded size and CRC32C. No bytes are read.

    Raises CorruptionError, which names the object, and AccessDeniedError if the account may not ask.
    """
    waiting = list(artifacts)
    while waiting:
        window, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
        answers = await asyncio.gather(*(_verify_one(metadata, one) for one in window), return_exceptions=True)
        for answer in answers:
            if answer is not None:
                raise answer


async def _verify_one(metadata: MetaStore, named: Named) -> None:
    # I5
    found = await metadata.head_state(named.key)
    if found is ABSENT:
        message = "an artifact is missing"
        raise CorruptionError(message, name=named.key.path)
    if found.size != named.file.byte_size:
        message = f"an artifact has another size recorded={named.file.byte_size} stored={found.size}"
        raise CorruptionError(message, name=named.key.path)
    if found.crc32c != named.file.crc32c:
        message = f"an artifact has another checksum recorded={named.file.crc32c} stored={found.crc32c}"
        raise CorruptionError(message, name=named.key.path)
