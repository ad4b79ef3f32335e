"""Opening a folder: whose it is, which format it has, and what a crash left in it.

Invariants:

* A folder that holds anything, and is not ours, is refused before anything is written to it.
* A folder becomes ours in one commit, before which its name and those of its directories are durable.
* After recovery, the files are exactly those that rows name. It runs under the write lock, so that it never meets a
  write in progress, of whichever process.

A row without a file cannot come about: every file is durable before its row is committed, and is removed only under
the write lock, when no row names it. So recovery only ever removes.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from arco.errors import InputError, UnavailableError
from arco.storage.folder._database import Database, connect
from arco.storage.folder._failures import is_busy
from arco.storage.folder._paths import ENCODED, OBJECTS, TEMPORARY
from arco.storage.folder.files import Files

__all__ = ["DATABASE", "FORMAT", "open_database", "recover"]

DATABASE: Final = "bucket.sqlite3"
FORMAT: Final = 1

_APPLICATION: Final = int.from_bytes(b"Arco")
_OURS: Final = frozenset(
    {DATABASE, f"{DATABASE}-journal", f"{DATABASE}-wal", f"{DATABASE}-shm", ENCODED, OBJECTS, TEMPORARY}
)
_TABLES: Final = (
    """CREATE TABLE objects (
        name BLOB PRIMARY KEY, version INTEGER NOT NULL, size INTEGER NOT NULL, crc32c INTEGER NOT NULL,
        updated INTEGER NOT NULL, file TEXT NOT NULL UNIQUE
    ) WITHOUT ROWID""",
    "CREATE TABLE directories (directory TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE counter (last INTEGER NOT NULL)",
    "INSERT INTO counter (last) VALUES (0)",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {FORMAT}",
)
_WAL_TRIES: Final = 100


def open_database(directory: Path, files: Files, busy_seconds: float) -> Database:
    """Open the folder's database; make folder and database if they are absent.

    Raises InputError for a folder of another format, or that is not ours, or whose parent does not exist.
    """
    try:
        files.make_root()
    except (FileNotFoundError, FileExistsError, NotADirectoryError) as error:
        message = "no folder can be made here: the parent must be a directory, and the name free"
        raise InputError(message, source=str(directory)) from error
    foreign = sorted(set(files.entries()) - _OURS)
    if foreign and not (directory / DATABASE).exists():
        raise _not_ours(directory, f"found={foreign[0]!r}")
    try:
        with closing(connect(directory / DATABASE, busy_seconds)) as connection:
            _own(connection, directory, files, foreign)
            _log_ahead(connection, directory)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise _not_ours(directory, f"found={DATABASE!r}") from error
        raise
    return Database(directory / DATABASE, busy_seconds)


def recover(database: Database, files: Files) -> None:
    """Remove what no row names: files of writes that were never committed, and of versions that are past."""
    with database.writing("recover", "") as transaction:
        for file in files.scan(TEMPORARY):
            files.unlink(file)
        for root in (OBJECTS, ENCODED):
            for file in files.scan(root):
                if not transaction.names_file(file):
                    files.unlink(file)


def _own(connection: sqlite3.Connection, directory: Path, files: Files, foreign: list[str]) -> None:
    """Check whose folder it is, under the write lock, so that one of several openers initialises it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        application, version = (_number(connection, pragma) for pragma in ("application_id", "user_version"))
        if application != _APPLICATION:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if application or version or tables or foreign:
                raise _not_ours(directory, f"found={(foreign or [DATABASE])[0]!r}")
            _initialise(connection, files)
        elif version != FORMAT:
            message = f"this folder has another format, and is left as it is found={version} wanted={FORMAT}"
            raise InputError(message, source=str(directory))
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _initialise(connection: sqlite3.Connection, files: Files) -> None:
    for root in (OBJECTS, ENCODED, TEMPORARY):
        files.mkdir(root)
    files.fsync_directory("")
    # Whoever made the folder may have died before this, so it is not only for those who made it.
    files.fsync_root_name()
    for statement in _TABLES:
        connection.execute(statement)


def _log_ahead(connection: sqlite3.Connection, directory: Path) -> None:
    """Switch to the write-ahead log. SQLite answers *busy* at once if another opener is at it; a transaction waits."""
    for _ in range(_WAL_TRIES):
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            continue
        if mode != "wal":
            message = f"this file system cannot share the memory that SQLite's log needs mode={mode}"
            raise InputError(message, source=str(directory))
        return
    message = "others keep opening the folder"
    raise UnavailableError(message, name=str(directory))


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _not_ours(directory: Path, what: str) -> InputError:
    return InputError(f"this folder is not empty, and is no bucket of ours {what}", source=str(directory))
