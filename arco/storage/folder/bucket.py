"""The bucket in a folder.

Invariants:

* SQLite is the only truth: an object is what its row says. A file without a row is nothing, and is removed.
* The precondition is checked, the file made durable and the row committed in one transaction, in this order, under
  the write lock of the folder. So a row never names a file that is not wholly there, whenever the power fails, and of
  racing writers in any threads and processes one wins.
* Files come into being, get their name and go only under that lock.
* Nothing is overwritten in place: a new version is a new file, and the old one goes when the new row is committed.
* What was answered is durable. What was not is wholly there or not at all.

On trust: SQLite's commit (`_database.py`) and the disk's sync (`files.py`). POSIX and local file systems only: SQLite's
log needs shared memory. A process that forks makes a new bucket.
"""

from __future__ import annotations

import asyncio
import contextvars
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar, final

from arco.errors import ArcoError, CorruptionError, UnavailableError, UsageError
from arco.runtime import Clock
from arco.storage.bucket import ABSENT, Absent, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.checksums import crc32c
from arco.storage.folder._database import Row, Transaction, find
from arco.storage.folder._failures import translated
from arco.storage.folder._opening import open_database, recover
from arco.storage.folder._paths import ENCODED, OBJECTS, TEMPORARY, directory_of, encoded_file, plain_file
from arco.storage.folder.files import Files, SystemFiles
from arco.storage.names import check_name, check_page, check_range

__all__ = ["FolderBucket", "open_folder"]

T = TypeVar("T")

_BUSY_SECONDS: Final = 10.0
_READERS: Final = 4
_READ_TRIES: Final = 100


