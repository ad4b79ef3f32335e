"""The rows: what SQLite knows of a folder, and the one lock under which anything in it changes.

Invariants:

* `writing` begins with BEGIN IMMEDIATE: of all threads and processes, one at a time is inside it. What it did is
  undone, unless `commit` was reached.
* A version is taken from a counter in the same transaction as the row that has it, so no version is committed twice.
* A checkpoint runs only while no transaction can commit.

The last one keeps clear of a race between checkpoints and a commit that restarts the log, which SQLite has had from
3.7.0 to 3.51.2 (its own account: "WAL-reset bug"). So automatic checkpoints are off, and ours holds the write lock.

On trust: with WAL and `synchronous=FULL` a commit is atomic, and durable when it returns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, final

from arco.errors import OutcomeUnknownError, UsageError
from arco.storage.bucket import Version
from arco.storage.folder._failures import is_busy, translated

__all__ = ["Database", "Row", "Transaction", "connect", "find"]

_CHECKPOINT_VERSIONS: Final = 512
_COLUMNS: Final = "name, version, size, crc32c, updated, file"


@dataclass(frozen=True, slots=True)
class Row:
    """What is true of one object. `updated` in seconds since 1970, `file` relative to the folder."""

    name: bytes
    number: int
    size: int
    crc32c: int
    updated: int
    file: str

    @property
    def version(self) -> Version:
        """The number as a version."""
        return Version(str(self.number))


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Give a connection that commits durably, and waits `busy_seconds` for another writer."""
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def find(connection: sqlite3.Connection, name: bytes) -> Row | None:
    """Look an object up, as of now."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM objects WHERE name = ?", (name,)).fetchone()  # noqa: S608 our own words
    return None if found is None else Row(*found)


@final
class Transaction:
    """What may be done between the taking of the write lock and the commit."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        """Take a connection on which BEGIN IMMEDIATE has succeeded; `name` is what errors are about."""
        self._connection = connection
        self._name = name

    def find(self, name: bytes) -> Row | None:
        """Look an object up. Nobody can change it before the end."""
        return find(self._connection, name)

    def next_number(self) -> int:
        """Take the next version's number: never one that was committed before."""
        taken = self._connection.execute("UPDATE counter SET last = last + 1 RETURNING last").fetchone()
        return int(taken[0])

    def record(self, row: Row) -> None:
        """Make `row` the truth about its name."""
        values = (row.name, row.number, row.size, row.crc32c, row.updated, row.file)
        statement = f"INSERT OR REPLACE INTO objects ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608 our own words
        self._connection.execute(statement, values)

    def forget(self, name: bytes) -> None:
        """Make `name` absent."""
        self._connection.execute("DELETE FROM objects WHERE name = ?", (name,))

    def names_file(self, file: str) -> bool:
        """Whether some object is held by `file`."""
        return self._connection.execute("SELECT 1 FROM objects WHERE file = ?", (file,)).fetchone() is not None

    def is_durable(self, directory: str) -> bool:
        """Whether `directory` and all above it were once synced into their parents. Directories are never removed."""
        found = self._connection.execute("SELECT 1 FROM directories WHERE directory = ?", (directory,)).fetchone()
        return found is not None

    def record_directory(self, directory: str) -> None:
        """Remember that `directory` has been synced into its parent, which is durable."""
        self._connection.execute("INSERT INTO directories (directory) VALUES (?)", (directory,))

    def commit(self) -> None:
        """Make it true, atomically and durably. Raises OutcomeUnknownError if SQLite cannot tell whether it is."""
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if is_busy(error):
                raise
            message = "the commit failed"
            raise OutcomeUnknownError(message, name=self._name) from error


@final
class Database:
    """A small pool of connections: at most one for each thread that is at work."""

    def __init__(self, path: Path, busy_seconds: float, checkpoint_versions: int = _CHECKPOINT_VERSIONS) -> None:
        """Take the file, and how long to wait for another writer. Nothing is opened yet."""
        self._path = path
        self._busy_seconds = busy_seconds
        self._checkpoint_versions = checkpoint_versions
        self._lock = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    @contextmanager
    def reading(self, operation: str, name: str) -> Iterator[sqlite3.Connection]:
        """Lend a connection; errors below become those of a bucket. One that failed is not lent again."""
        with translated(operation, name):
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)

    @contextmanager
    def writing(self, operation: str, name: str) -> Iterator[Transaction]:
        """Hold the write lock of the folder until the end, where all is undone that was not committed."""
        with self.reading(operation, name) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(connection, name)
            finally:
                if connection.in_transaction:
                    with suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")

    def checkpoint_after(self, number: int) -> None:
        """Move the log into the database now and then, so that it does not grow. The next one mends a failure."""
        if number % self._checkpoint_versions == 0:
            with suppress(Exception), self.writing("checkpoint", ""), self.reading("checkpoint", "") as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close what is idle, now, and what is lent, when it comes back. The last connection of all empties the log."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                message = "the folder's bucket has been closed"
                raise UsageError(message)
            if self._idle:
                return self._idle.pop()
        return connect(self._path, self._busy_seconds)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()
