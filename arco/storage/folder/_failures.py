"""What goes wrong below the folder, as the error that tells the caller what to do next.

Told by number (errno, SQLite's code), never by text.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from arco.errors import AccessDeniedError, ArcoError, CorruptionError, UnavailableError

__all__ = ["is_busy", "translated"]

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
# Our own directories and files are there and are no links, unless somebody else has been at work.
_TAMPERED = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP})


@contextmanager
def translated(operation: str, name: str) -> Iterator[None]:
    """Turn errors of the disk and of SQLite, raised before anything was committed, into those of a bucket."""
    try:
        yield
    except sqlite3.Error as error:
        raise _of_sqlite(error, operation, name) from error
    except OSError as error:
        raise _of_disk(error, operation, name) from error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection held a lock for longer than we wait."""
    return _code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _code(error: sqlite3.Error) -> int:
    """Give the primary code: the low byte. Errors of the module itself, which carry none, count as misuse."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF


def _of_sqlite(error: sqlite3.Error, operation: str, name: str) -> ArcoError:
    if is_busy(error):
        return UnavailableError("another writer holds the folder", name=name)
    match _code(error):
        case sqlite3.SQLITE_FULL:
            return UnavailableError("the disk is full", name=name)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CONSTRAINT:
            return CorruptionError("the folder's database is damaged", name=name)
        case sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_AUTH:
            return AccessDeniedError(operation=operation, name=name)
    return UnavailableError(f"the folder's database failed code={_code(error)}", name=name)


def _of_disk(error: OSError, operation: str, name: str) -> ArcoError:
    if error.errno in _FULL:
        return UnavailableError("the disk is full", name=name)
    if error.errno in _DENIED:
        return AccessDeniedError(operation=operation, name=name)
    if error.errno in _TAMPERED:
        return CorruptionError("a file or directory of the folder is gone or replaced", name=name)
    return UnavailableError(f"the disk failed errno={error.errno}", name=name)