@final
class FolderBucket:
    """Objects in a folder of this machine. Any number of handles, in any processes, may share one.

    Each handle works in threads of its own, one that writes and a few that read, so that the event loop never waits
    for the disk and a reader never for a writer.
    """

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        files: Callable[[Path], Files] = SystemFiles,
        *,
        busy_seconds: float = _BUSY_SECONDS,
    ) -> None:
        """Open `directory`, made if absent, and remove what a crash left there; this waits for the disk.

        It reads the name of every file there is. A write that waits more than `busy_seconds` for other handles raises
        UnavailableError. Raises InputError for a folder of another format, or that is neither ours nor empty.
        """
        self._clock = clock
        self._files = files(directory)
        with translated("open", str(directory)):
            self._database = open_database(directory, self._files, busy_seconds)
            try:
                recover(self._database, self._files)
            except BaseException:
                self._database.close()
                raise
        self._writer = ThreadPoolExecutor(1, "folder-writer")
        self._readers = ThreadPoolExecutor(_READERS, "folder-reader")

    async def get(self, name: str) -> Stored | Absent:
        """Read an object and its version in one call. Raises CorruptionError if the file is not what was written."""
        encoded = check_name(name)
        found = await self._run(self._readers, lambda: self._read(name, encoded, 0, None))
        if found is ABSENT:
            return ABSENT
        row, data = found
        return Stored(data, row.version, row.updated, self._now())

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read bytes [start, end), clamped to the object. The file's size is checked; its checksum needs all of it."""
        encoded = check_name(name)
        check_range(start, end)
        found = await self._run(self._readers, lambda: self._read(name, encoded, start, end))
        return ABSENT if found is ABSENT else found[1]

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe an object, whose file is there and has the size that is told."""
        encoded = check_name(name)
        found = await self._run(self._readers, lambda: self._read(name, encoded, 0, 0))
        if found is ABSENT:
            return ABSENT
        row, _ = found
        return ObjectMeta(row.size, row.crc32c, row.version, row.updated)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write if the object's version is `if_version`, or if it is absent."""
        encoded = check_name(name)
        return await self._run(self._writer, lambda: self._put(name, encoded, data, if_version))

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete if the version is `if_version`; an absent object is `ABSENT`."""
        encoded = check_name(name)
        return await self._run(self._writer, lambda: self._delete(name, encoded, if_version))

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List at most `limit` names that begin with `prefix` and stand behind `start_after` in byte order."""
        first, after = check_page(prefix, start_after, limit)
        return await self._run(self._readers, lambda: self._list(prefix, first, after, limit))

    async def close(self) -> None:
        """End what has begun, and let go of the folder. Every later call raises UsageError; closing again is fine."""
        for executor in (self._writer, self._readers):
            await asyncio.to_thread(executor.shutdown)
        await asyncio.to_thread(self._database.close)

    async def _run(self, executor: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        context = contextvars.copy_context()
        try:
            future = executor.submit(context.run, work)
        except RuntimeError as error:
            message = "the folder's bucket has been closed"
            raise UsageError(message) from error
        return await asyncio.wrap_future(future)

    def _read(self, name: str, encoded: bytes, start: int, end: int | None) -> tuple[Row, bytes] | Absent:
        """Read a row, then its file, then the row again: if it still stands, the file was its own all the while."""
        with self._database.reading("get", name) as connection:
            row = find(connection, encoded)
            for _ in range(_READ_TRIES):
                if row is None:
                    return ABSENT
                data, flaw = self._content(row, start, end)
                again = find(connection, encoded)
                if again == row:
                    if flaw:
                        raise CorruptionError(flaw, name=name)
                    return row, data
                row = again
        message = "the object changes faster than it can be read"
        raise UnavailableError(message, name=name)

    def _content(self, row: Row, start: int, end: int | None) -> tuple[bytes, str]:
        """Give bytes of a row's file, and what is wrong with them, which is nothing if it is empty."""
        try:
            size, data = self._files.read(row.file, start, end)
        except FileNotFoundError:
            return b"", "the object's file is gone"
        if size != row.size:
            return b"", f"the object's file has another size found={size} written={row.size}"
        if end is None and crc32c(data) != row.crc32c:
            return b"", "the object's file has another checksum"
        return data, ""

    def _put(self, name: str, encoded: bytes, data: bytes, if_version: Version | Absent) -> Written | Refused:
        checksum = crc32c(data)
        with self._database.writing("put", name) as transaction:
            before = transaction.find(encoded)
            current = ABSENT if before is None else before.version
            if current != if_version:
                return Refused(current)
            number, now = transaction.next_number(), self._now()
            file = (plain_file(name) if before is None else None) or encoded_file(encoded, number)
            self._keep(transaction, file, data, number)
            transaction.record(Row(encoded, number, len(data), checksum, now, file))
            transaction.commit()
        if before is not None:
            self._discard(before.file)
        self._database.checkpoint_after(number)
        return Written(Version(str(number)), now, self._now())

    def _delete(self, name: str, encoded: bytes, if_version: Version) -> Written | Refused | Absent:
        with self._database.writing("delete", name) as transaction:
            before = transaction.find(encoded)
            if before is None:
                return ABSENT
            if before.version != if_version:
                return Refused(before.version)
            now = self._now()
            transaction.forget(encoded)
            transaction.commit()
        self._discard(before.file)
        return Written(if_version, now, self._now())

    def _keep(self, transaction: Transaction, file: str, data: bytes, number: int) -> None:
        """Make `file` and the directories above it durable. A file of that path that no row names is replaced."""
        temporary = f"{TEMPORARY}/{number}"
        directory = directory_of(file)
        try:
            self._make(transaction, directory)
            self._files.write(temporary, data)
            self._files.fsync(temporary)
            self._files.rename(temporary, file)
            self._files.fsync_directory(directory)
        except OSError:
            # Nothing names them: what cannot be removed now, recovery removes.
            for left in (temporary, file):
                with suppress(OSError):
                    self._files.unlink(left)
            raise

    def _make(self, transaction: Transaction, directory: str) -> None:
        """Make a directory durable. One that is there need not be: its maker may have died before the sync."""
        if directory in {OBJECTS, ENCODED} or transaction.is_durable(directory):
            return
        above = directory_of(directory)
        self._make(transaction, above)
        self._files.mkdir(directory)
        self._files.fsync_directory(above)
        transaction.record_directory(directory)

    def _discard(self, file: str) -> None:
        """Remove a file whose row is gone. Another writer may have taken its path since, so this is asked again."""
        with suppress(ArcoError, OSError, sqlite3.Error), self._database.writing("discard", file) as transaction:
            if not transaction.names_file(file):
                self._files.unlink(file)

    def _list(self, prefix: str, first: bytes, after: bytes, limit: int) -> Page:
        # UTF-8 has no byte 0xff, so the last byte of a prefix can always be raised, and no name stands behind 0xff.
        behind = first[:-1] + bytes([first[-1] + 1]) if first else b"\xff"
        statement = "SELECT name FROM objects WHERE name >= ? AND name > ? AND name < ? ORDER BY name LIMIT ?"
        with self._database.reading("list", prefix) as connection:
            found = connection.execute(statement, (first, after, behind, limit)).fetchall()
        names = tuple(name.decode() for (name,) in found)
        return Page(names, names[-1] if len(names) == limit else None)

    def _now(self) -> int:
        return int(self._clock.wall_seconds())


@asynccontextmanager
async def open_folder(
    directory: Path, clock: Clock, files: Callable[[Path], Files] = SystemFiles
) -> AsyncIterator[FolderBucket]:
    """Open a bucket without holding up the event loop, and close it at the end."""
    bucket = await asyncio.to_thread(FolderBucket, directory, clock, files)
    try:
        yield bucket
    finally:
        await bucket.close()
